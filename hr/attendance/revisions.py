"""Which figures a day has had, and since when. Days are computed from facts at every look; a revision is kept when a
day that is over is looked at and differs from what was kept last (AT-R6, R12).

So a revision is what somebody was shown. Nothing is written while nobody looks, and a look at what has not changed
writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.given import DayInput
from hr.attendance.service import shifted
from hr.store.attendance_tables import attendance_day
from hr.store.bulk import insert

COLUMNS = ("person", "work_date", "revision", "rule_version", "inputs", "content", "made_us")


class Figures(msgspec.Struct, frozen=True):
    """What is kept of a day; minutes, and moments in microseconds UTC. No name is in it."""

    status: str
    in_us: int | None
    out_us: int | None
    class_min: dict[str, int]
    unclassified_min: int
    late_min: int
    early_min: int
    leave_min: int
    ot_candidate_min: int
    ot_approved_min: int
    unscheduled_min: int
    flags: list[str]
    shifts: list[str]


@dataclass(frozen=True)
class Revision:
    """One of them. `inputs` is the SHA-256 of what it was computed from, `made_us` when it was kept."""

    number: int
    rule_version: str
    inputs: str
    figures: Figures
    made_us: int


@dataclass(frozen=True)
class Judged:
    """A day beside what it was judged from."""

    given: DayInput
    day: AttendanceDay


def figures(day: AttendanceDay) -> Figures:
    moments = [moment for each in day.stretches for moment in (each.in_us, each.out_us) if moment is not None]
    first = day.stretches[0].in_us if day.stretches else None
    last = day.stretches[-1].out_us if day.stretches else None
    return Figures(
        status=day.status.value,
        in_us=first if moments else None,
        out_us=last if moments else None,
        class_min={each.value: minutes for each, minutes in day.class_min.items()},
        unclassified_min=day.unclassified_min,
        late_min=day.late_min,
        early_min=day.early_min,
        leave_min=day.leave_min,
        ot_candidate_min=day.ot_candidate_min,
        ot_approved_min=day.ot_approved_min,
        unscheduled_min=day.unscheduled_min,
        flags=[each.value for each in day.flags],
        shifts=[each.shift for each in day.shifts],
    )


def digest(given: DayInput) -> str:
    """Of all that decides the day. When HR looked is not among it, nor names, nor the order in which taps came."""
    dates = [shifted(given.work_date, each) for each in range(3)]
    said = (
        given.person,
        given.work_date,
        sorted((tap.identity, tap.at_us, tap.work_date, str(tap.said), tap.effective) for tap in given.taps),
        [(date, [msgspec.to_builtins(rule) for rule in rules or ()]) for date, rules in sorted(given.roster.items())],
        sorted((each.id, each.from_us, each.to_us) for each in given.leaves),
        (given.approved.after_min, given.approved.before_min, given.approved.unscheduled_min),
        [str(given.calendar.day_class(each)) for each in dates],
    )
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def newest(connection: Connection, date_from: str, date_to: str) -> dict[tuple[str, str], tuple[int, str, bytes]]:
    """Number, inputs and content of the last revision of each person and work date."""
    columns = [attendance_day.c[each] for each in ("person", "work_date", "revision", "inputs", "content")]
    query = select(*columns).where(attendance_day.c.work_date.between(date_from, date_to))
    return {
        (row.person, row.work_date): (row.revision, row.inputs, row.content.encode())
        for row in connection.execute(query.order_by(attendance_day.c.revision))
    }


def changed(days: Iterable[Judged], kept: Mapping[tuple[str, str], tuple[int, str, bytes]]) -> list[Judged]:
    """Those whose figures are not those kept last. Other inputs that give the same figures are no revision."""
    found = []
    for each in days:
        key = (each.day.person, each.day.work_date)
        if key not in kept or kept[key][2] != _content(each.day):
            found.append(each)
    return found


def keep(connection: Connection, days: Iterable[Judged], now_us: int) -> int:
    """Writes those that have changed; how many. `connection` is of the office's writers."""
    listed = list(days)
    if not listed:
        return 0
    dates = [each.day.work_date for each in listed]
    kept = newest(connection, min(dates), max(dates))
    rows = []
    for each in changed(listed, kept):
        before = kept.get((each.day.person, each.day.work_date), (0, "", b""))[0]
        rows.append(
            (
                each.day.person,
                each.day.work_date,
                before + 1,
                each.day.rule_version,
                digest(each.given),
                _content(each.day).decode(),
                now_us,
            )
        )
    insert(connection, attendance_day, COLUMNS, rows)
    return len(rows)


def history(connection: Connection, person: str, work_date: str) -> list[Revision]:
    """All of one day, the first one first."""
    of = (attendance_day.c.person == person, attendance_day.c.work_date == work_date)
    query = select(attendance_day).where(*of).order_by(attendance_day.c.revision)
    decoder = msgspec.json.Decoder(Figures)
    return [
        Revision(row.revision, row.rule_version, row.inputs, decoder.decode(row.content), row.made_us)
        for row in connection.execute(query)
    ]


def _content(day: AttendanceDay) -> bytes:
    return msgspec.json.encode(figures(day), order="deterministic")
