"""The plug is pulled at any moment, also during the first start (faults F2 and F5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.powercut import OLDER, run

pytestmark = [pytest.mark.needs("gcc"), pytest.mark.slow, pytest.mark.fault("F2")]


def test_a_pulled_plug_loses_and_doubles_nothing_that_was_answered() -> None:
    tally = run(images=150)
    assert (tally.runs, tally.lost, tally.doubled) == (150, 0, 0), tally.stories
    assert tally.clean, tally.stories


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_harness_finds_the_losses_of_weaker_barriers(synchronous: str) -> None:
    assert run(images=40, synchronous=synchronous).lost > 0


def test_without_barriers_it_also_finds_journals_that_no_longer_open() -> None:
    assert run(images=40, synchronous="OFF").broken > 0


@pytest.mark.fault("F5")
@pytest.mark.parametrize("older", sorted(OLDER.glob("*.db")), ids=lambda file: file.name)
def test_a_journal_of_an_older_release_survives_a_cut_at_each_call_of_its_migration(older: Path) -> None:
    tally = run(images=80, count=32, older=older.read_bytes(), early_share=1.0)
    assert (tally.runs, tally.lost, tally.doubled) == (80, 0, 0), tally.stories
    assert tally.clean, tally.stories


@pytest.mark.fault("F9")
def test_what_a_failed_flush_has_left_in_the_cache_is_never_taken_for_stored() -> None:
    tally = run(images=100, count=150, fail_every=11)
    assert (tally.runs, tally.lost, tally.doubled) == (100, 0, 0), tally.stories
    assert tally.clean, tally.stories
