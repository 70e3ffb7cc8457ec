"""Which day a moment belongs to (AT-R2, AB-R16).

The work date is the local date of the shift's start; the calendar date is the local date of the moment.
"""

from __future__ import annotations

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


def work_date(wall_us: int, zone: ZoneInfo, shifts: list[Shift]) -> date:
    """The date a tap is worked for.

    A moment in the tail of a shift that began yesterday (up to LATE_OUT_MIN after its end) belongs to yesterday,
    unless a shift of today has begun, or begins within EARLY_IN_MIN. Without shifts it is the calendar date.
    """
    moment = local(wall_us, zone)
    minute = moment.hour * 60 + moment.minute
    today = moment.date()
    if any(shift.start_min - EARLY_IN_MIN <= minute < shift.end_min for shift in shifts):
        return today
    if any(minute + 1440 <= shift.end_min + LATE_OUT_MIN for shift in shifts if shift.end_min > 1440):
        return today - timedelta(days=1)
    return today


def work_date_of_pieces(wall_us: int, zone: ZoneInfo, shifts: list[Shift]) -> date:
    """The date pieces are made for: that of the shift that runs, also while people already come for the next one.

    Between shifts it is the date a tap would have.
    """
    moment = local(wall_us, zone)
    minute = moment.hour * 60 + moment.minute
    if any(shift.start_min <= minute < shift.end_min for shift in shifts):
        return moment.date()
    if any(minute + 1440 < shift.end_min for shift in shifts):
        return moment.date() - timedelta(days=1)
    return work_date(wall_us, zone, shifts)


def boundaries(from_us: int, to_us: int, zone: ZoneInfo, shifts: list[Shift]) -> list[int]:
    """The moments in (from, to] at which the class of work changes: shift starts and ends, 22:00 and midnight."""
    minutes = {0, NIGHT_STARTS_MIN}
    for shift in shifts:
        minutes |= {shift.start_min % 1440, shift.end_min % 1440}
    found = []
    day = calendar_date(from_us, zone)
    while day <= calendar_date(to_us, zone):
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for minute in minutes:
            at = int((midnight + timedelta(minutes=minute)).timestamp() * 1e6)
            if from_us < at <= to_us:
                found.append(at)
        day += timedelta(days=1)
    return sorted(found)
