"""Which day a moment is worked for, and where the class of work changes (AT-R2, AB-R16)."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from sync.wire.envelope import Stamp
from sync.wire.reference_data import Directory, Reference, Shift, ShiftChange
from sync.wire.workdate import boundaries, calendar_date, work_date
from tests.cast import DAY, NIGHT
from tests.ledgers import rules
from tests.moments import PLANT, at

YESTERDAY, TODAY = date(2026, 3, 31), date(2026, 4, 1)
SHORT_NIGHT = Shift("night", "夜班", 22 * 60, 30 * 60)
TODAY_SHORT = replace(NIGHT, changes=(ShiftChange("2026-04-01", 22 * 60, 30 * 60),))
"""Twelve hours until yesterday, eight from today on."""
TODAY_LONG = replace(SHORT_NIGHT, changes=(ShiftChange("2026-04-01", 20 * 60, 32 * 60),))


@pytest.mark.parametrize(
    ("time", "shifts", "expected"),
    [
        pytest.param("01:30", [NIGHT], YESTERDAY, id="AB-035, in the night shift"),
        pytest.param("12:00", [NIGHT], YESTERDAY, id="overtime after it"),
        pytest.param("12:01", [NIGHT], TODAY, id="four hours after its end"),
        pytest.param("18:00", [NIGHT], TODAY, id="early for tonight"),
        pytest.param("05:59", [DAY, NIGHT], YESTERDAY, id="still the night's"),
        pytest.param("06:00", [DAY, NIGHT], TODAY, id="early for the day shift"),
        pytest.param("20:00", [DAY, NIGHT], TODAY, id="tonight"),
        pytest.param("01:30", [DAY], TODAY, id="no shift over midnight"),
        pytest.param("01:30", [], TODAY, id="no shifts known"),
        pytest.param("12:00", [TODAY_SHORT], YESTERDAY, id="overtime after a night that was longer than tonight"),
        pytest.param("11:00", [TODAY_LONG], TODAY, id="hours after a night that was shorter than tonight"),
        pytest.param("19:00", [TODAY_LONG], TODAY, id="early for tonight, which begins earlier than last night"),
    ],
)
def test_a_tap_belongs_to_the_day_its_shift_began(time: str, shifts: list[Shift], expected: date) -> None:
    assert work_date(at(time, day=1).wall_us, PLANT, shifts) == expected


@pytest.mark.parametrize(
    ("time", "expected"), [("06:30", "2026-03-31"), ("07:59:59", "2026-03-31"), ("08:00", "2026-04-01")]
)
def test_pieces_belong_to_the_shift_that_still_runs_while_the_next_one_arrives(time: str, expected: str) -> None:
    shifts = rules(Directory(Reference(1, "", shifts=[DAY, NIGHT])))
    assert shifts.dated(at(time, day=1).wall_us) == (expected, "2026-04-01")


@pytest.mark.parametrize(
    ("night", "time", "expected"),
    [
        (TODAY_SHORT, "07:59", "2026-03-31"),
        (TODAY_LONG, "06:01", "2026-04-01"),
        (TODAY_LONG, "05:59", "2026-03-31"),
    ],
)
def test_pieces_of_a_night_that_changes_belong_to_it_as_it_was_when_it_began(
    night: Shift, time: str, expected: str
) -> None:
    shifts = rules(Directory(Reference(1, "", shifts=[DAY, night])))
    assert shifts.dated(at(time, day=1).wall_us)[0] == expected


@pytest.mark.parametrize(("time", "expected"), [("05:59", "2026-03-31"), ("06:00", "2026-04-01")])
def test_pieces_made_between_shifts_have_the_date_that_a_tap_would_have(time: str, expected: str) -> None:
    evening = Shift("evening", "晚班", 20 * 60, 29 * 60)
    shifts = rules(Directory(Reference(1, "", shifts=[DAY, evening])))
    assert shifts.dated(at(time, day=1).wall_us) == (expected, "2026-04-01")


def test_the_calendar_date_is_that_of_the_plant_and_not_of_utc() -> None:
    assert calendar_date(at("00:30", day=1).wall_us, PLANT) == TODAY


@pytest.mark.parametrize(
    ("start", "end", "shifts", "expected"),
    [
        (at("19:00"), at("23:00"), [DAY, NIGHT], [at("20:00"), at("22:00")]),
        (at("23:00"), at("00:00", day=1), [DAY], [at("00:00", day=1)]),
        (at("00:00"), at("07:00"), [DAY], []),
        (at("05:00", day=1), at("09:00", day=1), [DAY, SHORT_NIGHT], [at("06:00", day=1), at("08:00", day=1)]),
        (at("21:00"), at("01:00", day=1), [], [at("22:00"), at("00:00", day=1)]),
        (at("19:00"), at("09:00", day=1), [TODAY_SHORT], [at("20:00"), at("22:00"), at("00:00", 1), at("08:00", 1)]),
        (at("19:00", 1), at("09:00", 2), [TODAY_SHORT], [at("22:00", 1), at("00:00", 2), at("06:00", 2)]),
    ],
)
def test_boundaries_are_shift_changes_ten_at_night_and_midnight(
    start: Stamp, end: Stamp, shifts: list[Shift], expected: list[Stamp]
) -> None:
    found = boundaries(start.wall_us, end.wall_us, PLANT, shifts)
    assert found == [each.wall_us for each in expected]
