"""The state of a machine through the day, from its readings: it ran, it stood, or nobody saw. Pure.

A reading is a fact at least each 300 s while the counter moves, and none is made while it stands. So between two
readings that differ the machine ran, between two that are the same it stood, and after the last one it is known to
have stood only when a moving counter would have made another by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from sync.wire.reference_data import Shift

MOVING_WITHIN_US = 330 * 1_000_000
"""A moving counter has made another fact by then."""
UNSEEN_US = 20 * 60 * 1_000_000
"""Longer between two readings that differ: it counted, but nobody saw when, because the box was away."""
MINUTE_US = 60_000_000
WIDTH = 360.0
FIRST_MIN, LAST_MIN = 6 * 60, 20 * 60


class State(StrEnum):
    """The names of the style sheet's classes."""

    RUN = "run"
    IDLE = "idle"
    NONE = "none"


class Point(NamedTuple):
    """A believed reading. `changed`: it was taken because somebody logged on or off."""

    at_us: int
    value: int
    changed: bool = False


class Silence(NamedTuple):
    """The counter did not answer; `until_us` None: it still does not."""

    from_us: int
    until_us: int | None


class Trail(msgspec.Struct, frozen=True):
    """What the journal says of one machine, oldest first."""

    points: Sequence[Point] = ()
    silences: Sequence[Silence] = ()

    @property
    def still_since_us(self) -> int | None:
        """Since when the last readings have all been the same; None without a reading."""
        since_us = None
        for point in reversed(self.points):
            if point.value != self.points[-1].value:
                break
            since_us = point.at_us
        return since_us

    @property
    def silent_since_us(self) -> int | None:
        open_ = self.silences and self.silences[-1].until_us is None
        return self.silences[-1].from_us if open_ else None


class Span(NamedTuple):
    state: State
    from_us: int
    until_us: int


class Part(NamedTuple):
    state: State
    x: float
    width: float


class Tick(NamedTuple):
    x: float
    anchor: str
    text: str


class Strip(msgspec.Struct, frozen=True):
    """`minutes` by state, for who cannot see it."""

    parts: list[Part]
    ticks: list[Tick]
    minutes: dict[State, int]


class Axis(NamedTuple):
    """Whole hours after local midnight, which lies at `midnight_us`."""

    midnight_us: int
    first_min: int
    last_min: int

    @property
    def start_us(self) -> int:
        return self.midnight_us + self.first_min * MINUTE_US

    def x(self, at_us: int) -> float:
        minute = (at_us - self.midnight_us) / MINUTE_US
        return (minute - self.first_min) * WIDTH / (self.last_min - self.first_min)


def axis(midnight_us: int, shifts: Sequence[Shift], now_us: int) -> Axis:
    """The hours of the day's shifts, widened to hold now; the same for all machines. At most one calendar day."""
    now_min = min(1440, max(0, (now_us - midnight_us) // MINUTE_US))
    first = min([now_min, *(each.start_min for each in shifts)] if shifts else [now_min, FIRST_MIN])
    last = max([now_min, *(min(1440, each.end_min) for each in shifts)] if shifts else [now_min, LAST_MIN])
    first_hour = max(0, first // 60)
    return Axis(midnight_us, first_hour * 60, max(first_hour + 1, -(-last // 60)) * 60)


def spans(trail: Trail, start_us: int, now_us: int) -> list[Span]:
    """From `start_us` to now, without a gap except at the end, where it may not be known yet."""
    found = []
    if not trail.points or trail.points[0].at_us > start_us:
        found.append(Span(State.NONE, start_us, trail.points[0].at_us if trail.points else now_us))
    for before, after in zip(trail.points, trail.points[1:], strict=False):
        found.append(Span(_between(before, after), before.at_us, after.at_us))
    if trail.points:
        last = trail.points[-1]
        if now_us - last.at_us > MOVING_WITHIN_US or trail.still_since_us != last.at_us:
            found.append(Span(State.IDLE, last.at_us, now_us))
    for silence in trail.silences:
        found = _silenced(found, silence.from_us, now_us if silence.until_us is None else silence.until_us)
    return _joined([Span(each.state, max(start_us, each.from_us), min(now_us, each.until_us)) for each in found])


def _between(before: Point, after: Point) -> State:
    if before.value == after.value:
        return State.IDLE
    return State.RUN if after.at_us - before.at_us <= UNSEEN_US else State.NONE


def _silenced(found: list[Span], from_us: int, until_us: int) -> list[Span]:
    """What was drawn during a silence gives way to it."""
    kept = [each._replace(until_us=min(each.until_us, from_us)) for each in found if each.from_us < from_us]
    later = [each._replace(from_us=max(each.from_us, until_us)) for each in found if each.until_us > until_us]
    return [*kept, Span(State.NONE, from_us, until_us), *later]


def _joined(found: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in found:
        if span.until_us <= span.from_us:
            continue
        if joined and joined[-1].state is span.state and joined[-1].until_us >= span.from_us:
            joined[-1] = joined[-1]._replace(until_us=max(joined[-1].until_us, span.until_us))
        else:
            joined.append(span)
    return joined


def draw(trail: Trail, scale: Axis, now_us: int) -> Strip:
    drawn = spans(trail, scale.start_us, now_us)
    minutes = dict.fromkeys(State, 0)
    for span in drawn:
        minutes[span.state] += round((span.until_us - span.from_us) / MINUTE_US)
    parts = [
        Part(each.state, round(scale.x(each.from_us), 1), round(scale.x(each.until_us) - scale.x(each.from_us), 1))
        for each in drawn
    ]
    return Strip([part for part in parts if part.width > 0], _ticks(scale), minutes)


def _ticks(scale: Axis) -> list[Tick]:
    """Four or five whole hours that have room for their words."""
    step = -(-(scale.last_min - scale.first_min) // 240) * 60
    found = []
    for minute in range(scale.first_min, scale.last_min + 1, step):
        x = round(scale.x(scale.midnight_us + minute * MINUTE_US), 1)
        anchor = "start" if minute == scale.first_min else "end" if minute == scale.last_min else "middle"
        if anchor != "middle" or x <= WIDTH - 24:
            found.append(Tick(x, anchor, f"{minute // 60:02d}:00"))
    return found
