"""A short form of tests/faults/link.py: the link is cut at any byte, and nothing is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.link import CUTS, Cutting, run

pytestmark = [pytest.mark.fault("F21"), pytest.mark.slow]


def test_a_link_that_is_cut_at_any_byte_loses_and_doubles_nothing(tmp_path: Path) -> None:
    cutting = Cutting(cuts=120, seed=7)
    run(cutting, tmp_path)
    assert (cutting.lost, cutting.doubled) == ([], [])
    assert set(cutting.done) == set(CUTS)
    assert cutting.commits > 10


def test_a_box_that_never_sends_twice_is_found(tmp_path: Path) -> None:
    cutting = Cutting(cuts=20, seed=7, lie=True)
    run(cutting, tmp_path)
    assert cutting.lost
