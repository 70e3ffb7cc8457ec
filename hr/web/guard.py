"""Who may open what. Every route has one guard; what is not named here needs a log-in."""

from __future__ import annotations

from enum import Enum

from flask import Flask, redirect, request, session, url_for
from werkzeug.wrappers import Response


class Guard(Enum):
    LOG_IN = "a person who has logged in"
    SIGNED = "a box that signs its request"
    MONITORING = "a monitoring tool with its token, or a person who has logged in"
    OPEN = "anybody"


SIGNED_BLUEPRINT = "ingest"
MONITORING_ENDPOINT = "kiosks.monitoring"
FOR_MACHINES = "/v1/"
OPEN_ENDPOINTS = frozenset(
    {"static", "shared.static", "language", "account.log_in", "time.signed", "openapi.described", "verifying.page"}
)


def guard_of(endpoint: str | None) -> Guard:
    """An address without a page is guarded too, so that a stranger cannot ask which pages there are."""
    if endpoint in OPEN_ENDPOINTS:
        return Guard.OPEN
    if endpoint == MONITORING_ENDPOINT:
        return Guard.MONITORING
    if endpoint is not None and endpoint.split(".")[0] == SIGNED_BLUEPRINT:
        return Guard.SIGNED
    return Guard.LOG_IN


def install(app: Flask) -> None:
    app.before_request(_demand)


def _demand() -> Response | None:
    if request.endpoint is None and request.path.startswith(FOR_MACHINES):
        return None  # 404 or 405, for whom a log-in page is no answer
    if guard_of(request.endpoint) is not Guard.LOG_IN or "user" in session:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("account.log_in", next=wanted))
