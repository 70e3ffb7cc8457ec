"""Builds the kiosk's app from its ports, and runs it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, render_template

from edge.store.views import NewerSchema, NotThereYet
from kiosk_ui import line, stations
from kiosk_ui.live import Live
from kiosk_ui.panels import Panels
from kiosk_ui.ports import KioskPorts
from pages import prepare
from pages.serve import serve
from pages.sessions import AgelessSessions

log = logging.getLogger(__name__)

THREADS_FOR_PAGES = 8
TRANSLATIONS = Path(__file__).parent / "translations"


def create_app(
    ports: KioskPorts, *, listen: str | None = None, monotonic: Callable[[], float] = time.monotonic
) -> Flask:
    """The app; its screens stand still until `live_of(app).start()`.

    `listen` limits the Host header. `monotonic` is machine time: time-outs of screens, delays after a wrong PIN.
    """
    app = Flask(__name__)
    app.session_interface = AgelessSessions()
    prepare(
        app,
        secret=ports.secret,
        default_language=ports.language,
        translations=TRANSLATIONS,
        timezone=ports.timezone,
        listen=listen,
    )
    for fault in (NotThereYet, NewerSchema):
        app.register_error_handler(fault, _journal_away)
    live = Live(ports, Panels(app, ports).html, monotonic)
    app.extensions["kiosk_live"] = live
    app.register_blueprint(stations.blueprint(ports, live, stations.Streams()))
    app.register_blueprint(line.blueprint(ports, monotonic, live.signs))
    return app


def _journal_away(fault: Exception) -> tuple[str, int]:
    """A page while core has not made the journal yet, or after a newer version has been at work."""
    log.warning("the journal cannot be read: %s", fault)
    return render_template("pages/error.html", code=503), 503


def live_of(app: Flask) -> Live:
    """The thread behind the screens of an app that `create_app` made."""
    live = app.extensions["kiosk_live"]
    assert isinstance(live, Live)
    return live


def run(ports: KioskPorts, listen: str, ready: Callable[[str], None] | None = None) -> None:
    """Serves the kiosk until SIGTERM or Ctrl-C; `ready` gets the URL.

    Raises what `pages.serve.serve` raises. Every stream holds a thread, so pages have threads of their own beside them.
    """
    app = create_app(ports, listen=listen)
    live = live_of(app)
    live.start()
    try:
        serve(app, listen, stations.MAX_STREAMS + THREADS_FOR_PAGES, ready, live.stop)
    finally:
        live.stop()
