"""The supervisor's figures: what waits for a seal, what has one, and what nobody owns. Pure arithmetic over facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from kiosk_ui.today import body
from sync.wire.envelope import Fact
from sync.wire.facts import Basis, Bucket, MaterialActualAssigned, MaterialActualRecorded, QuantityConfirmed, is_reject


class RowKey(NamedTuple):
    """One row of the confirm table. A share without an order has order None and cannot be sealed."""

    person: str
    order: str | None
    work_date: str


class OpenRow(msgspec.Struct, frozen=True):
    """Counted pieces that no seal covers yet. `actuals`: seqs of the facts they come from, ascending. `assigned`: some
    are a person's because a supervisor said so. `rejects`: how many the machines threw out since the last seal, as they
    counted them; they may be more than the counted pieces."""

    key: RowKey
    machines: list[str]
    counted: int
    actuals: list[int]
    estimated: bool
    assigned: bool = False
    rejects: int = 0


class SealedRow(msgspec.Struct, frozen=True):
    seal: QuantityConfirmed
    seq: int
    at_us: int


class Loose(msgspec.Struct, frozen=True):
    """Pieces of one machine that belong to nobody: unclaimed, set aside or made in set-up."""

    machine: str
    bucket: Bucket
    quantity: int
    since_us: int


class Balance(msgspec.Struct, frozen=True):
    """counted = owned + unclaimed + quarantined + setup, by construction of the facts."""

    owned: int = 0
    unclaimed: int = 0
    quarantined: int = 0
    setup: int = 0

    @property
    def counted(self) -> int:
        return self.owned + self.unclaimed + self.quarantined + self.setup


class Quantities(msgspec.Struct, frozen=True):
    """What a supervisor entered."""

    good: int
    scrap_labour: int
    scrap_material: int
    rework: int

    @property
    def total(self) -> int:
        return self.good + self.scrap_labour + self.scrap_material + self.rework


def sealed_rows(seals: Iterable[Fact]) -> list[SealedRow]:
    """Oldest first."""
    return [SealedRow(body(fact), fact.seq, fact.at.wall_us) for fact in seals]


def open_rows(actuals: Iterable[Fact], sealed: Iterable[SealedRow]) -> list[OpenRow]:
    """What is left to seal, in the order it was first counted.

    A seal covers its own person's share of the facts it names, so one fact may be covered once for each sharer. Who
    seals has seen the rejects until then.
    """
    sealed, actuals = list(sealed), list(actuals)
    thrown_out = _rejects(actuals, sealed)
    covered = {(row.seal.person, seq) for row in sealed for seq in row.seal.actuals}
    rows: dict[RowKey, OpenRow] = {}
    for fact in actuals:
        made: MaterialActualRecorded | MaterialActualAssigned = body(fact)
        by_hand = isinstance(made, MaterialActualAssigned)
        for share in [] if is_reject(made) else made.shares:
            if (share.person, fact.seq) in covered:
                continue
            key = RowKey(share.person, made.order, made.work_date)
            before = rows.get(key, OpenRow(key, [], 0, [], estimated=False))
            rows[key] = OpenRow(
                key=key,
                machines=sorted({*before.machines, made.machine}),
                counted=before.counted + share.quantity,
                actuals=sorted({*before.actuals, fact.seq}),
                estimated=before.estimated or getattr(made, "basis", None) is Basis.ESTIMATED,
                assigned=before.assigned or by_hand,
                rejects=thrown_out[key],
            )
    return [row for row in rows.values() if row.counted]


def _rejects(actuals: Iterable[Fact], sealed: Iterable[SealedRow]) -> Counter[RowKey]:
    seen = {RowKey(row.seal.person, row.seal.order, row.seal.work_date): row.seq for row in sealed}
    found: Counter[RowKey] = Counter()
    for fact in actuals:
        made: MaterialActualRecorded | MaterialActualAssigned = body(fact)
        for share in made.shares if is_reject(made) else []:
            key = RowKey(share.person, made.order, made.work_date)
            found[key] += share.quantity if fact.seq > seen.get(key, 0) else 0
    return found


def balance(actuals: Iterable[Fact]) -> Balance:
    sums = dict.fromkeys(Bucket, 0)
    for fact in actuals:
        made: MaterialActualRecorded | MaterialActualAssigned = body(fact)
        if isinstance(made, MaterialActualAssigned):
            sums[made.bucket] -= made.quantity
            sums[Bucket.ATTRIBUTED] += made.quantity
        elif not is_reject(made):
            sums[made.bucket] += made.quantity
    return Balance(sums[Bucket.ATTRIBUTED], sums[Bucket.UNATTRIBUTED], sums[Bucket.QUARANTINED], sums[Bucket.SETUP])


def loose(actuals: Iterable[Fact]) -> list[Loose]:
    """Machine by machine, bucket by bucket; the attributed ones left out."""
    found: dict[tuple[str, Bucket], Loose] = {}
    for fact in actuals:
        made: MaterialActualRecorded | MaterialActualAssigned = body(fact)
        if made.bucket is Bucket.ATTRIBUTED or not made.quantity or is_reject(made):
            continue
        key = (made.machine, made.bucket)
        before = found.get(key, Loose(made.machine, made.bucket, 0, fact.at.wall_us))
        more = -made.quantity if isinstance(made, MaterialActualAssigned) else made.quantity
        found[key] = msgspec.structs.replace(before, quantity=before.quantity + more)
    return sorted((each for each in found.values() if each.quantity), key=lambda each: (each.machine, each.bucket))
