"""From a month's wage to a day's and an hour's (PR-R13). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hr.pay.rules.items import Factor, Name, Product
from hr.pay.rules.money import FEN, ZERO, to_fen

HOURS_A_DAY = 8
PAID_DAYS = Decimal("21.75")


@dataclass(frozen=True, slots=True)
class Constants:
    """How many days a month's wage is for, and how many are worked. Paid days are work days and statutory holidays."""

    valid_from: str
    paid_days_month: Decimal
    work_days_year: Decimal

    @property
    def paid_hours_month(self) -> Decimal:
        return self.paid_days_month * HOURS_A_DAY

    @property
    def paid_min_month(self) -> Decimal:
        return self.paid_hours_month * 60

    @property
    def work_days_quarter(self) -> Decimal:
        return self.work_days_year / 4

    @property
    def work_days_month(self) -> Decimal:
        """To two digits, as the notices print it."""
        return (self.work_days_year / 12).quantize(FEN)

    @property
    def work_hours_month(self) -> Decimal:
        """To two digits; of the year's days, not of the rounded ones of a month."""
        return (self.work_days_year * HOURS_A_DAY / 12).quantize(FEN)


CONSTANTS = (
    Constants("2008-01-03", PAID_DAYS, Decimal(250)),  # 劳社部发〔2008〕3号: 11 holidays
    Constants("2025-01-01", PAID_DAYS, Decimal(248)),  # 人社部发〔2025〕2号: 13 holidays
)


def of_year(year_days: int, rest_days: int, holidays: int, valid_from: str = "") -> Constants:
    """The constants that follow from the days of a year: holidays are paid, so they stay in the paid days."""
    paid = Decimal(year_days - rest_days) / 12
    return Constants(valid_from, paid, Decimal(year_days - rest_days - holidays))


def day_of(month: Decimal, constants: Constants) -> Product:
    """A day of a month's wage."""
    return Factor(Name.CONTRACT_MONTH, month), Factor(Name.PAID_DAYS, constants.paid_days_month, over=True)


def minutes_of(minutes: int, month: Decimal, constants: Constants) -> Product:
    """Minutes of a month's wage, by the hour."""
    return (
        Factor(Name.MINUTES, Decimal(minutes)),
        Factor(Name.CONTRACT_MONTH, month),
        Factor(Name.PAID_MIN, constants.paid_min_month, over=True),
    )


def leave_day_wage(months: Sequence[Decimal]) -> Decimal:
    """A day of annual leave, piece workers' too: what was earned without overtime in each of up to twelve months
    before, on average, by the paid days (企业职工带薪年休假实施办法 art. 11). ValueError without a month."""
    if not months:
        raise ValueError("no month to take the average of")
    return to_fen(sum(months, ZERO) / (len(months) * PAID_DAYS))
