"""Pieces that no supervisor has sealed: who should, and HR's own seal *as counted*, by name and with a reason.

HR's seal is a record of its own beside the facts. It is made into a wage line as a supervisor's is, by the same proofs,
and counts only while no supervisor has sealed any of its pieces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from hr.pay.periods.period import days_of
from hr.people.keys import owners
from hr.people.rejected import Rejected
from hr.store.period_tables import office_seal
from hr.store.tables import actual_use, fact, person
from sync.wire.envelope import canonical_json
from sync.wire.facts import (
    Bucket,
    CounterRole,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Outcome,
    QuantityConfirmed,
    Share,
    as_dict,
)

FIRST_SEQ = 1 << 40
"""HR's seals are numbered from here, apart from all facts of the journal whose records they confirm."""

BY_OFFICE = "hr:"
"""Before the account, where a fact has the key of a supervisor."""

_SHARED = '%},{"person":%'
"""In the body of a record that belongs to more than one person: some of them may be sealed and others not."""

_SHOWS = (fact.c.device, fact.c.epoch, fact.c.seq, fact.c.kind, fact.c.body)


class _Made(msgspec.Struct):
    """What of a record of pieces, or of an assignment, says whose they are."""

    work_date: str
    bucket: Bucket
    shares: list[Share] = []
    order: str | None = None
    product: str | None = None
    operation: str | None = None
    role: CounterRole = CounterRole.PRODUCED


_MADE = msgspec.json.Decoder(_Made)
_SEAL = msgspec.json.Decoder(QuantityConfirmed)

Place = tuple[str, int]
"""Device and epoch."""


@dataclass(frozen=True)
class Unconfirmed:
    """One person's pieces of one order and work date at one box that nobody has confirmed. `person` is the key in the
    facts, `owner` whose it is; `actuals` are the seqs of the records."""

    device: str
    epoch: int
    person: str
    owner: str
    work_date: str
    order: str
    product: str
    operation: str
    quantity: int
    actuals: tuple[int, ...]


@dataclass(frozen=True)
class Waiting:
    """What waits for the supervisors of one team; none named: nobody supervises it."""

    team: str
    supervisors: tuple[str, ...]
    pieces: int
    records: tuple[Unconfirmed, ...]


@dataclass(frozen=True)
class Seal:
    """What HR has confirmed. `stands`: no supervisor has sealed any of it since."""

    device: str
    epoch: int
    seq: int
    wall_us: int
    body: str
    reason: str
    stands: bool

    @property
    def said(self) -> QuantityConfirmed:
        return _SEAL.decode(self.body)


# --- what waits -------------------------------------------------------------------------------------


