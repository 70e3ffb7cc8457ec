"""The trace ladder as values: attribution and the counter's course as positions."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from hr.web.ladder import ladder
from tests.unit.hr_web.plant import DEVICE, EPOCH
from tests.unit.hr_web.test_stretches import part, span

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def line(shown):
    return shown.service.pay.line(DEVICE, EPOCH, shown.line)


def test_the_line_of_the_plant_has_two_runs_that_add_up_to_what_was_counted(line):
    made = ladder(line, ZONE)
    assert [run.counts for stretch in made.stretches for run in stretch.runs] == [261, 235]
    assert made.attributed == line.counted == 496
    assert made.proved


def test_stretches_lie_within_whole_hours_with_their_times(line):
    attribution = ladder(line, ZONE).attribution
    assert attribution is not None
    assert [(block.opens, block.closes, block.quantity) for block in attribution.blocks] == [
        ("08:02", "11:58", 261),
        ("12:31", "16:58", 235),
    ]
    assert [hour for _, hour in attribution.ticks] == ["08", "10", "12", "14", "16"]
    assert attribution.blocks[-1].end <= 530


def test_the_course_of_the_counter_ends_at_its_last_value(line):
    (chart,) = ladder(line, ZONE).charts
    assert (chart.first[2], chart.last[2]) == (48210, 48706)
    assert chart.path.count("L") == 10


def test_a_counter_that_fell_is_not_drawn_as_a_course(line):
    fell = replace(line.parts[0], spans=(span((1, 2), (10, 3), "RESET", 3),))
    assert ladder(replace(line, parts=(fell,)), ZONE).charts == ()


def test_a_line_whose_readings_have_not_come_has_no_day_line(line):
    made = ladder(replace(line, parts=(replace(line.parts[0], spans=()),)), ZONE)
    assert made.attribution is None


def test_records_that_join_are_one_block_of_the_day(line):
    parts = tuple(part(9 + place, span((place, place + 1), (place, place + 5), counts=5)) for place in range(1, 70))
    attribution = ladder(replace(line, parts=parts), ZONE).attribution
    assert attribution is not None
    assert [(block.opens, block.closes, block.quantity) for block in attribution.blocks] == [("08:01", "09:10", 345)]


def test_one_proof_that_fails_makes_the_line_unproved(line):
    assert not ladder(replace(line, proofs=(*line.proofs, ("x", 1, 2))), ZONE).proved
    assert not ladder(replace(line, proofs=()), ZONE).proved
