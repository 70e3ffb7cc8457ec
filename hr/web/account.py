"""Logging in and out. The sentence for a wrong password and for an unknown name is the same, and so is its time."""

from __future__ import annotations

import logging
import math
import secrets
from typing import cast

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from hr.web.context import service
from pages import local_path
from pages.throttle import Steepness, Throttle

log = logging.getLogger(__name__)
blueprint = Blueprint("account", __name__)
THROTTLE = "clockpiece.throttle"
STEEPNESS = Steepness(free_failures=3, first_s=1.0, cap_s=60.0)
"""The cap is low: a stranger's failures keep the owner of a name waiting too, and behind a proxy everybody has one
address. One guess a minute is still no way in."""


def _throttle() -> Throttle:
    return cast(Throttle, current_app.extensions[THROTTLE])


@blueprint.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    if request.method == "GET":
        return _entrance()
    user = request.form.get("user", "").strip()
    address = request.remote_addr or ""
    keys = (f"name {user[:100]}", f"address {address}")
    wait_s = _throttle().wait_s(keys)
    if wait_s > 0:
        seconds = math.ceil(wait_s)
        trouble = ngettext(
            "Please wait %(num)s second, then try again.", "Please wait %(num)s seconds, then try again.", seconds
        )
        return _entrance(user, trouble), 429
    if not service().verify(user, request.form.get("password", "")):
        _throttle().failed(keys)
        log.info("a log-in from %s was refused", address)
        return _entrance(user, gettext("User name and password do not belong together.")), 401
    _throttle().succeeded(keys[0])
    language = session.get("language")
    session.clear()  # a session known before the log-in is worth nothing after it
    session.permanent = True
    session.update(user=user, csrf=secrets.token_urlsafe(24))
    if language:
        session["language"] = language
    return redirect(_next_path())


@blueprint.post("/log-out")
def log_out() -> ResponseReturnValue:
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    return redirect(url_for("account.log_in"))


def _next_path() -> str:
    return local_path(request.args.get("next", "/"))


def _entrance(user: str = "", trouble: str = "") -> str:
    return render_template("hr/log_in.html", user=user, trouble=trouble, next_path=_next_path())
