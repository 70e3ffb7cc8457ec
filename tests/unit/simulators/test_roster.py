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
from simulators.past_month import FORGOTTEN, LONG_EVENING, UNSEALED, facts_of
from simulators.plant import load_plant
from simulators.roster import days, month_before, roster_csv, works

PLANT = load_plant()
KEYS = {person.number: f"key-{person.number}" for person in PLANT.people}
BEGINNINGS = [date(2025, 3, 3), date(2026, 2, 28), date(2026, 11, 24), date(2027, 1, 4), date(2027, 3, 31)]


def planned(began: date, *, month: bool) -> dict[str, str]:
    text = roster_csv(["1011"], began, PLANT.closed, month=month)
    return {row["date"]: row["shift"] for row in csv.DictReader(io.StringIO(text))}


@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
def test_nobody_is_expected_before_the_demo_began_and_everybody_after(began: date):
    roster = planned(began, month=False)
    assert {roster[day] for day in roster if day < began.isoformat()} == {"REST"}
    assert "DAY" in {roster[day] for day in roster if day >= began.isoformat()}
    assert min(roster) == month_before(began, 2).isoformat()


@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
def test_with_the_month_before_its_work_days_are_planned_and_no_other(began: date):
    roster = planned(began, month=True)
    before = month_before(began).strftime("%Y-%m")
    worked = {day for day, shift in roster.items() if shift == "DAY" and day < began.isoformat()}
    assert {day[:7] for day in worked} == {before}
    assert len(worked) > max(FORGOTTEN[1], LONG_EVENING[1], UNSEALED[1])


@pytest.mark.parametrize("began", BEGINNINGS, ids=str)
def test_the_facts_of_the_month_lie_in_it_in_order_of_time_with_three_holes(began: date):
    written = facts_of(PLANT, KEYS, began)
    first, end = month_before(began), month_before(began, 0)
    dates = {each.body["work_date"] for each in written if "work_date" in each.body}
    assert first.isoformat() <= min(dates) <= max(dates) < end.isoformat()
    assert [each.at.wall_us for each in written] == sorted(each.at.wall_us for each in written)
    kinds = Counter(each.kind for each in written)
    taps, worked = kinds["AttendanceTap"], len(dates)
    assert taps == 2 * worked * len(PLANT.people) - 1
    assert kinds["QuantityConfirmed"] == worked * len(PLANT.workers) - 1
    assert kinds["MaterialActualRecorded"] == worked * len(PLANT.workers) + 1


def test_the_plant_works_on_no_day_that_hr_calls_a_rest_day_or_a_holiday():
    tables = (Path(__file__).parents[3] / "hr" / "calendar" / "data").glob("*.toml")
    calendar = Calendar(tuple(read(each.read_bytes()) for each in tables))
    worked = [day.isoformat() for day in days(date(2025, 1, 1), date(2027, 1, 1)) if works(day, PLANT.closed)]
    assert {calendar.day_class(day) for day in worked} == {DayClass.WORKDAY}
