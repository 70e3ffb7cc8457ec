"""The table of segments that all processes of a compressed shift share: real start, fact-time start, speed.

The shift's driver is its only writer. It appends segments that begin a moment in the future, so that every process
has read them before they begin, and replaces the file in one step.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

AHEAD_NS = 250_000_000
"""How far in the future a new segment begins: much longer than any process goes without looking at the clock."""

SLOWING = ((200, 0.4), (40, 0.4))
"""Speeds on the way down, and for how many seconds of machine time. A reading that is under way while time slows down
is stamped when it arrives: 40 ms at 1,500 times are a minute, which no counter can make good in the second after it."""


class Timetable:
    """Fact time as the driver steers it. Time stands still at `start_us` until the first `go`."""

    def __init__(self, file: Path, start_us: int) -> None:
        self.file = file
        self._lock = threading.Lock()
        # Not yet: a start so far away that it never comes, replaced by the first `go`.
        self._segments = [(_now_ns() + 10**15, start_us, 1)]
        self._write()

    def now_us(self) -> int:
        """Fact time now, as every process computes it."""
        return self._at(_now_ns())

    def go(self, speed: int) -> None:
        """From a moment hence on, time runs at this speed."""
        with self._lock:
            self._append(speed)
            self._write()

    def leap(self, until_us: int, speed: int, then: int) -> None:
        """Runs at `speed` until the given moment of fact time, then at `then`; returns when it has come."""
        slowing = [(slower, for_s) for slower, for_s in SLOWING if then < slower < speed]
        slow_us = sum(round(slower * for_s * 1e6) for slower, for_s in slowing)
        with self._lock:
            self._append(speed)
            real_ns, fact_us, _ = self._segments[-1]
            if until_us - slow_us < fact_us:
                slowing, slow_us = [], 0
            cruise_us = max(0, until_us - slow_us - fact_us)
            real_ns, fact_us = real_ns + cruise_us * 1000 // speed, fact_us + cruise_us
            for slower, for_s in slowing:
                self._segments.append((real_ns, fact_us, slower))
                real_ns, fact_us = real_ns + round(for_s * 1e9), fact_us + round(slower * for_s * 1e6)
            self._segments.append((real_ns, fact_us, then))
            self._write()
        self.wait_until_real(real_ns)

    def wait_until(self, fact_us: int) -> None:
        """Returns when fact time has come so far at the present speed."""
        while self.now_us() < fact_us:
            speed = self._segments[-1][2]
            time.sleep(min(0.05, max(0.001, (fact_us - self.now_us()) / 1e6 / speed)))

    def machine_s(self, from_us: int, to_us: int) -> float:
        """How long it took in machine time from one moment of fact time to another."""
        return (self._real_ns_at(to_us) - self._real_ns_at(from_us)) / 1e9

    @staticmethod
    def wait_until_real(real_ns: int) -> None:
        while (left_ns := real_ns - _now_ns()) > 0:
            time.sleep(left_ns / 1e9)

    def _append(self, speed: int) -> None:
        begin_ns = _now_ns() + AHEAD_NS
        if self._segments[0][0] > begin_ns:
            self._segments = [(begin_ns, self._segments[0][1], speed)]
        else:
            self._segments.append((begin_ns, self._at(begin_ns), speed))

    def _at(self, real_ns: int) -> int:
        current = self._segments[0]
        for segment in self._segments:
            if segment[0] <= real_ns:
                current = segment
        return current[1] + max(0, real_ns - current[0]) * current[2] // 1000

    def _real_ns_at(self, fact_us: int) -> int:
        current = self._segments[0]
        for segment in self._segments:
            if segment[1] <= fact_us:
                current = segment
        return current[0] + (fact_us - current[1]) * 1000 // current[2]

    def _write(self) -> None:
        rows = [{"real_ns": real, "fact_us": fact, "speed": speed} for real, fact, speed in self._segments]
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(rows), "utf-8")
        os.replace(beside, self.file)


def _now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
