"""People and their badges: the list, one form for new and known people, and badges that nobody owns yet."""

from __future__ import annotations

import logging
import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.people.clearances import to_renew
from hr.people.records import PersonView, Rejected
from hr.web.context import service, user_name
from hr.web.figures import badge_tail
from hr.web.forms import errors_of, field, wanted_text
from pages import LANGUAGES
from sync.wire.reference_data import Person, Role

log = logging.getLogger(__name__)
blueprint = Blueprint("people", __name__)

SHOWN_LINKS = 20
WEIGHT = re.compile(r"[1-9][0-9]{0,2}|1000", re.ASCII)

FIELDS = ("number", "name", "team", "role", "language", "weight")


@blueprint.route("/people")
def everyone() -> ResponseReturnValue:
    edited = _known(request.args.get("edit", ""))
    return _page(
        _values(edited) if edited else {"language": service().office.plant.language, "active": "1", "weight": "100"},
        edited,
    )


@blueprint.post("/people")
def save() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in FIELDS} | {"active": request.form.get("active", "")}
    known = _known(values["number"]) if request.form.get("known") else None
    errors = {name: gettext("This is needed") for name in ("number", "name") if not values[name]}
    if values["weight"] and not WEIGHT.fullmatch(values["weight"]):
        errors["weight"] = wanted_text("a whole number from 1 to 1000")
    if known is None and not errors and _known(values["number"]) is not None:
        errors["number"] = gettext("Somebody has this number already: edit that person instead")
    if not errors:
        try:
            weight = int(values["weight"] or (known.weight if known else 100))
            service().people.save(_wanted(values, request.form.get("pin", ""), weight), bool(values["active"]))
        except Rejected as error:
            errors = errors_of(error)
    if errors:
        return _page(values, known, errors), 422
    log.info("a person was saved")
    flash(gettext("%(name)s is saved. The kiosks know it within a minute.", name=values["name"]))
    return redirect(url_for("people.everyone", edit=values["number"]))


@blueprint.post("/people/badges")
def assign_badge() -> ResponseReturnValue:
    number, text = field(request.form, "number"), field(request.form, "badge")
    person = _known(number)
    if person is None:
        flash(gettext("Choose the person the badge belongs to."), "stop")
        return redirect(url_for("people.everyone") + "#unknown")
    try:
        key = service().people.assign_badge(text, person.id)
    except Rejected as error:
        flash(f"{badge_tail(text)}: {wanted_text(error.wanted)}", "stop")
    else:
        log.info("a badge was given to a person")
        flash(
            gettext(
                "Badge %(badge)s is now %(name)s's. Earlier taps with it count too.",
                badge=badge_tail(key),
                name=person.name,
            )
        )
    return redirect(url_for("people.everyone", edit=number))


@blueprint.post("/people/links/<device>/<int:epoch>/<int:seq>")
def decide_link(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    give = request.form.get("give") == "1"
    try:
        service().people.decide_link(device, epoch, seq, give)
    except Rejected as error:
        flash(wanted_text(error.wanted), "stop")
    else:
        log.info("%s decided whose a linked badge is", user_name())
        done = gettext("The badge is now the linked person's. Earlier taps with it count too.")
        flash(done if give else gettext("The badge stays where it was."))
    return redirect(url_for("people.everyone") + "#links")


@blueprint.post("/people/badges/block")
def block_badge() -> ResponseReturnValue:
    key, blocked = field(request.form, "badge"), request.form.get("blocked") == "1"
    try:
        service().people.block_badge(key, blocked)
    except Rejected as error:
        flash(f"{badge_tail(key)}: {wanted_text(error.wanted)}", "stop")
    else:
        log.info("a badge was %s", "blocked" if blocked else "unblocked")
        done = gettext("Badge %(badge)s is blocked.", badge=badge_tail(key))
        flash(done if blocked else gettext("Badge %(badge)s works again.", badge=badge_tail(key)))
    return redirect(url_for("people.everyone", edit=field(request.form, "number")))


def _page(values: dict[str, str], edited: PersonView | None, errors: dict[str, str] | None = None) -> str:
    sought = request.args.get("q", "").strip()
    everybody = service().people.listed()
    return render_template(
        "hr/people.html",
        people=[person for person in everybody if _matches(person, sought)],
        everybody=everybody,
        sought=sought,
        values=values,
        edited=edited,
        errors=errors or {},
        unknown=service().people.unknown_badges(),
        links=service().people.links()[:SHOWN_LINKS],
        blocked=_blocked_badges(),
        due={each.person for each in to_renew(service().people.clearances(), service().office.today())},
        cleared=[each for each in service().people.clearances() if edited and each.person == edited.id],
    )


def _blocked_badges() -> frozenset[str]:
    return frozenset(badge.key for badge in service().editions.reference().badges if badge.blocked)


def _matches(person: PersonView, sought: str) -> bool:
    return sought.casefold() in f"{person.number} {person.name} {person.team}".casefold()


def _known(number: str) -> PersonView | None:
    return next((person for person in service().people.listed() if person.number == number), None)


def _values(person: PersonView) -> dict[str, str]:
    return {
        "number": person.number,
        "name": person.name,
        "team": person.team,
        "role": person.role.value,
        "language": person.language,
        "weight": str(person.weight),
        "active": "1" if person.active else "",
    }


def _wanted(values: dict[str, str], pin: str, weight: int) -> Person:
    return Person(
        id="",
        number=values["number"],
        name=values["name"],
        role=Role.SUPERVISOR if values["role"] == Role.SUPERVISOR else Role.WORKER,
        team=values["team"],
        language=values["language"] if values["language"] in LANGUAGES else LANGUAGES[0],
        pin=pin.strip() or None,
        weight=weight,
    )
