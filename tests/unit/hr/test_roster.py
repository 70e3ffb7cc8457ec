"""What is remarked of a roster."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hr.attendance.rules.caps import OvertimeDay, overtime_of
from hr.attendance.rules.day import Status
from hr.attendance.rules.given import DayInput
from hr.attendance.rules.judging import judge
from hr.attendance.rules.roster import Remark, RemarkKind, planned_overtime, remarks
from hr.attendance.rules.shifts import Break, ShiftRule
from hr.attendance.rules.taps import Tap
from hr.calendar import files, store
from hr.calendar.day_class import Calendar
from sync.wire.facts import Direction

CALENDAR = Calendar(tuple(files.read(file.read_bytes()) for file in store.DATA.glob("*.toml")))
ZONE = ZoneInfo("Asia/Shanghai")
NOON = (Break(720, 780),)
DAY = ShiftRule("D", "day", 480, 1020, NOON)
LONG = ShiftRule("L", "long", 480, 1260, (*NOON, Break(1020, 1050)), normal_cap_min=480)
"""11 h 30."""
NIGHT = ShiftRule("N", "night", 1320, 1800, (Break(1560, 1590, paid=True),))
NIGHT_12 = ShiftRule("N12", "night of twelve", 1200, 1920, (Break(1440, 1500),), normal_cap_min=480)
LATE = ShiftRule("LATE", "late", 840, 1320)
MORNING, AFTERNOON = ShiftRule("A4", "morning", 480, 720), ShiftRule("B4", "afternoon", 750, 990)


def roster(first: str, *days: ShiftRule | None) -> dict[str, tuple[ShiftRule, ...]]:
    """A shift a day from this date on; None is rest."""
    start = date.fromisoformat(first)
    return {
        (start + timedelta(days=place)).isoformat(): () if each is None else (each,) for place, each in enumerate(days)
    }


def found(
    shifts: dict[str, tuple[ShiftRule, ...]], first: str = "2026-11-01", last: str = "2026-12-31"
) -> list[Remark]:
    return remarks("p", shifts, CALENDAR, first, last)


def test_a_week_of_five_days_and_a_saturday_is_nothing_to_remark():
    assert found(roster("2026-11-02", *[DAY] * 6, None)) == []


def test_a_seventh_day_without_rest_is_remarked_once_with_all_its_days():
    assert [each for each in found(roster("2026-11-02", *[DAY] * 8)) if each.kind is RemarkKind.NO_REST_DAY] == [
        Remark(RemarkKind.NO_REST_DAY, "p", "2026-11-02", "2026-11-09", 8)
    ]


def test_seven_days_in_a_row_are_one_too_many():
    assert [(each.kind, each.amount) for each in found(roster("2026-11-02", *[DAY] * 7))] == [
        (RemarkKind.NO_REST_DAY, 7)
    ]


@pytest.mark.parametrize("gap", [(), None])
def test_a_day_that_is_rest_or_not_planned_ends_a_run(gap: tuple[()] | None):
    shifts = roster("2026-11-02", *[DAY] * 8)
    del shifts["2026-11-06"]
    if gap is not None:
        shifts["2026-11-06"] = gap
    assert RemarkKind.NO_REST_DAY not in {each.kind for each in found(shifts)}


def test_a_day_shift_on_the_morning_after_a_night_is_remarked_with_the_rest_between():
    assert found(roster("2026-11-02", NIGHT, DAY)) == [
        Remark(RemarkKind.SHORT_REST, "p", "2026-11-02", "2026-11-03", 120)
    ]


def test_a_night_and_a_day_off_before_a_day_shift_is_rest_enough():
    assert found(roster("2026-11-02", NIGHT, NIGHT, None, DAY)) == []


def test_eleven_hours_are_rest_and_a_minute_less_is_remarked():
    early = ShiftRule("E", "early", 540, 900)
    assert found(roster("2026-11-02", LATE, early)) == []
    earlier = ShiftRule("E", "early", 539, 900)
    assert [each.amount for each in found(roster("2026-11-02", LATE, earlier))] == [659]


def test_two_shifts_of_one_day_need_no_rest_between_but_may_not_overlap():
    assert found({"2026-11-02": (MORNING, AFTERNOON)}) == []
    assert found({"2026-11-02": (DAY, AFTERNOON)})[:1] == [
        Remark(RemarkKind.OVERLAP, "p", "2026-11-02", "2026-11-02", 270)
    ]


def test_a_night_that_runs_into_the_next_days_shift_is_remarked():
    assert [(each.kind, each.amount) for each in found(roster("2026-11-02", NIGHT_12, DAY))] == [
        (RemarkKind.SHORT_REST, 0)
    ]
    before_dawn = ShiftRule("EM", "before dawn", 420, 900)
    assert [(each.kind, each.amount) for each in found(roster("2026-11-02", NIGHT_12, before_dawn))] == [
        (RemarkKind.OVERLAP, 60)
    ]


def test_more_than_three_hours_beyond_a_work_day_are_remarked():
    assert found(roster("2026-11-02", NIGHT_12)) == []
    assert found(roster("2026-11-02", LONG)) == [Remark(RemarkKind.OVERTIME_DAY, "p", "2026-11-02", "2026-11-02", 210)]


def test_planned_overtime_is_what_is_above_the_caps_and_all_on_rest_days_and_holidays():
    shifts = roster("2026-09-25", DAY, LONG, DAY) | roster("2026-11-02", DAY, NIGHT_12)
    assert planned_overtime(shifts, CALENDAR) == {
        "2026-09-25": 480,
        "2026-09-26": 690,
        "2026-09-27": 480,
        "2026-11-02": 0,
        "2026-11-03": 180,
    }


def test_of_a_night_into_a_holiday_what_lies_after_midnight_is_overtime():
    assert planned_overtime(roster("2026-09-30", NIGHT), CALENDAR) == {"2026-09-30": 360}


def test_two_half_shifts_are_one_day():
    late = ShiftRule("C", "evening", 1020, 1200, normal_cap_min=480)
    assert planned_overtime({"2026-11-02": (MORNING, AFTERNOON, late)}, CALENDAR) == {"2026-11-02": 180}


def test_36_hours_in_a_month_are_the_most_and_rest_day_work_is_among_them():
    saturdays = dict.fromkeys(("2026-11-07", "2026-11-14", "2026-11-21", "2026-11-28"), (DAY,))
    shifts = saturdays | roster("2026-11-02", ShiftRule("D12", "12 h", 480, 1200, normal_cap_min=480))
    assert sum(planned_overtime(shifts, CALENDAR).values()) == 36 * 60
    assert RemarkKind.OVERTIME_MONTH not in {each.kind for each in found(shifts)}
    shifts["2026-11-03"] = (ShiftRule("D8+", "8 h 01", 480, 961, normal_cap_min=480),)
    assert found(shifts, "2026-11-23", "2026-11-29")[-1:] == [
        Remark(RemarkKind.OVERTIME_MONTH, "p", "2026-11-02", "2026-11-28", 36 * 60 + 1)
    ]


def test_what_was_worked_takes_the_place_of_what_was_planned_and_the_rest_of_the_month_is_added():
    shifts = dict.fromkeys(("2026-11-07", "2026-11-14", "2026-11-21", "2026-11-28"), (DAY,))
    worked = {day: OvertimeDay(day, minutes, minutes) for day, minutes in (("2026-11-03", 120), ("2026-11-07", 600))}
    more = OvertimeDay("2026-11-04", 1, 1)
    assert remarks("p", shifts, CALENDAR, "2026-11-01", "2026-11-30", {**worked, "2026-11-14": more}) == []
    assert remarks("p", shifts, CALENDAR, "2026-11-01", "2026-11-30", {**worked, "2026-11-04": more}) == [
        Remark(RemarkKind.OVERTIME_MONTH, "p", "2026-11-03", "2026-11-28", 36 * 60 + 1)
    ]


@pytest.mark.parametrize(
    ("shifts", "day"),
    [
        ((ShiftRule("L", "long", 480, 1260),), "2026-11-02"),
        ((LONG,), "2026-11-02"),
        ((MORNING, ShiftRule("C", "evening", 780, 1200, normal_cap_min=300)), "2026-11-02"),
        ((MORNING, AFTERNOON, ShiftRule("C", "evening", 1020, 1200, normal_cap_min=480)), "2026-11-02"),
        ((NIGHT_12,), "2026-09-30"),
        ((NIGHT_12,), "2026-10-03"),
        ((NIGHT_12,), "2026-11-07"),
    ],
)
def test_a_day_that_is_worked_as_planned_has_the_overtime_the_roster_said(shifts: tuple[ShiftRule, ...], day: str):
    taps = []
    for each in shifts:
        begins = int(datetime.fromisoformat(day).replace(tzinfo=ZONE).timestamp()) * 1_000_000
        for direction, minute in ((Direction.IN, each.start_min), (Direction.OUT, each.end_min)):
            taps.append(Tap("p", day, begins + minute * 60_000_000, direction, effective=True))
    judged = judge(DayInput("p", day, tuple(taps), ZONE, CALENDAR, {day: shifts}))
    assert judged.status is Status.PRESENT
    assert overtime_of(judged).total_min == planned_overtime({day: shifts}, CALENDAR)[day]


def test_each_month_has_its_own_36_hours():
    saturdays = ("2026-10-24", "2026-10-31", "2026-11-07", "2026-11-14", "2026-11-21")
    assert found(dict.fromkeys(saturdays, (DAY,))) == []


def test_remarks_are_of_the_dates_asked_for():
    shifts = roster("2026-11-02", NIGHT, DAY, *[None] * 6, NIGHT, DAY)
    assert [each.date_from for each in found(shifts, "2026-11-09", "2026-11-15")] == ["2026-11-10"]


def test_a_year_without_a_table_is_no_overtime_and_no_reason_to_fail():
    shifts = roster("2026-12-31", NIGHT_12, *[LONG] * 7)
    assert planned_overtime(shifts, CALENDAR) == {}
    assert [each.kind for each in found(shifts, "2026-12-28", "2027-01-10")] == [
        RemarkKind.NO_REST_DAY,
        RemarkKind.SHORT_REST,
    ]
