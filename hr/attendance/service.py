"""Attendance days out of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, or_, select

from hr.attendance import rules
from hr.attendance.day import AttendanceDay
from hr.attendance.rules import PlacedTap, Record, Tap, Who
from hr.people.keys import Owners, owners
from hr.store.tables import badge, fact, person
from sync.facts import AttendanceTap, Outcome


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


def _taps(connection: Connection, keys: Owners, date_from: str, date_to: str, person_key: str | None) -> Iterator[Tap]:
    """Taps of known people, and of badges that were unknown when tapped and have an owner now."""
    query = (
        select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.body, badge.c.person.label("owner"))
        .outerjoin(badge, badge.c.key == fact.c.badge)
        .where(fact.c.kind == AttendanceTap.__name__, fact.c.work_date.between(date_from, date_to))
    )
    if person_key is not None:
        query = query.where(or_(fact.c.person.in_(keys.keys_of(person_key)), badge.c.person == person_key))
    decoder = msgspec.json.Decoder(AttendanceTap)
    for row in connection.execute(query):
        tap = decoder.decode(row.body)
        record = Record(row.device, row.epoch, row.seq, tap.station, tap.outcome)
        if tap.person is not None:
            yield Tap(
                keys[tap.person],
                tap.work_date,
                row.wall_us,
                tap.direction,
                tap.effective and tap.direction is not None,
                record,
            )
        elif row.owner is not None and tap.outcome is Outcome.UNKNOWN_BADGE:
            yield Tap(row.owner, tap.work_date, row.wall_us, tap.direction, tap.repeats is None, record)
