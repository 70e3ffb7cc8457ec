"""Core and sync of one box on real databases; each can be killed at the moments that matter."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from unittest.mock import patch

from edge.core import recorder
from edge.core.recorder import Committed, Recorder
from edge.link.messages import Recordable
from edge.store.errors import CannotRecord
from edge.store.journal import Journal
from edge.store.views import SqlViews
from sync.exchange.client import HrClient
from sync.policy import Verdict
from sync.reference.store import ReferenceReader, ReferenceStore
from sync.wire.envelope import Fact
from sync.wire.facts import Outcome
from sync.worker import SyncWorker
from tests.faults.machine.headquarters import BOX_KEY, DEVICE, KEYS, PRESS
from tests.faults.machine.network import URL, Network, SyncDied
from tests.moments import PLANT, SteppableClock
from tests.unit.store.boxes import KEY

CHECKPOINT_EVERY = 7
"""So seldom that a restart folds some facts, and so often that it begins at a checkpoint."""


class CoreDied(BaseException):
    """SIGKILL of core."""


class Death(StrEnum):
    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit, before the answer"
    NO_ROOM = "not at all: the disk is full, and core lives on"


class MortalJournal(Journal):
    """Journal that kills its process in the next transaction, where it is told to."""

    death: Death | None = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            if self.death is Death.BEFORE_COMMIT:
                raise CoreDied
            if self.death is Death.NO_ROOM:
                raise CannotRecord("database or disk is full", disk_full=True)
        if self.death is Death.AFTER_COMMIT:
            raise CoreDied


class Core:
    """`start` again is what a killed core does."""

    def __init__(self, folder: Path, clock: SteppableClock) -> None:
        self._folder, self._clock = folder, clock
        self._own = itertools.count()
        self._reference = ReferenceReader(folder / "reference.db", KEY)
        self.up = False
        self.start()

    def start(self) -> None:
        self.journal = MortalJournal(self._folder / "facts.db", KEY, DEVICE)
        self.recorder = Recorder(self.journal, self._clock, self._reference.directory, PLANT, [PRESS])
        self.up = True

    def kill(self) -> None:
        if self.up:
            self.journal.close()
        self.up = False

    def record(self, commands: list[Recordable], death: Death | None) -> Committed | None:
        """None when core died of it."""
        self.journal.death = death
        try:
            with patch.object(recorder, "CHECKPOINT_EVERY", CHECKPOINT_EVERY):
                return self.recorder.record(commands, self.new_id)
        except CoreDied:
            self.kill()
            return None

    def new_id(self) -> str:
        return f"own-{next(self._own)}"

    def close(self) -> None:
        self.kill()
        self._reference.close()


class Sync:
    """The sender with its own database; `start` again is what a killed one does."""

    def __init__(self, folder: Path, clock: SteppableClock, network: Network) -> None:
        self._folder, self._clock, self._network = folder, clock, network
        self.views = SqlViews(folder / "facts.db", KEY)
        self.start()

    def start(self) -> None:
        self._store = ReferenceStore(self._folder / "reference.db", KEY)
        self._client = HrClient(URL, KEYS.signing.public_key(), BOX_KEY, DEVICE)
        self._client._session.mount("http://", self._network)
        self._worker = SyncWorker(self.views, self._store, self._client, DEVICE, lambda: self._clock.stamp().wall_us)

    def round(self) -> Verdict | None:
        """None when sync died in it; it is then started again."""
        try:
            return self._worker.round()
        except SyncDied:
            self.restart()
            return None

    def restart(self) -> None:
        self._client.close()
        self._store.close()
        self.start()

    def acknowledged(self) -> int:
        return self._store.acknowledged()

    def close(self) -> None:
        self._client.close()
        self._store.close()
        self.views.close()


def outcomes(facts: list[Fact]) -> list[Outcome]:
    """What the facts of one command tell a person: for a tap exactly one thing."""
    return [Outcome(fact.body["outcome"]) for fact in facts if fact.body.get("outcome") is not None]
