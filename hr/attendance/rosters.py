"""The roster as HR keeps it: which shifts each person works on each work date, every version of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from hr.attendance.closing import demand_open
from hr.people import cells, records
from hr.people.rejected import Rejected
from hr.people.table_file import BadFile, Problem, Row, read_rows
from hr.store import bulk
from hr.store.tables import person, roster, roster_version

Plan = Mapping[tuple[str, str], tuple[str, ...]]
"""By person and work date the shifts planned, in order; empty for rest. What nobody has planned has no entry."""

Changes = Mapping[tuple[str, str], tuple[str, ...] | None]
"""What a plan becomes where it changes; None: nobody plans the date any more."""

SHIFTS_A_DAY = 3
SEPARATOR = ";"
REST_WORDS = frozenset({"REST", "OFF", "休", "休息", "NGHỈ"})
COLUMNS = ("number", "date", "shift")


class How(StrEnum):
    """How a version of the roster came about."""

    EDIT = "EDIT"
    COPY = "COPY"
    TEAM = "TEAM"
    FILE = "FILE"


@dataclass(frozen=True)
class Version:
    """Who changed the roster, when (microseconds UTC), and how many days of people."""

    version: int
    how: How
    by: str
    at_us: int
    days: int


class Imported(NamedTuple):
    """`changed` counts the rows that were new or different."""

    rows: int
    changed: int


def planned(
    connection: Connection,
    date_from: str,
    date_to: str,
    people: Collection[str] | None = None,
    as_of: int | None = None,
) -> Plan:
    """The newest version of each work date, both ends included; of everybody, or of these people. `as_of`: as it was
    when this version was the newest."""
    of: list[ColumnElement[bool]] = [roster.c.date.between(date_from, date_to)]
    of += [] if people is None else [roster.c.person.in_(people)]
    of += [] if as_of is None else [roster.c.version <= as_of]
    columns = (roster.c.person, roster.c.date, roster.c.shifts)
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for who, date, shifts in connection.execute(select(*columns).where(*of).order_by(roster.c.version)):
        if shifts is None:
            found.pop((who, date), None)
        else:
            found[who, date] = shifts
    return MappingProxyType(found)


def put(connection: Connection, changes: Changes, how: How, by: str, now_us: int) -> int:
    """Writes what differs as one version, and says how much that was. Rejected: a shift that is not known, a date whose
    pay is closed."""
    if not changes:
        return 0
    known = {each.id for each in records.shifts(connection)}
    for (_, date), shifts in changes.items():
        for shift in shifts or ():
            if shift not in known or SEPARATOR in shift:
                raise Rejected("shift", shift, "a shift that is known")
        if len(shifts or ()) > SHIFTS_A_DAY or len(set(shifts or ())) < len(shifts or ()):
            raise Rejected("shift", f"{date} {SEPARATOR.join(shifts or ())}", "at most three shifts a day, each once")
    dates = [date for _, date in changes]
    held = planned(connection, min(dates), max(dates))
    rows = [(key, shifts) for key, shifts in changes.items() if held.get(key) != shifts]
    if not rows:
        return 0
    demand_open(connection, *(date for (_, date), _shifts in rows))
    version = newest(connection) + 1
    connection.execute(roster_version.insert().values(version=version, how=how.value, made_by=by, made_us=now_us))
    plain = [
        (who, date, version, None if shifts is None else SEPARATOR.join(shifts)) for (who, date), shifts in sorted(rows)
    ]
    bulk.insert(connection, roster, ("person", "date", "version", "shifts"), plain)
    return len(rows)


def newest(connection: Connection) -> int:
    """The newest version of all; 0 when there is none."""
    return connection.scalar(select(func.max(roster_version.c.version))) or 0


def versions(connection: Connection, date_from: str, date_to: str) -> list[Version]:
    """The changes of these work dates, the newest first."""
    query = (
        select(roster_version, func.count().label("days"))
        .join(roster, roster.c.version == roster_version.c.version)
        .where(roster.c.date.between(date_from, date_to))
        .group_by(*roster_version.c)
        .order_by(roster_version.c.version.desc())
    )
    return [Version(row.version, How(row.how), row.made_by, row.made_us, row.days) for row in connection.execute(query)]


def import_csv(connection: Connection, raw: bytes, by: str, now_us: int) -> Imported:
    """A file with `number,date,shift`: a line for each shift, REST for a planned rest day. What the file does not name
    stays as it is. BadFile lists what is wrong, and then nothing was taken."""
    rows = read_rows(raw, COLUMNS, ())
    known = {each.id for each in records.shifts(connection)}
    people = {row.number: row.id for row in connection.execute(select(person.c.number, person.c.id))}
    changes: dict[tuple[str, str], tuple[str, ...]] = {}
    problems = []
    lines: dict[str, int] = {}
    for row in rows:
        try:
            key, shift = _line(row, people, known)
            changes[key] = _joined(row, changes.get(key), shift)
            lines.setdefault(key[1], row.line)
        except Rejected as error:
            problems.append(Problem(row.line, error.column, error.got, error.wanted))
    if problems:
        raise BadFile(problems)
    try:
        return Imported(len(rows), put(connection, changes, How.FILE, by, now_us))
    except Rejected as error:
        raise BadFile([Problem(lines.get(error.got, 1), error.column, error.got, error.wanted)]) from error


def _line(row: Row, people: Mapping[str, str], known: Iterable[str]) -> tuple[tuple[str, str], str | None]:
    """Person and date, and the shift; None for rest."""
    owner = people.get(row.cells["number"])
    if owner is None:
        raise Rejected("number", row.cells["number"], "an employee number that is known: import the people first")
    try:
        date = cells.iso_date(row.cells["date"])
    except ValueError as error:
        raise Rejected("date", row.cells["date"], "a date such as 2026-11-01") from error
    shift = row.cells["shift"]
    if shift in known:
        return (owner, date), shift
    if shift.upper() in REST_WORDS:
        return (owner, date), None
    raise Rejected("shift", shift, "a shift that is known, or REST")


def _joined(row: Row, before: tuple[str, ...] | None, shift: str | None) -> tuple[str, ...]:
    """The shifts of a date with one more line of the file."""
    if before is None:
        return () if shift is None else (shift,)
    if shift is None or not before or shift in before:
        raise Rejected("date", row.cells["date"], "it once for each shift, and rest alone")
    if len(before) >= SHIFTS_A_DAY:
        raise Rejected("shift", row.cells["shift"], "at most three shifts a day, each once")
    return (*before, shift)
