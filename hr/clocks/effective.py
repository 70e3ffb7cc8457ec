"""From raw stamps to effective times. Pure: takes values, returns values.

A box's wall clock may be wrong by weeks; its boot time cannot be set and is right to the crystal within one boot. An
*anchor* says what UTC was at one moment of a boot, and so dates the whole boot. A boot without one is dated by its
real-time clock, whose drift is known from the boots that have an anchor, or else only by what came before and after.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sync.wire.envelope import ClockState, Stamp

CRYSTAL_PPM = 100
"""How far boot time itself may drift: worse than any crystal of a Raspberry Pi, in parts per million."""

RTC_WITHIN_US = 2_000_000
"""How well a real-time clock is read: whole seconds, at boot."""

SET_ON_TIME = frozenset({ClockState.NTP, ClockState.SERVER})
"""What such a clock says is taken as it stands."""

KEEPS_TIME = frozenset({ClockState.RTC, ClockState.SUPERVISOR})
NTP_WITHIN_US = 1_000_000

NEAR_US = 3_600_000_000
"""Anchors nearer to one another than this say nothing that one of them does not."""

UNBOUNDED_US = 400 * 86_400_000_000
"""Where one of the two bounds is missing: nobody can say within what."""


class Basis(StrEnum):
    """How an effective time is known. ANCHORED: within its boot. RTC: by the real-time clock, drift taken out.
    BOUNDED: only that it lies between what came before and after; a person has to look."""

    ANCHORED = "ANCHORED"
    RTC = "RTC"
    BOUNDED = "BOUNDED"


@dataclass(frozen=True)
class Anchor:
    """UTC was `utc_us` when this boot had run for `boottime_ns`, give or take `within_us`."""

    boot_id: str
    boottime_ns: int
    utc_us: int
    within_us: int


@dataclass(frozen=True)
class Effective:
    """Microseconds UTC. The moment lies within `within_us` of `utc_us`, either side."""

    utc_us: int
    within_us: int
    basis: Basis


@dataclass(frozen=True)
class Boot:
    """One boot of a box as its facts show it; `wall_us` is the raw time of the first of them."""

    boot_id: str
    first_ns: int
    last_ns: int
    wall_us: int
    clock: ClockState


def anchor_of(stamp: Stamp) -> Anchor | None:
    """A stamp of a clock that a time server had set is an anchor by itself; HR's word comes as a fact of its own."""
    if stamp.clock is not ClockState.NTP:
        return None
    return Anchor(stamp.boot_id, stamp.boottime_ns, stamp.wall_us, NTP_WITHIN_US)


