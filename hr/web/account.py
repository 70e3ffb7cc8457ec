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
from hr.web.throttle import Throttle
from pages import local_path

log = logging.getLogger(__name__)
blueprint = Blueprint("account", __name__)
THROTTLE = "clockpiece.throttle"


def _throttle() -> Throttle:
    return cast(Throttle, current_app.extensions[THROTTLE])


@blueprint.route("/log-in", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    if request.method == "GET":
        return _entrance()
    user = request.form.get("user", "").strip()
    address = request.remote_addr or ""
    wait_s = _throttle().wait_s(user, address)
    if wait_s > 0:
        seconds = math.ceil(wait_s)
        trouble = ngettext(
            "Please wait %(num)s second, then try again.", "Please wait %(num)s seconds, then try again.", seconds
        )
        return _entrance(user, trouble), 429
    if not service().verify(user, request.form.get("password", "")):
        _throttle().failed(user, address)
        log.info("a log-in from %s was refused", address)
        return _entrance(user, gettext("User name and password do not belong together.")), 401
    _throttle().succeeded(user)
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
