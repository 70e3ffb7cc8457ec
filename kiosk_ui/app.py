"""Builds the kiosk's app from its ports, and runs it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, render_template
from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect

from edge.store.views import NewerSchema, NotThereYet
from kiosk_ui import stations
from kiosk_ui.line import pages as line
from kiosk_ui.live import Live
from kiosk_ui.panels import Panels
from kiosk_ui.ports import KioskPorts
from pages import prepare
from pages.serve import SecureServer, serve
from pages.sessions import AgelessSessions
from pages.tls import names_in

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

THREADS_FOR_PAGES = 8
TRANSLATIONS = Path(__file__).parent / "translations"
SUPERVISORS_PATHS = frozenset({"line", "static", "shared", "language"})


@dataclass(frozen=True)
class ForSupervisors:
    """Where other machines find the supervisor's pages: host:port, and a file for pages.tls."""

    listen: str
    certificate: Path


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


def run(
    ports: KioskPorts,
    listen: str,
    ready: Callable[[str], None] | None = None,
    supervisors: ForSupervisors | None = None,
) -> None:
    """Serves the kiosk until SIGTERM or Ctrl-C; `ready` gets the URL.

    Raises what `pages.serve.serve` raises. Every stream holds a thread, so pages have threads of their own beside them.
    """
    app = create_app(ports, listen=listen)
    live = live_of(app)
    with served_to(supervisors, app):
        live.start()
        try:
            serve(app, listen, stations.MAX_STREAMS + THREADS_FOR_PAGES, ready, live.stop)
        finally:
            live.stop()


@contextlib.contextmanager
def served_to(supervisors: ForSupervisors | None, app: Flask) -> Iterator[str]:
    """The same app beyond loopback for as long as the block lasts; its URL, or "" when nobody asked for it."""
    if supervisors is None:
        yield ""
        return
    app.config["TRUSTED_HOSTS"] = [*(app.config["TRUSTED_HOSTS"] or []), *names_in(supervisors.certificate)]
    server = SecureServer(OnlySupervisors(app), supervisors.listen, THREADS_FOR_PAGES, supervisors.certificate)
    thread = threading.Thread(target=server.run, name="supervisors")
    thread.start()
    log.info("the supervisor's pages are at %s", server.url)
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


class OnlySupervisors:
    """Of the kiosk's app what asks for a PIN. The worker's screen answers to whoever stands before it."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        first = environ["PATH_INFO"].split("/")[1:2]
        if first == [""] and environ["PATH_INFO"] == "/":
            return redirect("/line")(environ, start_response)
        if not SUPERVISORS_PATHS.issuperset(first):
            return NotFound()(environ, start_response)
        return self._app(environ, start_response)
