"""The plug is pulled at any moment, also during the first start (reliability F2, F5)."""

from __future__ import annotations

import pytest

from tests.faults.powercut import run

pytestmark = [pytest.mark.needs("gcc"), pytest.mark.slow]


def test_a_pulled_plug_loses_and_doubles_nothing_that_was_answered() -> None:
    tally = run(images=150)
    assert (tally.runs, tally.lost, tally.doubled) == (150, 0, 0), tally.stories
    assert tally.clean, tally.stories


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_harness_finds_the_losses_of_weaker_barriers(synchronous: str) -> None:
    assert run(images=40, synchronous=synchronous).lost > 0


def test_without_barriers_it_also_finds_journals_that_no_longer_open() -> None:
    assert run(images=40, synchronous="OFF").broken > 0
