"""The trace ladder as values: readings joined to runs, stretches and the counter's course as positions."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from hr.pay.lines import ActualPart, ReadingSpan
from hr.web.ladder import ladder, runs
from tests.unit.hr_web.plant import DEVICE, EPOCH, FRIDAY, moment

ZONE = ZoneInfo("Asia/Shanghai")


def span(
    seqs: tuple[int, int], values: tuple[int, int], step: str = "NORMAL", counts: int | None = None
) -> ReadingSpan:
    (start, end), (before, after) = seqs, values
    made = after - before if counts is None else counts
    times = [moment(FRIDAY, "08:00:00") + seq * 60_000_000 for seq in seqs]
    return ReadingSpan("m1", "total", start, before, "0001", times[0], end, after, "0002", times[1], step, made)


@pytest.fixture
def line(shown):
    return shown.service.line(DEVICE, EPOCH, shown.line)


def test_readings_that_follow_one_another_are_one_run():
    (run,) = runs([span((1, 2), (10, 14)), span((2, 3), (14, 20))])
    assert (run.first.from_value, run.last.to_value, run.counts) == (10, 20, 10)


@pytest.mark.parametrize(
    "second",
    [
        span((3, 4), (14, 20)),
        span((2, 3), (14, 6), "ROLLOVER", 8),
        span((2, 3), (14, 6), "RESET_INFERRED", 6),
        replace(span((2, 3), (14, 20)), counter="other"),
    ],
)
def test_a_gap_another_counter_or_a_special_step_begins_a_new_run(second):
    assert [run.counts for run in runs([span((1, 2), (10, 14)), second])] == [4, second.counts]


def test_what_follows_a_special_step_is_a_run_of_its_own():
    spans = [span((1, 2), (10, 3), "RESET", 3), span((2, 3), (3, 5))]
    assert [run.step for run in runs(spans)] == ["RESET", "NORMAL"]


def test_the_line_of_the_plant_has_two_runs_that_add_up_to_what_was_counted(line):
    made = ladder(line, ZONE)
    assert [run.counts for rung in made.parts for run in rung.runs] == [261, 235]
    assert made.attributed == line.counted == 496
    assert made.proved


def test_stretches_lie_within_whole_hours_with_their_times(line):
    stretches = ladder(line, ZONE).stretches
    assert stretches is not None
    assert [(block.opens, block.closes, block.quantity) for block in stretches.blocks] == [
        ("08:02", "11:58", 261),
        ("12:31", "16:58", 235),
    ]
    assert [hour for _, hour in stretches.ticks] == ["08", "10", "12", "14", "16"]
    assert stretches.blocks[-1].end <= 530


def test_the_course_of_the_counter_ends_at_its_last_value(line):
    (chart,) = ladder(line, ZONE).charts
    assert (chart.first[2], chart.last[2]) == (48210, 48706)
    assert chart.path.count("L") == 10


def test_a_counter_that_fell_is_not_drawn_as_a_course(line):
    part = replace(line.parts[0], spans=(span((1, 2), (10, 3), "RESET", 3),))
    assert ladder(replace(line, parts=(part,)), ZONE).charts == ()


def test_a_line_whose_readings_have_not_come_has_no_stretches(line):
    made = ladder(replace(line, parts=(replace(line.parts[0], spans=()),)), ZONE)
    assert made.stretches is None


@pytest.mark.parametrize(("quantity", "whole", "shared"), [(10, 10, False), (5, 10, True)])
def test_a_part_of_somebody_elses_pieces_is_said(line, quantity, whole, shared):
    part = ActualPart(9, "m1", "冲床", quantity, whole, 1, "EXACT", ())
    (rung,) = ladder(replace(line, parts=(part,)), ZONE).parts
    assert rung.shared is shared


def test_one_proof_that_fails_makes_the_line_unproved(line):
    assert not ladder(replace(line, proofs=(*line.proofs, ("x", 1, 2))), ZONE).proved
    assert not ladder(replace(line, proofs=()), ZONE).proved
