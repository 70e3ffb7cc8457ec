"""What is made, where, by which order, at which price, in which shifts; and the files all that comes in."""

from __future__ import annotations

from hr.attendance import rosters
from hr.office import Office
from hr.people import csv_import, records
from hr.people.csv_import import Kind
from hr.people.records import PriceView
from hr.store.versions import Typed
from sync.wire.reference_data import Machine, Shift


class CatalogueDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def machines(self) -> list[Machine]:
        with self._office.reading.connect() as connection:
            return records.machines(connection)

    def orders(self) -> list[records.OrderView]:
        """Open orders first."""
        with self._office.reading.connect() as connection:
            return records.orders(connection)

    def prices(self) -> list[PriceView]:
        """Every version, by product, operation and start."""
        with self._office.reading.connect() as connection:
            return records.prices(connection)

    def shifts(self) -> list[Shift]:
        """With every change of their times."""
        with self._office.reading.connect() as connection:
            return records.shifts(connection)

    def import_csv(self, kind: Kind, raw: bytes, by: str = "", why: str = "") -> csv_import.Imported:
        """All or nothing. csv_import.BadFile lists every line that is wrong. `by`: the account, kept of prices, of
        shifts and of the roster; `why`: kept of prices and of shifts."""
        with self._office.writing.begin() as connection:
            if kind is Kind.ROSTER:
                return csv_import.Imported(kind, *rosters.import_csv(connection, raw, by, self._office.clock()))
            return csv_import.import_csv(connection, kind, raw, Typed(by, self._office.now_us(), why))
