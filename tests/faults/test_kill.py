"""The kill harness itself: an honest box comes through, and a box that lies does not.

The long run: `python -m tests.faults.kill --runs 200`.
"""

from __future__ import annotations

import pytest

from tests.faults.box import Service
from tests.faults.evidence import Findings
from tests.faults.kill import LIES, Shift, run

BOX = [Service.CORE, Service.DEVICES, Service.SYNC]

pytestmark = [pytest.mark.slow, pytest.mark.fault("F1")]


def findings_of(runs: int, targets: list[Service], *, seed: int = 1, lie: str | None = None) -> Findings:
    return run(Shift(runs, targets, seed, lie, say=lambda _: None))


def test_twelve_kills_lose_nothing_and_double_nothing():
    assert findings_of(12, BOX) == Findings()


def test_killing_hr_loses_nothing_either():
    assert findings_of(3, [Service.HR]) == Findings()


def test_a_tap_that_hr_signed_for_and_dropped_is_found():
    findings = findings_of(1, [Service.SYNC], lie="drop-a-tap")
    assert any("which HR has not" in sentence for sentence in findings.lost)
    assert not findings.doubled


def test_a_tap_that_is_sent_again_under_another_id_is_found():
    findings = findings_of(4, [Service.CORE], lie="forget-ids")
    assert any("tapped 1 times, the journal has" in sentence for sentence in findings.doubled)
    assert not findings.lost


def test_pieces_that_are_counted_twice_are_found():
    findings = findings_of(1, [Service.SYNC], lie="count-twice")
    assert any("pieces, worth" in sentence for sentence in findings.doubled)
    assert not findings.lost


def test_every_lie_has_its_test():
    assert set(LIES) == {"drop-a-tap", "forget-ids", "count-twice"}
