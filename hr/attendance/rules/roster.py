"""What speaks against a roster: too little rest, too much overtime, shifts that run into each other. Pure.

Nothing here forbids anything: a remark stands beside the roster, and whoever plans decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

from hr.attendance.rules import overtime
from hr.attendance.rules.caps import MOST_DAY_MIN, MOST_MONTH_MIN, OvertimeDay
from hr.attendance.rules.minutes import class_of, plan
from hr.attendance.rules.shifts import DAY_MIN, ShiftRule
from hr.attendance.rules.spans import Piece, by_day, length
from hr.attendance.rules.windows import Instance, date_of, windows
from hr.calendar.day_class import Calendar, DayClass, TimeClass

Shifts = Mapping[str, tuple[ShiftRule, ...]]
"""One person's shifts by work date, empty for rest; a date without an entry is not planned."""

LONGEST_RUN_DAYS = 6
"""At least one rest day in seven (Labour Law, article 38)."""

REST_MIN = 11 * 60
"""Between two work days. Chinese law names no number; this is the European one (directive 2003/88/EC, article 3)."""


class RemarkKind(StrEnum):
    NO_REST_DAY = "NO_REST_DAY"
    SHORT_REST = "SHORT_REST"
    OVERLAP = "OVERLAP"
    OVERTIME_DAY = "OVERTIME_DAY"
    OVERTIME_MONTH = "OVERTIME_MONTH"


@dataclass(frozen=True)
class Remark:
    """What is remarked of one person, on which work dates. `amount` is days of a run without rest, and else minutes: of
    rest, or of overtime."""

    kind: RemarkKind
    person: str
    date_from: str
    date_to: str
    amount: int


def remarks(
    person: str,
    shifts: Shifts,
    calendar: Calendar,
    date_from: str,
    date_to: str,
    worked: Mapping[str, OvertimeDay] = MappingProxyType({}),
) -> list[Remark]:
    """What is to be remarked of the dates from and to, both included. `shifts` should hold the whole months they lie in
    and a week before and after, else the remarks are of what it holds. `worked`: the overtime of dates that are over,
    which takes the place of what was planned."""
    found = [*_runs(person, shifts), *_gaps(person, shifts), *_overtime(person, shifts, calendar, worked)]
    return [each for each in found if each.date_from <= date_to and each.date_to >= date_from]


def planned_overtime(shifts: Shifts, calendar: Calendar) -> dict[str, int]:
    """Minutes of planned overtime by work date, as the day will be judged when all of it is worked: what is above the
    caps of its shifts, and all on rest days and holidays. Without the dates of which a part is unclassified."""
    found: dict[str, int] = {}
    instances: dict[str, list[Instance]] = defaultdict(list)
    for each in windows(shifts):
        instances[each.work_date].append(each)
    for work_date, of_day in instances.items():
        by_class = _by_class(of_day, calendar)
        if None not in by_class:
            found[work_date] = sum(by_class.values()) - by_class.get(TimeClass.NORMAL, 0)
    return found


def _by_class(of_day: Sequence[Instance], calendar: Calendar) -> dict[TimeClass | None, int]:
    """The minutes to be worked by what they will count as."""
    found: dict[TimeClass | None, int] = defaultdict(int)
    before = 0
    for each in of_day:
        normal, above = overtime.planned([Piece(*span, 0) for span in plan(each, ()).work], each.rule, before)
        before += length(normal)
        for pieces, beyond in ((normal, False), (above, True)):
            for part in (part for piece in pieces for part in by_day(piece, DAY_MIN)):
                basis = calendar.basis(each.work_date, date_of(part.start))
                found[class_of(basis, beyond=beyond)] += part.end - part.start
    return found


def _runs(person: str, shifts: Shifts) -> Iterator[Remark]:
    run: list[str] = []
    for each in [*sorted(day for day, planned in shifts.items() if planned), ""]:
        if run and (not each or date.fromisoformat(each) - date.fromisoformat(run[-1]) != timedelta(days=1)):
            if len(run) > LONGEST_RUN_DAYS:
                yield Remark(RemarkKind.NO_REST_DAY, person, run[0], run[-1], len(run))
            run = []
        run.append(each)


def _gaps(person: str, shifts: Shifts) -> Iterator[Remark]:
    for this, following in pairwise(windows(shifts)):
        gap = following.start - this.end
        dates = (this.work_date, following.work_date)
        if gap < 0:
            yield Remark(RemarkKind.OVERLAP, person, *dates, -gap)
        elif gap < REST_MIN and this.work_date != following.work_date:
            yield Remark(RemarkKind.SHORT_REST, person, *dates, gap)


def _overtime(person: str, shifts: Shifts, calendar: Calendar, worked: Mapping[str, OvertimeDay]) -> Iterator[Remark]:
    months: dict[str, list[tuple[str, int]]] = defaultdict(list)
    over = {day: each.total_min for day, each in worked.items()}
    for day, minutes in sorted((planned_overtime(shifts, calendar) | over).items()):
        # On a rest day or holiday all is overtime; how much of it is too much in a day, the law does not say.
        if minutes > MOST_DAY_MIN and calendar.day_class(day) is DayClass.WORKDAY:
            yield Remark(RemarkKind.OVERTIME_DAY, person, day, day, minutes)
        if minutes:
            months[day[:7]].append((day, minutes))
    for days in months.values():
        total = sum(minutes for _, minutes in days)
        if total > MOST_MONTH_MIN:
            yield Remark(RemarkKind.OVERTIME_MONTH, person, days[0][0], days[-1][0], total)
