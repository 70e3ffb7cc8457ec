"""People's days under one another, as the first page and the attendance page show them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from hr.attendance.rules.day import AttendanceDay
from hr.web.dayline import Axis, DayLine, axis_for, clock_text, day_line


class DayState(StrEnum):
    """What the last stretch of a day says, the first one needing a person most."""

    FORGOTTEN = "FORGOTTEN"
    UNPAIRED = "UNPAIRED"
    IN = "IN"
    OUT = "OUT"


ORDER = list(DayState)

LONGEST_STRETCH_US = 16 * 3600 * 1_000_000
"""Nobody is in for longer than this; from then on a clock-out was forgotten. A night shift is well below it."""


@dataclass(frozen=True)
class DayRow:
    """`since` is the time of the last tap, `pairs` the stretches as (in, out), empty where a tap is missing."""

    day: AttendanceDay
    line: DayLine
    state: DayState
    since: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Board:
    axis: Axis
    rows: tuple[DayRow, ...]

    @property
    def minutes(self) -> int:
        return sum(row.day.minutes for row in self.rows)

    @property
    def taps(self) -> int:
        return sum(row.day.taps for row in self.rows)

    def count(self, *states: DayState) -> int:
        return sum(row.state in states for row in self.rows)


def board(days: Iterable[AttendanceDay], zone: ZoneInfo, today: str, now_us: int) -> Board:
    """Those who need a person first, then by employee number; only today's lines run on to now."""
    listed = list(days)
    axis = axis_for(listed, zone)
    rows = []
    for day in listed:
        state = day_state(day, now_us)
        runs_on = state is DayState.IN or day.work_date == today
        line = day_line(day, axis, zone, now_us if runs_on else None)
        pairs = tuple((_text(each.in_us, zone), _text(each.out_us, zone)) for each in day.stretches)
        rows.append(DayRow(day, line, state, _last_time(day, zone), pairs))
    return Board(axis, tuple(sorted(rows, key=lambda row: (ORDER.index(row.state), row.day.person_number))))


def day_state(day: AttendanceDay, now_us: int) -> DayState:
    last = day.stretches[-1] if day.stretches else None
    still_in = last is not None and last.in_us is not None and last.out_us is None
    if still_in and last is not None and last.in_us is not None and now_us - last.in_us > LONGEST_STRETCH_US:
        return DayState.FORGOTTEN
    settled = day.stretches[:-1] if still_in else day.stretches
    if any(each.in_us is None or each.out_us is None for each in settled):
        return DayState.UNPAIRED
    return DayState.IN if still_in else DayState.OUT


def _last_time(day: AttendanceDay, zone: ZoneInfo) -> str:
    moments = [moment for each in day.stretches for moment in (each.in_us, each.out_us) if moment is not None]
    return clock_text(max(moments), zone) if moments else ""


def _text(moment_us: int | None, zone: ZoneInfo) -> str:
    return "" if moment_us is None else clock_text(moment_us, zone)
