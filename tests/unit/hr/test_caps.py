"""Warnings before and beyond 3 hours of overtime a day and 36 a month."""

from __future__ import annotations

import pytest

from hr.attendance.rules.caps import alerts, overtime_of, standing
from hr.attendance.rules.given import Approved
from hr.calendar.day_class import Calendar
from tests.unit.hr.shift_days import DAY, HOLIDAY, LONG_NIGHT, MONDAY, SATURDAY, beside, judged, taps


@pytest.mark.parametrize(
    ("day", "month", "said"),
    [
        (119, 1799, []),
        (120, 0, ["DAY_NEAR_3H"]),
        (180, 0, ["DAY_NEAR_3H"]),
        (181, 0, ["DAY_OVER_3H"]),
        (0, 1800, ["MONTH_NEAR_36H"]),
        (0, 2160, ["MONTH_NEAR_36H"]),
        (210, 2280, ["DAY_OVER_3H", "MONTH_OVER_36H"]),
    ],
)
def test_a_limit_is_told_before_it_is_passed(day: int, month: int, said: list[str]):
    assert [each.value for each in alerts(day, month)] == said


def test_overtime_counts_whether_or_not_anybody_approved_it():
    made = taps(MONDAY, "08:00 21:00")
    for approved in (None, 0, 60, 240):
        found = overtime_of(judged({MONDAY: (DAY,)}, made, approved=Approved(approved)))
        assert (found.beyond_min, found.total_min) == (240, 240)


def test_work_on_rest_days_and_holidays_is_in_the_month_and_not_in_the_days_limit():
    for on in (SATURDAY, HOLIDAY):
        found = overtime_of(judged({on: (DAY,)}, taps(on, "08:00 17:00"), on))
        assert (found.beyond_min, found.total_min) == (0, 480)


def test_scheduled_minutes_of_a_date_without_a_calendar_are_said_apart():
    found = overtime_of(judged({MONDAY: (DAY,)}, taps(MONDAY, "08:00 19:00"), calendar=Calendar()))
    assert (found.total_min, found.unclassified_min) == (120, 480)


@pytest.mark.parametrize("left", ["19:00", "20:00"])
def test_two_and_three_hours_are_near_the_limit_and_the_longest_day_speaks_for_the_month(left: str):
    tuesday = beside(MONDAY, 1)
    days = [
        judged({MONDAY: (DAY,)}, taps(MONDAY, f"08:00 {left}")),
        judged({tuesday: (DAY,)}, taps(tuesday, "08:00 17:00"), tuesday),
    ]
    found = standing("p-li", days)
    assert (found.near_days, found.over_days, [each.value for each in found.caps]) == ((MONDAY,), (), ["DAY_NEAR_3H"])


def test_a_month_of_twelve_hour_nights_says_which_days_and_how_much_is_left():
    dates = [beside(MONDAY, each) for each in range(5)]
    days = [judged({on: (LONG_NIGHT,)}, taps(on, "20:00 32:00"), on) for on in reversed(dates)]
    found = standing("p-li", days)
    assert (found.total_min, found.left_min, found.near_days, found.over_days) == (900, 1260, tuple(dates), ())
    longer = judged({MONDAY: (LONG_NIGHT,)}, taps(MONDAY, "20:00 33:00"), approved=Approved(60))
    assert standing("p-li", [longer]).over_days == (MONDAY,)
    assert [each.value for each in standing("p-li", [longer]).caps] == ["DAY_OVER_3H"]
