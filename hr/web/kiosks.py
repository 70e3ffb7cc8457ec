"""The kiosks: which may speak, how each stands, and where it is."""

from __future__ import annotations

import hmac
import logging

import msgspec
from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.fleet.monitoring import FleetNow, box_now
from hr.kiosks.store import State, Undecidable
from hr.web.context import service, user_name
from hr.web.standing import (
    REASONS,
    SAID_BY_HEADLINE,
    SORTS,
    clock_text,
    disk_text,
    headline,
    moment,
    notice_text,
    trouble_text,
)
from release import release

log = logging.getLogger(__name__)
blueprint = Blueprint("kiosks", __name__)

MONITORING = "clockpiece.monitoring"
"""Where the app keeps the token of the monitoring tool."""


@blueprint.route("/kiosks")
def fleet() -> ResponseReturnValue:
    standings, now_us = service().fleet.standing(), service().office.clock()
    here = {each.box.device for each in standings}
    return render_template(
        "hr/kiosks.html",
        kiosks=service().kiosks.listed(),
        standings=standings,
        others=[each for each in service().kiosks.listed() if each.device not in here],
        losses=service().kiosks.losses(),
        waiting=sum(each.box.aside for each in standings),
        own_fingerprint=service().office.keys.fingerprint,
        **_words(now_us),
    )


@blueprint.route("/kiosks/of/<device>")
def one(device: str) -> ResponseReturnValue:
    keys = [kiosk for kiosk in service().kiosks.listed() if kiosk.device == device]
    if not keys:
        abort(404)
    return render_template(
        "hr/kiosk.html",
        device=device,
        keys=keys,
        standing=next((each for each in service().fleet.standing() if each.box.device == device), None),
        journals=service().fleet.journals(device),
        notice=service().notices.all().get(device),
        notice_text=notice_text,
        losses=[each for each in service().kiosks.losses() if each.device == device],
        records=[each for each in service().inbox.set_aside() if each.device == device],
        revoking=request.args.get("revoke", ""),
        **_words(service().office.clock()),
    )


@blueprint.post("/kiosks/of/<device>/place")
def place(device: str) -> ResponseReturnValue:
    if not any(kiosk.device == device for kiosk in service().kiosks.listed()):
        abort(404)
    service().fleet.place(device, request.form.get("place", ""), request.form.get("head", ""))
    flash(gettext("It is noted."))
    return redirect(url_for("kiosks.one", device=device))


@blueprint.route("/v1/fleet.json")
def monitoring() -> ResponseReturnValue:
    """For a monitoring tool with the token, or a person who has logged in."""
    if "user" not in session and not _has_token():
        return {"code": "token_wanted"}, 401
    due = {each.standing.box.device: each for each in service().fleet.reminders()}
    boxes = [box_now(each, due.get(each.box.device)) for each in service().fleet.standing()]
    return Response(msgspec.json.encode(FleetNow(release(), boxes)), mimetype="application/json")


def _has_token() -> bool:
    token = str(current_app.extensions.get(MONITORING, ""))
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _words(now_us: int) -> dict[str, object]:
    return {
        "now_us": now_us,
        "headline": headline,
        "trouble_text": trouble_text,
        "said_by_headline": SAID_BY_HEADLINE,
        "moment": moment,
        "clock_text": clock_text,
        "disk_text": disk_text,
        "reasons": REASONS,
        "sorts": SORTS,
    }


@blueprint.post("/kiosks/<fingerprint>/accept")
def accept(fingerprint: str) -> ResponseReturnValue:
    try:
        service().kiosks.accept(fingerprint)
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
        service().kiosks.revoke(fingerprint)
    except Undecidable as error:
        log.info("%s could not revoke a kiosk: %s", user_name(), error)
        flash(_why_not(fingerprint), "stop")
    else:
        log.info("%s revoked the kiosk key %s", user_name(), fingerprint)
        flash(gettext("Its key is revoked. Nothing it sends is taken any more."))
    return redirect(url_for("kiosks.fleet"))


def _why_not(fingerprint: str) -> str:
    kiosks = service().kiosks.listed()
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
