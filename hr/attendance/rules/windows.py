"""Which shift a tap belongs to (AT-R2). Pure.

The work date is the local date of the shift's start. All is decided in whole local minutes: a `minute` here is one of
the plant's wall clock, counted from the year 1, so that nights and neighbouring dates are plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hr.attendance.rules.shifts import DAY_MIN, ShiftRule

REMEMBERED = 1 << 15
"""A tap is looked at for each date around it, and many people share the same minutes."""


@dataclass(frozen=True)
class Instance:
    """A shift on its work date: from `start` to `end`, and the taps from `opens` to `closes` are its own, both
    included."""

    work_date: str
    rule: ShiftRule
    start: int
    end: int
    opens: int
    closes: int

    @property
    def midnight(self) -> int:
        """The minute at which the work date begins."""
        return self.start - self.rule.start_min


@lru_cache(maxsize=REMEMBERED)
def minute_of(at_us: int, zone: ZoneInfo) -> int:
    """The plant's minute in which this moment lies; seconds are cut off (AT-R4)."""
    local = datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(zone)
    return local.toordinal() * DAY_MIN + local.hour * 60 + local.minute


@lru_cache(maxsize=REMEMBERED)
def moment_of(minute: int, zone: ZoneInfo) -> int:
    """When this minute begins, in microseconds UTC."""
    days, rest = divmod(minute, DAY_MIN)
    local = datetime.combine(date.fromordinal(days), datetime.min.time(), zone) + timedelta(minutes=rest)
    return int(local.timestamp()) * 1_000_000


@lru_cache(maxsize=REMEMBERED)
def midnight_of(work_date: str) -> int:
    return date.fromisoformat(work_date).toordinal() * DAY_MIN


def date_of(minute: int) -> str:
    return _date(minute // DAY_MIN)


@lru_cache(maxsize=REMEMBERED)
def _date(day: int) -> str:
    return date.fromordinal(day).isoformat()


def windows(roster: Mapping[str, Sequence[ShiftRule] | None]) -> list[Instance]:
    """The shifts of one person by their start, each window cut where the next shift's begins."""
    found = sorted(_instances(roster), key=lambda each: (each.start, each.end, each.rule.id))
    opens = [each.opens for each in found[:1]] + [max(this.end, after.opens) for this, after in pairwise(found)]
    closes = [min(first, each.closes) for each, first in zip(found, opens[1:], strict=False)]
    closes += [each.closes for each in found[-1:]]
    cut = zip(found, opens, closes, strict=True)
    return [replace(each, opens=first, closes=last) for each, first, last in cut]


def place_in(minute: int, instances: Iterable[Instance]) -> int | None:
    """The place of the first shift whose window holds this minute."""
    return next((place for place, each in enumerate(instances) if each.opens <= minute <= each.closes), None)


def _instances(roster: Mapping[str, Sequence[ShiftRule] | None]) -> Iterator[Instance]:
    for work_date, rules in roster.items():
        midnight = midnight_of(work_date)
        for rule in rules or ():
            start, end = midnight + rule.start_min, midnight + rule.end_min
            yield Instance(work_date, rule, start, end, start - rule.early_in_min, end + rule.late_out_min)
