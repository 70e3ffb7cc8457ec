"""The demo plant's roster and the month before, for any day on which a demo begins."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from hr.calendar.day_class import Calendar, DayClass
from hr.calendar.files import read
from simulators.past_box import asked_for
from simulators.past_month import FORGOTTEN, LONG_EVENING, UNSEALED, facts_of
from simulators.plant import load_plant
from simulators.processes import Failed
from simulators.roster import ON_DUTY, days, month_before, roster_csv, works

PLANT = load_plant()
KEYS = {person.number: f"key-{person.number}" for person in PLANT.people}
BEGINNINGS = [date(2025, 3, 3), date(2026, 2, 28), date(2026, 11, 24), date(2027, 1, 4), date(2027, 3, 31)]


NOW_US = 1_795_485_600_000_000
"""24 November 2026 at the plant."""


def planned(began: date, month: date | None, number: str = "1011") -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(roster_csv([number], began, month, PLANT.closed, PLANT.holidays)))
    return {row["date"]: row["shift"] for row in rows}


@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
def test_nobody_is_expected_before_the_demo_began_and_everybody_after(began: date):
    roster = planned(began, None)
    assert {roster[day] for day in roster if day < began.isoformat()} == {"REST"}
    assert "DAY" in {roster[day] for day in roster if day >= began.isoformat()}
    assert min(roster) == month_before(began, 2).isoformat()


@pytest.mark.parametrize("back", [1, 5])
@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
def test_with_a_month_its_work_days_are_planned_and_no_other(began: date, back: int):
    month = month_before(began, back)
    roster = planned(began, month)
    assert min(roster) == min(month, month_before(began, 2)).isoformat()
    worked = {day for day, shift in roster.items() if shift == "DAY" and day < began.isoformat()}
    assert {day[:7] for day in worked} == {month.strftime("%Y-%m")}
    assert len(worked) > max(FORGOTTEN[1], LONG_EVENING[1], UNSEALED[1])


@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
def test_the_facts_of_the_month_lie_in_it_in_order_of_time_with_three_holes(began: date):
    first, end = month_before(began), began.replace(day=1)
    written = facts_of(PLANT, KEYS, first)
    dates = {each.body["work_date"] for each in written if "work_date" in each.body}
    assert first.isoformat() <= min(dates) <= max(dates) < end.isoformat()
    assert [each.at.wall_us for each in written] == sorted(each.at.wall_us for each in written)
    kinds = Counter(each.kind for each in written)
    on_duty = len(dates & PLANT.closed)
    worked = len(dates) - on_duty
    assert kinds["AttendanceTap"] == 2 * worked * len(PLANT.people) - 1 + 2 * on_duty * len(ON_DUTY)
    assert kinds["QuantityConfirmed"] == worked * len(PLANT.workers) - 1 + on_duty
    assert kinds["MaterialActualRecorded"] == worked * len(PLANT.workers) + 1 + on_duty


def test_of_the_holidays_of_october_two_people_work_the_first():
    written = facts_of(PLANT, KEYS, date(2026, 10, 1))
    there = {
        each.body["person"]
        for each in written
        if each.body.get("work_date") == "2026-10-01" and each.kind == "AttendanceTap"
    }
    assert there == {KEYS[number] for number in ON_DUTY}
    assert not {each.body.get("work_date") for each in written} & {"2026-10-02", "2026-10-05"}
    october = {number: planned(date(2026, 11, 24), date(2026, 10, 1), number) for number in ("1011", *ON_DUTY)}
    assert {number: days["2026-10-01"] for number, days in october.items()} == {
        "1011": "REST",
        **dict.fromkeys(ON_DUTY, "DAY"),
    }


def test_a_month_can_be_brought_along_when_it_is_over_and_the_plant_has_prices_for_it():
    assert asked_for("before", NOW_US) == asked_for("2026-10", NOW_US) == date(2026, 10, 1)
    assert asked_for("2025-01", NOW_US) == date(2025, 1, 1)
    for month in ("2026-11", "2027-01", "2024-12", "october", "2026-13", "2026-10-01"):
        with pytest.raises(Failed, match="2026-10"):
            asked_for(month, NOW_US)


def test_the_plant_works_on_no_day_that_hr_calls_a_rest_day_or_a_holiday():
    tables = (Path(__file__).parents[3] / "hr" / "calendar" / "data").glob("*.toml")
    calendar = Calendar(tuple(read(each.read_bytes()) for each in tables))
    worked = [day.isoformat() for day in days(date(2025, 1, 1), date(2027, 1, 1)) if works(day, PLANT.closed)]
    assert {calendar.day_class(day) for day in worked} == {DayClass.WORKDAY}


def test_its_holidays_are_those_of_the_law_that_fall_on_weekdays():
    tables = (Path(__file__).parents[3] / "hr" / "calendar" / "data").glob("*.toml")
    calendar = Calendar(tuple(read(each.read_bytes()) for each in tables))
    weekdays = [day for day in days(date(2025, 1, 1), date(2027, 1, 1)) if day.weekday() < 5]
    assert {str(day) for day in weekdays if calendar.day_class(str(day)) is DayClass.STATUTORY} == PLANT.holidays
