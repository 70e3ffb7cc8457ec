"""What holds of every attendance day, whatever was tapped, rostered, granted and approved."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hr.attendance.rules.day import AttendanceDay, Flag, Mark, SegmentKind, Status, Use
from hr.attendance.rules.given import Approved, DayInput, Leave
from hr.attendance.rules.judging import day as by_work_date
from hr.attendance.rules.judging import judge
from hr.attendance.rules.shifts import Directions, Pairing, ShiftRule
from hr.attendance.rules.taps import Record, SaidBy, Tap
from hr.attendance.rules.windows import date_of, minute_of, place_in, windows
from hr.calendar.day_class import Calendar, TimeClass
from sync.wire.facts import Outcome
from tests.unit.hr.shift_days import (
    BEFORE_HOLIDAY,
    CALENDAR,
    DAY,
    FLEXIBLE,
    FOUR,
    HOLIDAY,
    LONG_NIGHT,
    MONDAY,
    NIGHT,
    PLANT,
    SATURDAY,
    WORKER,
    beside,
    tap,
    us,
)

SMALL_HOURS = ShiftRule("EM", "凌晨", 30, 600)
EVERY_PAIR = replace(DAY, id="EP", pairing=Pairing.EVERY_PAIR, late_as_lack_min=90)
BY_TYPE = replace(DAY, id="LT", directions=Directions.LOG_TYPE, early_grace_min=15)
RULES = (DAY, NIGHT, LONG_NIGHT, FLEXIBLE, FOUR, SMALL_HOURS, EVERY_PAIR, BY_TYPE)
DATES = (MONDAY, SATURDAY, BEFORE_HOLIDAY, HOLIDAY, "2026-12-31")
MINUTES = st.integers(-2 * 1440, 3 * 1440 - 1)
COMMON = (7 * 60 + 55, 8 * 60, 12 * 60, 13 * 60, 17 * 60, 19 * 60, 20 * 60, 22 * 60, 30 * 60, 32 * 60)
pytestmark = pytest.mark.slow


@st.composite
def tapped(draw: st.DrawFn, on: str) -> Tap:
    minute = draw(st.one_of(st.sampled_from(COMMON), MINUTES))
    second = draw(st.integers(0, 59))
    at = tap(on, f"{minute // 60}:{minute % 60}:{second}{draw(st.sampled_from(['', '+', '-']))}")
    said_by = draw(st.sampled_from([SaidBy.BOX, SaidBy.BOX, SaidBy.NOBODY]))
    return replace(at, effective=draw(st.sampled_from([True, True, True, False])), said_by=said_by)


def numbered(made: Tap, seq: int) -> Tap:
    """As a fact of its own: no two facts of a box have one number."""
    return replace(made, record=Record("gate-1", 1, seq, "gate", Outcome.CLOCKED_IN))


@st.composite
def leaves(draw: st.DrawFn, on: str) -> Leave:
    start, end = sorted((draw(st.integers(0, 48)), draw(st.integers(0, 48))))
    return Leave("l", "PERSONAL", us(on, f"{start // 2}:{start % 2 * 30}"), us(on, f"{end // 2}:{end % 2 * 30}"))


@st.composite
def days(draw: st.DrawFn) -> DayInput:
    on = draw(st.sampled_from(DATES))
    planned = st.one_of(st.none(), st.lists(st.sampled_from(RULES), max_size=2, unique=True).map(tuple))
    decided = st.one_of(st.none(), st.integers(0, 600))
    return DayInput(
        WORKER,
        on,
        tuple(numbered(each, seq) for seq, each in enumerate(draw(st.lists(tapped(on), max_size=8)))),
        PLANT,
        draw(st.sampled_from([CALENDAR, CALENDAR, Calendar()])),
        {beside(on, each): draw(planned) for each in (-1, 0, 1)},
        tuple(draw(st.lists(leaves(on), max_size=2))),
        Approved(draw(decided), draw(decided), draw(decided)),
        now_us=draw(st.one_of(st.none(), st.none(), st.just(us(on, "12:30")))),
    )


many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(days(), st.randoms(use_true_random=False), st.integers(0, 7))
def test_neither_the_order_of_arrival_nor_what_came_twice_changes_a_day(
    given_: DayInput, rng: random.Random, twice: int
):
    shuffled = [*given_.taps, *given_.taps[:twice]]
    rng.shuffle(shuffled)
    assert judge(replace(given_, taps=tuple(shuffled))) == judge(given_)


@many
@given(days(), st.data())
def test_a_tap_outside_every_window_changes_no_shift(given_: DayInput, data: st.DataObject):
    more = numbered(data.draw(tapped(given_.work_date)), 100)
    if place_in(minute_of(more.at_us, PLANT), windows(given_.roster)) is None:
        after = judge(replace(given_, taps=(*given_.taps, more)))
        assert after.shifts == judge(given_).shifts


@many
@given(days())
def test_minutes_by_class_sum_to_what_is_paid(given_: DayInput):
    made = judge(given_)
    assert sum(made.class_min.values()) + made.unclassified_min == made.paid_min
    for shift in made.shifts:
        assert sum(shift.class_min.values()) + shift.unclassified_min == sum(
            each.minutes for each in shift.segments if each.paid
        )
        assert shift.status is Status.PRESENT or not shift.segments
        scheduled = sum(
            each.minutes
            for each in shift.segments
            if each.kind in (SegmentKind.SCHEDULED, SegmentKind.PLANNED_OVERTIME)
        )
        assert scheduled <= shift.scheduled_min


@many
@given(days())
def test_paid_overtime_is_never_more_than_was_worked_nor_than_was_approved(given_: DayInput):
    made, approved = judge(given_), given_.approved
    assert made.ot_approved_min <= min(made.ot_candidate_min, approved.after_min or 0)
    assert made.unscheduled_approved_min <= min(made.unscheduled_min, approved.unscheduled_min or 0)
    for shift in made.shifts:
        early = sum(each.minutes for each in shift.segments if each.kind is SegmentKind.EARLY)
        assert early <= min(shift.before_min, approved.before_min or 0)
        unpaid = sum(each.minutes for each in shift.segments if not each.paid)
        assert shift.ot_approved_min + unpaid == shift.ot_candidate_min
        assert (Flag.OT_UNAPPROVED in shift.flags) is (unpaid > 0)


@many
@given(days())
def test_the_class_of_every_minute_is_the_calendars(given_: DayInput):
    for each in judge(given_).segments:
        assert each.minutes > 0
        assert date_of(minute_of(each.from_us, PLANT)) == each.calendar_date
        assert date_of(minute_of(each.to_us - 1, PLANT)) == each.calendar_date
        basis = given_.calendar.day_class(each.calendar_date)
        assert (each.time_class is TimeClass.OT_HOLIDAY) is (basis is not None and basis.value == "STATUTORY")
        if basis is None:
            assert each.time_class is None


@many
@given(days())
def test_segments_do_not_overlap_and_lie_in_presence(given_: DayInput):
    made = judge(given_)
    ordered = sorted(made.segments, key=lambda each: each.from_us)
    if len(made.shifts) < 2:
        assert all(one.to_us <= other.from_us for one, other in pairwise(ordered))
    grace_us = 15 * 60_000_000
    for each in ordered:
        stretch = made.stretches[each.stretch]
        assert stretch.in_us is not None
        assert stretch.out_us is not None
        assert stretch.in_us // 60_000_000 * 60_000_000 - grace_us <= each.from_us
        assert each.to_us <= stretch.out_us + grace_us


@many
@given(days())
def test_every_tap_has_one_use_and_every_stretch_its_taps(given_: DayInput):
    made = judge(given_)
    assert made.taps == len(made.marks) == len({mark.tap.identity for mark in made.marks})
    for place, stretch in enumerate(made.stretches):
        assert moments(made.marks, place) == {each for each in (stretch.in_us, stretch.out_us) if each is not None}
    for mark in made.marks:
        assert (mark.stretch is not None) is (mark.use in (Use.IN, Use.OUT))


@many
@given(days())
def test_a_tap_is_of_one_date_alone(given_: DayInput):
    """As far as the roster reaches: the date itself and its neighbours see the same taps."""
    roster = {on: given_.roster[on] for on in given_.roster}
    seen: list[Tap] = []
    for each in (-1, 0, 1):
        made = judge(replace(given_, work_date=beside(given_.work_date, each), roster=roster))
        seen += [mark.tap for mark in made.marks]
    assert len(seen) == len(set(seen))


@many
@given(days())
def test_without_a_roster_a_day_is_what_the_boxes_dated(given_: DayInput):
    of_date = tuple(each for each in given_.taps if each.work_date == given_.work_date)
    if of_date:
        made = judge(replace(given_, taps=of_date, roster={}))
        plain = by_work_date(set(of_date), given_.who)
        same = [each.name for each in fields(AttendanceDay) if each.name not in JUDGED]
        assert [getattr(made, name) for name in same] == [getattr(plain, name) for name in same]


JUDGED = {"status", "flags", "shifts", "marks", "unscheduled_min", "unscheduled_approved_min", "unscheduled"}


def moments(marks: tuple[Mark, ...], stretch: int) -> set[int]:
    return {mark.tap.at_us for mark in marks if mark.stretch == stretch}
