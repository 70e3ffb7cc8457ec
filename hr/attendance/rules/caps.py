"""How near a person is to the most overtime in law: 3 hours a day, 36 a month (Labour Law, article 41). Pure.

What was worked counts, whether or not anybody approved it, and in the month also what was worked on rest days and
holidays (劳动部 1997 复函, 三). These are warnings: hours that were worked are paid all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hr.attendance.rules.day import AttendanceDay, SegmentKind
from hr.calendar.day_class import TimeClass

MOST_DAY_MIN = 3 * 60
MOST_MONTH_MIN = 36 * 60


class Cap(StrEnum):
    """Which limit, and whether it is near or passed."""

    DAY_NEAR_3H = "DAY_NEAR_3H"
    DAY_OVER_3H = "DAY_OVER_3H"
    MONTH_NEAR_36H = "MONTH_NEAR_36H"
    MONTH_OVER_36H = "MONTH_OVER_36H"


@dataclass(frozen=True)
class Limits:
    """Minutes; from the near ones on a warning is given."""

    near_day_min: int = 2 * 60
    most_day_min: int = MOST_DAY_MIN
    near_month_min: int = 30 * 60
    most_month_min: int = MOST_MONTH_MIN


LAW = Limits()


@dataclass(frozen=True)
class OvertimeDay:
    """Minutes of one work date. `beyond_min` prolonged a work day and is what the day's limit is about; `total_min` has
    rest-day and holiday work in it. `unclassified_min` were scheduled on dates that no calendar knows: whether they are
    overtime cannot be said."""

    work_date: str
    beyond_min: int
    total_min: int
    unclassified_min: int = 0


@dataclass(frozen=True)
class Standing:
    """One person's month. `left_min` is negative for so much as is over; `near_days` and `over_days` are work dates."""

    person: str
    days: tuple[OvertimeDay, ...]
    limits: Limits = LAW

    @property
    def total_min(self) -> int:
        return sum(each.total_min for each in self.days)

    @property
    def left_min(self) -> int:
        return self.limits.most_month_min - self.total_min

    @property
    def over_days(self) -> tuple[str, ...]:
        return tuple(each.work_date for each in self.days if each.beyond_min > self.limits.most_day_min)

    @property
    def near_days(self) -> tuple[str, ...]:
        limits = self.limits
        return tuple(
            each.work_date for each in self.days if limits.near_day_min <= each.beyond_min <= limits.most_day_min
        )

    @property
    def caps(self) -> tuple[Cap, ...]:
        return alerts(max((each.beyond_min for each in self.days), default=0), self.total_min, self.limits)


def alerts(day_min: int, month_min: int, limits: Limits = LAW) -> tuple[Cap, ...]:
    """What is to be said of the longest overtime of a day and of the month's; exactly the limit is not over it."""
    found = []
    if day_min >= limits.near_day_min:
        found.append(Cap.DAY_OVER_3H if day_min > limits.most_day_min else Cap.DAY_NEAR_3H)
    if month_min >= limits.near_month_min:
        found.append(Cap.MONTH_OVER_36H if month_min > limits.most_month_min else Cap.MONTH_NEAR_36H)
    return tuple(found)


def overtime_of(day: AttendanceDay) -> OvertimeDay:
    """What of a day counts against the limits, approved or not."""
    beyond = total = unclassified = 0
    for each in day.segments:
        if each.time_class is None and each.kind is SegmentKind.SCHEDULED:
            unclassified += each.minutes
        elif each.time_class is not TimeClass.NORMAL:
            total += each.minutes
            beyond += each.minutes if each.time_class in (TimeClass.OT_WORKDAY, None) else 0
    return OvertimeDay(day.work_date, beyond, total, unclassified)


def standing(person: str, days: Iterable[AttendanceDay], limits: Limits = LAW) -> Standing:
    """Of one person's days of one month, in any order."""
    found = sorted((overtime_of(day) for day in days), key=lambda each: each.work_date)
    return Standing(person, tuple(found), limits)
