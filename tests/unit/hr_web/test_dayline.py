"""Where the marks of a day line stand."""

from zoneinfo import ZoneInfo

import pytest

from hr.attendance.rules.day import AttendanceDay, Stretch
from hr.web.dayline import axis_for, day_line
from tests.unit.hr_web.plant import MONDAY, moment

ZONE = ZoneInfo("Asia/Shanghai")


def day(*stretches: tuple[str | None, str | None]) -> AttendanceDay:
    made = tuple(Stretch(*(None if time is None else at(time) for time in pair)) for pair in stretches)
    return AttendanceDay("p", "张三丰", "0317", "", MONDAY, made, 0, False, 0, 0)


def at(time: str) -> int:
    hour, minute = map(int, time.split(":"))
    return moment(MONDAY, "00:00:00") + (hour * 60 + minute) * 60_000_000


def line(one: AttendanceDay, now: str | None = None):
    return day_line(one, axis_for([one], ZONE), ZONE, None if now is None else at(now))


def test_the_usual_day_runs_from_six_to_twenty():
    axis = axis_for([day(("08:00", "17:00"))], ZONE)
    assert (axis.from_min, axis.to_min) == (360, 1200)
    assert axis.ticks[0] == (8.0, "06")
    assert axis.ticks[-1] == (392.0, "20")


@pytest.mark.parametrize(
    ("stretch", "hours"),
    [
        (("05:30", "14:00"), (4, 20)),
        (("08:00", "21:10"), (6, 22)),
        (("20:00", "29:05"), (6, 30)),
        ((None, "05:59"), (4, 20)),
    ],
)
def test_the_axis_widens_to_whole_even_hours_for_taps_outside_the_usual_day(stretch, hours):
    axis = axis_for([day(stretch)], ZONE)
    assert (axis.from_min, axis.to_min) == (hours[0] * 60, hours[1] * 60)


def test_hours_after_midnight_are_written_as_a_clock_shows_them():
    assert axis_for([day(("20:00", "29:05"))], ZONE).ticks[-1][1] == "06"


def test_a_stretch_is_filled_from_its_opening_to_its_closing_mark():
    drawn = line(day(("08:00", "12:00")))
    opening, closing = drawn.marks
    assert (opening.opens, closing.opens) == (True, False)
    assert drawn.work == ((opening.x, round(closing.x - opening.x, 1)),)


def test_a_closing_mark_that_nobody_made_is_not_drawn():
    drawn = line(day(("08:00", None)))
    assert [mark.opens for mark in drawn.marks] == [True]
    assert drawn.work == ()
    assert drawn.words == "08:00-?"


def test_the_stretch_that_is_open_now_is_filled_up_to_now():
    drawn = line(day(("08:00", None)), now="15:36")
    assert drawn.now_x is not None
    assert drawn.work == ((drawn.marks[0].x, round(drawn.now_x - drawn.marks[0].x, 1)),)


def test_only_the_last_stretch_can_be_open_now():
    drawn = line(day(("08:00", None), ("13:00", None)), now="15:36")
    assert [start for start, _ in drawn.work] == [drawn.marks[1].x]


def test_a_closing_mark_without_an_opening_one_fills_nothing():
    drawn = line(day((None, "12:00")))
    assert drawn.work == ()
    assert drawn.words == "?-12:00"


@pytest.mark.parametrize(
    ("taps", "labelled"), [(("08:00", "08:20"), [True, False]), (("08:00", "12:00"), [True, True])]
)
def test_a_time_that_would_cover_its_neighbour_is_left_to_the_words(taps, labelled):
    drawn = line(day(taps))
    assert [mark.labelled for mark in drawn.marks] == labelled
    assert drawn.words == "-".join(taps)
