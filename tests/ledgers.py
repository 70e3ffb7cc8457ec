"""A Ledger in memory: the store's part of a decision without a store."""

from __future__ import annotations

from edge.domain.rules import Rules
from edge.domain.state import BoxState
from sync.wire.envelope import GENESIS, Fact, Stamp, sealed
from sync.wire.facts import Body, as_dict
from sync.wire.reference_data import Directory
from tests.cast import DIRECTORY
from tests.moments import PLANT


class MemoryLedger:
    """Numbers, chains and folds as the journal does; keeps the facts in a list."""

    def __init__(self) -> None:
        self.state = BoxState()
        self.facts: list[Fact] = []

    def emit(self, at: Stamp, body: Body) -> int:
        seq = len(self.facts) + 1
        fact = sealed(
            Fact(
                device="box-1",
                epoch=1,
                seq=seq,
                command=f"command-{seq}",
                part=0,
                kind=type(body).__name__,
                at=at,
                body=as_dict(body),
                prev_hash=self.facts[-1].hash if self.facts else GENESIS,
                hash="",
            )
        )
        self.facts.append(fact)
        self.state.apply(fact)
        return seq

    def kinds(self) -> list[str]:
        return [fact.kind for fact in self.facts]


def rules(directory: Directory = DIRECTORY) -> Rules:
    return Rules(directory, PLANT)
