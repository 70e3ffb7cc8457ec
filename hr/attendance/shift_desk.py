"""The desk of the shifts: what each asks for from when on, and which days a change would make otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select

from hr.attendance import judged, shift_rules
from hr.attendance.revisions import figures
from hr.attendance.rules import judging
from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.given import DayInput
from hr.attendance.rules.shifts import ShiftRule, problems
from hr.attendance.service import shifted
from hr.attendance.shift_rules import Kept
from hr.office import Office
from hr.people.rejected import Rejected
from hr.store.tables import roster
from hr.store.versions import Typed, Version

MOST_DAYS = 62
"""Days that are looked at, the newest: each is computed twice."""


@dataclass(frozen=True)
class Changed:
    """A day of a person without the change and with it."""

    given: DayInput
    before: AttendanceDay
    now: AttendanceDay


@dataclass(frozen=True)
class Preview:
    """What a change of a shift does to the days until today, by date. `looked_from`: the first that was looked at."""

    days: tuple[Changed, ...]
    looked_from: str


class ShiftDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def listed(self, on: str = "") -> list[ShiftRule]:
        """As they are on a work date, today without one; by their beginning."""
        with self._office.reading.connect() as connection:
            return shift_rules.timetable(connection).day(on or self._office.today())

    def one(self, id_: str, on: str = "") -> ShiftRule | None:
        """As it is on a work date, today without one; None for one that is not known."""
        return next((each for each in self.listed(on) if each.id == id_), None)

    def history(self, id_: str) -> list[Version[Kept]]:
        """Every version as it was typed, oldest first."""
        with self._office.reading.connect() as connection:
            return shift_rules.history(connection, id_)

    def save(self, wanted: ShiftRule, valid_from: str, by: str, why: str = "") -> bool:
        """What the shift asks for from a work date on, its times for the boxes too; a new one from the beginning. True
        when anything changed. Rejected names the first field that is wrong."""
        with self._office.writing.begin() as connection:
            return shift_rules.put(connection, wanted, valid_from, Typed(by, self._office.now_us(), why))

    def preview(self, wanted: ShiftRule, valid_from: str) -> Preview:
        """Writes nothing. Rejected for a change that could not be saved either."""
        for field, got, what in problems(wanted):
            raise Rejected(field, got, what)
        with self._office.reading.connect() as connection:
            known = shift_rules.timetable(connection)
            shift_rules.demand_open(connection, known, wanted, valid_from)
            today = self._office.today()
            until = known.next_change(wanted.id, valid_from)
            last = min(today, shifted(until, -1)) if until else today
            planned = connection.scalar(select(func.min(roster.c.date))) or today
            first = max(valid_from, planned, shifted(last, 1 - MOST_DAYS))
            if first > last:
                return Preview((), first)
            given = judged.inputs(connection, self._office.zone, self._office.now_us(), first, last)
        tried = ((each, _tried(each, wanted, valid_from, until)) for each in given)
        pairs = (Changed(given, judging.judge(given), judging.judge(now)) for given, now in tried if now is not None)
        return Preview(tuple(each for each in pairs if figures(each.before) != figures(each.now)), first)


def _tried(given: DayInput, wanted: ShiftRule, valid_from: str, until: str | None) -> DayInput | None:
    """A day with the shift as it would be; None where the day has nothing of it."""
    roster = {
        day: tuple(wanted if each.id == wanted.id else each for each in rules or ())
        if valid_from <= day and (until is None or day < until)
        else rules
        for day, rules in given.roster.items()
    }
    return replace(given, roster=roster) if roster != given.roster else None
