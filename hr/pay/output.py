"""What the machines counted on one day and where the pieces went: sums over MaterialActualRecorded facts.

Every counted piece is in one of four buckets; an owned one is sealed by a supervisor or waits for that. What a
supervisor assigns leaves its bucket and is owned from then on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from hr.pay.periods import seals
from hr.people.keys import owners
from hr.store.tables import fact
from sync.wire.facts import (
    Bucket,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Outcome,
    QuantityConfirmed,
    Share,
    is_reject,
)


@dataclass(frozen=True)
class MachineOutput:
    """Pieces of one machine; `counted` is the sum of the four after its name. `rejects`: how many it threw out, as it
    counted them itself; they are among the counted ones."""

    machine: str
    owned: int
    unclaimed: int
    set_aside: int
    setup: int
    rejects: int = 0

    @property
    def counted(self) -> int:
        return self.owned + self.unclaimed + self.set_aside + self.setup


@dataclass(frozen=True)
class PersonOutput:
    """A person's own pieces, and how many of them no supervisor has sealed yet."""

    person: str
    sealed: int
    unsealed: int

    @property
    def owned(self) -> int:
        return self.sealed + self.unsealed


@dataclass(frozen=True)
class DayOutput:
    """`assigned` is what `machines` and `people` hold as owned because a supervisor said so."""

    machines: tuple[MachineOutput, ...]
    people: tuple[PersonOutput, ...]
    assigned: tuple[Assignment, ...] = ()


@dataclass(frozen=True)
class Made:
    """One record of pieces, or of pieces assigned, and the people whose share in it is sealed."""

    body: MaterialActualRecorded | MaterialActualAssigned
    sealed_for: frozenset[str]

    @property
    def shares(self) -> list[Share]:
        owned = isinstance(self.body, MaterialActualAssigned) or self.body.bucket is Bucket.ATTRIBUTED
        return self.body.shares if owned else []


@dataclass(frozen=True)
class Assignment:
    """Pieces that a supervisor assigned, and where that stands."""

    device: str
    epoch: int
    seq: int
    at_us: int
    body: MaterialActualAssigned


def day_output(
    made: Iterable[Made], owner: Mapping[str, str] | None = None, assigned: Iterable[Assignment] = ()
) -> DayOutput:
    """By machine and by person; `owner` says whose a person key is, and for any key. `assigned` are shown beside."""
    buckets: dict[str, dict[Bucket, int]] = {}
    shares: dict[str, dict[bool, int]] = {}
    rejects: Counter[str] = Counter()
    for each in made:
        if is_reject(each.body):
            rejects[each.body.machine] += each.body.quantity
            continue
        of_machine = buckets.setdefault(each.body.machine, dict.fromkeys(Bucket, 0))
        if isinstance(each.body, MaterialActualAssigned):
            of_machine[Bucket.ATTRIBUTED] += each.body.quantity
            of_machine[each.body.bucket] -= each.body.quantity
        else:
            of_machine[each.body.bucket] += each.body.quantity
        for share in each.shares:
            person = share.person if owner is None else owner[share.person]
            of_person = shares.setdefault(person, {True: 0, False: 0})
            of_person[share.person in each.sealed_for] += share.quantity
    return DayOutput(
        tuple(
            MachineOutput(
                machine,
                sums[Bucket.ATTRIBUTED],
                sums[Bucket.UNATTRIBUTED],
                sums[Bucket.QUARANTINED],
                sums[Bucket.SETUP],
                rejects[machine],
            )
            for machine, sums in sorted((dict.fromkeys(rejects, dict.fromkeys(Bucket, 0)) | buckets).items())
        ),
        tuple(PersonOutput(person, sums[True], sums[False]) for person, sums in sorted(shares.items())),
        tuple(assigned),
    )


def output(connection: Connection, work_date: str) -> DayOutput:
    """The day's pieces out of the database, over all boxes."""
    sealed = _sealed(connection, work_date)
    decoder, of_assigned = msgspec.json.Decoder(MaterialActualRecorded), msgspec.json.Decoder(MaterialActualAssigned)
    made = [
        Made(decoder.decode(row.body), _sealed_for(sealed, row))
        for row in connection.execute(_of_day(MaterialActualRecorded.__name__, work_date))
    ]
    assigned = []
    for row in connection.execute(_of_day(MaterialActualAssigned.__name__, work_date)):
        body = of_assigned.decode(row.body)
        assigned.append(Assignment(row.device, row.epoch, row.seq, row.wall_us, body))
        made.append(Made(body, _sealed_for(sealed, row)))
    return day_output(made, owners(connection), assigned)


def _sealed_for(sealed: dict[tuple[str, int], list[tuple[int, str]]], row: Row[Any]) -> frozenset[str]:
    return frozenset(person for epoch, person in sealed.get((row.device, row.seq), ()) if epoch >= row.epoch)


def _sealed(connection: Connection, work_date: str) -> dict[tuple[str, int], list[tuple[int, str]]]:
    """Per device and number of a record of pieces: the epoch of each seal on it, and whose pieces it seals."""
    decoder = msgspec.json.Decoder(QuantityConfirmed)
    found: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for row in connection.execute(_of_day(QuantityConfirmed.__name__, work_date)):
        body = decoder.decode(row.body)
        if body.outcome is Outcome.CONFIRMED:
            for seq in body.actuals:
                found.setdefault((row.device, seq), []).append((row.epoch, body.person))
    for each in seals.seals(connection, work_date, work_date):
        for seq in each.said.actuals:
            found.setdefault((each.device, seq), []).append((each.epoch, each.said.person))
    return found


def _of_day(kind: str, work_date: str) -> Select[tuple[str, int, int, int, str]]:
    query = select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.body)
    return query.where(fact.c.kind == kind, fact.c.work_date == work_date)
