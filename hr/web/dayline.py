"""The day line of one person as positions in an SVG: a missing closing mark is seen before it is read. Pure.

A position is a distance in units of the picture; a time is minutes after local midnight of the work date and
may pass 1440 for a night shift.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hr.attendance.rules.day import AttendanceDay

WIDTH = 400.0
MARGIN = 8.0
LABEL_WIDTH = 36.0
"""Room that one bold HH:MM of 13 px takes; a label with less is left out, the table still says its time."""

USUAL_FROM_MIN = 6 * 60
USUAL_TO_MIN = 20 * 60


@dataclass(frozen=True)
class Axis:
    """What part of the day a picture shows, whole even hours."""

    from_min: int
    to_min: int

    def x(self, minute: float) -> float:
        inside = min(max(minute, self.from_min), self.to_min)
        share = (inside - self.from_min) / (self.to_min - self.from_min)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Position and hour of at most eight ticks, hours above 23 as the clock of the next day."""
        step = 2 if self.to_min - self.from_min <= 16 * 60 else 4
        hours = range(self.from_min // 60, self.to_min // 60 + 1, step)
        return [(self.x(hour * 60), f"{hour % 24:02d}") for hour in hours]


@dataclass(frozen=True)
class Mark:
    """A tap: an opening or a closing bracket, and its time unless it would cover its neighbour."""

    x: float
    opens: bool
    time: str
    labelled: bool

    @property
    def path(self) -> str:
        if self.opens:
            return f"M{self.x + 8:.1f} 16H{self.x:.1f}V35"
        return f"M{self.x - 8:.1f} 35H{self.x:.1f}V16"

    @property
    def label_x(self) -> float:
        return round(self.x - 3 if self.opens else self.x + 3, 1)


@dataclass(frozen=True)
class DayLine:
    """Filled rectangles (x, width), marks, the line of now if it lies on the picture, and the times in words."""

    work: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    now_x: float | None
    words: str


def minute_of(moment_us: int, work_date: str, zone: ZoneInfo) -> float:
    """Minutes from local midnight of the work date to a moment."""
    midnight = datetime.fromisoformat(work_date).replace(tzinfo=zone)
    return (moment_us / 1e6 - midnight.timestamp()) / 60


def clock_text(moment_us: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment_us / 1e6, zone).strftime("%H:%M")


def axis_for(days: Iterable[AttendanceDay], zone: ZoneInfo) -> Axis:
    """One axis for all the lines under one another: the usual day, wider when somebody's taps lie outside."""
    minutes = [
        minute_of(moment, day.work_date, zone)
        for day in days
        for stretch in day.stretches
        for moment in (stretch.in_us, stretch.out_us)
        if moment is not None
    ]
    first, last = min([USUAL_FROM_MIN, *minutes]), max([USUAL_TO_MIN, *minutes])
    return Axis(from_min=int(first // 120) * 120, to_min=-int(-last // 120) * 120)


def day_line(day: AttendanceDay, axis: Axis, zone: ZoneInfo, now_us: int | None = None) -> DayLine:
    """With `now_us` a stretch that is still open is filled up to now and now is marked; without it, neither."""
    work: list[tuple[float, float]] = []
    marks: list[Mark] = []
    words: list[str] = []
    now_min = minute_of(now_us, day.work_date, zone) if now_us is not None else None
    for stretch in day.stretches:
        ends = [
            None
            if moment is None
            else _add_mark(marks, axis.x(minute_of(moment, day.work_date, zone)), opens, clock_text(moment, zone))
            for moment, opens in ((stretch.in_us, True), (stretch.out_us, False))
        ]
        start, until = ends
        if until is None and now_min is not None and stretch is day.stretches[-1]:
            until = axis.x(now_min)
        if start is not None and until is not None and until > start:
            work.append((start, round(until - start, 1)))
        words.append(
            "-".join(clock_text(us, zone) if us is not None else "?" for us in (stretch.in_us, stretch.out_us))
        )
    shown = now_min is not None and axis.from_min <= now_min <= axis.to_min
    return DayLine(
        tuple(work), tuple(marks), axis.x(now_min) if shown and now_min is not None else None, ", ".join(words)
    )


def _add_mark(marks: list[Mark], x: float, opens: bool, time: str) -> float:
    """Labels run to the right of an opening mark and to the left of a closing one; of two, the earlier stays."""
    left = x - 3 if opens else x + 3 - LABEL_WIDTH
    taken = max((_label_end(mark) for mark in marks if mark.labelled), default=0.0)
    marks.append(Mark(x, opens, time, labelled=left >= taken))
    return x


def _label_end(mark: Mark) -> float:
    return mark.label_x + LABEL_WIDTH if mark.opens else mark.label_x
