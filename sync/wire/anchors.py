"""What is known of the time of one boot, and when it is worth saying again. Pure: reads no clock.

A box's wall clock may be wrong; its boot time cannot be set. An anchor says what UTC was at one moment of a boot.
"""

from __future__ import annotations

import msgspec

from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import AnchorSource

TOLERATED_US = 2_000_000
AGAIN_AFTER_US = 86_400_000_000
"""Boot time drifts with its crystal; an anchor each day keeps what lies between right to the second."""

STATE_OF = {AnchorSource.SERVER: ClockState.SERVER, AnchorSource.SUPERVISOR: ClockState.SUPERVISOR}


class ClockAnchor(msgspec.Struct, frozen=True):
    """UTC was `utc_us` at `at`, give or take `within_us`."""

    at: Stamp
    utc_us: int
    within_us: int
    source: AnchorSource

    def utc_us_at(self, at: Stamp) -> int:
        """UTC at another moment of the same boot."""
        return self.utc_us + (at.boottime_ns - self.at.boottime_ns) // 1000


def measured(asked: Stamp, answered: Stamp, server_time_us: int) -> ClockAnchor | None:
    """HR read its clock at some moment between the two stamps; half the way is off by half of it at most.

    None when the two are not of one boot.
    """
    if asked.boot_id != answered.boot_id or answered.boottime_ns < asked.boottime_ns:
        return None
    half_us = (answered.boottime_ns - asked.boottime_ns + 1999) // 2000
    return ClockAnchor(answered, server_time_us + half_us, half_us, AnchorSource.SERVER)


def is_news(last: ClockAnchor | None, new: ClockAnchor) -> bool:
    """Once a boot; again after a day, when the two contradict each other, or when the new one is much surer."""
    if last is None or last.at.boot_id != new.at.boot_id or last.source is not new.source:
        return True
    passed_us = (new.at.boottime_ns - last.at.boottime_ns) // 1000
    differ_us = abs(new.utc_us - last.utc_us_at(new.at))
    surer = last.within_us > TOLERATED_US and 2 * new.within_us < last.within_us
    return passed_us >= AGAIN_AFTER_US or differ_us > TOLERATED_US + last.within_us + new.within_us or surer


def better(last: ClockAnchor | None, new: ClockAnchor) -> ClockAnchor:
    """The one that stands for the boot: the newer, but no person's word over HR's."""
    if last is None or last.at.boot_id != new.at.boot_id:
        return new
    return last if (last.source, new.source) == (AnchorSource.SERVER, AnchorSource.SUPERVISOR) else new


def vouched(anchor: ClockAnchor | None, at: Stamp) -> Stamp:
    """The stamp, saying by whom its wall time is known to be right; its times are never touched.

    A wall time that the anchor contradicts keeps its state: what is known is then in the anchor alone.
    """
    if anchor is None or anchor.at.boot_id != at.boot_id or at.clock in (ClockState.NTP, ClockState.SERVER):
        return at
    if at.clock is ClockState.RTC and anchor.source is AnchorSource.SUPERVISOR:
        return at  # a real-time clock is surer than a person's watch
    unsure_us = anchor.within_us if anchor.source is AnchorSource.SUPERVISOR else 0
    if abs(at.wall_us - anchor.utc_us_at(at)) > TOLERATED_US + unsure_us:
        return at
    return msgspec.structs.replace(at, clock=STATE_OF[anchor.source])
