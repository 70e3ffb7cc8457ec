"""When the wall clock counts as set."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain.steps import step_us
from tests.moments import later, moment


def test_a_clock_that_runs_on_has_not_been_set():
    assert step_us(moment(0), later(moment(0), 8 * 3600)) == 0


@pytest.mark.parametrize("step_s", [-1_814_400, -3, 3, 1_814_400])
def test_a_step_is_what_the_wall_clock_moved_more_than_time_went_by(step_s: int):
    after = later(moment(0), 10)
    stepped = msgspec.structs.replace(after, wall_us=after.wall_us + step_s * 1_000_000)
    assert step_us(moment(0), stepped) == step_s * 1_000_000


def test_up_to_two_seconds_are_no_step():
    after = later(moment(0), 10)
    assert step_us(moment(0), msgspec.structs.replace(after, wall_us=after.wall_us - 2_000_000)) == 0


def test_across_boots_nobody_can_say():
    assert step_us(moment(0, "boot-1"), moment(10**6, "boot-2")) == 0
    assert step_us(None, moment(0)) == 0
