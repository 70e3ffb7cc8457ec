"""Which days are work days, rest days and statutory holidays."""

from __future__ import annotations

from hr.calendar import files, store
from hr.calendar.day_class import Calendar, YearTable
from hr.calendar.store import Loaded
from hr.office import Office


class CalendarDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def calendar(self) -> Calendar:
        with self._office.reading.connect() as connection:
            return store.load(connection)

    def years(self) -> list[Loaded]:
        """The tables that hold, by year, and where each comes from."""
        with self._office.reading.connect() as connection:
            return store.sources(connection)

    def take(self, raw: bytes, by: str) -> tuple[YearTable, bool]:
        """Loads a year's file; from here on it holds in the place of an earlier one. The table, and whether it is new.
        files.BadTable."""
        table = files.read(raw)
        with self._office.writing.begin() as connection:
            return table, store.put(connection, table, by, self._office.clock())
