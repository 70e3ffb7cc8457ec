"""Leave: given, seen, taken back with a reason."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.attendance.leaves import LeaveKind, Wish
from hr.people.records import Rejected
from hr.web.attending import LEAVE_KINDS, clock_of, employed
from hr.web.context import service, user_name
from hr.web.dates import date_or, month_of, shifted
from hr.web.exceptions import refusal_text
from hr.web.forms import field, wanted_text

log = logging.getLogger(__name__)
blueprint = Blueprint("leave", __name__, url_prefix="/attendance/leave")

FIELDS = ("person", "kind", "date_from", "date_to", "start", "end", "reason", "compensates")
OF_FIELD = {"date_from", "date_to", "end", "person", "compensates"}
"""What the form can say beside its own field; the rest is said above."""


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    first = _month()[0] if "month" in request.args else service().office.today()
    return _page({"date_from": first} | {name: field(request.args, name) for name in ("person", "kind")})


@blueprint.post("/")
def give() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in FIELDS}
    dates = [date_or(values[each] or values["date_from"], "") for each in ("date_from", "date_to")]
    if not all(dates):
        return _page(values, {"date_from": gettext("Give the date.")}), 422
    hours = [clock_of(values[each]) if values[each] else None for each in ("start", "end")]
    if any(values[name] and found is None for name, found in zip(("start", "end"), hours, strict=True)):
        return _page(values, {"end": gettext("Give the time as HH:MM; 26:00 is 02:00 of the next day.")}), 422
    kind = LeaveKind(values["kind"]) if values["kind"] in set(LeaveKind) else LeaveKind.OTHER
    rest_day = date_or(values["compensates"], "") if kind is LeaveKind.COMPENSATORY else ""
    wish = Wish(values["person"], kind, dates[0], dates[1], hours[0], hours[1], values["reason"], rest_day)
    try:
        made = service().attendance.leaves.give(wish, user_name())
    except Rejected as error:
        return _page(values, _errors(error)), 422
    log.info("%s gave leave %s", user_name(), made.id)
    flash(gettext("It is noted and cuts the schedule of these days."))
    return redirect(url_for("leave.listed", month=dates[0][:7]))


@blueprint.post("/<key>/take-back")
def take_back(key: str) -> ResponseReturnValue:
    try:
        service().attendance.leaves.take_back(key, user_name(), request.form.get("why", ""))
    except Rejected as error:
        flash(refusal_text(error), "stop")
    else:
        log.info("%s took back leave %s", user_name(), key)
        flash(gettext("It is taken back. It stays in the list and cuts nothing."))
    return redirect(url_for("leave.listed", month=request.form.get("month")))


def _errors(error: Rejected) -> dict[str, str]:
    if error.column in OF_FIELD:
        return {error.column: wanted_text(error.wanted)}
    return {"reason" if error.column == "reason" else "date_from": refusal_text(error)}


def _month() -> tuple[str, str]:
    return month_of(date_or(f"{request.values.get('month', '')}-01", service().office.today()))


def _page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    first, last = _month()
    gives_back = bool(values.get("person")) and values.get("kind") == LeaveKind.COMPENSATORY
    return render_template(
        "hr/leave.html",
        entries=service().attendance.leaves.between(first, last),
        month=first[:7],
        before=shifted(first, -1)[:7],
        after=shifted(last, 1)[:7],
        people=employed(),
        kinds=LEAVE_KINDS,
        rest_days=service().attendance.leaves.rest_days(values["person"]) if gives_back else None,
        values=values,
        errors=errors or {},
    )
