"""Attendance days and the taps they are made of."""

from __future__ import annotations

from hr.attendance import service as attendance
from hr.attendance.day import AttendanceDay
from hr.attendance.paper import PaperTap
from hr.attendance.rules import PlacedTap, Record
from hr.office import Office
from hr.pay import export


class AttendanceDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def days(self, date_from: str, date_to: str, person: str | None = None) -> list[AttendanceDay]:
        """Work dates from and to, both included; by date, then employee number."""
        with self._office.reading.connect() as connection:
            return attendance.days(connection, date_from, date_to, person)

    def taps(self, work_date: str, person: str) -> list[PlacedTap]:
        """Every tap of one person's work date in order of time, and the stretch it makes, if any."""
        with self._office.reading.connect() as connection:
            return attendance.taps(connection, work_date, person)

    def records_of_paper(self, typed: list[PaperTap]) -> dict[str, Record]:
        """The record of a box that is the same punch, by the id of each of these that has one."""
        with self._office.reading.connect() as connection:
            return attendance.records_of_paper(connection, typed)

    def unsure_days(self) -> list[tuple[str, str]]:
        """Work date and person of each day with a tap of which nobody can say when it was, the newest first."""
        with self._office.reading.connect() as connection:
            return attendance.unsure(connection)

    def csv(self, date_from: str, date_to: str) -> bytes:
        return export.attendance(self.days(date_from, date_to), self._office.plant.timezone)
