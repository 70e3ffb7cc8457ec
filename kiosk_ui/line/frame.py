"""What the supervisor's pages share: who is logged in, the day, names, and the frame around each page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, redirect, session

from kiosk_ui.line import output, sealing
from kiosk_ui.line.login import Gate
from kiosk_ui.line.telling import Page
from kiosk_ui.newcomers import display_name
from kiosk_ui.ports import KioskPorts
from sync.wire.envelope import Fact
from sync.wire.facts import MaterialActualAssigned, MaterialActualRecorded, QuantityConfirmed
from sync.wire.reference_data import Person

MADE = [MaterialActualRecorded.__name__, MaterialActualAssigned.__name__]
"""Kinds of facts that say whose pieces are whose."""


class Frame:
    """Of one kiosk. `gate` knows the sessions."""

    def __init__(self, ports: KioskPorts, monotonic: Callable[[], float]) -> None:
        self.ports = ports
        self.gate = Gate(ports.directory, monotonic)
        self._zone = ZoneInfo(ports.timezone)

    def supervisor(self, *, touch: bool = True) -> Person | None:
        return self.gate.who(session.get("line", ""), touch=touch)

    def asked(self, view: Callable[[Person], Page]) -> Callable[[], Page]:
        """The view for whoever is logged in; others go to where they log in."""

        def shown() -> Page:
            supervisor = self.supervisor()
            return redirect("/line") if supervisor is None else view(supervisor)

        return shown

    def made(self, work_date: str) -> list[Fact]:
        """What was counted for this work date, and whom a supervisor gave it, oldest first."""
        return self.ports.views.of_work_date(work_date, MADE)

    def sealed(self, work_date: str) -> list[output.SealedRow]:
        return output.sealed_rows(self.ports.views.of_work_date(work_date, [QuantityConfirmed.__name__]))

    def around(self, made: list[Fact], work_date: str) -> dict[str, Any]:
        """What every page's template asks for."""
        directory, views = self.ports.directory(), self.ports.views
        rows = output.open_rows(made, self.sealed(work_date))
        machines = {each.id: each.name for each in directory.reference.machines}
        return {
            "waiting": sum(row.key.order is not None for row in rows),
            "plant": directory.reference.plant,
            "row_id": sealing.row_id,
            "person_name": lambda key: display_name(directory, views, key) or key[-4:],
            "machine_name": lambda key: machines.get(key, key),
            "order_of": directory.order,
        }

    def today(self) -> str:
        now_us = self.ports.clock.stamp().wall_us
        return datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(self._zone).date().isoformat()

    def week(self, last: str) -> list[str]:
        """Seven work dates, the last first."""
        return self.days(last, 7)

    def days(self, last: str, number: int) -> list[str]:
        """So many work dates, the last first."""
        return [(date.fromisoformat(last) - timedelta(days=days)).isoformat() for days in range(number)]

    def midnight_us(self) -> int:
        start = datetime.combine(date.fromisoformat(self.today()), time.min, self._zone)
        return int(start.timestamp()) * 1_000_000

    def date(self, text: str | None) -> str:
        """A date from an address; today without one, and no page for what is none."""
        if not text:
            return self.today()
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            abort(400)
