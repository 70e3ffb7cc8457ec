"""A statement while it is made: what is there so far, what is held back, and what is in force on a date. Pure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hr.calendar.day_class import TimeClass
from hr.pay.rules import conversions
from hr.pay.rules.guarantees import Attended
from hr.pay.rules.items import FactId, Formula, Held, Hold, Item, Kind, amount_of
from hr.pay.rules.month import MonthInput
from hr.pay.rules.settings import LocalSettings, Terms, in_force


class Draft:
    """`attended` is None where the hours of the month are not known, which is held."""

    def __init__(self, given: MonthInput) -> None:
        self.given = given
        self.items: list[Item] = []
        self.held: list[Held] = list(given.held)
        stopped = sum(each.minutes for each in given.long_stops)
        self.attended = None if given.standard_min is None else Attended(given.days, given.standard_min, stopped)
        self.constants = in_force(conversions.CONSTANTS, given.last_day)
        if self.attended is None:
            self.hold(Hold.NO_HOURS)

    def hold(self, why: Hold, date: str = "", setting: str = "", key: str = "") -> None:
        documents = (key,) if key else ()
        self.held.append(Held(why, work_date=date, setting=setting, documents=documents))

    def terms(self, date: str) -> Terms | None:
        found = in_force(self.given.agreed.terms, date)
        if found is None:
            self.hold(Hold.NO_TERMS, date)
        return found

    def settings(self, date: str) -> LocalSettings | None:
        found = in_force(self.given.book.settings, date)
        if found is None:
            self.hold(Hold.NO_SETTINGS, date)
        return found

    def contract(self, date: str) -> tuple[Decimal, conversions.Constants] | None:
        """The contract wage in force, and what a month of it is for."""
        terms = self.terms(date)
        if terms is None or self.constants is None:
            return None
        if terms.contract_month is None:
            self.hold(Hold.NO_CONTRACT_WAGE, date, "contract_month")
            return None
        return terms.contract_month, self.constants

    def add(
        self,
        kind: Kind,
        key: str,
        formula: Formula,
        *,
        comparable: bool = False,
        work_date: str = "",
        time_class: TimeClass | None = None,
        facts: tuple[FactId, ...] = (),
        documents: tuple[str, ...] = (),
        text: str = "",
    ) -> None:
        item = Item(kind, key, formula, amount_of(formula), comparable, work_date, time_class=time_class)
        self.items.append(replace(item, facts=facts, documents=documents, text=text))
