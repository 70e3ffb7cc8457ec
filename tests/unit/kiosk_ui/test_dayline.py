"""The day line's positions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.dayline import LABEL_WIDTH, Day, Plan, Span, clock_text, draw, window

MINUTES = st.integers(0, 2160)


def test_an_ordinary_day_runs_from_six_to_twenty():
    assert window(Day(plans=[Plan(480, 1020)], spans=[Span(478, None)])) == (360, 1200)


def test_a_night_shift_runs_past_midnight():
    first, last = window(Day(plans=[Plan(1200, 1920)], spans=[Span(1195, 1925)]))
    assert 900 <= first <= 1195
    assert last >= 1925
    assert "00" in {tick.text for tick in draw(Day(plans=[Plan(1200, 1920)]), 672).ticks}


def test_a_stretch_lies_between_its_brackets():
    line = draw(Day(spans=[Span(480, 720)]), 672)
    opening, closing = line.marks
    assert (opening.x, closing.x) == (line.works[0].x, line.works[0].x + line.works[0].width)
    assert opening.arm > 0 > closing.arm


def test_a_missing_mark_is_not_drawn():
    assert len(draw(Day(spans=[Span(None, 720)]), 672).marks) == 1
    assert len(draw(Day(spans=[Span(480, None)], now_min=500), 672).marks) == 1


def test_a_name_that_does_not_fit_its_shift_is_left_out():
    line = draw(Day(plans=[Plan(480, 1020, "早班"), Plan(1020, 1050, "很长的班次名字"), Plan(600, 1100, "重叠")]), 752)
    assert [plan.name for plan in line.plans] == ["早班", "", ""]


@given(st.lists(MINUTES, min_size=1, max_size=12, unique=True), st.one_of(st.none(), MINUTES))
def test_times_never_touch_and_never_leave_the_line(minutes, ghost):
    marks = [*sorted(minutes), None] if len(minutes) % 2 else sorted(minutes)
    spans = [Span(marks[index], marks[index + 1]) for index in range(0, len(marks), 2)]
    line = draw(Day(spans=spans, ghost_min=ghost), 672)
    lefts = sorted(each.x if each.anchor == "start" else each.x - LABEL_WIDTH for each in line.labels)
    assert all(later - earlier >= LABEL_WIDTH for earlier, later in itertools.pairwise(lefts))
    assert all(-1 <= left <= 672 - LABEL_WIDTH + 1 for left in lefts)


@pytest.mark.parametrize(("minutes", "text"), [(0, "00:00"), (478.9, "07:58"), (1440, "00:00"), (1925, "08:05")])
def test_minutes_past_midnight_are_times_of_the_next_day(minutes, text):
    assert clock_text(minutes) == text
