"""Who is in, whose end is open, and in which order they stand."""

from zoneinfo import ZoneInfo

import pytest

from hr.attendance.rules.day import AttendanceDay, Stretch
from hr.web.board import DayState, board, day_state
from tests.unit.hr_web.plant import MONDAY, moment

ZONE = ZoneInfo("Asia/Shanghai")
NOW = moment(MONDAY, "15:36:00")


def day(*stretches: tuple[str | None, str | None], number: str = "0317", date: str = MONDAY) -> AttendanceDay:
    made = tuple(
        Stretch(*(None if time is None else moment(date, time + ":00") for time in pair)) for pair in stretches
    )
    return AttendanceDay(number, number, number, "", date, made, 60, False, 2, 1)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (day(("08:00", "12:00")), DayState.OUT),
        (day(("08:00", "12:00"), ("12:30", None)), DayState.IN),
        (day(("08:00", None), ("12:30", None)), DayState.UNPAIRED),
        (day((None, "12:00")), DayState.UNPAIRED),
        (day(("08:00", None), date="2026-11-22"), DayState.FORGOTTEN),
        (day(), DayState.OUT),
    ],
)
def test_the_state_of_a_day_is_what_its_last_stretch_says(one, state):
    assert day_state(one, NOW) is state


def test_a_night_shift_that_began_yesterday_is_still_in():
    night = day(("20:00", None), date="2026-11-22")
    assert day_state(night, moment(MONDAY, "04:00:00")) is DayState.IN


def test_those_who_need_a_person_stand_first():
    fine, inside = day(("08:00", "12:00"), number="0001"), day(("08:00", None), number="0002")
    forgotten = day(("08:00", None), number="0003", date="2026-11-22")
    shown = board([fine, inside, forgotten], ZONE, MONDAY, NOW)
    assert [row.day.person for row in shown.rows] == ["0003", "0002", "0001"]


def test_only_those_of_today_run_on_to_now():
    shown = board([day(("08:00", "12:00")), day(("08:00", None), date="2026-11-20")], ZONE, MONDAY, NOW)
    assert {row.day.work_date: row.line.now_x is not None for row in shown.rows} == {MONDAY: True, "2026-11-20": False}


def test_sums_are_those_of_the_rows():
    shown = board([day(("08:00", "12:00")), day(("08:00", None))], ZONE, MONDAY, NOW)
    assert (shown.minutes, shown.taps, shown.count(DayState.IN)) == (120, 4, 1)
