"""Every version of what people are paid by: who typed it, when, from when on, why, and the month it changed first."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.pay.terms.history import Change, Matter, reached
from hr.people.prices import PriceView
from hr.web.context import service
from hr.web.figures import work_name
from hr.web.pay_words import setting_name

blueprint = Blueprint("term_history", __name__, url_prefix="/pay/history")

MOST = 300
"""Versions on a page, the newest; of one person, pool, setting or product there are seldom more."""

MATTERS = {
    Matter.PRICE: lazy_gettext("Prices"),
    Matter.TERMS: lazy_gettext("Terms"),
    Matter.GRADE: lazy_gettext("Grades"),
    Matter.POOL: lazy_gettext("Pools"),
    Matter.MEMBER: lazy_gettext("Members of pools"),
    Matter.SETTING: lazy_gettext("Settings"),
}
OF_PERSONS = frozenset({Matter.TERMS, Matter.GRADE, Matter.MEMBER})


@dataclass(frozen=True)
class Shown:
    """A change with the name of what it is of, and the page of the first month here that it reaches; None while it
    holds in none yet."""

    change: Change
    name: str
    number: str
    reaches: str
    url: str | None


@blueprint.route("")
def changes() -> ResponseReturnValue:
    asked, of = request.args.get("matter", Matter.TERMS.value), request.args.get("of", "")
    matter = Matter(asked) if asked in list(Matter) else abort(404)
    found = service().terms.changes(matter, of)
    people = {each.id: (each.name, each.number) for each in service().people.listed()}
    closed, today = service().periods.closings().keys(), service().office.today()
    shown = []
    for each in found[:MOST]:
        month = reached(each.what.valid_from, closed, today)
        url = _page_of(each, month, month in closed) if month else None
        shown.append(Shown(each, *_named(each, people), month, url))
    return render_template(
        "hr/term_history.html", matters=MATTERS, matter=matter, of=of, shown=shown, more=max(0, len(found) - MOST)
    )


def _named(change: Change, people: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Its name, and the number beside it."""
    if change.matter in OF_PERSONS:
        return people.get(change.of, (gettext("somebody else"), ""))
    if change.matter is Matter.SETTING:
        return setting_name(change.of), ""
    if isinstance(change.what, PriceView):
        return work_name(change.what), f"{change.what.product} {change.what.operation}"
    return change.of, ""


def _page_of(change: Change, month: str, closed: bool) -> str:
    """A closed month stays as it is: what is due for it is proposed as corrections."""
    if closed:
        return url_for("payroll.corrections", month=month)
    if change.matter in OF_PERSONS:
        return url_for("statement.one", month=month, person=change.of)
    return url_for("payroll.ledger", month=month)
