"""Which minutes are overtime, and how many of them are paid (AT-R5, R7). Pure.

What was worked and not approved is kept and shown, never dropped: whether it was arranged is for a person to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hr.attendance.rules.day import SegmentKind
from hr.attendance.rules.shifts import ShiftRule
from hr.attendance.rules.spans import Piece, length, split

NORMAL_DAY_MIN = 480
"""Eight hours: what a work day holds before overtime begins (Labour Law, article 36; State Council decree 174)."""


class Overtime(NamedTuple):
    """`paid` and `unpaid` are the minutes of the candidate, in the order in which they were worked."""

    candidate_min: int
    paid: list[Piece]
    unpaid: list[Piece]
    unpaid_kind: SegmentKind

    @property
    def approved_min(self) -> int:
        return length(self.paid)


def planned(work: Sequence[Piece], rule: ShiftRule, normal_before_min: int = 0) -> tuple[list[Piece], list[Piece]]:
    """Scheduled minutes in two: the normal ones, and those above the shift's cap, which are overtime that was planned.
    A shift without a cap plans none. `normal_before_min`: of the earlier shifts of the same date."""
    cap = rule.normal_cap_min
    return (list(work), []) if cap is None else split(work, cap - normal_before_min)


def candidate(worked_min: int, rule: ShiftRule) -> int:
    """Whole units of what was worked after the end; none below the threshold."""
    return worked_min // rule.ot_unit_min * rule.ot_unit_min if worked_min >= rule.ot_min_min else 0


def after_the_end(worked: Sequence[Piece], rule: ShiftRule, approved_min: int | None) -> Overtime:
    return decided(worked, candidate(length(worked), rule), approved_min)


def decided(worked: Sequence[Piece], candidate_min: int, approved_min: int | None) -> Overtime:
    """At most what was approved, and never more than the candidate. None: nobody has decided yet."""
    paid, rest = split(worked, min(candidate_min, approved_min or 0))
    unpaid, _odd = split(rest, candidate_min - length(paid))
    return Overtime(candidate_min, paid, unpaid, SegmentKind.OFFERED if approved_min is None else SegmentKind.REFUSED)


def before_the_start(worked: Sequence[Piece], approved_min: int | None) -> list[Piece]:
    """Of an early arrival the approved minutes, the last before the start."""
    _unpaid, paid = split(worked, length(worked) - (approved_min or 0))
    return paid
