"""What a day that a box tells of is beside what HR holds of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hr.fleet.reconcile import Held, Span, Verdict, compared
from sync.wire.tally import DayTally

TOLD = DayTally("2026-11-02", 1, 0, 1, first=11, last=20, facts=10, taps=4, read=100, counts=100, pieces=400)
HELD = Held(last_seq=20, facts=10, taps=4, counts=100, pieces=400)


@pytest.mark.parametrize(
    ("last_seq", "waiting"),
    [(5, Span(11, 20)), (10, Span(11, 20)), (11, Span(12, 20)), (19, Span(20, 20)), (20, None), (25, None)],
)
def test_what_lies_behind_the_end_of_the_journal_here_waits(last_seq: int, waiting: Span | None):
    assert compared("gate-1", TOLD, replace(HELD, last_seq=last_seq)).waiting == waiting


@pytest.mark.parametrize(
    ("told", "held", "verdict"),
    [
        ({}, {}, Verdict.EQUAL),
        ({}, {"facts": 11}, Verdict.DIFFERS),
        ({"read": 99}, {}, Verdict.DIFFERS),
        ({}, {"pieces": 399}, Verdict.DIFFERS),
        ({}, {"facts": 9}, Verdict.MISSING),
        ({}, {"facts": 9, "aside": (15,)}, Verdict.ASIDE),
        ({}, {"facts": 9, "left": (15,)}, Verdict.LEFT),
        ({}, {"facts": 9, "last_seq": 19}, Verdict.WAITING),
        ({"signed": 20}, {"facts": 9, "last_seq": 19}, Verdict.MISSING),
    ],
)
def test_a_day_has_the_worst_that_is_found(told: dict[str, Any], held: dict[str, Any], verdict: Verdict):
    assert compared("gate-1", msgspec.structs.replace(TOLD, **told), replace(HELD, **held)).verdict is verdict
