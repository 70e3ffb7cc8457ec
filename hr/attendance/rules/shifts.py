"""What a shift asks for: times, breaks, windows, graces, overtime (AT-R2, R4, R5, R7, R10, R11, R13). Pure.

All times are minutes after 00:00 of the work date; they may exceed 1440, so a night from 22:00 to 06:00 ends at 1800.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

DAY_MIN = 24 * 60
LATEST_MIN = 2 * DAY_MIN
"""No shift ends later than at the end of the day after its work date."""

MOST_OVERTIME_MIN = 720


class Pairing(StrEnum):
    """Which taps count: the first and the last alone, or each pair of in and out."""

    FIRST_LAST = "FIRST_LAST"
    EVERY_PAIR = "EVERY_PAIR"


class Directions(StrEnum):
    """What a tap's direction means: what was said counts and what nobody said fits anywhere; none counts and taps
    alternate; or only taps that say theirs count at all."""

    AS_SAID = "AS_SAID"
    ALTERNATING = "ALTERNATING"
    LOG_TYPE = "LOG_TYPE"


@dataclass(frozen=True)
class Break:
    start_min: int
    end_min: int
    paid: bool = False


@dataclass(frozen=True)
class ShiftRule:
    """One shift of the plant.

    Taps from `early_in_min` before the start to `late_out_min` after the end belong to it. Who comes no later than
    `late_grace_min` after the start is on time, who goes no earlier than `early_grace_min` before the end too; later
    than `late_as_lack_min` counts as no punch at all. Overtime after the end counts from `ot_min_min` on, in whole
    `ot_unit_min`. `flexible_min`: by how much the shift moves with a late arrival. `punches` is 2, or 4 where people
    clock at the unpaid break too. Paid minutes above `normal_cap_min` are overtime that was planned. `overtime_min` is
    for the boxes: for so long after the end sessions at machines go on (AB-R11).
    """

    id: str
    name: str
    start_min: int
    end_min: int
    breaks: tuple[Break, ...] = ()
    early_in_min: int = 60
    late_out_min: int = 240
    late_grace_min: int = 0
    early_grace_min: int = 0
    late_as_lack_min: int | None = None
    ot_unit_min: int = 30
    ot_min_min: int = 30
    flexible_min: int = 0
    punches: int = 2
    normal_cap_min: int | None = None
    pairing: Pairing = Pairing.FIRST_LAST
    directions: Directions = Directions.AS_SAID
    overtime_min: int = 0

    @property
    def main_break(self) -> Break | None:
        """The longest unpaid break, the first of equal ones: where four punches split the day."""
        return max(
            (each for each in self.breaks if not each.paid),
            key=lambda each: each.end_min - each.start_min,
            default=None,
        )


Problem = tuple[str, str, str]
"""A field of a rule as it is typed, what it says, and what would do."""


def problems(rule: ShiftRule) -> Iterator[Problem]:
    """What is wrong with a rule; no shift is judged by one that has a problem."""
    if not 0 <= rule.start_min < DAY_MIN:
        yield "start", clock(rule.start_min), "a time from 00:00 to 23:59"
    if not rule.start_min < rule.end_min <= LATEST_MIN:
        yield "end", clock(rule.end_min), "a time after the start, at the latest 48:00"
    if not 0 <= rule.overtime_min <= MOST_OVERTIME_MIN:
        yield "overtime", str(rule.overtime_min), "minutes from 0 to 720"
    yield from _of_breaks(rule)
    for name in ("early_in", "late_out", "late_grace", "early_grace", "ot_min", "flexible"):
        if getattr(rule, f"{name}_min") < 0:
            yield name, str(getattr(rule, f"{name}_min")), "0 or more minutes"
    if rule.ot_unit_min < 1:
        yield "ot_unit", str(rule.ot_unit_min), "1 or more minutes"
    if rule.late_as_lack_min is not None and rule.late_as_lack_min <= rule.late_grace_min:
        yield "late_as_lack", str(rule.late_as_lack_min), "more minutes than the grace"
    if rule.normal_cap_min is not None and rule.normal_cap_min < 1:
        yield "normal_cap", str(rule.normal_cap_min), "1 or more minutes"


def _of_breaks(rule: ShiftRule) -> Iterator[Problem]:
    for each in rule.breaks:
        if not rule.start_min <= each.start_min < each.end_min <= rule.end_min:
            yield "breaks", f"{clock(each.start_min)}-{clock(each.end_min)}", "a break within the shift"
    for one, other in pairwise(sorted(rule.breaks, key=lambda each: each.start_min)):
        if other.start_min < one.end_min:
            yield "breaks", f"{clock(other.start_min)}-{clock(other.end_min)}", "breaks that do not overlap"
    if rule.punches not in (2, 4):
        yield "punches", str(rule.punches), "2 or 4"
    if rule.punches == 4 and rule.main_break is None:
        yield "punches", "4", "2, or an unpaid break at which people clock"


def clock(minute: int) -> str:
    """26:00 for 02:00 of the next day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
