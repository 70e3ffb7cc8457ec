"""Attendance days out of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, text, tuple_

from hr.attendance import repairs, typed
from hr.attendance.repairs import RepairState
from hr.attendance.rules import judging
from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.judging import PlacedTap, Record, SaidBy, Tap, Who
from hr.attendance.rules.paper import PaperTap, merged
from hr.clocks.effective import UNBOUNDED_US, Basis
from hr.people.keys import Owners, owners
from hr.store.tables import amendment, badge, boot, fact, person
from sync.wire.envelope import ClockState
from sync.wire.facts import AttendanceTap, Direction, DirectionChosen, Outcome


def days(connection: Connection, date_from: str, date_to: str, person_key: str | None = None) -> list[AttendanceDay]:
    """Days with at least one tap, by work date, then employee number. Both dates are included."""
    who = {row.id: Who(row.name, row.number, row.team) for row in connection.execute(select(person))}
    grouped = _grouped(connection, date_from, date_to, person_key)
    made = [judging.day(taps, who.get(key, Who())) for (_date, key), taps in grouped.items()]
    return sorted(made, key=lambda day: (day.work_date, day.person_number, day.person))


def taps(connection: Connection, work_date: str, person_key: str) -> list[PlacedTap]:
    """Every tap of one person's work date, in order of time."""
    found = _grouped(connection, work_date, work_date, person_key)
    return judging.placed(tap for each in found.values() for tap in each)


def placed(connection: Connection, date_from: str, date_to: str) -> Iterator[tuple[str, list[PlacedTap]]]:
    """Every person's taps of every work date, each day in order of time, with the person."""
    for (_date, who), found in _grouped(connection, date_from, date_to, None).items():
        yield who, judging.placed(found)


def records_of_paper(connection: Connection, on_paper: Iterable[PaperTap]) -> dict[str, Record]:
    """The record of a box that is the same punch, by the id of each of these that has one; it may have the date before
    or after."""
    days = {date.fromisoformat(each.work_date) for each in on_paper if each.stands}
    found: dict[str, Record] = {}
    for day in sorted({day + timedelta(days=each) for day in days for each in (-1, 0, 1)}):
        for taps in _grouped(connection, day.isoformat(), day.isoformat(), None).values():
            found |= {tap.paper.id: tap.record for tap in taps if tap.paper is not None and tap.record is not None}
    return found


def unsure(connection: Connection) -> list[tuple[str, str]]:
    """Work date and person of each day with a tap of which nobody can say when it was, the newest first."""
    keys = owners(connection)
    bounded = _recorded().where(text("amendment.standing AND amendment.basis = 'BOUNDED'"))
    queries = [bounded]
    for row in connection.execute(select(boot.c.device, boot.c.boot_id).where(boot.c.due_ns.is_not(None))):
        of_boot = (fact.c.device == row.device, fact.c.boot_id == row.boot_id)
        untrusted = text("fact.kind = 'AttendanceTap' AND fact.clock IN ('none', 'rtc', 'supervisor')")
        queries.append(_recorded().where(*of_boot, untrusted, _WAITING))
    found = {(tap.work_date, tap.person) for query in queries for tap in _read(connection, query, keys)}
    return sorted(found, reverse=True)


def of_people(
    connection: Connection, keys: Owners, date_from: str, date_to: str, people: Collection[str] | None = None
) -> dict[str, list[Tap]]:
    """The taps of each person on these work dates and, where something was typed, on the dates beside too: a typed tap
    and its fact may differ in the date. What was typed and what was repaired is among them. `people`: only theirs."""
    who = None if people is None else {keys[each] for each in people}
    before, after = shifted(date_from, -1), shifted(date_to, 1)
    on_paper: dict[str, list[PaperTap]] = defaultdict(list)
    for each in typed.standing(connection, before, after):
        on_paper[keys[each.person]].append(each)
    wide = bool(on_paper if who is None else who & on_paper.keys())
    by_person: dict[str, list[Tap]] = defaultdict(list)
    for tap in _taps(connection, keys, *((before, after) if wide else (date_from, date_to)), who):
        by_person[tap.person].append(tap)
    for repair in repairs.between(connection, date_from, date_to, keys):
        if repair.state is RepairState.APPROVED and (who is None or repair.person in who):
            by_person[repair.person].append(repair.tap)
    everybody = by_person.keys() | on_paper.keys() if who is None else who
    return {each: merged(by_person[each], on_paper[each]) for each in sorted(everybody)}


