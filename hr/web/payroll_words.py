"""The words of the months' pages: states, steps, columns, remarks, and what keeps a month open."""

from __future__ import annotations

from decimal import Decimal

from flask import url_for
from flask_babel import gettext, lazy_gettext, ngettext

from hr.pay.periods.period import Column, Obstacle, State, Step, Why
from hr.pay.periods.review import Remark
from hr.pay.rules.items import Item, Kind
from hr.web.figures import short_day
from hr.web.formulas import formula_text, hold_text, kind_of_pay, signed_money
from hr.web.pay_words import setting_name
from pages.formats import thousands

STATES = {
    State.DRAFT: lazy_gettext("draft"),
    State.REVIEW: lazy_gettext("in review"),
    State.CLOSED: lazy_gettext("closed"),
}
STEPS = {
    Step.REVIEW: lazy_gettext("to the review"),
    Step.BACK: lazy_gettext("back to the draft"),
    Step.CLOSE: lazy_gettext("closed"),
}
COLUMNS = {
    Column.PIECES: lazy_gettext("Piece wage"),
    Column.OVERTIME: lazy_gettext("Overtime"),
    Column.TIME: lazy_gettext("Time wage"),
    Column.BONUS: lazy_gettext("Bonus"),
    Column.ALLOWANCE: lazy_gettext("Allowances"),
    Column.TOPUP: lazy_gettext("Top-up"),
    Column.ADJUSTMENT: lazy_gettext("Adjustments"),
    Column.DEDUCTION: lazy_gettext("Deductions"),
}
REMARKS = {
    Remark.NEW: lazy_gettext("new this month"),
    Remark.GONE: lazy_gettext("no longer there"),
    Remark.MORE: lazy_gettext("far more than last month"),
    Remark.LESS: lazy_gettext("far less than last month"),
    Remark.HIGH_HOUR: lazy_gettext("high for an hour"),
    Remark.LOW_HOUR: lazy_gettext("low for an hour"),
    Remark.TOPPED_UP: lazy_gettext("topped up"),
    Remark.LONG_HOURS: lazy_gettext("more than 36 hours of overtime"),
    Remark.NO_HOURS: lazy_gettext("money without working time"),
}


def obstacle_text(each: Obstacle) -> str:
    """What keeps the month open, as a sentence."""
    match each.why:
        case Why.NOT_OVER:
            return str(gettext("The month is not over yet."))
        case Why.NOT_REVIEWED:
            return str(gettext("Nobody has reviewed it yet."))
        case Why.EARLIER_OPEN:
            return str(gettext("%(month)s is to be closed first.", month=each.month))
        case Why.NOBODY:
            return str(gettext("Nobody has anything in it."))
        case Why.UNCONFIRMED:
            return str(
                ngettext(
                    "%(count)s piece that no supervisor has sealed.",
                    "%(count)s pieces that no supervisor has sealed.",
                    each.number,
                    count=thousands(each.number),
                )
            )
        case Why.NO_SETTING:
            return str(
                ngettext(
                    "%(setting)s is missing since %(day)s: %(num)s person",
                    "%(setting)s is missing since %(day)s: %(num)s people",
                    each.number,
                    setting=setting_name(each.setting),
                    day=short_day(each.since),
                )
            )
        case Why.HELD:
            assert each.hold is not None
            return str(gettext("%(count)s × %(what)s", count=thousands(each.number), what=hold_text(each.hold)))


def obstacle_url(each: Obstacle, month: str) -> str | None:
    """Where it is mended."""
    match each.why:
        case Why.UNCONFIRMED:
            return url_for("payroll.unconfirmed", month=month)
        case Why.NO_SETTING:
            return url_for("terms.settings", name=each.setting)
        case Why.HELD:
            return url_for("statement.held", month=month)
        case Why.EARLIER_OPEN:
            return url_for("payroll.ledger", month=each.month)
        case _:
            return None


def kind_of_entry(entry: Item) -> str:
    """What a correction corrects: hr/pay/periods/adjustments.py puts it into the key."""
    return kind_of_pay(Kind(entry.key.split("/")[1]))


def difference(amount: Decimal) -> str:
    """With its sign, without the currency that the column's head names."""
    return f"{'+' if amount > 0 else ''}{signed_money(amount)}"


WORDS: dict[str, object] = {
    "yuan": signed_money,
    "difference": difference,
    "kind_of_entry": kind_of_entry,
    "formula_text": formula_text,
    "hold_text": hold_text,
    "obstacle_text": obstacle_text,
    "obstacle_url": obstacle_url,
    "state_of_month": lambda state: str(STATES[state]),
    "step_of_month": lambda step: str(STEPS[step]),
    "remark_text": lambda remark: str(REMARKS[remark]),
}
"""Handed to the templates of the months' pages."""
