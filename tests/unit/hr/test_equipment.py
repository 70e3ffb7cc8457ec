"""Which proof of a counter holds for a reading."""

from __future__ import annotations

from hr.pay.equipment import Commissioning, in_force
from tests.unit.hr_web.supervision import proven

COUNTER = ("press-03", "total")


def proof(seq: int, device: str = "gate-1", epoch: int = 1) -> Commissioning:
    return Commissioning(device, epoch, seq, 0, proven("p-a", "p-b"))


def test_the_last_proof_before_the_reading_holds():
    first, second = proof(3), proof(30)
    assert in_force([second, first], "gate-1", COUNTER, (1, 31)) is second
    assert in_force([second, first], "gate-1", COUNTER, (1, 29)) is first
    assert in_force([second, first], "gate-1", COUNTER, (1, 2)) is None


def test_a_proof_holds_in_the_journals_after_it_and_for_its_own_counter_only():
    assert in_force([proof(30)], "gate-1", COUNTER, (2, 1)) is not None
    assert in_force([proof(30)], "gate-2", COUNTER, (2, 1)) is None
    assert in_force([proof(30)], "gate-1", ("press-03", "other"), (2, 1)) is None
