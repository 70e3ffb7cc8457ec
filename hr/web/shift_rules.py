"""What a shift asks for from a date on: breaks, windows, graces, overtime. Its times are the boxes' too, the rest is
HR's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.attendance.rules.shifts import Directions, Pairing, ShiftRule, clock
from hr.attendance.rules.timetable import EVER
from hr.attendance.shift_desk import Preview
from hr.attendance.shift_rules import Kept, breaks_of, breaks_text
from hr.people.records import Rejected
from hr.store.versions import Version
from hr.web.attending import STATUSES, clock_of
from hr.web.context import service, user_name
from hr.web.dates import date_or
from hr.web.forms import WHY, field, reason, wanted_text
from hr.web.rerating import only_looks

log = logging.getLogger(__name__)
blueprint = Blueprint("shift_rules", __name__, url_prefix="/shifts")

PAID, PAID_TEXT = "paid", lazy_gettext("paid")
"""The word after a break that is paid: as `breaks_of` reads it, and as the page says it."""
MINUTES = (
    "early_in_min",
    "late_out_min",
    "late_grace_min",
    "early_grace_min",
    "late_as_lack_min",
    "ot_unit_min",
    "ot_min_min",
    "flexible_min",
    "normal_cap_min",
    "overtime_min",
)
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


MOST_SHOWN = 200
"""Days that a change makes otherwise, on one page."""


@dataclass(frozen=True)
class Change:
    """A version as it was typed, and whether it is the one that holds today. What it took the place of is in it."""

    version: Version[Kept]
    today: bool


@blueprint.get("/<key>")
def one(key: str) -> ResponseReturnValue:
    """As the shift is today, or on the date in the address."""
    today = service().office.today()
    on = date_or(request.args.get("on"), today)
    rule = _rule(key, on)
    return _page(rule, _values(rule) | {"valid_from": "" if on == EVER else on, WHY: ""})


@blueprint.post("/<key>")
def save(key: str) -> ResponseReturnValue:
    valid_from = field(request.form, "valid_from") or EVER
    rule = _rule(key, date_or(valid_from, service().office.today()))
    values = {name: field(request.form, name) for name in (*_values(rule), "valid_from", WHY)}
    desk = service().attendance.shift_rules
    try:
        if date_or(valid_from, "") != valid_from:
            raise Rejected("valid_from", valid_from, "a date such as 2026-11-01")
        wanted = _typed(rule, values)
        if only_looks():
            return _page(rule, values, preview=desk.preview(wanted, valid_from))
        changed = desk.save(wanted, valid_from, user_name(), reason(request.form))
    except Rejected as error:
        name = error.column if error.column in values else f"{error.column}_min"
        return _page(rule, values, {name: gettext("Not taken: wanted %(what)s.", what=wanted_text(error.wanted))}), 422
    if not changed:
        flash(gettext("Nothing was to be changed."))
    else:
        log.info("%s changed the rules of a shift", user_name())
        flash(_said(values["name"], valid_from))
    return redirect(url_for("shift_rules.one", key=key, on=valid_from))


def _said(name: str, valid_from: str) -> str:
    if valid_from <= service().office.today():
        return str(gettext("%(name)s is saved. Days of open months are computed by it from now on.", name=name))
    later = gettext(
        "%(name)s is saved. It holds from %(date)s; the kiosks hear of it ahead.", name=name, date=valid_from
    )
    return str(later)


def _rule(key: str, on: str) -> ShiftRule:
    found = service().attendance.shift_rules.one(key, on)
    if found is None:
        abort(404)
    return found


def _history(key: str) -> list[Change]:
    """The newest first."""
    versions = service().attendance.shift_rules.history(key)
    today = service().office.today()
    holds = max((each.now.what.valid_from for each in versions if each.now.what.valid_from <= today), default="")
    return [Change(each, each.now.what.valid_from == holds) for each in reversed(versions)]


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


def _page(
    rule: ShiftRule,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    preview: Preview | None = None,
) -> str:
    return render_template(
        "hr/shift_rule.html",
        rule=rule,
        values=values,
        errors=errors or {},
        pairings=PAIRINGS,
        directions=DIRECTIONS,
        history=_history(rule.id),
        ever=EVER,
        preview=preview,
        most=MOST_SHOWN,
        statuses=STATUSES,
        paid_min=lambda day: sum(day.class_min.values()) + day.unclassified_min,
    )
