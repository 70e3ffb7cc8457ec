"""Who said that a tap was in, or out, and what HR makes of it. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from hr.attendance.rules.judging import Record, SaidBy, Tap, Who, day, placed
from hr.outbox.rules import attendance_lines
from sync.wire.facts import Direction, Outcome
from tests.unit.hr.cast import DAY, LI_WEI, clock_us

IN, OUT = Direction.IN, Direction.OUT


def at(hour: float, direction: Direction, said_by: SaidBy = SaidBy.BOX) -> Tap:
    return Tap(LI_WEI, DAY, clock_us(0, round(hour * 60)), direction, effective=True, said_by=said_by)


def nobody(hour: float, direction: Direction) -> Tap:
    return at(hour, direction, SaidBy.NOBODY)


def directions(*taps: Tap) -> list[Direction | None]:
    return [each.direction for each in placed(taps)]


@pytest.mark.parametrize("guess", [IN, OUT])
def test_a_guess_gives_way_to_the_tap_before_it(guess: Direction):
    assert directions(at(8, IN), nobody(14, guess)) == [IN, OUT]
    assert directions(at(8, IN), at(12, OUT), nobody(14, guess)) == [IN, OUT, IN]


@pytest.mark.parametrize("guess", [IN, OUT])
def test_a_guess_with_nothing_before_it_stands(guess: Direction):
    assert directions(nobody(14, guess)) == [guess]


@pytest.mark.parametrize("said_by", [SaidBy.BOX, SaidBy.PERSON])
def test_what_somebody_knew_is_never_turned_round(said_by: SaidBy):
    assert directions(at(8, IN), at(14, IN, said_by)) == [IN, IN]
    assert day([at(8, IN), at(14, IN, said_by)], Who()).open


def test_the_day_is_the_same_in_whatever_order_the_taps_arrive():
    taps = [at(8, IN), nobody(12, IN), nobody(13, OUT), at(17, OUT, SaidBy.PERSON)]
    days = {day(order, Who()) for order in permutations(taps)}
    assert [(each.minutes, each.open) for each in days] == [(480, False)]


def test_a_guess_within_a_minute_of_a_tap_at_another_door_is_that_tap_again():
    again = Tap(LI_WEI, DAY, clock_us(8, 0, 40), OUT, effective=True, said_by=SaidBy.NOBODY)
    assert directions(at(8, IN), again) == [IN, None]


def test_a_choice_makes_a_new_revision_of_the_day():
    before, after = day([at(8, IN), nobody(17, OUT)], Who()), day([at(8, IN), at(17, OUT, SaidBy.PERSON)], Who())
    assert after.revision > before.revision


def test_another_system_is_told_what_a_guess_counts_as():
    record = Record("gate-1", 1, 7, "gate", Outcome.DIRECTION_OFFERED)
    lines = attendance_lines("1001", placed([at(8, IN), at(12, OUT), replace(nobody(14, OUT), record=record)]))
    assert [each.direction for each in lines.values()] == [IN]
