"""Counted pieces that wait for a person: to be sealed, or to be given to whoever made them. Part of the fold in
edge.domain.state."""

from __future__ import annotations

import msgspec

from sync.wire.envelope import Fact
from sync.wire.facts import Bucket, MaterialActualAssigned, MaterialActualRecorded, QuantityConfirmed, is_reject

MOST_UNASSIGNED = 5_000
"""A state that grows with every piece that nobody asks for would be written to the card for ever. The oldest go first:
they stay facts, and can no longer be given to anybody at the box."""


class OpenActual(msgspec.Struct):
    """Pieces of one person that nobody has sealed yet."""

    seq: int
    quantity: int
    product: str
    operation: str


class Unassigned(msgspec.Struct, array_like=True):
    """Pieces of one fact that nobody was logged on for, or that were set aside. `left`: not yet given to anybody."""

    left: int
    machine: str
    bucket: Bucket
    work_date: str
    calendar_date: str
    order: str | None
    product: str | None
    operation: str | None


class Output(msgspec.Struct):
    """`unsealed` by `sealing_key`; `unassigned` by the seq of the fact. Rejects are in neither: they are pieces that
    wait here already, and what becomes of those a supervisor says when he seals them (AB-R13)."""

    unsealed: dict[str, list[OpenActual]] = {}
    unassigned: dict[int, Unassigned] = {}

    def recorded(self, fact: Fact, body: MaterialActualRecorded) -> None:
        if is_reject(body):
            return
        match body.bucket:
            case Bucket.ATTRIBUTED:
                self._open(fact, body)
            case Bucket.UNATTRIBUTED | Bucket.QUARANTINED:
                self.unassigned[fact.seq] = Unassigned(
                    body.quantity,
                    body.machine,
                    body.bucket,
                    body.work_date,
                    body.calendar_date,
                    body.order,
                    body.product,
                    body.operation,
                )
                if len(self.unassigned) > MOST_UNASSIGNED:
                    del self.unassigned[next(iter(self.unassigned))]
            case Bucket.SETUP:
                pass

    def assigned(self, fact: Fact, body: MaterialActualAssigned) -> None:
        if (waits := self.unassigned.get(body.actual)) is not None:
            waits.left -= body.quantity
            if waits.left <= 0:
                del self.unassigned[body.actual]
        self._open(fact, body)

    def confirmed(self, body: QuantityConfirmed) -> None:
        key = sealing_key(body.person, body.order, body.work_date)
        left = [each for each in self.unsealed.get(key, []) if each.seq not in body.actuals]
        if left:
            self.unsealed[key] = left
        else:
            self.unsealed.pop(key, None)

    def _open(self, fact: Fact, body: MaterialActualRecorded | MaterialActualAssigned) -> None:
        if body.order is None:
            return
        for share in body.shares:
            key = sealing_key(share.person, body.order, body.work_date)
            actual = OpenActual(fact.seq, share.quantity, body.product or "", body.operation or "")
            self.unsealed.setdefault(key, []).append(actual)


def sealing_key(person: str, order: str, work_date: str) -> str:
    """Under what a supervisor seals: one person, one order, one work date."""
    return f"{person}|{order}|{work_date}"
