"""Which day a moment belongs to (AT-R2, AB-R16).

The work date is the local date of the shift's start; the calendar date is the local date of the moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sync.wire.reference_data import Shift

EARLY_IN_MIN = 120
LATE_OUT_MIN = 240
NIGHT_STARTS_MIN = 22 * 60
DAY_MIN = 24 * 60


def local(wall_us: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(zone)


def calendar_date(wall_us: int, zone: ZoneInfo) -> date:
    return local(wall_us, zone).date()


def on(shifts: Iterable[Shift], day: date) -> list[Shift]:
    """Each with the times it has on a work date."""
    return [each.on(day) for each in shifts]


def work_date(wall_us: int, zone: ZoneInfo, shifts: list[Shift]) -> date:
    """The date a tap is worked for.

    A moment in the tail of a shift that began yesterday (up to LATE_OUT_MIN after its end) belongs to yesterday,
    unless a shift of today has begun, or begins within EARLY_IN_MIN. Without shifts it is the calendar date.
    """
    moment = local(wall_us, zone)
    minute = moment.hour * 60 + moment.minute
    today = moment.date()
    yesterday = today - timedelta(days=1)
    if any(shift.start_min - EARLY_IN_MIN <= minute < shift.end_min for shift in on(shifts, today)):
        return today
    if any(minute + 1440 <= shift.end_min + LATE_OUT_MIN for shift in on(shifts, yesterday) if shift.end_min > 1440):
        return yesterday
    return today


def work_date_of_pieces(wall_us: int, zone: ZoneInfo, shifts: list[Shift]) -> date:
    """The date pieces are made for: that of the shift that runs, also while people already come for the next one.

    Between shifts it is the date a tap would have.
    """
    moment = local(wall_us, zone)
    minute = moment.hour * 60 + moment.minute
    today, yesterday = moment.date(), moment.date() - timedelta(days=1)
    if any(shift.start_min <= minute < shift.end_min for shift in on(shifts, today)):
        return today
    if any(minute + 1440 < shift.end_min for shift in on(shifts, yesterday)):
        return yesterday
    return work_date(wall_us, zone, shifts)


def boundaries(from_us: int, to_us: int, zone: ZoneInfo, shifts: list[Shift]) -> list[int]:
    """The moments in (from, to] at which the class of work changes: shift starts and ends, 22:00 and midnight."""
    found = []
    day = calendar_date(from_us, zone)
    while day <= calendar_date(to_us, zone):
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        minutes = {0, NIGHT_STARTS_MIN}
        for shift in on(shifts, day):
            minutes |= {shift.start_min, shift.end_min}
        minutes |= {shift.end_min - DAY_MIN for shift in on(shifts, day - timedelta(days=1))}
        for minute in sorted(each for each in minutes if 0 <= each < DAY_MIN):
            at = int((midnight + timedelta(minutes=minute)).timestamp() * 1e6)
            if from_us < at <= to_us:
                found.append(at)
        day += timedelta(days=1)
    return sorted(found)
