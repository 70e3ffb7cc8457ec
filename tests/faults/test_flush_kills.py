"""Killed at a flush: the long form, each one of them, is `python -m tests.faults.flushes`."""

from __future__ import annotations

import pytest

from tests.faults.flushes import run


@pytest.mark.fault("F1")
@pytest.mark.needs("strace")
@pytest.mark.slow
def test_a_recorder_that_is_killed_at_a_flush_loses_and_doubles_nothing() -> None:
    tally = run(every=6)
    assert tally.runs > 3
    assert (tally.lost, tally.doubled, tally.stories) == (0, 0, [])
    assert tally.clean
