"""Rest days that were worked, and what of them time off was given for (劳动法 art. 44). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hr.attendance.rules.day import AttendanceDay
from hr.calendar.day_class import TimeClass


@dataclass(frozen=True)
class RestDay:
    """Minutes of one work date that count as rest-day overtime, approved, and of them those given back as time off.
    `taken_min` may be more when minutes were approved once and are not any more."""

    work_date: str
    worked_min: int
    taken_min: int

    @property
    def left_min(self) -> int:
        return max(0, self.worked_min - self.taken_min)


def rest_day(day: AttendanceDay, taken_min: int) -> RestDay:
    """Statutory holidays are another class: no time off compensates them."""
    return RestDay(day.work_date, day.class_min.get(TimeClass.OT_RESTDAY, 0), taken_min)


def rest_days(days: Iterable[AttendanceDay], taken: Mapping[tuple[str, str], int]) -> tuple[RestDay, ...]:
    """Those of these days that have any such minutes. `taken`: by person and work date."""
    found = (rest_day(each, taken.get((each.person, each.work_date), 0)) for each in days)
    return tuple(each for each in found if each.worked_min or each.taken_min)
