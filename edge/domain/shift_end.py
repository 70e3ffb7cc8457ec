"""A session left open ends with the shift in which it ran, or with its overtime (AB-R11).

Without shifts nothing ends by itself. Neither does it by a clock that has not been set: a machine that somebody works
at would count for nobody.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.domain.machines import Session
from edge.domain.rules import Rules
from edge.domain.state import BoxState, Ledger
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Direction, Ended, PersonnelLogOff, SnapshotMissed
from sync.wire.reference_data import Shift
from sync.wire.workdate import EARLY_IN_MIN, local, on

SNAPSHOT_WITHIN_S = 3.0
"""Later than this, a reading says nothing about the moment of the end."""

MINUTE_US = 60_000_000


class Open(NamedTuple):
    """A session that has outlived its shift, which ended at `end`."""

    end: Stamp
    machine: str
    session: Session


def end_sessions(ledger: Ledger, rules: Rules, now: Stamp) -> None:
    """Ends what should have ended by `now`, at the moment when it should have, as far as boot time lets one say."""
    if now.clock is ClockState.NONE or not rules.directory.shifts:
        return
    for each in sorted(_outlived(ledger.state, rules, now), key=lambda found: found.end.wall_us):
        body = PersonnelLogOff(each.machine, each.session.person, Ended.SHIFT_END, each.session.log_on)
        ledger.emit(each.end, body)
        if _too_late_for_snapshot(each, now):
            counters = ledger.state.counters_of(each.machine)
            if changes := sorted({seq for counter in counters if not counter.missed for seq in counter.pending}):
                ledger.emit(now, SnapshotMissed(each.machine, changes))


def end_of_shift(begun_us: int, zone: ZoneInfo, shifts: list[Shift]) -> int | None:
    """When work begun at this moment ends at the latest; None without shifts.

    It belongs to the shift that began or will begin nearest to it, of those that run or for which people already come;
    outside of all it belongs to the next that ends.
    """
    return _end_of_shift(begun_us // MINUTE_US, zone, tuple(shifts))


def _outlived(state: BoxState, rules: Rules, now: Stamp) -> list[Open]:
    found = []
    for name, machine in state.machines.items():
        for session in machine.sessions:
            end_us = _end_us(state, rules, session, now)
            if end_us is not None and end_us <= now.wall_us:
                found.append(Open(_moment(end_us, session.at, now), name, session))
    return found


def _end_us(state: BoxState, rules: Rules, session: Session, now: Stamp) -> int | None:
    """By the person's clock-in if he has come, which says better than the log-on for which shift that was."""
    begun_us = _wall_us_now(session.at, now)
    if begun_us is None:
        return None
    tap = state.taps.get(session.person)
    if tap and tap.direction is Direction.IN and (come_us := _wall_us_now(tap.at, now)) is not None:
        end_us = end_of_shift(come_us, rules.zone, rules.directory.shifts)
        if end_us is not None and end_us > begun_us:
            return end_us
    return end_of_shift(begun_us, rules.zone, rules.directory.shifts)


def _wall_us_now(at: Stamp, now: Stamp) -> int | None:
    """`at` on the wall clock as it stands now; None when nobody can say, since that clock had not been set."""
    if at.boot_id == now.boot_id:
        return now.wall_us - (now.boottime_ns - at.boottime_ns) // 1000
    return None if at.clock is ClockState.NONE else at.wall_us


def _moment(end_us: int, begun: Stamp, now: Stamp) -> Stamp:
    """The stamp of the end, if the box ran at that moment; else now."""
    boottime_ns = now.boottime_ns - (now.wall_us - end_us) * 1000
    if boottime_ns < 0 or (begun.boot_id == now.boot_id and boottime_ns < begun.boottime_ns):
        return now
    return Stamp(now.boot_id, boottime_ns, end_us, now.clock)


def _too_late_for_snapshot(ended: Open, now: Stamp) -> bool:
    return now.seconds_since(ended.end) > SNAPSHOT_WITHIN_S or ended.session.at.boot_id != now.boot_id


@lru_cache(maxsize=4096)
def _end_of_shift(minute: int, zone: ZoneInfo, shifts: tuple[Shift, ...]) -> int | None:
    begun_us = minute * MINUTE_US
    today = local(begun_us, zone).date()
    midnights = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in _around(today)]
    running: list[tuple[int, int]] = []
    ends: list[int] = []
    for midnight in midnights:
        for shift in on(shifts, midnight.date()):
            start_us, end_us = _us(midnight, shift.start_min), _us(midnight, shift.end_min + shift.overtime_min)
            if _us(midnight, shift.start_min - EARLY_IN_MIN) <= begun_us < end_us:
                running.append((abs(begun_us - start_us), end_us))
            if begun_us < end_us:
                ends.append(end_us)
    if running:
        return min(running, key=lambda each: (each[0], -each[1]))[1]
    return min(ends, default=None)


def _around(today: date) -> list[date]:
    return [today + timedelta(days=days) for days in (-1, 0, 1)]


def _us(midnight: datetime, minutes: int) -> int:
    return int((midnight + timedelta(minutes=minutes)).timestamp() * 1e6)
