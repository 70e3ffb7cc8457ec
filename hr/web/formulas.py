"""How an amount came about, in words and figures: the names of kinds, factors and reasons, and formulas as text."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal, format_percent
from flask_babel import get_locale, gettext, lazy_gettext

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Factor, Form, Formula, Hold, Kind, Name, Product
from hr.web.figures import hours

KINDS = {
    Kind.PIECE: lazy_gettext("Piece wages"),
    Kind.POOL_SHARE: lazy_gettext("Share of the team's pool"),
    Kind.BASE: lazy_gettext("Base wage"),
    Kind.HOURS_OVERTIME: lazy_gettext("Overtime of the period"),
    Kind.WAITING: lazy_gettext("Waiting for work"),
    Kind.LIVING_ALLOWANCE: lazy_gettext("Living allowance in a long stop"),
    Kind.PAID_HOLIDAY: lazy_gettext("Paid statutory holiday"),
    Kind.PAID_LEAVE: lazy_gettext("Paid leave"),
    Kind.BONUS: lazy_gettext("Bonus"),
    Kind.NIGHT_ALLOWANCE: lazy_gettext("Night allowance"),
    Kind.ALLOWANCE: lazy_gettext("Allowance"),
    Kind.GUARANTEE_TOPUP: lazy_gettext("Up to the guarantee"),
    Kind.MINIMUM_TOPUP: lazy_gettext("Up to the minimum wage"),
    Kind.PROBATION_TOPUP: lazy_gettext("Up to the least in probation"),
    Kind.ADJUSTMENT: lazy_gettext("Adjustment of a closed month"),
    Kind.DEDUCTION: lazy_gettext("Deduction"),
}

FACTORS = {
    Name.QUANTITY: lazy_gettext("pieces"),
    Name.UNIT_PRICE: lazy_gettext("price"),
    Name.PRICE_PER: lazy_gettext("price is for"),
    Name.SKILL_COEFFICIENT: lazy_gettext("skill grade"),
    Name.TRAINING_RATIO: lazy_gettext("in training"),
    Name.MULTIPLIER: lazy_gettext("time class"),
    Name.TIME_OFF_RATIO: lazy_gettext("rest day, time off given instead"),
    Name.BASE: lazy_gettext("base"),
    Name.MADE: lazy_gettext("made"),
    Name.STANDARD: lazy_gettext("standard quantity"),
    Name.POOL: lazy_gettext("pool"),
    Name.HOURS: lazy_gettext("hours"),
    Name.DAYS: lazy_gettext("days"),
    Name.DAY_WAGE: lazy_gettext("day wage"),
    Name.WEIGHTS: lazy_gettext("weights of all"),
    Name.CONTRACT_MONTH: lazy_gettext("contract wage of a month"),
    Name.PAID_DAYS: lazy_gettext("paid days of a month"),
    Name.PAID_MIN: lazy_gettext("paid hours of a month"),
    Name.MINUTES: lazy_gettext("time"),
    Name.HOUR_MIN: lazy_gettext("an hour of time"),
    Name.MINIMUM_MONTH: lazy_gettext("minimum wage of a month"),
    Name.MINIMUM_HOUR: lazy_gettext("minimum wage of an hour"),
    Name.LIVING_RATIO: lazy_gettext("living allowance"),
    Name.PROBATION_RATIO: lazy_gettext("in probation"),
    Name.DUE_MIN: lazy_gettext("hours on the roster"),
    Name.ATTENDED_MIN: lazy_gettext("hours attended"),
    Name.STOPPED_MIN: lazy_gettext("hours of the stop"),
    Name.STANDARD_MIN: lazy_gettext("hours of the month"),
    Name.INSURANCE: lazy_gettext("social insurance"),
    Name.BONUS_BASE: lazy_gettext("bonus"),
    Name.SCORE_RATIO: lazy_gettext("score"),
    Name.PER_SHIFT: lazy_gettext("a shift"),
    Name.SHIFTS: lazy_gettext("shifts"),
    Name.PER_HOUR: lazy_gettext("an hour"),
    Name.AMOUNT: lazy_gettext("amount"),
    Name.GUARANTEE: lazy_gettext("guarantee"),
    Name.EARNED: lazy_gettext("earned"),
    Name.FLOOR: lazy_gettext("at least due"),
    Name.COMPARABLE: lazy_gettext("counts towards it"),
    Name.CLAIM: lazy_gettext("claim"),
    Name.GROSS: lazy_gettext("gross"),
    Name.CAP_RATIO: lazy_gettext("may be deducted"),
    Name.ABOVE_MINIMUM: lazy_gettext("above the minimum wage"),
    Name.BELOW_CAP: lazy_gettext("left of what may be deducted"),
    Name.CORRECTED: lazy_gettext("as it should be"),
    Name.CLOSED: lazy_gettext("as it was closed"),
}

HOLDS = {
    Hold.UNPRICED: lazy_gettext("no price is in force on that day"),
    Hold.UNCLASSIFIED: lazy_gettext("the calendar of that year is missing"),
    Hold.NO_ATTENDANCE: lazy_gettext("pieces on a day without working time"),
    Hold.OVERTIME_UNDECIDED: lazy_gettext("made after the shift, and nobody has decided on the overtime"),
    Hold.OPEN_DAY: lazy_gettext("an attendance day is open"),
    Hold.UNCONFIRMED: lazy_gettext("not confirmed by a supervisor yet"),
    Hold.UNPROVEN: lazy_gettext("the line's sums do not agree"),
    Hold.NO_TERMS: lazy_gettext("no terms of pay are entered"),
    Hold.NO_GRADE: lazy_gettext("no skill grade is entered"),
    Hold.NO_CONTRACT_WAGE: lazy_gettext("no contract wage is entered"),
    Hold.NO_SETTINGS: lazy_gettext("no local settings are in force"),
    Hold.NO_MINIMUM_WAGE: lazy_gettext("no minimum wage is entered"),
    Hold.NO_AMOUNT: lazy_gettext("an allowance is due and has no amount"),
    Hold.NO_QUOTA: lazy_gettext("no quota is entered"),
    Hold.NO_HOURS: lazy_gettext("the normal hours of the month are not known"),
    Hold.NO_INSURANCE: lazy_gettext("the social insurance is not known"),
    Hold.NO_POOL: lazy_gettext("the team's pool is not shared out yet"),
    Hold.NO_WEIGHT: lazy_gettext("a pool that nobody has hours in"),
    Hold.LEAKY_POOL: lazy_gettext("the way of sharing does not add up to the pool"),
}

TIME_CLASSES = {
    TimeClass.NORMAL: lazy_gettext("normal"),
    TimeClass.OT_WORKDAY: lazy_gettext("overtime"),
    TimeClass.OT_RESTDAY: lazy_gettext("rest day"),
    TimeClass.OT_HOLIDAY: lazy_gettext("statutory holiday"),
}


def _language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "en"


def kind_of_pay(kind: Kind) -> str:
    return str(KINDS[kind])


def hold_text(why: Hold) -> str:
    return str(HOLDS[why])


def time_class_text(time_class: TimeClass | None) -> str:
    """A piece's time class; without one it has none yet."""
    return str(TIME_CLASSES[time_class]) if time_class else ""