def unconfirmed(connection: Connection, date_from: str, date_to: str) -> list[Unconfirmed]:
    """By work date, then person."""
    whose = owners(connection)
    groups: dict[tuple[str, int, str, str, str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for row, made, share in _open_shares(connection, date_from, date_to):
        work = (made.order or "", made.product or "", made.operation or "")
        groups[row.device, row.epoch, share.person, made.work_date, *work].append((row.seq, share.quantity))
    found = [
        Unconfirmed(
            device,
            epoch,
            key,
            whose[key],
            work_date,
            order,
            product,
            operation,
            sum(quantity for _, quantity in parts),
            tuple(sorted(seq for seq, _ in parts)),
        )
        for (device, epoch, key, work_date, order, product, operation), parts in groups.items()
    ]
    return sorted(found, key=lambda each: (each.work_date, each.owner, each.device, each.epoch, each.order))


def pieces_of(connection: Connection, month: str) -> int:
    """How many pieces of a month nobody has confirmed."""
    return sum(share.quantity for _row, _made, share in _open_shares(connection, *days_of(month)))


def by_supervisor(connection: Connection, found: Iterable[Unconfirmed]) -> list[Waiting]:
    """By team; whoever supervises a team seals what its people made."""
    people = {row.id: row for row in connection.execute(select(person))}
    supervisors: dict[str, list[str]] = defaultdict(list)
    for row in people.values():
        if row.role == "SUPERVISOR" and row.active:
            supervisors[row.team].append(row.id)
    teams: dict[str, list[Unconfirmed]] = defaultdict(list)
    for each in found:
        who = people.get(each.owner)
        teams["" if who is None else who.team].append(each)
    return [
        Waiting(team, tuple(sorted(supervisors[team])), sum(each.quantity for each in records), tuple(records))
        for team, records in sorted(teams.items())
    ]


def _open_shares(connection: Connection, date_from: str, date_to: str) -> Iterator[tuple[Any, _Made, Share]]:
    by_office = {
        (each.device, each.epoch, seq, each.said.person)
        for each in seals(connection, date_from, date_to)
        if each.stands
        for seq in each.said.actuals
    }
    sealed = exists().where(
        actual_use.c.device == fact.c.device,
        actual_use.c.actual_seq == fact.c.seq,
        actual_use.c.epoch == fact.c.epoch,
    )
    query = select(*_SHOWS).where(
        fact.c.kind.in_((MaterialActualRecorded.__name__, MaterialActualAssigned.__name__)),
        fact.c.work_date.between(date_from, date_to),
        or_(~sealed, fact.c.body.like(_SHARED)),
    )
    for row in connection.execute(query).all():
        made = _MADE.decode(row.body)
        owned = row.kind == MaterialActualAssigned.__name__ or made.bucket is Bucket.ATTRIBUTED
        if not owned or made.role is CounterRole.DEFECTIVE:
            continue
        done = _sealed_for(connection, row) if len(made.shares) > 1 else frozenset()
        for share in made.shares:
            place = (row.device, row.epoch, row.seq, share.person)
            if share.quantity and share.person not in done and place not in by_office:
                yield row, made, share


def _sealed_for(connection: Connection, row: Any) -> frozenset[str]:
    query = select(actual_use.c.person).where(
        actual_use.c.device == row.device, actual_use.c.epoch == row.epoch, actual_use.c.actual_seq == row.seq
    )
    return frozenset(connection.scalars(query))


# --- HR's seals -------------------------------------------------------------------------------------


def confirm(
    connection: Connection, chosen: Sequence[Unconfirmed], reason: str, by: str, now_us: int
) -> list[tuple[str, int, int]]:
    """Seals these as counted: all good, nothing added. Rejected without a reason, or when one of them is not exactly
    what is unconfirmed now. Returns where the seals are."""
    if not reason:
        raise Rejected("reason", "", "a reason: whoever made the pieces reads it")
    dates = [each.work_date for each in chosen]
    now = set(unconfirmed(connection, min(dates), max(dates))) if dates else set()
    made = []
    for each in chosen:
        if each not in now:
            raise Rejected("pieces", str(each.quantity), "pieces that are unconfirmed, as this page shows them")
        at = (office_seal.c.device == each.device, office_seal.c.epoch == each.epoch)
        newest = connection.scalar(select(func.max(office_seal.c.seq)).where(*at))
        body = QuantityConfirmed(
            Outcome.CONFIRMED,
            BY_OFFICE + by,
            each.person,
            each.order,
            each.product,
            each.operation,
            each.work_date,
            list(each.actuals),
            each.quantity,
            each.quantity,
        )
        place = (each.device, each.epoch, FIRST_SEQ if newest is None else newest + 1)
        connection.execute(
            office_seal.insert().values(
                device=place[0],
                epoch=place[1],
                seq=place[2],
                person=each.person,
                work_date=each.work_date,
                body=canonical_json(as_dict(body)).decode(),
                reason=reason,
                wall_us=now_us,
            )
        )
        made.append(place)
    return made


def seals(connection: Connection, date_from: str, date_to: str, keys: Sequence[str] | None = None) -> list[Seal]:
    """HR's seals of these work dates, of these person keys or all."""
    wanted = [office_seal.c.work_date.between(date_from, date_to)]
    if keys is not None:
        wanted.append(office_seal.c.person.in_(keys))
    return _found(connection, *wanted)


def seal(connection: Connection, device: str, epoch: int, seq: int) -> Seal | None:
    places = (office_seal.c.device == device, office_seal.c.epoch == epoch, office_seal.c.seq == seq)
    return next(iter(_found(connection, *places)), None)


def _found(connection: Connection, *conditions: ColumnElement[bool]) -> list[Seal]:
    query = select(office_seal).where(*conditions).order_by(*office_seal.primary_key)
    return [
        Seal(row.device, row.epoch, row.seq, row.wall_us, row.body, row.reason, _stands(connection, row))
        for row in connection.execute(query).all()
    ]


def _stands(connection: Connection, row: Any) -> bool:
    covered = select(actual_use.c.actual_seq).where(
        actual_use.c.device == row.device,
        actual_use.c.epoch == row.epoch,
        actual_use.c.person == row.person,
        actual_use.c.actual_seq.in_(_SEAL.decode(row.body).actuals),
    )
    return connection.execute(covered.limit(1)).first() is None