class Timeline:
    """The boots of one box in the order they ran, and what is known of when that was.

    `boots` are in order of seq; `anchors` in any order.
    """

    def __init__(self, boots: Iterable[Boot], anchors: Iterable[Anchor]) -> None:
        self._boots = {boot.boot_id: boot for boot in boots}
        by_boot: dict[str, list[Anchor]] = defaultdict(list)
        for anchor in anchors:
            by_boot[anchor.boot_id].append(anchor)
        self._anchors = {boot_id: _worth_using(by_boot[boot_id]) for boot_id in self._boots}
        self._errors = self._rtc_errors()
        self._begins = self._beginnings()

    def basis(self, boot_id: str) -> Basis:
        """How the times of this boot are known. KeyError for one that is not among the boots."""
        begin = self._begins[boot_id]
        return Basis.ANCHORED if begin is None else begin.basis

    def anchor(self, stamp: Stamp) -> Anchor | None:
        """The nearest of the anchors that date this stamp's boot."""
        near = self._anchors.get(stamp.boot_id, [])
        return min(near, key=lambda each: abs(each.boottime_ns - stamp.boottime_ns), default=None)

    def effective(self, stamp: Stamp) -> Effective:
        """ValueError for a stamp of a boot that is not among the boots."""
        if stamp.boot_id not in self._boots:
            raise ValueError(f"no facts of the boot {stamp.boot_id}")
        begin = self._begins[stamp.boot_id]
        if begin is None:
            return self._anchored(stamp.boot_id, stamp.boottime_ns)
        passed_us = (stamp.boottime_ns - self._boots[stamp.boot_id].first_ns) // 1000
        return Effective(begin.utc_us + passed_us, begin.within_us + _drift_us(passed_us), begin.basis)

    def _anchored(self, boot_id: str, boottime_ns: int) -> Effective:
        """Between two anchors of the boot in proportion, outside by the nearer one."""
        anchors = self._anchors[boot_id]
        place = bisect_left(anchors, boottime_ns, key=lambda each: each.boottime_ns)
        if not 0 < place < len(anchors):
            return _from(anchors[min(place, len(anchors) - 1)], boottime_ns)
        before, after = anchors[place - 1], anchors[place]
        share = (boottime_ns - before.boottime_ns) / (after.boottime_ns - before.boottime_ns)
        utc_us = before.utc_us + round(share * (after.utc_us - before.utc_us))
        return Effective(utc_us, max(before.within_us, after.within_us), Basis.ANCHORED)

    def _rtc_errors(self) -> list[tuple[int, int]]:
        """(raw wall time, how far it was ahead of UTC) of each boot that ran on a real-time clock and has an anchor."""
        found = []
        for boot in self._boots.values():
            if boot.clock is ClockState.RTC and self._anchors[boot.boot_id]:
                found.append((boot.wall_us, boot.wall_us - self._anchored(boot.boot_id, boot.first_ns).utc_us))
        return sorted(found)

    def _rtc_ahead_us(self, wall_us: int) -> tuple[int, int]:
        """How far the real-time clock was ahead when it showed `wall_us`, and how unsure that is.

        Linear between two boots whose error is known; before the first of them it grew from nothing since the first
        boot of all, when somebody had set it.
        """
        first = next(iter(self._boots.values())).wall_us
        points = self._errors
        if points and points[0][0] > first:
            points = [(first, 0), *points]
        if not points:
            return 0, RTC_WITHIN_US
        place = bisect_left(points, (wall_us,))
        if place == len(points):
            return points[-1][1], RTC_WITHIN_US + abs(points[-1][1])
        if place == 0:
            return points[0][1], RTC_WITHIN_US + abs(points[0][1])
        (from_us, from_error), (to_us, to_error) = points[place - 1], points[place]
        share = (wall_us - from_us) / (to_us - from_us)
        return round(from_error + share * (to_error - from_error)), RTC_WITHIN_US + abs(to_error - from_error) // 2

    def _beginnings(self) -> dict[str, Effective | None]:
        """When the first fact of each boot was made; None for a boot with anchors, which date each fact by itself."""
        begins: dict[str, Effective | None] = {}
        ended_us: int | None = None
        boots = list(self._boots.values())
        for place, boot in enumerate(boots):
            known = self._known_begin(boot)
            if self._anchors[boot.boot_id]:
                begins[boot.boot_id], first_us = None, self._anchored(boot.boot_id, boot.first_ns).utc_us
            elif known is not None:
                begins[boot.boot_id], first_us = known, known.utc_us
            else:
                begins[boot.boot_id] = self._bounded(boots[place:], ended_us)
                first_us = ended_us if ended_us is not None else boot.wall_us
            ended_us = first_us + _ran_us(boot)
        return begins

    def _known_begin(self, boot: Boot) -> Effective | None:
        if self._anchors[boot.boot_id]:
            return self._anchored(boot.boot_id, boot.first_ns)
        if boot.clock in KEEPS_TIME:
            ahead_us, within_us = self._rtc_ahead_us(boot.wall_us)
            return Effective(boot.wall_us - ahead_us, within_us, Basis.RTC)
        return None

    def _bounded(self, boots: list[Boot], earliest_us: int | None) -> Effective:
        """The first of `boots`, whose own clock says nothing: not before `earliest_us`, and so early that it and those
        after it had run before the next one whose time is known. The raw time stands where it lies between."""
        known = ((place, self._known_begin(boot)) for place, boot in enumerate(boots))
        place, next_known = next(((place, each) for place, each in known if each is not None), (0, None))
        latest_us = None if next_known is None else next_known.utc_us - sum(map(_ran_us, boots[:place]))
        bounds = [each for each in (earliest_us, latest_us) if each is not None]
        guess_us = max(boots[0].wall_us, earliest_us or 0)
        guess_us = guess_us if latest_us is None else min(guess_us, latest_us)
        if len(bounds) < 2:
            return Effective(guess_us, UNBOUNDED_US, Basis.BOUNDED)
        return Effective(guess_us, max(abs(bound - guess_us) for bound in bounds), Basis.BOUNDED)


def _from(anchor: Anchor, boottime_ns: int) -> Effective:
    passed_us = (boottime_ns - anchor.boottime_ns) // 1000
    return Effective(anchor.utc_us + passed_us, anchor.within_us + _drift_us(passed_us), Basis.ANCHORED)


def _worth_using(anchors: list[Anchor]) -> list[Anchor]:
    """The well-known ones of a boot in order, so far apart that what they differ by never turns two taps round.

    Of two that contradict one another the later stands: whoever gave the earlier has since been set right.
    """
    best_us = min((each.within_us for each in anchors), default=0)
    kept: list[Anchor] = []
    for each in sorted(anchors, key=lambda each: each.boottime_ns, reverse=True):
        if each.within_us > 2 * best_us:
            continue
        if not kept or _fit(each, kept[0]):
            kept.insert(0, each)
    return kept


def _fit(before: Anchor, after: Anchor) -> bool:
    """Far enough apart, and with as much time between them as they say."""
    passed_us = (after.boottime_ns - before.boottime_ns) // 1000
    unsure_us = before.within_us + after.within_us
    differ_us = abs(after.utc_us - before.utc_us - passed_us)
    return passed_us >= max(NEAR_US, 100 * unsure_us) and differ_us <= unsure_us + _drift_us(passed_us)


def _ran_us(boot: Boot) -> int:
    return (boot.last_ns - boot.first_ns) // 1000


def _drift_us(passed_us: int) -> int:
    return abs(passed_us) * CRYSTAL_PPM // 1_000_000
