"""What a statement is made of: amounts that carry their own formula, and what is held back with its reason. Pure.

A page prints a formula without knowing the rule: each factor has a name from a closed list. `worked_out` is the same
sum again, so every amount can be proven from what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from hr.calendar.day_class import TimeClass
from hr.pay.rules.money import FEN, ONE, ZERO, to_fen

FactId = tuple[str, int, int]
"""Device, epoch and seq of the fact an amount rests on: the sealed quantity, the machine's stop."""


class Kind(StrEnum):
    """What an amount is for, in the order of the calculation."""

    PIECE = "PIECE"
    POOL_SHARE = "POOL_SHARE"
    BASE = "BASE"
    HOURS_OVERTIME = "HOURS_OVERTIME"
    WAITING = "WAITING"
    LIVING_ALLOWANCE = "LIVING_ALLOWANCE"
    PAID_HOLIDAY = "PAID_HOLIDAY"
    PAID_LEAVE = "PAID_LEAVE"
    BONUS = "BONUS"
    NIGHT_ALLOWANCE = "NIGHT_ALLOWANCE"
    ALLOWANCE = "ALLOWANCE"
    GUARANTEE_TOPUP = "GUARANTEE_TOPUP"
    MINIMUM_TOPUP = "MINIMUM_TOPUP"
    PROBATION_TOPUP = "PROBATION_TOPUP"
    ADJUSTMENT = "ADJUSTMENT"
    DEDUCTION = "DEDUCTION"


class Name(StrEnum):
    """What a factor of a formula is. `*_RATIO` and MULTIPLIER are printed as per cent, `*_MIN` and MINUTES (whole
    minutes) as hours and minutes, the rest as it is."""

    QUANTITY = "QUANTITY"
    UNIT_PRICE = "UNIT_PRICE"
    PRICE_PER = "PRICE_PER"
    """The pieces that the price is for: 100 for a price per hundred."""
    SKILL_COEFFICIENT = "SKILL_COEFFICIENT"
    TRAINING_RATIO = "TRAINING_RATIO"
    MULTIPLIER = "MULTIPLIER"
    TIME_OFF_RATIO = "TIME_OFF_RATIO"
    """Of rest-day work for which time off is given: the plain price."""
    """Of the time class: 1.5, 2 or 3."""
    BASE = "BASE"
    MADE = "MADE"
    """What was made of a standard quantity."""
    STANDARD = "STANDARD"
    POOL = "POOL"
    HOURS = "HOURS"
    DAYS = "DAYS"
    DAY_WAGE = "DAY_WAGE"
    WEIGHTS = "WEIGHTS"
    """Of all members of the pool."""
    CONTRACT_MONTH = "CONTRACT_MONTH"
    PAID_DAYS = "PAID_DAYS"
    """In a month: 21.75."""
    PAID_MIN = "PAID_MIN"
    """In a month: 174 hours."""
    MINUTES = "MINUTES"
    HOUR_MIN = "HOUR_MIN"
    """Of an hour: 60."""
    MINIMUM_MONTH = "MINIMUM_MONTH"
    MINIMUM_HOUR = "MINIMUM_HOUR"
    LIVING_RATIO = "LIVING_RATIO"
    PROBATION_RATIO = "PROBATION_RATIO"
    DUE_MIN = "DUE_MIN"
    """Normal time that was on the roster."""
    ATTENDED_MIN = "ATTENDED_MIN"
    """Normal time that was worked, waited or paid leave."""
    STOPPED_MIN = "STOPPED_MIN"
    """Normal time that fell into a long stop."""
    STANDARD_MIN = "STANDARD_MIN"
    """Normal time of the whole month."""
    INSURANCE = "INSURANCE"
    BONUS_BASE = "BONUS_BASE"
    SCORE_RATIO = "SCORE_RATIO"
    PER_SHIFT = "PER_SHIFT"
    SHIFTS = "SHIFTS"
    PER_HOUR = "PER_HOUR"
    AMOUNT = "AMOUNT"
    GUARANTEE = "GUARANTEE"
    EARNED = "EARNED"
    FLOOR = "FLOOR"
    COMPARABLE = "COMPARABLE"
    CLAIM = "CLAIM"
    GROSS = "GROSS"
    CAP_RATIO = "CAP_RATIO"
    BELOW_CAP = "BELOW_CAP"
    """What is left of the part of gross that may be deducted."""
    ABOVE_MINIMUM = "ABOVE_MINIMUM"
    """Gross less the minimum wage, and less what was deducted before."""
    CORRECTED = "CORRECTED"
    CLOSED = "CLOSED"


class Form(StrEnum):
    """How the terms of a formula come together; each term is the product of its factors."""

    SUM = "SUM"
    DIFFERENCE = "DIFFERENCE"
    """The first less the others."""
    EXCESS = "EXCESS"
    """The same, but never below zero."""
    LEAST = "LEAST"
    """The smallest, but never below zero."""


class Rounding(StrEnum):
    HALF_UP = "HALF_UP"
    LARGEST_REMAINDER = "LARGEST_REMAINDER"
    """Of a pool: down to the fen, and the fen left over to the largest remainders."""
    DOWN = "DOWN"
    """What is taken from somebody, so that no limit is passed by a part of a fen."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A named number in a product; `over` is divided by."""

    name: Name
    value: Decimal
    over: bool = False


Product = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """The terms of an amount before it is rounded."""

    terms: tuple[Product, ...]
    form: Form = Form.SUM
    rounding: Rounding = Rounding.HALF_UP


