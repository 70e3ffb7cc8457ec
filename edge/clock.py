"""The two kinds of time, and the only place that reads a clock.

Fact time stamps facts and judges windows, sessions and back-off; it may run fast in the demo.
Machine time (`time.monotonic`) is for I/O deadlines, polling, watchdogs and screens; it never does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from sync.wire.envelope import ClockState, Stamp


class Clock(Protocol):
    """Fact time. Handed in, never imported: a test or the demo brings its own."""

    def stamp(self) -> Stamp: ...


RELEASED_US = 1_793_491_200_000_000
"""2026-11-01 UTC. A wall clock before this release was made has not been set; raised with each release."""

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes this file once a time server has set the clock (systemd-time-wait-sync.service(8))."""

RTC_DEVICES = Path("/sys/class/rtc")
RTC_AGREES_S = 2
SAME_MOMENT_NS = 20_000_000


class Machine(NamedTuple):
    """What the machine knows of time. `boottime_ns` runs on in suspend and cannot be set; `wall_us` is UTC and can.

    `synchronised`: a time server has set the wall clock in this boot. `from_rtc`: the wall clock began with a
    real-time clock that kept running without power.
    """

    boot_id: str
    boottime_ns: Callable[[], int]
    wall_us: Callable[[], int]
    synchronised: Callable[[], bool]
    from_rtc: bool


def this_machine(synchronised: Path = SYNCHRONISED, rtc_devices: Path = RTC_DEVICES) -> Machine:
    """The machine this process runs on, as Linux describes it."""
    return Machine(
        boot_id=Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        boottime_ns=lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        wall_us=lambda: time.time_ns() // 1000,
        synchronised=synchronised.exists,
        from_rtc=_set_from_rtc(rtc_devices, time.time()),
    )


def _set_from_rtc(devices: Path, wall_s: float) -> bool:
    """The kernel took its time from one at boot, or one agrees: a rule of udev may have set the clock from it later."""
    for device in sorted(devices.glob("rtc*")):
        try:
            if (device / "hctosys").read_text().strip() == "1":
                return True
            if abs(int((device / "since_epoch").read_text()) - wall_s) <= RTC_AGREES_S:
                return True
        except (OSError, ValueError):
            continue  # a clock that cannot be read, a flat battery for example, says nothing
    return False


def believed(wall_us: int, newest_us: int, *, synchronised: bool, from_rtc: bool) -> ClockState:
    """How far a wall time can be believed.

    `newest_us` is the newest wall time that was believed before: a real-time clock behind it has stood still.
    A time server is believed all the same, because what came before it may have been ahead.
    """
    if wall_us < RELEASED_US:
        return ClockState.NONE
    if synchronised:
        return ClockState.NTP
    return ClockState.RTC if from_rtc and wall_us >= newest_us else ClockState.NONE


class SystemClock:
    """The machine's own clock. Each stamp says how far its wall time can be believed."""

    def __init__(self, newest_us: int = 0, machine: Machine | None = None) -> None:
        self._newest_us = newest_us
        self._machine = machine or this_machine()

    def stamp(self) -> Stamp:
        machine = self._machine
        boottime_ns, wall_us = machine.boottime_ns(), machine.wall_us()
        # A process that had to wait between the two would seem to have seen the wall clock step.
        while (again_ns := machine.boottime_ns()) - boottime_ns > SAME_MOMENT_NS:
            boottime_ns, wall_us = again_ns, machine.wall_us()
        state = believed(wall_us, self._newest_us, synchronised=machine.synchronised(), from_rtc=machine.from_rtc)
        return Stamp(machine.boot_id, boottime_ns, wall_us, state)


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


def clock_for(table: Path | None, newest_us: int = 0) -> Clock:
    """The clock a service runs on: the machine's, or the demo's table when the configuration names one.

    `newest_us`: the newest wall time that is known to have been believed.
    """
    return TableClock(table) if table else SystemClock(newest_us)
