"""What was agreed and decided of pay: terms and grades, pools of teams, local settings. A form is a file of one row."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.pay.rules.settings import Grade, Terms, in_force
from hr.pay.terms.changes import ListChange, SettingChange
from hr.pay.terms.lists import PayList, columns_of
from hr.pay.terms.records import SETTINGS, Membership
from hr.people.csv_import import BadFile
from hr.people.records import PersonView
from hr.people.rejected import Rejected
from hr.web.context import service, user_name
from hr.web.dates import date_or
from hr.web.forms import WHY, errors_of, field, file_of, reason, wanted_text
from hr.web.pay_words import GROUPS, allowed, setting_name
from hr.web.rerating import changes_page, only_looks
from sync.wire.reference_data import Role

log = logging.getLogger(__name__)
blueprint = Blueprint("terms", __name__, url_prefix="/pay")

BACK_TO = {
    PayList.TERMS: "terms.listed",
    PayList.GRADES: "terms.listed",
    PayList.POOLS: "terms.pools",
    PayList.MEMBERS: "terms.pools",
}
"""Which page a list belongs to; the others are entries of a month."""

Page = Callable[[Mapping[str, str], Mapping[str, str]], str]


@dataclass(frozen=True)
class Paid:
    """A person with what holds today, and how many other versions there are."""

    person: PersonView
    terms: Terms | None
    grade: Grade | None
    pool: str
    versions: int


# --- terms and grades -------------------------------------------------------------------------------


@blueprint.route("/terms")
def listed() -> ResponseReturnValue:
    return _terms_page({}, {})


@blueprint.post("/terms/<kind>")
def save(kind: str) -> ResponseReturnValue:
    wanted = list_named(kind)
    if wanted not in BACK_TO:
        abort(404)
    values = _fields(wanted)
    back, why = url_for(BACK_TO[wanted], edit=values.get("number") or None), field(request.form, WHY)
    try:
        if only_looks():
            return changes_page(ListChange(wanted, file_of([values])), back, values, why)
        service().terms.import_list(wanted, file_of([values]), user_name(), reason(request.form))
    except (BadFile, Rejected) as error:
        return _page_of(wanted)(values | {WHY: why}, errors_of(error)), 422
    log.info("%s changed a row of %s", user_name(), wanted.value)
    flash(gettext("Saved. Months that are not closed are computed with it at once."))
    return redirect(back)


def _terms_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    today = service().office.today()
    terms, grades = service().terms.terms(), service().terms.grades()
    memberships = service().terms.members()
    people = [
        Paid(
            each,
            in_force(terms.get(each.id, ()), today),
            in_force(grades.get(each.id, ()), today),
            _pool([m for m in memberships if m.person == each.id], today),
            len(terms.get(each.id, ())),
        )
        for each in service().people.listed()
        if each.active
    ]
    edited = next(
        (each for each in people if each.person.number == request.args.get("edit", values.get("number"))), None
    )
    shown = dict(values) or (_of_terms(edited, today) if edited else {})
    return render_template(
        "hr/terms.html",
        people=people,
        edited=edited,
        history=service().terms.terms_history(edited.person.id) if edited else (),
        grades=service().terms.grades_history(edited.person.id) if edited else (),
        values=shown,
        errors=errors,
        without=sum(each.terms is None and each.person.role is not Role.SUPERVISOR for each in people),
    )


def _pool(memberships: list[Membership], today: str) -> str:
    found = in_force(memberships, today)
    return "" if found is None else found.pool


def _of_terms(edited: Paid, today: str) -> dict[str, str]:
    terms = edited.terms
    if terms is None:
        return {"valid_from": today}
    amounts = {
        name: "" if value is None else format(value, "f")
        for name, value in (("contract_month", terms.contract_month), ("fixed", terms.fixed))
    }
    return amounts | {
        "valid_from": today,
        "scheme": terms.scheme.value,
        "hours_system": terms.hours.value,
        "fixed_per": terms.fixed_per.value,
        "probation_from": terms.probation_from,
        "probation_until": terms.probation_until,
        "training_days": str(terms.training_days),
        "training_guarantee": format(terms.training_guarantee, "f"),
        "training_ratio": format(terms.training_ratio, "f"),
        "training_until": terms.training_until,
    }


# --- pools ------------------------------------------------------------------------------------------


@blueprint.route("/pools")
def pools() -> ResponseReturnValue:
    return _pools_page({}, {})


def _pools_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    people = {each.id: each for each in service().people.listed()}
    members = service().terms.members()
    return render_template(
        "hr/pools.html",
        pools=service().terms.pools(),
        members=[(people[each.person], each) for each in members if each.person in people],
        people=[each for each in people.values() if each.active],
        values=values or {"valid_from": service().office.today()},
        errors=errors,
    )


# --- local settings ---------------------------------------------------------------------------------


@blueprint.route("/settings")
def settings() -> ResponseReturnValue:
    return _settings_page({"name": request.args.get("name", "")}, {})


@blueprint.post("/settings")
def enter_setting() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in ("name", "value", "valid_from", WHY)}
    if date_or(values["valid_from"], "") != values["valid_from"] or not values["valid_from"]:
        return _settings_page(values, {"valid_from": wanted_text("a date such as 2026-11-01")}), 422
    try:
        if only_looks():
            change = SettingChange(values["name"], values["valid_from"], values["value"])
            why = values.pop(WHY)
            return changes_page(change, url_for("terms.settings", name=values["name"]), values, why)
        service().terms.enter_setting(
            values["name"], values["valid_from"], values["value"], user_name(), reason(request.form)
        )
    except Rejected as error:
        return _settings_page(values, errors_of(error)), 422
    log.info("%s entered the setting %s", user_name(), values["name"])
    flash(gettext("%(name)s holds from %(date)s on.", name=setting_name(values["name"]), date=values["valid_from"]))
    return redirect(url_for("terms.settings"))


def _settings_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    today, versions = service().office.today(), service().terms.setting_versions()
    rows = {
        name: (
            in_force([each for each in versions if each.name == name], today),
            [each for each in versions if each.name == name and each.valid_from > today],
        )
        for name in SETTINGS
    }
    chosen = values.get("name") if values.get("name") in SETTINGS else ""
    return render_template(
        "hr/pay_settings.html",
        groups=GROUPS,
        rows=rows,
        standing=in_force(service().terms.settings(), today),
        values={"valid_from": today} | {name: value for name, value in values.items() if value},
        chosen=chosen,
        allowed=allowed(chosen) if chosen else (),
        errors=errors,
    )


# --- small things -----------------------------------------------------------------------------------


def list_named(kind: str) -> PayList:
    """Of an address."""
    return PayList(kind) if kind in list(PayList) else abort(404)


def _page_of(kind: PayList) -> Page:
    return _pools_page if BACK_TO[kind] == "terms.pools" else _terms_page


def _fields(kind: PayList) -> dict[str, str]:
    return {name: field(request.form, name) for name in columns_of(kind)}
