"""What the machines counted on one day and where the pieces went: sums over MaterialActualRecorded facts.

Every counted piece is in one of four buckets; an owned one is sealed by a supervisor or waits for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Select, select

from hr.people.keys import owners
from hr.store.tables import fact
from sync.facts import Bucket, MaterialActualRecorded, Outcome, QuantityConfirmed


@dataclass(frozen=True)
class MachineOutput:
    """Pieces of one machine; `counted` is the sum of the other four."""

    machine: str
    owned: int
    unclaimed: int
    set_aside: int
    setup: int

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
    machines: tuple[MachineOutput, ...]
    people: tuple[PersonOutput, ...]


@dataclass(frozen=True)
class Made:
    """One record of pieces, and the people whose share in it is sealed."""

    body: MaterialActualRecorded
    sealed_for: frozenset[str]


def day_output(made: Iterable[Made], owner: Mapping[str, str] | None = None) -> DayOutput:
    """By machine and by person; `owner` says whose a person key is, and for any key."""
    buckets: dict[str, dict[Bucket, int]] = {}
    shares: dict[str, dict[bool, int]] = {}
    for each in made:
        of_machine = buckets.setdefault(each.body.machine, dict.fromkeys(Bucket, 0))
        of_machine[each.body.bucket] += each.body.quantity
        for share in each.body.shares:
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
            )
            for machine, sums in sorted(buckets.items())
        ),
        tuple(PersonOutput(person, sums[True], sums[False]) for person, sums in sorted(shares.items())),
    )


def output(connection: Connection, work_date: str) -> DayOutput:
    """The day's pieces out of the database, over all boxes."""
    sealed = _sealed(connection, work_date)
    decoder = msgspec.json.Decoder(MaterialActualRecorded)
    made = (
        Made(
            decoder.decode(row.body),
            frozenset(person for epoch, person in sealed.get((row.device, row.seq), ()) if epoch >= row.epoch),
        )
        for row in connection.execute(_of_day(MaterialActualRecorded.__name__, work_date))
    )
    return day_output(made, owners(connection))


def _sealed(connection: Connection, work_date: str) -> dict[tuple[str, int], list[tuple[int, str]]]:
    """Per device and number of a record of pieces: the epoch of each seal on it, and whose pieces it seals."""
    decoder = msgspec.json.Decoder(QuantityConfirmed)
    found: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for row in connection.execute(_of_day(QuantityConfirmed.__name__, work_date)):
        body = decoder.decode(row.body)
        if body.outcome is Outcome.CONFIRMED:
            for seq in body.actuals:
                found.setdefault((row.device, seq), []).append((row.epoch, body.person))
    return found


def _of_day(kind: str, work_date: str) -> Select[tuple[str, int, int, str]]:
    query = select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.body)
    return query.where(fact.c.kind == kind, fact.c.work_date == work_date)
