"""Newcomers that boxes have registered: who waits, what his card says, and what is decided about him.

The card is opened in memory for one page, and who opened it is logged, with the person key and without the name.
"""

from __future__ import annotations

import logging

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.people.newcomers import Card, Newcomer
from hr.people.records import PersonView, Rejected
from hr.web.context import service, user_name
from hr.web.figures import badge_tail
from hr.web.forms import errors_of, field, wanted_text
from pages import LANGUAGES
from sync.wire.envelope import PERSON_KEY
from sync.wire.identity import CardKind, CardWarning, IdCard, NotSealedForUs
from sync.wire.reference_data import Person, Role

log = logging.getLogger(__name__)
blueprint = Blueprint("newcomers", __name__, url_prefix="/newcomers")

CARD_STATES = {
    Card.HERE: lazy_gettext("received"),
    Card.NOT_YET: lazy_gettext("not received yet"),
    Card.DIFFERS: lazy_gettext("not the one that was registered"),
    Card.DESTROYED: lazy_gettext("deleted"),
}
CARD_KINDS = {
    CardKind.RESIDENT: lazy_gettext("Resident identity card"),
    CardKind.HMT_RESIDENT: lazy_gettext("Residence permit for Hong Kong, Macao and Taiwan residents"),
    CardKind.FOREIGN_2017: lazy_gettext("Foreign permanent resident card of 2017"),
    CardKind.FOREIGN_2023: lazy_gettext("Foreign permanent resident card of 2023"),
}
WARNINGS = {
    CardWarning.EXPIRED: lazy_gettext("The card has expired."),
    CardWarning.NUMBER_CHECK: lazy_gettext("The number's check digit is wrong: look at the card yourself."),
    CardWarning.BIRTH_DIFFERS: lazy_gettext("The number names another date of birth than the card."),
    CardWarning.SEX_DIFFERS: lazy_gettext("The number names another sex than the card."),
}


@blueprint.route("/")
def everyone() -> ResponseReturnValue:
    known = {person.id: person for person in service().people.listed()}
    return render_template(
        "hr/newcomers.html", newcomers=service().newcomers.listed(), known=known, card_text=card_text
    )


@blueprint.route("/<key>")
def one(key: str) -> ResponseReturnValue:
    return _page(_found(key))


@blueprint.post("/<key>/employ")
def employ(key: str) -> ResponseReturnValue:
    newcomer = _found(key)
    values = {name: field(request.form, name) for name in ("number", "name", "team", "language")}
    errors = {name: gettext("This is needed") for name in ("number", "name") if not values[name]}
    language = values["language"] if values["language"] in LANGUAGES else LANGUAGES[0]
    if not errors:
        try:
            person = Person("", values["number"], values["name"], Role.WORKER, values["team"], language)
            service().newcomers.employ(key, person)
        except Rejected as error:
            errors = errors_of(error)
    if errors:
        return _page(newcomer, values, errors), 422
    log.info("%s made the newcomer %s an employee", user_name(), key)
    flash(gettext("%(name)s is on the list now. The kiosks know the name within a minute.", name=values["name"]))
    return redirect(url_for("newcomers.one", key=key))


@blueprint.post("/<key>/map")
def map_to(key: str) -> ResponseReturnValue:
    _found(key)
    number = field(request.form, "number")
    person = next((each for each in service().people.listed() if each.number == number), None)
    try:
        if person is None:
            raise Rejected("person", number, "a person that is known")
        service().newcomers.map_to(key, person.id)
    except Rejected as error:
        flash(wanted(error), "stop")
    else:
        log.info("%s mapped the newcomer %s to an employee", user_name(), key)
        flash(gettext("What the newcomer did is now %(name)s's.", name=person.name))
    return redirect(url_for("newcomers.one", key=key))


@blueprint.post("/<key>/undo")
def undo(key: str) -> ResponseReturnValue:
    _found(key)
    try:
        service().newcomers.undo(key)
    except Rejected as error:
        flash(wanted(error), "stop")
    else:
        log.info("%s took back what was decided about the newcomer %s", user_name(), key)
        flash(gettext("The decision is taken back; the newcomer waits again."))
    return redirect(url_for("newcomers.one", key=key))


@blueprint.post("/<key>/forget")
def forget(key: str) -> ResponseReturnValue:
    _found(key)
    wiped = service().newcomers.forget(key)
    log.info("%s deleted the card of the newcomer %s", user_name(), key)
    if wiped:
        flash(gettext("What the card says is deleted here. Backups made before still hold it."))
    else:
        flash(gettext("What the card says is deleted, but the disk still holds it: delete it once more."), "stop")
    return redirect(url_for("newcomers.one", key=key))


@blueprint.post("/<key>/badge")
def badge(key: str) -> ResponseReturnValue:
    _found(key)
    text, give = field(request.form, "badge"), request.form.get("give") == "1"
    try:
        service().newcomers.decide_badge(key, text, give)
    except Rejected as error:
        flash(wanted(error), "stop")
    else:
        log.info("%s decided whose a badge is", user_name())
        moved = gettext("Badge %(badge)s is now this newcomer's.", badge=badge_tail(text))
        flash(moved if give else gettext("Badge %(badge)s stays where it was.", badge=badge_tail(text)))
    return redirect(url_for("newcomers.one", key=key))


def _found(key: str) -> Newcomer:
    newcomer = service().newcomers.one(key) if PERSON_KEY.fullmatch(key) else None
    if newcomer is None:
        abort(404)
    return newcomer


def _page(newcomer: Newcomer, values: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    opens = newcomer.card in {Card.HERE, Card.DIFFERS} and (newcomer.waits or bool(request.args.get("card")))
    card = _opened(newcomer.key) if opens else None
    everybody = service().people.listed()
    return render_template(
        "hr/newcomer.html",
        newcomer=newcomer,
        card=card,
        unreadable=opens and card is None,
        kind=CARD_KINDS[card.kind] if card is not None else "",
        warnings=[str(WARNINGS[warning]) for warning in card.warnings] if card is not None else [],
        masked=masked(card.number) if card is not None else "",
        person=_person(everybody, newcomer.person),
        everybody=everybody,
        values=values or {"name": card.name if card is not None else "", "language": newcomer.language},
        errors=errors or {},
        forgetting=bool(request.args.get("forget")),
        holders={claim.badge: _person(everybody, claim.holder) for claim in newcomer.conflicts},
        card_text=card_text,
    )


def _opened(key: str) -> IdCard | None:
    log.info("%s opened the card of the newcomer %s", user_name(), key)
    try:
        return service().newcomers.open_card(key)
    except NotSealedForUs as error:
        log.error("a newcomer's card cannot be opened: %s", error)
        return None


def _person(everybody: list[PersonView], key: str | None) -> PersonView | None:
    return next((person for person in everybody if person.id == key), None)


def card_text(card: Card) -> str:
    return str(CARD_STATES[card])


def wanted(error: Rejected) -> str:
    return str(gettext("That cannot be done; wanted: %(wanted)s", wanted=wanted_text(error.wanted)))


def masked(number: str) -> str:
    """The first three and the last four characters."""
    return number[:3] + "*" * max(0, len(number) - 7) + number[-4:] if len(number) > 7 else number