@dataclass(frozen=True, slots=True)
class Item:
    """One amount of a statement, in yuan. A deduction is below zero, so that the items of a statement add up to net.

    `key` is the item's place within its kind, the same when the month is computed again: what an adjustment refers to.
    `comparable`: it counts towards the minimum wage (最低工资规定 art. 12). `work_date` is empty for what is of the
    whole month. `since`: from when the price that was used is in force. `facts` are the sealed quantities it rests on,
    `documents` the keys of what HR typed or imported.
    """

    kind: Kind
    key: str
    formula: Formula
    amount: Decimal
    comparable: bool = False
    work_date: str = ""
    product: str = ""
    operation: str = ""
    since: str = ""
    time_class: TimeClass | None = None
    facts: tuple[FactId, ...] = ()
    documents: tuple[str, ...] = ()
    text: str = ""
    """What a person wrote: the reason of a claim, the name of an allowance."""


class Hold(StrEnum):
    """Why a line or a month is not payable yet."""

    UNPRICED = "UNPRICED"
    """No price is in force on the work date."""
    UNCLASSIFIED = "UNCLASSIFIED"
    """The calendar has no table for the year."""
    NO_ATTENDANCE = "NO_ATTENDANCE"
    """Pieces of a day without working time, so without a time class."""
    OVERTIME_UNDECIDED = "OVERTIME_UNDECIDED"
    """Pieces made after the shift; nobody has said whether that was arranged."""
    OPEN_DAY = "OPEN_DAY"
    UNCONFIRMED = "UNCONFIRMED"
    UNPROVEN = "UNPROVEN"
    """A sealed line whose proofs do not add up."""
    NO_TERMS = "NO_TERMS"
    NO_GRADE = "NO_GRADE"
    NO_CONTRACT_WAGE = "NO_CONTRACT_WAGE"
    NO_SETTINGS = "NO_SETTINGS"
    NO_MINIMUM_WAGE = "NO_MINIMUM_WAGE"
    NO_AMOUNT = "NO_AMOUNT"
    """An allowance that is due and has no amount in the settings."""
    NO_QUOTA = "NO_QUOTA"
    NO_HOURS = "NO_HOURS"
    """The normal hours of the month are not known."""
    NO_INSURANCE = "NO_INSURANCE"
    """The comparison leaves social insurance out, and its amount is not known."""
    NO_POOL = "NO_POOL"
    """Pieces of a team whose pool has not been shared out."""
    NO_WEIGHT = "NO_WEIGHT"
    """A pool that nobody has hours in."""
    LEAKY_POOL = "LEAKY_POOL"
    """A way of sharing that does not add up to the pool."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something that waits, and what it waits for. Empty fields do not apply; `setting` names what is to be entered."""

    why: Hold
    quantity: Decimal = ZERO
    work_date: str = ""
    product: str = ""
    operation: str = ""
    setting: str = ""
    facts: tuple[FactId, ...] = ()
    documents: tuple[str, ...] = ()


def withheld(held: Iterable[Held], date: str = "") -> bool:
    """Whether any of these holds pay back, of one date or with "" of any, so that nothing can be said yet of what
    follows from all of it. The hours of an open day are not due before it is judged."""
    return any(each.why is not Hold.OPEN_DAY and (not date or each.work_date in ("", date)) for each in held)


SILENT = frozenset(
    {Name.SKILL_COEFFICIENT, Name.TRAINING_RATIO, Name.MULTIPLIER, Name.PRICE_PER, Name.MADE, Name.STANDARD}
)
"""Factors that are not said where they are one."""


def product(*above: tuple[Name, Decimal], over: tuple[tuple[Name, Decimal], ...] = ()) -> Product:
    """The factors, without coefficients and ratios that change nothing."""
    kept = [Factor(name, value) for name, value in above if value != ONE or name not in SILENT]
    return (*kept, *(Factor(name, value, over=True) for name, value in over if value != ONE or name not in SILENT))


def value_of(factors: Product) -> Decimal:
    """Multiplied out, and then divided once."""
    above, below = ONE, ONE
    for factor in factors:
        if factor.over:
            below *= factor.value
        else:
            above *= factor.value
    return above if below == ONE else above / below


def worked_out(formula: Formula) -> Decimal:
    """The amount before it is rounded."""
    values = [value_of(factors) for factors in formula.terms]
    match formula.form:
        case Form.SUM:
            return sum(values, ZERO)
        case Form.DIFFERENCE:
            return values[0] - sum(values[1:], ZERO)
        case Form.EXCESS:
            return max(ZERO, values[0] - sum(values[1:], ZERO))
        case Form.LEAST:
            return max(ZERO, min(values))


def amount_of(formula: Formula) -> Decimal:
    """In whole fen. Of a share of a pool this is the nearest fen, and the pool may have given the next."""
    value = worked_out(formula)
    return value.quantize(FEN, ROUND_DOWN) if formula.rounding is Rounding.DOWN else to_fen(value)


def proven(item: Item) -> bool:
    """Whether the amount is what its formula says."""
    said = -item.amount if item.kind is Kind.DEDUCTION else item.amount
    if item.formula.rounding is Rounding.LARGEST_REMAINDER:
        return abs(said - worked_out(item.formula)) < FEN
    return said == amount_of(item.formula)


def added(items: Iterable[Item]) -> Decimal:
    """The amounts together."""
    return sum((item.amount for item in items), Decimal("0.00"))
