"""Taps from the paper list of an outage: typed, seen beside the record that came later, taken back with a reason."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.attendance.typed import Entry
from hr.people.records import Rejected
from hr.web.context import service, user_name, zone
from hr.web.dates import date_or
from hr.web.forms import errors_of, field
from hr.web.times import moment
from sync.wire.facts import Direction

log = logging.getLogger(__name__)
blueprint = Blueprint("paper", __name__, url_prefix="/paper")

FIELDS = ("number", "direction", "date", "time", "reference")
KEPT = ("date", "reference", "direction")
"""What the next line of the same list has in common with this one."""

DIRECTIONS = {Direction.IN.value: lazy_gettext("came"), Direction.OUT.value: lazy_gettext("left")}


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    values = {name: request.args.get(name, "") for name in FIELDS}
    return _page({**values, "date": date_or(values["date"], service().office.today())})


@blueprint.post("/")
def write() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in FIELDS}
    at_us = moment(values["date"], values["time"], zone())
    if at_us is None or values["direction"] not in DIRECTIONS:
        return _page(values, {"time": gettext("Give the date and the time.")}), 422
    try:
        made = service().papers.write(
            Entry(values["number"], Direction(values["direction"]), at_us, values["reference"]), user_name()
        )
    except Rejected as error:
        return _page(values, errors_of(error)), 422
    log.info("%s typed tap %s from paper", user_name(), made.id)
    flash(gettext("It is noted and counts. If the kiosk sends the same tap later, it counts once."))
    kept: dict[str, Any] = {name: values[name] for name in KEPT}
    return redirect(url_for("paper.listed", **kept))


@blueprint.get("/<key>")
def one(key: str) -> ResponseReturnValue:
    return _one(key)


@blueprint.post("/<key>/take-back")
def take_back(key: str) -> ResponseReturnValue:
    try:
        service().papers.take_back(key, user_name(), request.form.get("why", ""))
    except Rejected as error:
        if error.column == "why":
            return _one(key, gettext("Say in a few words why.")), 422
        flash(gettext("It does not stand any more, or never did."), "stop")
    else:
        log.info("%s took back tap %s from paper", user_name(), key)
        flash(gettext("It is taken back. It stays in the list and counts no more."))
    return redirect(url_for("paper.listed"))


def _one(key: str, error: str = "") -> str:
    typed = service().papers.one(key)
    if typed is None:
        abort(404)
    return render_template(
        "hr/paper_one.html",
        typed=typed,
        fact=service().attendance.records_of_paper([typed]).get(key),
        directions=DIRECTIONS,
        error=error,
    )


def _page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    typed = service().papers.listed()
    return render_template(
        "hr/paper.html",
        typed=typed,
        facts=service().attendance.records_of_paper(typed),
        people=[person for person in service().people.listed() if person.active],
        values=values,
        errors=errors or {},
        directions=DIRECTIONS,
    )
