"""Waiting time of a month that facts show: what is proposed, and what HR decides of it."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from hr.pay.periods.period import days_of
from hr.pay.rules.waiting import State
from hr.people.rejected import Rejected
from hr.web.context import service, user_name
from hr.web.forms import field, wanted_text

log = logging.getLogger(__name__)
blueprint = Blueprint("waiting", __name__, url_prefix="/payroll")

STATES = {
    State.OPEN: ("ask", "question", lazy_gettext("nobody has decided")),
    State.CHANGED: ("ask", "warning", lazy_gettext("decided, and different since")),
    State.ACCEPTED: ("ok", "check", lazy_gettext("accepted")),
    State.DECLINED: ("", "out", lazy_gettext("declined")),
}
"""Colour, sign and words of each."""


@blueprint.route("/<month>/waiting")
def proposed(month: str) -> ResponseReturnValue:
    return _page(_month(month))


@blueprint.post("/<month>/waiting")
def decide(month: str) -> ResponseReturnValue:
    accept = request.form.get("action") == "accept"
    chosen, reason = set(request.form.getlist("proposal")), field(request.form, "reason")
    if not chosen:
        return _page(_month(month), gettext("Choose at least one line."), reason), 422
    try:
        decided = service().waiting.decide(_month(month), chosen, reason, user_name(), accept=accept)
    except Rejected as error:
        return _page(month, wanted_text(error.wanted), reason, chosen), 422
    log.info("waiting time of %d days in %s was decided by %s", decided, month, user_name())
    flash(ngettext("%(num)s day is decided.", "%(num)s days are decided.", decided))
    return redirect(url_for("waiting.proposed", month=month))


def _page(month: str, error: str = "", reason: str = "", chosen: frozenset[str] | set[str] = frozenset()) -> str:
    return render_template(
        "hr/waiting.html",
        month=month,
        proposals=service().waiting.proposed(month),
        people={each.id: each for each in service().people.listed()},
        machines={each.id: each.name for each in service().catalogue.machines()},
        closed=month in service().periods.closings(),
        states=STATES,
        error=error,
        reason=reason,
        chosen=chosen,
    )


def _month(text: str) -> str:
    try:
        days_of(text)
    except ValueError:
        abort(404)
    return text
