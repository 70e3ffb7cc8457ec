"""Who works which shift on which date, and what speaks against it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from hr.attendance import rosters, shift_rules
from hr.attendance.overtime_desk import OvertimeDesk
from hr.attendance.rosters import Changes, How, Plan, Version
from hr.attendance.rules import roster
from hr.attendance.rules.roster import Remark
from hr.attendance.rules.shifts import ShiftRule
from hr.attendance.rules.timetable import Timetable
from hr.calendar import store as calendars
from hr.calendar.day_class import Calendar
from hr.office import Office

WEEK_DAYS = 7


@dataclass(frozen=True)
class Week:
    """Seven work dates from a Monday on, as they are planned. `version`: the newest when it was read."""

    dates: tuple[str, ...]
    plan: Plan
    version: int
    shifts: Timetable
    calendar: Calendar
    remarks: tuple[Remark, ...]


class RosterDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office, overtime: OvertimeDesk) -> None:
        self._office = office
        self._overtime = overtime

    def shift_of(self, person: str, work_date: str) -> tuple[str, ...] | None:
        """The shifts of one person's work date, empty for a planned rest day; None where nobody has planned it."""
        with self._office.reading.connect() as connection:
            return rosters.planned(connection, work_date, work_date, [person]).get((person, work_date))

    def planned(self, date_from: str, date_to: str) -> Plan:
        """Work dates from and to, both included."""
        with self._office.reading.connect() as connection:
            return rosters.planned(connection, date_from, date_to)

    def week(self, monday: str, people: Collection[str]) -> Week:
        """The week of these people, and what is to be remarked of it."""
        dates = week_of(monday)
        first, last = _around(dates)
        with self._office.reading.connect() as connection:
            plan = rosters.planned(connection, first, last)
            shifts, calendar = shift_rules.timetable(connection), calendars.load(connection)
            version = rosters.newest(connection)
        worked = self._overtime.worked({dates[0][:7], dates[-1][:7]})
        by_person: dict[str, dict[str, tuple[ShiftRule, ...]]] = {each: {} for each in people}
        for (who, day), planned in plan.items():
            if who in by_person:
                by_person[who][day] = tuple(rule for each in planned if (rule := shifts.on(each, day)) is not None)
        found = (
            each
            for who, planned in by_person.items()
            for each in roster.remarks(who, planned, calendar, dates[0], dates[-1], worked.get(who, {}))
        )
        return Week(dates, plan, version, shifts, calendar, tuple(found))

    def versions(self, date_from: str, date_to: str) -> list[Version]:
        """Who has changed the roster of these work dates, the newest first."""
        with self._office.reading.connect() as connection:
            return rosters.versions(connection, date_from, date_to)

    def edit(self, wanted: Changes, seen: int, by: str) -> int:
        """Takes what differs from version `seen`, which the person was shown; what others have changed since stays.
        How many days of people are planned otherwise now. Rejected: a shift that is not known."""
        if not wanted:
            return 0
        dates = [day for _, day in wanted]
        with self._office.writing.begin() as connection:
            before = rosters.planned(connection, min(dates), max(dates), as_of=seen)
            changed = {key: shifts for key, shifts in wanted.items() if before.get(key) != shifts}
            return rosters.put(connection, changed, How.EDIT, by, self._office.clock())

    def set_team(self, people: Collection[str], dates: Collection[str], shifts: tuple[str, ...] | None, by: str) -> int:
        """The same for all of these people on all of these dates. Rejected: a shift that is not known."""
        changes = {(who, day): shifts for who in people for day in dates}
        with self._office.writing.begin() as connection:
            return rosters.put(connection, changes, How.TEAM, by, self._office.clock())

    def copy_week(self, monday: str, people: Collection[str], by: str) -> int:
        """Plans what is not planned yet as the week before was; what is planned stays."""
        dates = week_of(monday)
        with self._office.writing.begin() as connection:
            plan = rosters.planned(connection, week_before(monday), dates[-1])
            pairs = zip(week_of(week_before(monday)), dates, strict=True)
            changes = {
                (who, day): plan[who, source]
                for source, day in pairs
                for who in people
                if (who, source) in plan and (who, day) not in plan
            }
            return rosters.put(connection, changes, How.COPY, by, self._office.clock())


def monday_of(day: str) -> str:
    on = date.fromisoformat(day)
    return (on - timedelta(days=on.weekday())).isoformat()


def week_before(monday: str) -> str:
    return (date.fromisoformat(monday) - timedelta(days=WEEK_DAYS)).isoformat()


def week_of(monday: str) -> tuple[str, ...]:
    first = date.fromisoformat(monday)
    return tuple((first + timedelta(days=each)).isoformat() for each in range(WEEK_DAYS))


def _around(dates: tuple[str, ...]) -> tuple[str, str]:
    """The whole months of a week, and a week before and after it: what its remarks depend on."""
    first, last = date.fromisoformat(dates[0]), date.fromisoformat(dates[-1])
    next_month = (last.replace(day=1) + timedelta(days=32)).replace(day=1)
    around = timedelta(days=WEEK_DAYS)
    return (
        min(first.replace(day=1), first - around).isoformat(),
        max(next_month - timedelta(days=1), last + around).isoformat(),
    )
