"""A box's data folder as a day of real work leaves it: written by the real recorder, received by a real HR server."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.bootstrap import BoxFiles
from edge.bootstrap.epochs import journal_to_go_on
from edge.bootstrap.export import exported
from edge.core.recorder import Recorder
from edge.link.messages import Recordable
from edge.store.journal import Journal
from hr.service import HrService
from sync.enrolling.keys import own_key
from sync.exchange.client import HrClient
from sync.policy import Verdict
from sync.reference.store import ReferenceReader, ReferenceStore
from sync.wire.envelope import Fact, b64, fingerprint, public_text
from sync.wire.verify import Report, Signed, verify, written
from sync.worker import SyncWorker
from tests import cast
from tests.contract.hr_servers import RealHr
from tests.faults.powercut_writer import batches
from tests.moments import PLANT, StandingClock, moment

DEVICE = "box-1"
KEY = bytes(range(32))
TOML = """
[box]
name = "{device}"
data = "data"
run = "run"
key = "box.key"

[[station]]
name = "gate"

[hr]
url = "{url}"
public_key = "{public_key}"
signing_key = "signing.key"
"""


@dataclass
class SyncedBox:
    """One box in `folder`; its services are started and stopped by hand, its clock is moved by hand.

    `settings` are further lines of its box.toml: keys of [hr] first, then whole sections.
    """

    folder: Path
    hr: RealHr
    clock: StandingClock = field(default_factory=StandingClock)
    settings: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        text = TOML.format(device=DEVICE, url=self.hr.url, public_key=public_text(self.hr.public_key))
        (self.folder / "box.toml").write_text(text + self.settings, "utf-8")
        (self.folder / "box.key").write_text(KEY.hex(), "ascii")
        (self.folder / "data").mkdir(exist_ok=True)
        self._own = itertools.count()

    @property
    def config(self) -> Path:
        return self.folder / "box.toml"

    @property
    def files(self) -> BoxFiles:
        return BoxFiles.read(self.config)

    @property
    def key(self) -> Ed25519PublicKey:
        return own_key(self.folder / "signing.key").public_key()

    def let_in(self) -> None:
        self.hr.service.kiosks.enrol(DEVICE, self.key)
        self.hr.accept(fingerprint(self.key))

    @contextlib.contextmanager
    def core(self) -> Iterator[tuple[Journal, Callable[[list[Recordable]], None]]]:
        """Core for as long as the block lasts: its journal, and a hand that records."""
        reader = ReferenceReader(self.files.reference, KEY)
        journal = journal_to_go_on(self.files, self.clock, reader.at_hr())
        recorder = Recorder(journal, self.clock, lambda: cast.DIRECTORY, PLANT, [cast.PRESS])

        def record(commands: list[Recordable]) -> None:
            done = recorder.record(commands, lambda: f"own-{self.folder.name}-{next(self._own):05d}")
            assert not done.reason

        try:
            yield journal, record
        finally:
            journal.close()
            reader.close()

    def work(self, first: int, last: int) -> None:
        """The batches `first` to `last` of the morning of tests/faults/powercut_writer.py."""
        with self.core() as (_journal, record):
            for seconds, commands in itertools.islice(batches(last), first, last):
                self.clock.now = moment(seconds)
                record(commands)

    def sync(self, rounds: int = 1) -> Verdict:
        """A `sync` that is started, works some rounds and is stopped."""
        client = HrClient(self.hr.url, self.hr.public_key, own_key(self.folder / "signing.key"), DEVICE)
        views = self.files.views()
        with (
            contextlib.closing(ReferenceStore(self.files.reference, KEY)) as store,
            contextlib.closing(client),
            contextlib.closing(views),
        ):
            worker = SyncWorker(views, store, client, DEVICE, lambda: 0)
            return [worker.round() for _ in range(rounds)][-1]

    def facts(self) -> list[Fact]:
        """All of the newest journal."""
        with contextlib.closing(self.files.views()) as views:
            return views.after(0, 1_000_000)

    def at_hr(self, epoch: int = 1) -> list[Fact]:
        service: HrService = self.hr.service
        return service.inbox.facts(DEVICE, epoch, list(range(1, 5_000)))

    def exported(self) -> list[bytes]:
        """As `clockpiece export` writes it."""
        with contextlib.closing(ReferenceReader(self.files.reference, KEY)) as reader:
            kept = [
                Signed(each.epoch, each.seq, each.body.decode(), each.nonce, b64(each.signature))
                for each in reader.receipts()
            ]
        key = own_key(self.folder / "signing.key")
        lines = exported(self.files, public_text(key.public_key()), public_text(self.hr.public_key), kept)
        return list(written(lines, key))

    def verified(self) -> Report:
        return self.checked(self.exported())

    def checked(self, lines: list[bytes]) -> Report:
        """As a third party checks it, who was given both public keys."""
        return verify(lines, self.key, self.hr.public_key)
