"""What is planned for whoever has just tapped: his shifts of today and of tomorrow. Pure."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from sync.wire.reference_data import Directory, Shift


class OwnShifts(msgspec.Struct, frozen=True):
    """Of each day the hours of its shifts, such as `08:00–17:00`; none for a rest day, None where nobody has planned
    it or this box cannot say."""

    today: tuple[str, ...] | None
    tomorrow: tuple[str, ...] | None


def own_shifts(directory: Directory, person: str, today: date) -> OwnShifts | None:
    """`today` is the calendar's date, whatever work date the tap has: a night shift goes home in the morning. None
    where there is nothing to say of either day."""
    days = [directory.planned(person, today + timedelta(days=each)) for each in (0, 1)]
    if days == [None, None]:
        return None
    return OwnShifts(*(None if day is None else tuple(map(hours_of, day)) for day in days))


def hours_of(shift: Shift) -> str:
    """From when to when by the clock, also past midnight."""
    return f"{_clock_time(shift.start_min)}–{_clock_time(shift.end_min)}"


def _clock_time(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
