"""The kiosks: which may speak, when each was last heard, and what was set aside."""

from __future__ import annotations

import logging

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from hr.kiosks import Kiosk, State, Undecidable
from hr.web.context import service, user_name

log = logging.getLogger(__name__)
blueprint = Blueprint("kiosks", __name__)

QUIET_AFTER_US = 15 * 60 * 1_000_000
"""A running machine alone makes a record each five minutes; after fifteen a person should look."""

REFUSALS = {
    "conflict": lazy_gettext("the same number was received before with other content"),
    "bad_hash": lazy_gettext("its hash does not agree with its content"),
    "broken_chain": lazy_gettext("it does not continue the chain"),
    "unknown_kind": lazy_gettext("of a kind this server does not know yet"),
    "bad_body": lazy_gettext("its content is not as it should be"),
}


@blueprint.route("/kiosks")
def fleet() -> ResponseReturnValue:
    return render_template(
        "hr/kiosks.html",
        kiosks=service().kiosks(),
        losses=service().losses(),
        quarantine=service().quarantine(),
        revoking=request.args.get("revoke", ""),
        own_fingerprint=service().keys.fingerprint,
        quiet=quiet_ones(),
        refusal_text=lambda code: str(REFUSALS.get(code, code)),
    )


@blueprint.post("/kiosks/<fingerprint>/accept")
def accept(fingerprint: str) -> ResponseReturnValue:
    try:
        service().accept(fingerprint)
    except Undecidable as error:
        log.info("%s could not let in a kiosk: %s", user_name(), error)
        flash(_why_not(fingerprint), "stop")
    else:
        log.info("%s let in the kiosk with the key %s", user_name(), fingerprint)
        flash(gettext("The kiosk is let in. It sends what it has kept within a minute."))
    return redirect(url_for("kiosks.fleet"))


@blueprint.post("/kiosks/<fingerprint>/revoke")
def revoke(fingerprint: str) -> ResponseReturnValue:
    try:
        service().revoke(fingerprint)
    except Undecidable as error:
        log.info("%s could not revoke a kiosk: %s", user_name(), error)
        flash(_why_not(fingerprint), "stop")
    else:
        log.info("%s revoked the kiosk key %s", user_name(), fingerprint)
        flash(gettext("Its key is revoked. Nothing it sends is taken any more."))
    return redirect(url_for("kiosks.fleet"))


def quiet_ones() -> list[Kiosk]:
    """Kiosks that are let in and have not been heard for a while."""
    before_us = service().clock() - QUIET_AFTER_US
    accepted = (kiosk for kiosk in service().kiosks() if kiosk.state is State.ACCEPTED)
    return [kiosk for kiosk in accepted if kiosk.last_contact_us is None or kiosk.last_contact_us < before_us]


def _why_not(fingerprint: str) -> str:
    kiosks = service().kiosks()
    asking = next((kiosk for kiosk in kiosks if kiosk.fingerprint == fingerprint), None)
    if asking is None:
        return str(gettext("No kiosk has asked with this fingerprint."))
    if any(kiosk.device == asking.device and kiosk.state is State.ACCEPTED for kiosk in kiosks):
        return str(gettext("Another key has the name of this kiosk. Revoke that one first."))
    return str(
        gettext(
            "%(device)s has a history with another key. Run clockpiece replace-box on the new kiosk, or give it "
            "another name.",
            device=asking.device,
        )
    )
