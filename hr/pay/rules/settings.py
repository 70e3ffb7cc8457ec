"""What HR decides about pay, each with the day it holds from. Pure.

Nothing that a place, a contract or a judge decides is guessed: where no version is in force, or a value is missing, the
line or the month is held and the setting is named. What the national rules fix is the default.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from hr.calendar.day_class import TimeClass
from hr.pay.rules.money import ONE, ZERO


class Dated(Protocol):
    """Something that holds from a date (YYYY-MM-DD) until a later version."""

    @property
    def valid_from(self) -> str: ...


D = TypeVar("D", bound=Dated)


def in_force(versions: Iterable[D], date: str) -> D | None:
    """The latest version that starts on or before `date` (PR-R9); None when there is none."""
    return max((each for each in versions if each.valid_from <= date), key=lambda each: each.valid_from, default=None)


class Gate(StrEnum):
    """Which pieces of arranged overtime get the multiplier."""

    TIME = "TIME"
    """All of them."""
    QUOTA = "QUOTA"
    """Those beyond the day's quota (工资支付暂行规定 art. 13 read literally)."""


class MidnightSplit(StrEnum):
    """Whose day class a piece has that was made after midnight."""

    CALENDAR = "CALENDAR"
    WORK_DATE = "WORK_DATE"


class PriceBy(StrEnum):
    """Which day chooses the version of a price."""

    WORK_DATE = "WORK_DATE"
    CAPTURE_TIME = "CAPTURE_TIME"


class PartialMonth(StrEnum):
    """What becomes of a floor when somebody was away for reasons of his own."""

    PRORATE = "PRORATE"
    NONE = "NONE"
    """最低工资规定 art. 12 read literally: without normal labour it does not apply."""


class NightBasis(StrEnum):
    NOT_PAID = "NOT_PAID"
    PER_SHIFT = "PER_SHIFT"
    PER_HOUR = "PER_HOUR"


@dataclass(frozen=True)
class LocalSettings:
    """All settings of one plant from `valid_from` on. Money is yuan; None is *not entered*, never zero.

    `night_from` and `night_to` are minutes after midnight; a window that ends before it starts goes over midnight.
    `night_at_least` minutes in the window make a night shift. `deduction_cap` is the part of a month's gross that may
    be deducted (工资支付暂行规定 art. 16), `probation_ratio` the part of the contract wage that is due in probation
    (劳动合同法 art. 20), `living_ratio` the part of the minimum wage in a long stop.
    """

    valid_from: str
    minimum_month: Decimal | None = None
    minimum_hour: Decimal | None = None
    minimum_without_insurance: bool = False
    partial_month: PartialMonth = PartialMonth.PRORATE
    living_ratio: Decimal = Decimal("0.80")
    probation_ratio: Decimal = Decimal("0.80")
    deduction_cap: Decimal = Decimal("0.20")
    gate: Gate = Gate.TIME
    ot_workday: Decimal = Decimal("1.5")
    ot_restday: Decimal = Decimal(2)
    ot_holiday: Decimal = Decimal(3)
    midnight: MidnightSplit = MidnightSplit.CALENDAR
    price_by: PriceBy = PriceBy.WORK_DATE
    pay_material_scrap: bool = False
    night: NightBasis = NightBasis.NOT_PAID
    night_from: int = 22 * 60
    night_to: int = 6 * 60
    night_at_least: int = 1
    night_per_shift: Decimal | None = None
    night_per_hour: Decimal | None = None

    def multiplier(self, time_class: TimeClass) -> Decimal:
        """Of the piece price."""
        return {
            TimeClass.NORMAL: ONE,
            TimeClass.OT_WORKDAY: self.ot_workday,
            TimeClass.OT_RESTDAY: self.ot_restday,
            TimeClass.OT_HOLIDAY: self.ot_holiday,
        }[time_class]


class Scheme(StrEnum):
    """What a contract says pieces and a fixed wage are to each other."""

    PIECE = "PIECE"
    """Pieces alone."""
    GUARANTEED = "GUARANTEED"
    """保底: the guarantee or the pieces, whichever is more."""
    BASE_AND_PIECE = "BASE_AND_PIECE"
    """底薪+计件: both."""
    TEAM_POOL = "TEAM_POOL"
    """Shares of the team's pool; pieces sealed for the person go into the pool."""


class Per(StrEnum):
    DAY = "DAY"
    MONTH = "MONTH"


class HoursSystem(StrEnum):
    STANDARD = "STANDARD"
    COMPREHENSIVE = "COMPREHENSIVE"
    """综合计算工时: overtime is what goes over the hours of the whole period; needs approval."""
    UNTIMED = "UNTIMED"
    """不定时: no overtime multipliers (工资支付暂行规定 art. 13, last paragraph)."""
    PART_TIME = "PART_TIME"
    """非全日制: the minimum wage is one per hour."""


