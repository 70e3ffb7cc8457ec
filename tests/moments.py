"""Moments of the tests' one fixed day, in the plant's zone, and a clock that stands until it is moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sync.wire.envelope import ClockState, Stamp

PLANT = ZoneInfo("Asia/Shanghai")
DAY_ONE = datetime(2026, 3, 31, tzinfo=PLANT)
BOOT = "boot-1"
UP_SINCE_NS = 1_000_000_000_000


def at(time: str, day: int = 0, boot: str = BOOT) -> Stamp:
    """`time` is HH:MM, HH:MM:SS or HH:MM:SS.ffffff of the day `day` days after DAY_ONE."""
    hours, minutes, *seconds = time.split(":")
    whole, _, fraction = (seconds[0] if seconds else "0").partition(".")
    passed = timedelta(days=day, hours=int(hours), minutes=int(minutes), seconds=int(whole))
    return later(moment(0, boot), passed.total_seconds() + float(f"0.{fraction or 0}"))


def moment(seconds: float = 0.0, boot: str = BOOT) -> Stamp:
    """So many seconds after DAY_ONE's midnight."""
    micros = round(seconds * 1e6)
    wall_us = round(DAY_ONE.timestamp()) * 1_000_000 + micros
    return Stamp(boot, UP_SINCE_NS + micros * 1000, wall_us, ClockState.RTC)


def later(stamp: Stamp, seconds: float) -> Stamp:
    micros = round(seconds * 1e6)
    return Stamp(stamp.boot_id, stamp.boottime_ns + micros * 1000, stamp.wall_us + micros, stamp.clock)


class StandingClock:
    """Fact time that moves only when it is told to."""

    def __init__(self, now: Stamp | None = None) -> None:
        self.now = now or at("08:00")

    def stamp(self) -> Stamp:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now = later(self.now, seconds)

    def reach(self, moment: Stamp | None) -> None:
        """Of this boot: it is at least as late as this."""
        if moment and moment.boot_id == self.now.boot_id and moment.seconds_since(self.now) > 0:
            self.now = moment


class Watch:
    """Monotonic seconds that pass when somebody says so."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class SteppableClock:
    """Fact time whose wall clock can be set, on a box that can be switched off and on again.

    `offset_us` is how far the wall clock is from the true time, `state` what the box thinks of it.
    """

    def __init__(self, now: Stamp | None = None) -> None:
        begin = now or at("08:00")
        self.true_us, self.offset_us, self.state = begin.wall_us, 0, begin.clock
        self._boot, self._boot_us = 1, begin.wall_us - UP_SINCE_NS // 1000

    def stamp(self) -> Stamp:
        up_ns = (self.true_us - self._boot_us) * 1000
        return Stamp(f"boot-{self._boot}", up_ns, self.true_us + self.offset_us, self.state)

    def pass_s(self, seconds: float) -> None:
        self.true_us += round(seconds * 1e6)

    def step_s(self, seconds: float) -> None:
        """Somebody, or a time server, sets the wall clock."""
        self.offset_us += round(seconds * 1e6)

    def set_wall_us(self, wall_us: int) -> None:
        self.offset_us = wall_us - self.true_us

    def reboot(self, off_s: float) -> None:
        self.pass_s(off_s)
        self._boot, self._boot_us = self._boot + 1, self.true_us - 10_000_000
