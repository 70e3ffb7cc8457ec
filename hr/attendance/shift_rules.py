"""What HR asks of each shift, in the database: its times as the boxes know them, and the rules beside; by date."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from hr.attendance import closing
from hr.attendance.rules.shifts import Break, Directions, Pairing, ShiftRule, clock, problems
from hr.attendance.rules.timetable import EVER, ShiftVersion, Timetable
from hr.people.records import put as put_row
from hr.people.rejected import Rejected
from hr.people.version import bump
from hr.store import versions
from hr.store.attendance_tables import shift_version
from hr.store.tables import shift
from hr.store.versions import Typed, Version

LAST = "9999-12-31"
_BREAK = re.compile(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)(\s*paid)?")


@dataclass(frozen=True)
class Kept:
    """A version as its columns have it."""

    valid_from: str
    start_min: int
    end_min: int
    overtime_min: int
    breaks: str
    early_in_min: int
    late_out_min: int
    late_grace_min: int
    early_grace_min: int
    late_as_lack_min: int | None
    ot_unit_min: int
    ot_min_min: int
    flexible_min: int
    punches: int
    normal_cap_min: int | None
    pairing: Pairing
    directions: Directions


PLAIN = tuple(each.name for each in fields(Kept) if each.name not in ("valid_from", "breaks"))
"""Fields of a rule that are columns of the same name and value."""


def timetable(connection: Connection) -> Timetable:
    """Every version of every shift."""
    query = select(shift_version, shift.c.name).join(shift, shift.c.id == shift_version.c.shift)
    return Timetable(
        ShiftVersion(row["valid_from"], _rule(row["shift"], row["name"], versions.built(Kept, row)))
        for row in connection.execute(query).mappings()
    )


def history(connection: Connection, of: str) -> list[Version[Kept]]:
    """Every version of one shift as it was typed, oldest first."""
    return versions.history(connection, shift_version, Kept, of)


def put(connection: Connection, wanted: ShiftRule, valid_from: str, typed: Typed) -> bool:
    """From a work date on, until the next version; a version of the same date is kept and replaced. A shift that is new
    holds from the beginning. True when anything changed. Rejected for a rule that nobody can be judged by, and for work
    dates whose pay is closed."""
    for field, got, what in problems(wanted):
        raise Rejected(field, got, what)
    known = timetable(connection)
    if wanted.id not in known and valid_from != EVER:
        raise Rejected("valid_from", valid_from, "none for a shift that is new: it holds from the beginning")
    renamed = put_row(connection, shift, {"id": wanted.id, "name": wanted.name})
    before = known.on(wanted.id, valid_from)
    if before is not None and replace(before, name=wanted.name) == wanted:
        return renamed
    if before is not None:
        demand_open(connection, known, wanted, valid_from)
    values: dict[str, Any] = {name: getattr(wanted, name) for name in PLAIN}
    key = {"shift": wanted.id, "valid_from": valid_from}
    versions.put(connection, shift_version, values | key | {"breaks": breaks_text(wanted.breaks)}, typed)
    bump(connection)
    return True


def demand_open(connection: Connection, known: Timetable, wanted: ShiftRule, valid_from: str) -> None:
    """Rejected where a version would reach a date whose pay is closed."""
    until = known.next_change(wanted.id, valid_from)
    last = LAST if until is None else (date.fromisoformat(until) - timedelta(days=1)).isoformat()
    try:
        closing.demand_open_between(connection, valid_from, last)
    except Rejected as error:
        raise Rejected("valid_from", valid_from, "a date after the last closed month") from error


def breaks_text(breaks: tuple[Break, ...]) -> str:
    """12:00-13:00;26:00-26:30 paid"""
    return ";".join(f"{clock(each.start_min)}-{clock(each.end_min)}{' paid' if each.paid else ''}" for each in breaks)


def breaks_of(text: str) -> tuple[Break, ...]:
    """The breaks of such a text. Rejected."""
    found = []
    for part in filter(None, (each.strip() for each in text.replace(",", ";").split(";"))):
        match = _BREAK.fullmatch(part)
        if match is None:
            raise Rejected("breaks", part, "breaks such as 12:00-13:00;18:00-18:15 paid")
        start_h, start_m, end_h, end_m = (int(each) for each in match.groups()[:4])
        found.append(Break(start_h * 60 + start_m, end_h * 60 + end_m, paid=match[5] is not None))
    return tuple(found)


def _rule(id_: str, name: str, kept: Kept) -> ShiftRule:
    return ShiftRule(id_, name, breaks=breaks_of(kept.breaks), **{each: getattr(kept, each) for each in PLAIN})
