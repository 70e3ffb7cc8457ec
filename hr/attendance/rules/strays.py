"""Taps in no shift's window: which date they belong to, and which of them may be one presence (AT-R8). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from hr.attendance.rules.punches import IN, OUT, directed
from hr.attendance.rules.taps import Tap

LONGEST_US = 16 * 3600 * 1_000_000
"""No presence without a shift goes over midnight for longer than this."""

Stray = tuple[Tap, int]
"""A tap, and how many windows of the person's shifts lie before it: no presence reaches over a window."""


def strays(outside: Iterable[Stray], work_date: str) -> list[list[Tap]]:
    """The taps of this date in groups that may pair, from those that lie in no window, in order of time.

    The date is the one that the box gave each tap, by the plant's shifts. Where the plant has none it is the
    calendar's, so a presence that goes over midnight ends on the next date: it belongs to the date on which it began.
    """
    by_date: dict[str, list[Stray]] = defaultdict(list)
    for stray in outside:
        by_date[stray[0].work_date].append(stray)
    earlier, before, own, after = (by_date[_beside(work_date, days)] for days in (-2, -1, 0, 1))
    taken = own[1:] if _ends(earlier, before, own) else own
    found: dict[int, list[Tap]] = defaultdict(list)
    for tap, gap in [*taken, *(after[:1] if _ends(before, own, after) else [])]:
        found[gap].append(tap)
    return list(found.values())


def _ends(before: Sequence[Stray], this: Sequence[Stray], following: Sequence[Stray]) -> bool:
    """Whether the presence that begins last on this date ends with the first tap of the following one.

    Where somebody said the directions they decide. Where nobody did, an odd number on both dates does, unless the date
    before is odd too: then which of them belong together cannot be told.
    """
    if not this or not following:
        return False
    (first, gap), (last, gap_before) = following[0], this[-1]
    if gap != gap_before or first.at_us - last.at_us > LONGEST_US or first.said is IN:
        return False
    if directed([tap for tap, _gap in this])[-1][1] is not IN:
        return False
    return first.said is OUT or (len(this) % 2 == 1 and len(following) % 2 == 1 and len(before) % 2 == 0)


def _beside(work_date: str, days: int) -> str:
    return (date.fromisoformat(work_date) + timedelta(days=days)).isoformat()