@dataclass(frozen=True)
class Terms:
    """What was agreed with one person from `valid_from` on.

    `contract_month`: the wage of a month of normal hours, which waiting, holidays and probation are paid by.
    `fixed`: the guarantee or base of the scheme, per `fixed_per`. `training_days`: on so many first work days a day's
    pay is at least `training_guarantee`. `training_ratio`: of the price, for pieces up to `training_until`.
    Dates are included at both ends; an empty one does not apply.
    """

    valid_from: str
    scheme: Scheme = Scheme.PIECE
    hours: HoursSystem = HoursSystem.STANDARD
    contract_month: Decimal | None = None
    fixed: Decimal | None = None
    fixed_per: Per = Per.MONTH
    probation_from: str = ""
    probation_until: str = ""
    training_days: int = 0
    training_guarantee: Decimal = ZERO
    training_ratio: Decimal = ONE
    training_until: str = ""

    def on_probation(self, date: str) -> bool:
        return bool(self.probation_until) and self.probation_from <= date <= self.probation_until

    def training_ratio_on(self, date: str) -> Decimal:
        return self.training_ratio if date <= self.training_until else ONE


@dataclass(frozen=True)
class Grade:
    """A person's skill grade from `valid_from` on, and what his prices are multiplied by (PR-R4)."""

    valid_from: str
    name: str
    coefficient: Decimal


LAW_MULTIPLIERS = {
    TimeClass.OT_WORKDAY: Decimal("1.5"),
    TimeClass.OT_RESTDAY: Decimal(2),
    TimeClass.OT_HOLIDAY: Decimal(3),
}
"""The least that 劳动法 art. 44 and 工资支付暂行规定 art. 13 allow."""


class Fault(StrEnum):
    """Why settings or terms cannot be taken as they were typed."""

    MULTIPLIER_BELOW_LAW = "MULTIPLIER_BELOW_LAW"
    CAP_ABOVE_LAW = "CAP_ABOVE_LAW"
    """More than the fifth of a month's wage that may be deducted."""
    PROBATION_BELOW_LAW = "PROBATION_BELOW_LAW"
    """Less than 80 % of what was agreed, as the wage or as the price in training."""
    NOT_ABOVE_ZERO = "NOT_ABOVE_ZERO"
    RATIO_OUT_OF_RANGE = "RATIO_OUT_OF_RANGE"
    AMOUNT_MISSING = "AMOUNT_MISSING"
    """Of a night allowance or a scheme that has one."""


CAP_LAW = Decimal("0.20")
PROBATION_LAW = Decimal("0.80")


def faults(settings: LocalSettings) -> list[Fault]:
    """What is wrong with settings as they were typed; nothing when they can be used."""
    amounts = settings.minimum_month, settings.minimum_hour, settings.night_per_shift, settings.night_per_hour
    night = {NightBasis.PER_SHIFT: settings.night_per_shift, NightBasis.PER_HOUR: settings.night_per_hour}
    wrong = {
        Fault.MULTIPLIER_BELOW_LAW: any(settings.multiplier(each) < law for each, law in LAW_MULTIPLIERS.items()),
        Fault.CAP_ABOVE_LAW: settings.deduction_cap > CAP_LAW,
        Fault.PROBATION_BELOW_LAW: settings.probation_ratio < PROBATION_LAW,
        Fault.NOT_ABOVE_ZERO: any(each is not None and each <= 0 for each in amounts),
        Fault.RATIO_OUT_OF_RANGE: not all(
            0 <= each <= 1 for each in (settings.deduction_cap, settings.probation_ratio, settings.living_ratio)
        ),
        Fault.AMOUNT_MISSING: settings.night in night and night[settings.night] is None,
    }
    return [fault for fault, found in wrong.items() if found]


def terms_faults(terms: Terms) -> list[Fault]:
    """What is wrong with terms as they were typed. A lower price in training is one only where it is below what the law
    leaves of a wage in probation; whether the month's wage is, is seen each month (PROBATION_TOPUP)."""
    amounts = terms.contract_month, terms.fixed
    wrong = {
        Fault.PROBATION_BELOW_LAW: terms.training_ratio < PROBATION_LAW,
        Fault.NOT_ABOVE_ZERO: any(each is not None and each <= 0 for each in amounts) or terms.training_guarantee < 0,
        Fault.RATIO_OUT_OF_RANGE: terms.training_ratio > 1 or terms.training_days < 0,
        Fault.AMOUNT_MISSING: terms.scheme in (Scheme.GUARANTEED, Scheme.BASE_AND_PIECE) and terms.fixed is None,
    }
    return [fault for fault, found in wrong.items() if found]
