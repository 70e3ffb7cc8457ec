"""What came from a device and was no good frame: counted, and told in the log by tens."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import Final

from sync.wire.envelope import Stamp

logger = logging.getLogger(__name__)

QUARTER_HOUR_US: Final = 900_000_000
"""In every zone a day begins with one of these."""

KEPT: Final = 100
"""Quarters of an hour: 25 hours, as the longest day has."""


class BadFrames:
    """`total` since the service started. Only numbers are kept: the bytes may be somebody's badge."""

    def __init__(self, device: str) -> None:
        self.total = 0
        self._device = device
        self._by_quarter: Counter[int] = Counter()

    def add(self, at: Stamp) -> None:
        self.total += 1
        self._by_quarter[at.wall_us // QUARTER_HOUR_US] += 1
        if len(self._by_quarter) > KEPT:
            del self._by_quarter[min(self._by_quarter)]
        if str(self.total).strip("0") == "1":
            logger.warning("%s: %d bad frames since the start (1, 10, 100, ... are told)", self._device, self.total)

    def on_day_of(self, now: Stamp, zone: tzinfo) -> int:
        """How many came on the calendar day that it is `now` in `zone`."""
        midnight = datetime.fromtimestamp(now.wall_us / 1e6, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        first, end = (
            int(day.timestamp()) * 1_000_000 // QUARTER_HOUR_US for day in (midnight, midnight + timedelta(days=1))
        )
        return sum(count for quarter, count in self._by_quarter.items() if first <= quarter < end)
