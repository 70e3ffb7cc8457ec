"""What a box is told of taps at other boxes, and of boxes whose taps HR may not have yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine

from hr.attendance import service as attendance
from hr.fleet import store as fleet
from hr.fleet.rules import Box
from sync.wire.presence import LISTED_S, NEWS_WITHIN_S, ClockingBox, Presence, Seen, presence

FORGOTTEN_AFTER_US = 7 * 86_400_000_000
"""A box that has been silent for longer is switched off, or broken: nobody taps there unknown to HR."""

AHEAD_US = 60_000_000
"""A tap that seems to come from later than this is dated by a clock that nobody should go by."""

MADE_AGAIN_S = 5.0
"""What one process of HR has made serves all boxes that ask within this time."""


@dataclass(frozen=True)
class _Made:
    at_s: float
    boxes: list[ClockingBox]
    seen: list[Seen]


class PresenceDesk:
    """Thread-safe. `clock` is microseconds UTC, `monotonic_s` times how long what was made is good for."""

    def __init__(
        self, reading: Engine, clock: Callable[[], int], monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._reading, self._clock, self._monotonic_s = reading, clock, monotonic_s
        self._made: _Made | None = None

    def of(self, device: str) -> Presence:
        """What this box is told now: the last tap of each person at another box."""
        made = self._made
        if made is None or self._monotonic_s() - made.at_s >= MADE_AGAIN_S:
            with self._reading.connect() as connection:
                now_us = self._clock()
                made = _Made(
                    self._monotonic_s(), _boxes(fleet.boxes(connection), now_us), last_taps(connection, now_us)
                )
            self._made = made
        others = (each for each in made.seen if each.device != device)
        last: dict[str, Seen] = {}
        for each in sorted(others, key=lambda each: each.at_us):
            last[each.person] = each
        return presence([each for each in made.boxes if each.device != device], list(last.values()))


def last_taps(connection: Connection, now_us: int) -> list[Seen]:
    """The last tap that counts of each person at each box, as it counts now. One that is on paper alone is left out: it
    was made at no box, and is typed long after the box has asked."""
    first_us = now_us - LISTED_S * 1_000_000
    # A work date may be the one before or after the calendar's, in any zone.
    dates = (datetime.fromtimestamp(each / 1e6, UTC).date() for each in (first_us, now_us))
    date_from, date_to = (each + timedelta(days=way) for each, way in zip(dates, (-1, 1), strict=True))
    found: dict[tuple[str, str], Seen] = {}
    for person, day in attendance.placed(connection, date_from.isoformat(), date_to.isoformat()):
        for each in day:
            tap = each.tap
            if each.direction is None or tap.record is None or tap.unsure_us:
                continue
            seen = Seen(person, each.direction, tap.at_us, tap.record.device)
            known = found.get((person, seen.device))
            if first_us <= seen.at_us <= now_us + AHEAD_US and (known is None or known.at_us < seen.at_us):
                found[person, seen.device] = seen
    return list(found.values())


def _boxes(every: Iterable[Box], now_us: int) -> list[ClockingBox]:
    found = [ClockingBox(box.device, _silent_since_us(box, now_us)) for box in every if _clocks(box)]
    return [each for each in found if not each.silent_since_us or now_us - each.silent_since_us < FORGOTTEN_AFTER_US]


def _clocks(box: Box) -> bool:
    """Whether people clock there; a box that has never said may."""
    return box.report is None or box.report.status.clocks


def _silent_since_us(box: Box, now_us: int) -> int:
    """From when on HR may lack taps of this box, in HR's time; 0 while it has them as soon as they are made."""
    heard_us = box.last_contact_us or box.accepted_us
    if box.report is not None and box.report.pending:
        # It is in touch, but what it sends is old: it is still catching up.
        heard_us = min(heard_us, box.reported_us - max(0, box.report.at_us - box.report.oldest_us))
    return heard_us if now_us - heard_us >= NEWS_WITHIN_S * 1_000_000 else 0
