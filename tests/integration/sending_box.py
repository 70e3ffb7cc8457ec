"""A sender with its real store and client over a fake journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.exchange.client import HrClient
from sync.reference.store import ReferenceReader, ReferenceStore
from sync.wire.envelope import Fact
from sync.worker import SyncWorker
from tests.unit.sync.made import DEVICE, chained

DB_KEY = bytes(32)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class ListSource:
    """The fake of `sync.ports.FactSource`; tests/contract/test_wire.py holds it to what the journal does."""

    def __init__(self, facts: list[Fact]) -> None:
        self.facts = facts
        self.sealed: list[tuple[str, int, bytes]] = []

    def epochs(self) -> list[int]:
        return sorted({fact.epoch for fact in self.facts}) or [1]

    def after(self, seq: int, limit: int) -> list[Fact]:
        return [fact for fact in self.facts if fact.seq > seq][:limit]

    def of_epoch(self, epoch: int, seq: int, limit: int) -> list[Fact]:
        return [fact for fact in self.facts if fact.epoch == epoch and fact.seq > seq][:limit]

    def head_of(self, epoch: int) -> int:
        return max((fact.seq for fact in self.facts if fact.epoch == epoch), default=0)

    def sealed_records(self, limit: int) -> list[tuple[str, int, bytes]]:
        return self.sealed[:limit]


@dataclass
class Now:
    """A clock that a test turns by hand."""

    us: int = 1_000_000

    def __call__(self) -> int:
        return self.us


@dataclass
class Box:
    """A sender with five facts waiting, and how its HR looks to it."""

    source: ListSource
    store: ReferenceStore
    reader: ReferenceReader
    client: HrClient
    worker: SyncWorker
    now: Now

    def unsent(self) -> list[int]:
        epoch = self.source.epochs()[-1]
        return [fact.seq for fact in self.source.of_epoch(epoch, self.store.acknowledged(epoch), 5000)]


def make_box(folder: Path, url: str, server_key: Ed25519PrivateKey, authority: Path | None = None) -> Box:
    source, now = ListSource(chained(5)), Now()
    store = ReferenceStore(folder / "reference.db", DB_KEY)
    client = HrClient(url, server_key.public_key(), KEY, DEVICE, authority=authority)
    worker = SyncWorker(source, store, client, DEVICE, now)
    return Box(source, store, ReferenceReader(folder / "reference.db", DB_KEY), client, worker, now)


def close(box: Box) -> None:
    box.client.close()
    box.reader.close()
    box.store.close()
