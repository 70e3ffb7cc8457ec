"""Attendance days out of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, or_, select, text

from hr.attendance import rules
from hr.attendance.day import AttendanceDay
from hr.attendance.rules import PlacedTap, Record, Tap, Who
from hr.clocks.effective import UNBOUNDED_US, Basis
from hr.people.keys import Owners, owners
from hr.store.tables import amendment, badge, boot, fact, person
from sync.facts import AttendanceTap, Outcome
from sync.wire import ClockState


def days(connection: Connection, date_from: str, date_to: str, person_key: str | None = None) -> list[AttendanceDay]:
    """Days with at least one tap, by work date, then employee number. Both dates are included."""
    who = {row.id: Who(row.name, row.number, row.team) for row in connection.execute(select(person))}
    grouped: dict[tuple[str, str], list[Tap]] = defaultdict(list)
    keys = owners(connection)
    person_key = None if person_key is None else keys[person_key]
    for tap in _taps(connection, keys, date_from, date_to, person_key):
        if person_key in (None, tap.person):
            grouped[tap.work_date, tap.person].append(tap)
    made = [rules.day(taps, who.get(key, Who())) for (_date, key), taps in grouped.items()]
    return sorted(made, key=lambda day: (day.work_date, day.person_number, day.person))


def taps(connection: Connection, work_date: str, person_key: str) -> list[PlacedTap]:
    """Every tap of one person's work date, in order of time."""
    keys = owners(connection)
    found = _taps(connection, keys, work_date, work_date, keys[person_key])
    return rules.placed(tap for tap in found if tap.person == keys[person_key])


def placed(connection: Connection, date_from: str, date_to: str) -> Iterator[tuple[str, list[PlacedTap]]]:
    """Every person's taps of every work date, each day in order of time, with the person."""
    grouped: dict[tuple[str, str], list[Tap]] = defaultdict(list)
    for tap in _taps(connection, owners(connection), date_from, date_to, None):
        grouped[tap.work_date, tap.person].append(tap)
    for (_date, who), found in grouped.items():
        yield who, rules.placed(found)


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


def _taps(connection: Connection, keys: Owners, date_from: str, date_to: str, person_key: str | None) -> Iterator[Tap]:
    """Taps of known people, and of badges that were unknown when tapped and have an owner now."""
    as_recorded = _recorded().where(amendment.c.seq.is_(None), fact.c.work_date.between(date_from, date_to))
    amended = _recorded().where(amendment.c.standing, amendment.c.after_date.between(date_from, date_to))
    for query in (as_recorded, amended):
        if person_key is not None:
            query = query.where(or_(fact.c.person.in_(keys.keys_of(person_key)), badge.c.person == person_key))
        yield from _read(connection, query, keys)


_WAITING = and_(boot.c.due_ns.is_not(None), fact.c.clock == ClockState.NONE.value)
"""Nothing is known yet of the boot in which this was captured."""


def _recorded() -> Select[Any]:
    """Taps, each with the amendment that stands, and its boot while it waits to be dated."""
    columns = [fact.c[each] for each in ("device", "epoch", "seq", "wall_us", "body", "work_date")]
    amended = [amendment.c[each] for each in ("after_us", "after_date", "basis", "within_us")]
    of_fact = [fact.c[each] == amendment.c[each] for each in ("device", "epoch", "seq")]
    due = (boot.c.device == fact.c.device, boot.c.boot_id == fact.c.boot_id, boot.c.due_ns <= fact.c.boottime_ns)
    return (
        select(*columns, *amended, badge.c.person.label("owner"), _WAITING.label("waiting"))
        .outerjoin(badge, badge.c.key == fact.c.badge)
        .outerjoin(amendment, and_(*of_fact, amendment.c.standing))
        .outerjoin(boot, and_(*due))
        .where(fact.c.kind == AttendanceTap.__name__)
    )


def _read(connection: Connection, query: Select[Any], keys: Owners) -> Iterator[Tap]:
    decoder = msgspec.json.Decoder(AttendanceTap)
    for row in connection.execute(query):
        said = decoder.decode(row.body)
        record = Record(row.device, row.epoch, row.seq, said.station, said.outcome)
        if said.person is not None:
            person, counts = keys[said.person], said.effective and said.direction is not None
        elif row.owner is not None and said.outcome is Outcome.UNKNOWN_BADGE:
            person, counts = row.owner, said.repeats is None
        else:
            continue
        is_moved = row.after_us is not None and row.after_us != row.wall_us
        bounded_us = row.within_us if row.basis == Basis.BOUNDED.value else 0
        yield Tap(
            person,
            row.after_date or said.work_date,
            row.wall_us if row.after_us is None else row.after_us,
            said.direction,
            counts,
            record,
            row.wall_us if is_moved else None,
            UNBOUNDED_US if row.waiting else bounded_us,
        )
