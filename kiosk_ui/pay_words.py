"""The words for what HR says of an amount. A word that a newer HR has and this box does not is shown as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_decimal, format_percent
from flask_babel import get_locale, gettext, lazy_gettext

from sync.wire.payslip import PayslipFactor, PayslipItem

KINDS: Mapping[str, object] = {
    "PIECE": lazy_gettext("Pieces"),
    "POOL_SHARE": lazy_gettext("Share of the team's pool"),
    "BASE": lazy_gettext("Base wage"),
    "HOURS_OVERTIME": lazy_gettext("Overtime of the period"),
    "WAITING": lazy_gettext("Waiting for work"),
    "LIVING_ALLOWANCE": lazy_gettext("Living allowance in a long stop"),
    "PAID_HOLIDAY": lazy_gettext("Paid statutory holiday"),
    "PAID_LEAVE": lazy_gettext("Paid leave"),
    "BONUS": lazy_gettext("Bonus"),
    "NIGHT_ALLOWANCE": lazy_gettext("Night allowance"),
    "ALLOWANCE": lazy_gettext("Allowance"),
    "GUARANTEE_TOPUP": lazy_gettext("Up to the guarantee"),
    "MINIMUM_TOPUP": lazy_gettext("Up to the minimum wage"),
    "PROBATION_TOPUP": lazy_gettext("Up to the least in probation"),
    "ADJUSTMENT": lazy_gettext("Adjustment of a closed month"),
    "DEDUCTION": lazy_gettext("Deduction"),
}

FACTORS: Mapping[str, object] = {
    "QUANTITY": lazy_gettext("pieces"),
    "UNIT_PRICE": lazy_gettext("price"),
    "PRICE_PER": lazy_gettext("price is for"),
    "SKILL_COEFFICIENT": lazy_gettext("skill grade"),
    "TRAINING_RATIO": lazy_gettext("in training"),
    "MULTIPLIER": lazy_gettext("time class"),
    "TIME_OFF_RATIO": lazy_gettext("rest day, time off given instead"),
    "BASE": lazy_gettext("base"),
    "MADE": lazy_gettext("made"),
    "STANDARD": lazy_gettext("standard quantity"),
    "POOL": lazy_gettext("pool"),
    "HOURS": lazy_gettext("hours"),
    "DAYS": lazy_gettext("days"),
    "DAY_WAGE": lazy_gettext("day wage"),
    "WEIGHTS": lazy_gettext("weights of all"),
    "CONTRACT_MONTH": lazy_gettext("contract wage of a month"),
    "PAID_DAYS": lazy_gettext("paid days of a month"),
    "PAID_MIN": lazy_gettext("paid hours of a month"),
    "MINUTES": lazy_gettext("time"),
    "HOUR_MIN": lazy_gettext("an hour of time"),
    "MINIMUM_MONTH": lazy_gettext("minimum wage of a month"),
    "MINIMUM_HOUR": lazy_gettext("minimum wage of an hour"),
    "LIVING_RATIO": lazy_gettext("living allowance"),
    "PROBATION_RATIO": lazy_gettext("in probation"),
    "DUE_MIN": lazy_gettext("hours on the roster"),
    "ATTENDED_MIN": lazy_gettext("hours attended"),
    "STOPPED_MIN": lazy_gettext("hours of the stop"),
    "STANDARD_MIN": lazy_gettext("hours of the month"),
    "INSURANCE": lazy_gettext("social insurance"),
    "BONUS_BASE": lazy_gettext("bonus"),
    "SCORE_RATIO": lazy_gettext("score"),
    "PER_SHIFT": lazy_gettext("a shift"),
    "SHIFTS": lazy_gettext("shifts"),
    "PER_HOUR": lazy_gettext("an hour"),
    "AMOUNT": lazy_gettext("amount"),
    "GUARANTEE": lazy_gettext("guarantee"),
    "EARNED": lazy_gettext("earned"),
    "FLOOR": lazy_gettext("at least due"),
    "COMPARABLE": lazy_gettext("counts towards it"),
    "CLAIM": lazy_gettext("claim"),
    "GROSS": lazy_gettext("gross"),
    "CAP_RATIO": lazy_gettext("may be deducted"),
    "ABOVE_MINIMUM": lazy_gettext("above the minimum wage"),
    "BELOW_CAP": lazy_gettext("left of what may be deducted"),
    "CORRECTED": lazy_gettext("as it should be"),
    "CLOSED": lazy_gettext("as it was closed"),
}

TIME_CLASSES: Mapping[str, object] = {
    "NORMAL": lazy_gettext("normal"),
    "OT_WORKDAY": lazy_gettext("overtime"),
    "OT_RESTDAY": lazy_gettext("rest day"),
    "OT_HOLIDAY": lazy_gettext("statutory holiday"),
}

REPLIES: Mapping[str, object] = {
    "EXPLAINED": lazy_gettext("explained in person"),
    "RIGHT": lazy_gettext("looked at again: it is right"),
    "TO_BE_CORRECTED": lazy_gettext("HR will correct it"),
    "PASSED_TO_HR": lazy_gettext("passed on to HR"),
}

SIGNS = {"SUM": " + ", "DIFFERENCE": " − ", "EXCESS": " − ", "LEAST": "; "}


def kind_text(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def class_text(time_class: str) -> str:
    return str(TIME_CLASSES.get(time_class, time_class))


def reply_text(reply: str) -> str:
    return str(REPLIES.get(reply, reply))


def how(item: PayslipItem) -> str:
    """The formula with each figure's name: pieces 480 × price 0.3500 × time class 150%."""
    text = SIGNS.get(item.form, " + ").join(_product(term) for term in item.terms)
    if item.form == "LEAST":
        return str(gettext("the least of: %(products)s", products=text))
    if item.form == "EXCESS":
        return str(gettext("%(difference)s, at least 0", difference=text))
    return text


def _product(term: list[PayslipFactor]) -> str:
    text = ""
    for factor in term:
        sign = " ÷ " if factor.over else " × " if text else ""
        text += f"{sign}{FACTORS.get(factor.name, factor.name)} {_figure(factor)}"
    return text


def _figure(factor: PayslipFactor) -> str:
    locale = get_locale()
    language, value = (str(locale.language) if locale else "en"), Decimal(factor.value)
    if factor.name == "MULTIPLIER" or factor.name.endswith("_RATIO"):
        return str(format_percent(value, "0.##%", locale=language))
    if factor.name == "MINUTES" or factor.name.endswith("_MIN"):
        return f"{int(value) // 60}:{int(value) % 60:02d}"
    pattern = "#,##0.0000####" if factor.name == "UNIT_PRICE" else "#,##0.########"
    return str(format_decimal(value, pattern, locale=language, decimal_quantization=False))
