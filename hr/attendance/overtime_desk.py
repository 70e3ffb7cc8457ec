"""Who is near the most overtime in law, or beyond it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from hr.attendance import judged
from hr.attendance.rules import caps
from hr.attendance.rules.caps import Cap, Standing
from hr.attendance.rules.day import AttendanceDay
from hr.office import Office

KEPT_US = 5 * 60 * 1_000_000
"""The first page is loaded each minute by everybody, and a month of a plant takes seconds to compute."""


@dataclass(frozen=True)
class Overtime:
    """One person's month. `name` is empty for a newcomer nobody has mapped yet."""

    person: str
    person_name: str
    person_number: str
    team: str
    standing: Standing


class OvertimeDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._kept: tuple[str, int, list[Overtime]] | None = None

    def month(self, month: str) -> list[Overtime]:
        """Everybody with overtime in this month (`2026-11`) up to now, the most first."""
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        office = self._office
        until = min(last.isoformat(), office.today())
        with office.reading.connect() as connection:
            found = judged.days(connection, office.zone, office.now_us(), first.isoformat(), until)
        by_person: dict[str, list[AttendanceDay]] = defaultdict(list)
        for each in found:
            by_person[each.day.person].append(each.day)
        every = [
            Overtime(who, days[0].person_name, days[0].person_number, days[0].team, caps.standing(who, days))
            for who, days in by_person.items()
        ]
        some = [each for each in every if each.standing.total_min]
        return sorted(some, key=lambda each: (-each.standing.total_min, each.person_number, each.person))

    def warned(self) -> list[Overtime]:
        """Whose month is near 36 hours or over, or whose day was near 3 hours or over today or yesterday; the figures
        are at most five minutes old."""
        today, now_us = self._office.today(), self._office.now_us()
        month, yesterday = today[:7], (date.fromisoformat(today) - timedelta(days=1)).isoformat()
        kept = self._kept
        if kept is None or kept[0] != month or not 0 <= now_us - kept[1] < KEPT_US:
            kept = self._kept = (
                month,
                now_us,
                [each for each in self.month(month) if _is_due(each.standing, yesterday)],
            )
        return kept[2]


def _is_due(standing: Standing, since: str) -> bool:
    """A day that has long been is on the month's page; nobody can do anything about it any more."""
    if Cap.MONTH_NEAR_36H in standing.caps or Cap.MONTH_OVER_36H in standing.caps:
        return True
    return any(day >= since for day in (*standing.near_days, *standing.over_days))
