"""A change of a price, of terms or of a setting, looked at before it is saved. The page holds what was typed, and sends
it to the form's own address."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask import render_template, request
from flask_babel import lazy_gettext

from hr.pay.periods.adjustments import Difference
from hr.pay.periods.rerated import Least, amount
from hr.pay.terms.changes import Change
from hr.web.context import service, user_name
from hr.web.figures import work_name
from hr.web.formulas import signed_money
from hr.web.payroll_words import difference

LOOK = "look"
"""The name of the button that asks what would change."""

LEAST = {
    Least.FALLS_UNDER: lazy_gettext("falls under the minimum wage"),
    Least.RISES_ABOVE: lazy_gettext("rises above the minimum wage"),
}


def only_looks() -> bool:
    """Whether what was sent is only to be looked at."""
    return LOOK in request.form


def changes_page(change: Change, back: str, typed: Mapping[str, str] | None = None, why: str | None = None) -> str:
    """What it would do. `typed`: the fields to send again to the same address; a file is chosen again there. `why`: the
    reason as far as it was typed; None where the form has one among its fields. Rejected, BadFile for a change that
    cannot be taken."""
    preview = service().rerating.preview(change, user_name())
    return render_template(
        "hr/rerating.html",
        preview=preview,
        back=back,
        action=request.path,
        typed=typed,
        why=why,
        least=Least,
        least_text=lambda least: str(LEAST[least]),
        line_amounts=_amounts,
        difference=difference,
        yuan=signed_money,
        products={(each.product, each.operation): work_name(each) for each in service().catalogue.prices()},
    )


def _amounts(line: Difference) -> tuple[Decimal, Decimal]:
    """Without the change and with it."""
    return amount(line.closed), amount(line.now)
