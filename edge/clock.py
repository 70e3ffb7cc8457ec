"""The two kinds of time, and the only place that reads a clock.

Fact time stamps facts and judges windows, sessions and back-off; it may run fast in the demo.
Machine time (`time.monotonic`) is for I/O deadlines, polling, watchdogs and screens; it never does.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

import msgspec

from sync.wire import ClockState, Stamp


class Clock(Protocol):
    """Fact time. Handed in, never imported: a test or the demo brings its own."""

    def stamp(self) -> Stamp: ...


class SystemClock:
    """The machine's own clock. `state` says how far its wall time can be believed."""

    def __init__(self, state: ClockState = ClockState.RTC, boot_id: str | None = None) -> None:
        self._state = state
        self._boot_id = boot_id or Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    def stamp(self) -> Stamp:
        return Stamp(self._boot_id, time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time_ns() // 1000, self._state)


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From `real_ns` (CLOCK_BOOTTIME) on, fact time starts at `fact_us` and runs `speed` times as fast."""

    real_ns: int
    fact_us: int
    speed: int


class TableClock:
    """Fact time from a table of segments that every process of a demo shares.

    The file is looked at again at each reading, so that the table can grow while the shift goes on; it only ever
    gets segments that begin in the future. A killed process that comes back reads the same table and so is on the
    same clock. Before the first segment time stands still at its start.
    """

    def __init__(self, file: Path) -> None:
        """Raises OSError or ValueError when there is no usable table."""
        self._file = file
        self._version = (0, 0)
        self._segments: list[Segment] = []
        self._refresh()

    def fact_us_at(self, real_ns: int) -> int:
        current = self._segments[0]
        for segment in self._segments:
            if segment.real_ns <= real_ns:
                current = segment
        return current.fact_us + max(0, real_ns - current.real_ns) * current.speed // 1000

    def stamp(self) -> Stamp:
        self._refresh()
        fact_us = self.fact_us_at(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        return Stamp("demo", fact_us * 1000, fact_us, ClockState.RTC)

    def _refresh(self) -> None:
        status = self._file.stat()
        version = (status.st_mtime_ns, status.st_ino)
        if version == self._version:
            return
        segments = msgspec.json.decode(self._file.read_bytes(), type=list[Segment])
        if not segments or sorted(segments, key=lambda each: each.real_ns) != segments:
            raise ValueError(f"{self._file}: a table clock needs segments in the order of their real start")
        self._segments, self._version = segments, version


def clock_for(table: Path | None) -> Clock:
    """The clock a service runs on: the machine's, or the demo's table when the configuration names one."""
    return TableClock(table) if table else SystemClock()
