"""How the boxes stand, and whom to remind of it."""

from __future__ import annotations

from hr.fleet import store as fleet
from hr.fleet.rules import Reminder, Standing, judge, reminder, working_since
from hr.fleet.store import Journal
from hr.office import Office
from hr.people import records
from release import release
from sync.wire.report import Report


class FleetDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def note(self, device: str, report: Report) -> None:
        """How a box says it stands; the newest is kept."""
        with self._office.receiving.begin() as connection:
            fleet.note(connection, device, report, self._office.clock())

    def standing(self) -> list[Standing]:
        """The boxes that are let in, the worst trouble first."""
        now_us = self._office.clock()
        with self._office.reading.connect() as connection:
            found = [judge(box, now_us, release()) for box in fleet.boxes(connection)]
        return sorted(found, key=lambda each: each.rank)

    def reminders(self) -> list[Reminder]:
        """The boxes somebody must see to now, one reminder each."""
        now_us = self._office.clock()
        with self._office.reading.connect() as connection:
            shifts = records.shifts(connection)
        working_us = working_since(shifts, now_us, self._office.zone)
        found = (reminder(each, now_us, working_us) for each in self.standing())
        return [each for each in found if each is not None]

    def journals(self, device: str) -> list[Journal]:
        """How far each journal of a box has come, the newest first."""
        with self._office.reading.connect() as connection:
            return fleet.journals(connection, device)

    def places(self) -> dict[str, str]:
        """Where each box stands, of those for which somebody has typed it; boxes that are no longer let in as well."""
        with self._office.reading.connect() as connection:
            return fleet.places(connection)

    def place(self, device: str, place: str, head: str) -> None:
        """Where a box stands, and who is told when it is in trouble."""
        with self._office.receiving.begin() as connection:
            fleet.place(connection, device, place, head)