def figure(factor: Factor) -> str:
    """The value alone: a ratio as per cent, minutes as hours and minutes, a price with its four decimals, the rest with
    as many as it has."""
    if factor.name is Name.MULTIPLIER or factor.name.endswith("_RATIO"):
        return str(format_percent(factor.value, "0.##%", locale=_language()))
    if factor.name is Name.MINUTES or factor.name.endswith("_MIN"):
        return hours(int(factor.value))
    pattern = "#,##0.0000####" if factor.name is Name.UNIT_PRICE else "#,##0.########"
    return str(format_decimal(factor.value, pattern, locale=_language(), decimal_quantization=False))


def factor_of(formula: Formula, name: Name) -> Factor | None:
    """The one factor of this name; None where there is none, or where several stretches have their own."""
    found = {factor for product in formula.terms for factor in product if factor.name is name}
    return found.pop() if len(found) == 1 else None


def formula_text(formula: Formula) -> str:
    """Each factor by its name and value: pieces 480 × price 0.3500 × skill grade 1.15 × time class 150%."""
    products = [_product(product) for product in formula.terms]
    match formula.form:
        case Form.SUM:
            return " + ".join(products)
        case Form.DIFFERENCE:
            return " − ".join(products)
        case Form.EXCESS:
            return str(gettext("%(difference)s, at least 0", difference=" − ".join(products)))
        case Form.LEAST:
            return str(gettext("the least of: %(products)s", products="; ".join(products)))


def _product(product: Product) -> str:
    text = ""
    for factor in product:
        sign = " ÷ " if factor.over else " × " if text else ""
        text += f"{sign}{FACTORS[factor.name]} {figure(factor)}"
    return text


def signed_money(amount: Decimal) -> str:
    """Two decimals without a currency, for columns whose head names it."""
    return str(format_decimal(amount, "#,##0.00", locale=_language()))
