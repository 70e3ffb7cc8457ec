"""Who may do which kind of work, and what is to be renewed."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.people.clearances import to_renew
from hr.people.csv_import import BadFile, Kind
from hr.web.context import service
from hr.web.forms import errors_of, field, save_rows

log = logging.getLogger(__name__)
blueprint = Blueprint("clearances", __name__, url_prefix="/clearances")

FIELDS = ("number", "kind", "valid_from", "valid_to", "evidence")


@blueprint.route("/")
def listed() -> ResponseReturnValue:
    return _page({"number": request.args.get("number", ""), "valid_from": service().office.today()})


@blueprint.post("/")
def save() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in FIELDS}
    try:
        save_rows(Kind.CLEARANCES, [values])
    except BadFile as error:
        return _page(values, errors_of(error)), 422
    return _done(gettext("The clearance is saved. The kiosks know it within a minute."))


@blueprint.post("/remove")
def remove() -> ResponseReturnValue:
    service().people.remove_clearance(*(field(request.form, name) for name in ("person", "kind", "valid_from")))
    return _done(gettext("The clearance is removed."))


def _done(message: str) -> ResponseReturnValue:
    log.info("a clearance was changed")
    flash(message)
    return redirect(url_for("clearances.listed"))


def _page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    everything, today = service().people.clearances(), service().office.today()
    due = to_renew(everything, today)
    return render_template(
        "hr/clearances.html",
        due=due,
        others=[each for each in everything if each not in due],
        needed=sorted({kind for machine in service().catalogue.machines() for kind in machine.needs}),
        people=[person for person in service().people.listed() if person.active],
        values=values,
        errors=errors or {},
    )
