"""From taps to attendance days."""

from __future__ import annotations

import random

import pytest

from hr.attendance.rules.day import AttendanceDay, Stretch
from hr.attendance.rules.judging import Tap, Who, day, placed
from sync.wire.facts import Direction
from tests.unit.hr.cast import DAY, LI_WEI, clock_us

IN, OUT = Direction.IN, Direction.OUT


def at(moment: str, direction: Direction | None, effective: bool = True) -> Tap:
    hours, minutes, *seconds = (int(part) for part in moment.split(":"))
    return Tap(LI_WEI, DAY, clock_us(hours, minutes, *seconds), direction, effective)


def of(*taps: Tap) -> AttendanceDay:
    return day(taps, Who("李伟", "1001", "注塑"))


def test_in_and_out_make_a_closed_stretch():
    made = of(at("08:00", IN), at("17:00", OUT))
    assert (made.minutes, made.open) == (540, False)
    assert made.stretches == (Stretch(clock_us(8), clock_us(17)),)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("08:00:00", "08:10:59", 10),
        ("08:00:59", "08:10:00", 10),
        ("08:00:59", "08:01:00", 1),
        ("22:00:30", "30:00:10", 480),
    ],
)
def test_seconds_are_cut_off_both_ends(start: str, end: str, minutes: int):
    assert of(at(start, IN), at(end, OUT)).minutes == minutes


def test_four_marks_make_two_stretches():
    made = of(at("08:00", IN), at("12:00", OUT), at("13:00", IN), at("17:30", OUT))
    assert (made.minutes, len(made.stretches), made.revision) == (510, 2, 4)


@pytest.mark.parametrize(
    "taps",
    [
        [at("08:00", IN)],
        [at("17:00", OUT)],
        [at("08:00", IN), at("12:00", IN), at("17:00", OUT)],
        [at("08:00", IN), at("12:00", OUT), at("17:00", OUT)],
    ],
    ids=["no out", "no in", "two ins", "two outs"],
)
def test_a_missing_mark_leaves_the_day_open(taps: list[Tap]):
    assert of(*taps).open


def test_an_open_stretch_adds_no_minutes_to_the_closed_ones():
    assert of(at("08:00", IN), at("12:00", OUT), at("13:00", IN)).minutes == 240


def test_a_repeated_tap_never_counts():
    made = of(at("08:00", IN), at("08:00:20", IN, effective=False), at("17:00", OUT))
    assert (made.minutes, made.open, made.taps, made.revision) == (540, False, 3, 2)


def test_two_boxes_that_both_took_the_tap_within_a_minute_make_one_mark():
    made = of(at("08:00", IN), at("08:00:40", IN), at("17:00", OUT))
    assert (made.minutes, made.open) == (540, False)


def test_the_order_of_arrival_means_nothing():
    taps = [at("08:00", IN), at("12:00", OUT), at("13:00", IN), at("17:00", OUT)]
    shuffled = random.Random(7).sample(taps, len(taps))
    assert of(*shuffled) == of(*taps)


def test_a_tap_without_a_direction_closes_what_is_open():
    made = of(at("08:00", None), at("12:00", OUT), at("13:00", IN), at("17:00", None))
    assert (made.minutes, made.open) == (480, False)


def test_a_day_of_repeats_alone_has_no_stretch():
    made = of(at("08:00", IN, effective=False))
    assert (made.stretches, made.minutes, made.open, made.taps) == ((), 0, False, 1)


def test_every_tap_is_listed_with_the_stretch_it_makes_and_a_repeated_one_with_none():
    taps = [at("17:00", OUT), at("08:00", IN), at("08:00:20", None, effective=False), at("18:00", IN)]
    assert [(each.tap.at_us, each.stretch) for each in placed(taps)] == [
        (clock_us(8), 0),
        (clock_us(8, 0, 20), None),
        (clock_us(17), 0),
        (clock_us(18), 1),
    ]