def _grouped(
    connection: Connection, date_from: str, date_to: str, person_key: str | None
) -> dict[tuple[str, str], list[Tap]]:
    """The taps of each work date and person, as the boxes dated them."""
    grouped: dict[tuple[str, str], list[Tap]] = defaultdict(list)
    people = None if person_key is None else [person_key]
    for person_id, found in of_people(connection, owners(connection), date_from, date_to, people).items():
        for tap in found:
            if date_from <= tap.work_date <= date_to:
                grouped[tap.work_date, person_id].append(tap)
    return grouped


def shifted(iso_date: str, days: int) -> str:
    return (date.fromisoformat(iso_date) + timedelta(days=days)).isoformat()


def _taps(
    connection: Connection, keys: Owners, date_from: str, date_to: str, people: Collection[str] | None
) -> Iterator[Tap]:
    """Taps of known people, and of badges that were unknown when tapped and have an owner now."""
    as_recorded = _recorded().where(amendment.c.seq.is_(None), fact.c.work_date.between(date_from, date_to))
    # By the few amendments: an index of kinds would have SQLite look at every tap there ever was.
    moved = select(amendment.c.device, amendment.c.epoch, amendment.c.seq).where(
        amendment.c.standing, amendment.c.after_date.between(date_from, date_to)
    )
    amended = _recorded(fact.c.kind.concat("")).where(
        tuple_(fact.c.device, fact.c.epoch, fact.c.seq).in_(moved), amendment.c.standing
    )
    for query in (as_recorded, amended):
        if people is not None:
            named = [key for each in people for key in keys.keys_of(each)]
            query = query.where(or_(fact.c.person.in_(named), badge.c.person.in_(people)))
        yield from _read(connection, query, keys)


_WAITING = and_(boot.c.due_ns.is_not(None), fact.c.clock == ClockState.NONE.value)
"""Nothing is known yet of the boot in which this was captured."""


def _recorded(kind: ColumnElement[str] = fact.c.kind) -> Select[Any]:
    """Taps, each with the amendment that stands, and its boot while it waits to be dated."""
    columns = [fact.c[each] for each in ("device", "epoch", "seq", "wall_us", "body", "work_date", "received_us")]
    amended = [amendment.c[each] for each in ("after_us", "after_date", "basis", "within_us")]
    of_fact = [fact.c[each] == amendment.c[each] for each in ("device", "epoch", "seq")]
    due = (boot.c.device == fact.c.device, boot.c.boot_id == fact.c.boot_id, boot.c.due_ns <= fact.c.boottime_ns)
    return (
        select(*columns, *amended, badge.c.person.label("owner"), _WAITING.label("waiting"))
        .outerjoin(badge, badge.c.key == fact.c.badge)
        .outerjoin(amendment, and_(*of_fact, amendment.c.standing))
        .outerjoin(boot, and_(*due))
        .where(kind == AttendanceTap.__name__)
    )


def _read(connection: Connection, query: Select[Any], keys: Owners) -> Iterator[Tap]:
    decoder = msgspec.json.Decoder(AttendanceTap)
    rows = connection.execute(query).all()
    chosen = _chosen(connection, {row.work_date for row in rows})
    for row in rows:
        said = decoder.decode(row.body)
        record = Record(row.device, row.epoch, row.seq, said.station, said.outcome, row.received_us)
        if said.person is not None:
            person, counts = keys[said.person], said.effective and said.direction is not None
        elif row.owner is not None and said.outcome is Outcome.UNKNOWN_BADGE:
            person, counts = row.owner, said.repeats is None
        else:
            continue
        is_moved = row.after_us is not None and row.after_us != row.wall_us
        bounded_us = row.within_us if row.basis == Basis.BOUNDED.value else 0
        choice = chosen.get((row.device, row.epoch, row.seq))
        yield Tap(
            person,
            row.after_date or said.work_date,
            row.wall_us if row.after_us is None else row.after_us,
            choice or said.direction,
            counts,
            record,
            row.wall_us if is_moved else None,
            UNBOUNDED_US if row.waiting else bounded_us,
            said_by=_said_by(said, choice),
        )


def _said_by(tap: AttendanceTap, choice: Direction | None) -> SaidBy:
    if choice is not None:
        return SaidBy.PERSON
    return SaidBy.NOBODY if tap.outcome is Outcome.DIRECTION_OFFERED else SaidBy.BOX


def _chosen(connection: Connection, work_dates: Iterable[str]) -> dict[tuple[str, int, int], Direction]:
    """What people have said of their taps of these dates, by the tap; of several times the last."""
    choices = select(fact.c.device, fact.c.epoch, fact.c.body).where(
        fact.c.kind == DirectionChosen.__name__, fact.c.work_date.in_(sorted(work_dates))
    )
    decoder = msgspec.json.Decoder(DirectionChosen)
    found = [(row, decoder.decode(row.body)) for row in connection.execute(choices.order_by(fact.c.seq))]
    return {(row.device, row.epoch, said.tap): said.direction for row, said in found}
