"""Pieces that nobody owns: what is left of them after what supervisors have given away. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from kiosk_ui.today import body
from sync.wire.envelope import Fact
from sync.wire.facts import Bucket, MaterialActualAssigned, MaterialActualRecorded, is_reject

OWNERLESS = (Bucket.UNATTRIBUTED, Bucket.QUARANTINED)


class Lot(NamedTuple):
    """What can be given away together: one machine, one bucket, one order, one work date."""

    work_date: str
    machine: str
    bucket: Bucket
    order: str | None
    product: str | None
    operation: str | None


class Unowned(msgspec.Struct, frozen=True):
    """`left` of `counted` pieces. `actuals`: seqs of the facts of which something is left."""

    lot: Lot
    counted: int
    left: int
    actuals: list[int]
    from_us: int
    to_us: int

    @property
    def key(self) -> str:
        """Names the lot in an address."""
        return "~".join(part or "" for part in self.lot)


def given(made: Iterable[Fact]) -> dict[int, int]:
    """Pieces given away, by the seq of the fact whose they were."""
    found: dict[int, int] = defaultdict(int)
    for fact in made:
        if fact.kind == MaterialActualAssigned.__name__:
            said: MaterialActualAssigned = body(fact)
            found[said.actual] += said.quantity
    return found


def unowned(made: Iterable[Fact]) -> list[Unowned]:
    """The newest work date first, then by machine; lots of which nothing is left are left out."""
    made = list(made)
    gone = given(made)
    lots: dict[Lot, Unowned] = {}
    for fact in made:
        if fact.kind != MaterialActualRecorded.__name__:
            continue
        actual: MaterialActualRecorded = body(fact)
        if actual.bucket not in OWNERLESS or not actual.quantity or is_reject(actual):
            continue
        lot = Lot(actual.work_date, actual.machine, actual.bucket, actual.order, actual.product, actual.operation)
        left = actual.quantity - gone.get(fact.seq, 0)
        before = lots.get(lot, Unowned(lot, 0, 0, [], fact.at.wall_us, fact.at.wall_us))
        lots[lot] = Unowned(
            lot=lot,
            counted=before.counted + actual.quantity,
            left=before.left + left,
            actuals=[*before.actuals, fact.seq] if left > 0 else before.actuals,
            from_us=before.from_us,
            to_us=fact.at.wall_us,
        )
    found = sorted((each for each in lots.values() if each.left > 0), key=lambda each: each.lot.machine)
    return sorted(found, key=lambda each: each.lot.work_date, reverse=True)
