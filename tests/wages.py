"""Months of one worker with little in them: a line, a price, and hardly a setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Item, Kind
from hr.pay.rules.month import Agreed, Book, MonthInput, WorkedDay
from hr.pay.rules.rates import Made, PieceLine, Tariff
from hr.pay.rules.settings import LocalSettings, Terms
from hr.pay.rules.statement import Statement

DATE, LAST_DAY, LONG_AGO = "2026-03-02", "2026-03-31", "2000-01-01"
STANDARD_MIN = 166 * 60
SETTINGS = LocalSettings(LONG_AGO, minimum_month=Decimal("0.01"))
TERMS = Terms(LONG_AGO, contract_month=Decimal(3480))
ITEM = ("P", "10")


def line(quantity: Decimal, number: int = 1, work_date: str = DATE, **more: Any) -> PieceLine:
    made = more.pop("made", (Made(TimeClass.NORMAL, quantity, work_date),))
    return PieceLine(("box", 1, number), work_date, *ITEM, quantity, made, **more)


def month(*lines: PieceLine, tariffs: Sequence[Tariff] = (), **more: Any) -> MonthInput:
    """A month that was worked through, with the settings and terms that are given, or nearly none."""
    settings, terms = more.pop("settings", SETTINGS), more.pop("terms", TERMS)
    agreed = Agreed((terms,), tuple(more.pop("grades", ())))
    given = MonthInput("li", DATE[:7], LAST_DAY, Book({ITEM: tuple(tariffs)}, (settings,)), agreed, STANDARD_MIN, lines)
    return replace(given, days=more.pop("days", (WorkedDay(DATE, STANDARD_MIN, STANDARD_MIN),)), **more)


def earning(amount: str | Decimal) -> dict[str, Any]:
    """A line and a price that come to this."""
    return {"tariffs": [Tariff(LONG_AGO, Decimal(amount))]}


def of(made: Statement, *kinds: Kind) -> list[Item]:
    return [item for item in made.items if item.kind in kinds]
