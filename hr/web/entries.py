"""What HR enters of a month: scores, allowances, claims, waiting time, leave. A form is a file of one row."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.pay.periods.period import days_of
from hr.pay.terms.changes import ListChange
from hr.pay.terms.documents import MEASURES, Kind
from hr.pay.terms.lists import PayList, columns_of
from hr.people.cells import month as month_text
from hr.people.csv_import import BadFile
from hr.people.rejected import Rejected
from hr.web.context import service, user_name
from hr.web.forms import errors_of, field, file_of, wanted_text
from hr.web.rerating import changes_page, only_looks

log = logging.getLogger(__name__)
blueprint = Blueprint("entries", __name__, url_prefix="/pay/entries")

LIST_OF = {
    Kind.BONUS: PayList.BONUSES,
    Kind.ALLOWANCE: PayList.ALLOWANCES,
    Kind.HAZARD: PayList.ALLOWANCES,
    Kind.CLAIM: PayList.CLAIMS,
    Kind.WAITING: PayList.WAITING,
    Kind.LONG_STOP: PayList.LONG_STOPS,
    Kind.LEAVE: PayList.LEAVE,
    Kind.INSURANCE: PayList.INSURANCE,
}
"""By which list a form of a kind is taken."""

FIELDS = ("kind", "number", "month", "date", "amount", "share", "reason")


@blueprint.route("")
def listed() -> ResponseReturnValue:
    return _page({"number": request.args.get("number", ""), "kind": request.args.get("kind", "")}, {})


@blueprint.post("")
def enter() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in FIELDS}
    kind = Kind(values["kind"]) if values["kind"] in LIST_OF else abort(404)
    back = url_for("entries.listed", month=values["month"] or values["date"][:7] or None)
    row = file_of([_row_of(kind, values)])
    try:
        if only_looks():
            return changes_page(ListChange(LIST_OF[kind], row), back, values)
        service().terms.import_list(LIST_OF[kind], row, user_name())
    except BadFile as error:
        errors = errors_of(error)
        said = {"base": "amount", "day_wage": "amount", "score": "share", "minutes": "share", "days": "share"}
        return _page(values, {said.get(name, name): text for name, text in errors.items()}), 422
    log.info("%s entered something of a month's pay", user_name())
    flash(gettext("Saved. Months that are not closed are computed with it at once."))
    return redirect(back)


@blueprint.post("/<document>/back")
def take_back(document: str) -> ResponseReturnValue:
    try:
        taken = service().terms.take_back(document, field(request.form, "why"), user_name())
    except Rejected as error:
        flash(wanted_text(error.wanted), "stop")
        return redirect(url_for("entries.listed", month=request.form.get("month")))
    flash(gettext("It is taken back, and stays in the list with who and why."))
    return redirect(url_for("entries.listed", month=taken.month))


def _page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    month = _month(request.args.get("month") or request.form.get("month") or service().office.today()[:7])
    people = {each.id: each for each in service().people.listed()}
    return render_template(
        "hr/pay_entries.html",
        month=month,
        documents=service().terms.documents(month),
        people=people,
        kinds=list(LIST_OF),
        measures=MEASURES,
        values={"month": month} | {name: value for name, value in values.items() if value},
        errors=errors,
    )


def _row_of(kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
    """The columns of the kind's list; what a kind does not have is left out."""
    amount = {Kind.BONUS: "base", Kind.LEAVE: "day_wage"}.get(kind, "amount")
    share = {Kind.BONUS: "score", Kind.WAITING: "minutes", Kind.LONG_STOP: "minutes", Kind.LEAVE: "days"}.get(kind, "")
    row = {"number": values["number"], "month": values["month"], "date": values["date"], "reason": values["reason"]}
    row |= {amount: values["amount"], share: values["share"]}
    row |= {"hazard": "yes"} if kind is Kind.HAZARD else {}
    return {name: row[name] for name in columns_of(LIST_OF[kind]) if name in row}


def _month(text: str) -> str:
    try:
        return days_of(month_text(text))[0][:7]
    except ValueError:
        abort(404)
