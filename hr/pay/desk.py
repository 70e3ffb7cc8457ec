"""Output, and what it is in money."""

from __future__ import annotations

from datetime import datetime, timedelta

from hr.office import Office
from hr.pay import equipment, export
from hr.pay import output as outputs
from hr.pay import service as pay
from hr.pay.equipment import Commissioning, StateChange
from hr.pay.output import DayOutput
from hr.pay.rules.lines import WageLine
from hr.pay.service import Total


class PayDesk:
    """Every call is one transaction and returns plain values."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def output(self, work_date: str) -> DayOutput:
        """Where the pieces of a day went, by machine, and what is sealed of them, by person."""
        with self._office.reading.connect() as connection:
            return outputs.output(connection, work_date)

    def commissionings(self) -> list[Commissioning]:
        """Why one count of a counter is what it is, the newest first."""
        with self._office.reading.connect() as connection:
            return equipment.commissionings(connection)

    def state_changes(self, date: str) -> list[StateChange]:
        """When machines were set up on one calendar day of the plant."""
        midnight = datetime.fromisoformat(date).replace(tzinfo=self._office.zone)
        moments = (int(each.timestamp() * 1_000_000) for each in (midnight, midnight + timedelta(days=1)))
        with self._office.reading.connect() as connection:
            return equipment.state_changes(connection, *moments)

    def lines(self, date_from: str, date_to: str, person: str | None = None) -> list[WageLine]:
        """Every confirmation of these work dates in money, failing ones included (see pay.rules.explained)."""
        with self._office.reading.connect() as connection:
            return pay.lines(connection, date_from, date_to, person)

    def line(self, device: str, epoch: int, seq: int) -> WageLine | None:
        with self._office.reading.connect() as connection:
            return pay.line(connection, device, epoch, seq)

    def totals(self, date_from: str, date_to: str) -> list[Total]:
        """One per person who has a line, by employee number."""
        with self._office.reading.connect() as connection:
            return pay.totals(pay.each_line(connection, date_from, date_to))

    def csv(self, date_from: str, date_to: str) -> bytes:
        return export.wages(self.lines(date_from, date_to))
