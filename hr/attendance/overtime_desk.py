"""Who is near the most overtime in law, or beyond it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hr.attendance import judged
from hr.attendance.leaves import compensated
from hr.attendance.rules import caps
from hr.attendance.rules.caps import Cap, OvertimeDay, Standing
from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.rest_days import RestDay, rest_days
from hr.office import Office
from hr.people.keys import owners

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
    rest_days: tuple[RestDay, ...] = ()

    @property
    def earned_min(self) -> int:
        """Rest-day minutes that are paid, or given back as time off."""
        return sum(each.worked_min for each in self.rest_days)

    @property
    def taken_min(self) -> int:
        return sum(each.taken_min for each in self.rest_days)


class OvertimeDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._kept: dict[str, tuple[int, list[Overtime]]] = {}

    def month(self, month: str) -> list[Overtime]:
        """Everybody with overtime in this month (`2026-11`) up to now, the most first."""
        some = [each for each in self._every(month) if each.standing.total_min]
        return sorted(some, key=_most_first)

    def _every(self, month: str) -> list[Overtime]:
        """Everybody who was rostered or there, with overtime or without."""
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        office = self._office
        until = min(last.isoformat(), office.today())
        with office.reading.connect() as connection:
            found = judged.days(connection, office.zone, office.now_us(), first.isoformat(), until)
            taken = compensated(connection, first.isoformat(), until, owners(connection))
        by_person: dict[str, list[AttendanceDay]] = defaultdict(list)
        for each in found:
            by_person[each.day.person].append(each.day)
        return [
            Overtime(
                who,
                days[0].person_name,
                days[0].person_number,
                days[0].team,
                caps.standing(who, days),
                rest_days(days, taken),
            )
            for who, days in by_person.items()
        ]

    def warned(self) -> list[Overtime]:
        """Whose month is near 36 hours or over, or whose day was near 3 hours or over today or yesterday; the figures
        are at most five minutes old."""
        today = self._office.today()
        yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
        due = [each for each in self._recent(today[:7]) if _is_due(each.standing, yesterday)]
        return sorted(due, key=_most_first)

    def worked(self, months: Iterable[str]) -> dict[str, dict[str, OvertimeDay]]:
        """The overtime of these months by person and work date, of the dates that are over; at most five minutes
        old."""
        today = self._office.today()
        found: dict[str, dict[str, OvertimeDay]] = defaultdict(dict)
        for month in months:
            for each in self._recent(month) if month <= today[:7] else ():
                found[each.person] |= {day.work_date: day for day in each.standing.days if day.work_date < today}
        return found

    def _recent(self, month: str) -> list[Overtime]:
        now_us = self._office.now_us()
        self._kept = {key: kept for key, kept in self._kept.items() if 0 <= now_us - kept[0] < KEPT_US}
        if month not in self._kept:
            self._kept[month] = now_us, self._every(month)
        return self._kept[month][1]


def _most_first(each: Overtime) -> tuple[int, str, str]:
    return -each.standing.total_min, each.person_number, each.person


def _is_due(standing: Standing, since: str) -> bool:
    """A day that has long been is on the month's page; nobody can do anything about it any more."""
    if Cap.MONTH_NEAR_36H in standing.caps or Cap.MONTH_OVER_36H in standing.caps:
        return True
    return any(day >= since for day in (*standing.near_days, *standing.over_days))
