"""What a shift asks for: breaks, windows, graces, overtime. Its times are the boxes' too, the rest is HR's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.attendance.rules.shifts import Directions, Pairing, ShiftRule, clock
from hr.attendance.shift_rules import MINUTES, breaks_of, breaks_text
from hr.people.records import Rejected
from hr.web.attending import clock_of
from hr.web.context import service, user_name
from hr.web.forms import field, wanted_text

log = logging.getLogger(__name__)
blueprint = Blueprint("shift_rules", __name__, url_prefix="/shifts")

PAID, PAID_TEXT = "paid", lazy_gettext("paid")
"""The word after a break that is paid: as `breaks_of` reads it, and as the page says it."""
OPTIONAL = ("late_as_lack_min", "normal_cap_min")
PAIRINGS = {
    Pairing.FIRST_LAST: lazy_gettext("the first and the last tap"),
    Pairing.EVERY_PAIR: lazy_gettext("every pair of in and out"),
}
DIRECTIONS = {
    Directions.AS_SAID: lazy_gettext("in or out as it was said"),
    Directions.ALTERNATING: lazy_gettext("in and out by turns"),
    Directions.LOG_TYPE: lazy_gettext("only taps that say which"),
}


@blueprint.get("/<key>")
def one(key: str) -> ResponseReturnValue:
    rule = _rule(key)
    return _page(rule, _values(rule))


@blueprint.post("/<key>")
def save(key: str) -> ResponseReturnValue:
    rule = _rule(key)
    values = {name: field(request.form, name) for name in _values(rule)}
    try:
        service().attendance.shift_rules.save(_typed(rule, values))
    except Rejected as error:
        name = error.column if error.column in values else f"{error.column}_min"
        return _page(rule, values, {name: gettext("Not taken: wanted %(what)s.", what=wanted_text(error.wanted))}), 422
    log.info("%s changed the rules of a shift", user_name())
    flash(gettext("%(name)s is saved. Days of open months are computed by it from now on.", name=values["name"]))
    return redirect(url_for("shift_rules.one", key=key))


def _rule(key: str) -> ShiftRule:
    found = service().attendance.shift_rules.one(key)
    if found is None:
        abort(404)
    return found


def _values(rule: ShiftRule) -> dict[str, str]:
    minutes = {name: getattr(rule, name) for name in MINUTES}
    return {
        "name": rule.name,
        "start": clock(rule.start_min),
        "end": clock(rule.end_min),
        "breaks": breaks_text(rule.breaks).replace(PAID, str(PAID_TEXT)),
        "punches": str(rule.punches),
        "pairing": rule.pairing.value,
        "directions": rule.directions.value,
    } | {name: "" if value is None else str(value) for name, value in minutes.items()}


def _typed(rule: ShiftRule, values: Mapping[str, str]) -> ShiftRule:
    """records.Rejected names the first field that cannot be read."""
    minutes: dict[str, Any] = {name: _minutes(name, values[name]) for name in MINUTES}
    return replace(
        rule,
        name=values["name"] or rule.name,
        start_min=_clock("start", values["start"]),
        end_min=_clock("end", values["end"]),
        breaks=breaks_of(values["breaks"].replace(str(PAID_TEXT), PAID)),
        punches=4 if values["punches"] == "4" else 2,
        pairing=Pairing(values["pairing"]) if values["pairing"] in set(Pairing) else rule.pairing,
        directions=Directions(values["directions"]) if values["directions"] in set(Directions) else rule.directions,
        **minutes,
    )


def _clock(name: str, text: str) -> int:
    minute = clock_of(text)
    if minute is None:
        raise Rejected(name, text, "HH:MM")
    return minute


def _minutes(name: str, text: str) -> int | None:
    if not text and name in OPTIONAL:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        raise Rejected(name, text, "0 or more minutes")
    return int(text)


def _page(rule: ShiftRule, values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "hr/shift_rule.html",
        rule=rule,
        values=values,
        errors=errors or {},
        pairings=PAIRINGS,
        directions=DIRECTIONS,
    )
