"""The worker's pages: the list of stations, a station's screen, and the stream that keeps it current."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from flask import Blueprint, Response, abort, render_template, request
from flask_babel import force_locale

from edge.link.messages import ChooseDirection, RegisterPerson, new_id
from kiosk_ui.live import Live, Payload
from kiosk_ui.notice import fingerprint, notice
from kiosk_ui.ports import KioskPorts
from kiosk_ui.screens.joining import CardWrong, Joining, JoiningEvent, Left, NoticeRead
from kiosk_ui.screens.paying import LineClosed, LineOpened, MonthChosen, PageTurned, PayEvent, PayLeft, PayWanted
from pages import LANGUAGES
from sync.wire.envelope import b64
from sync.wire.facts import Direction
from sync.wire.identity import Identity, seal, sealing_fingerprint, sealing_from_text

log = logging.getLogger(__name__)

MAX_STREAMS = 16
BEAT_S = 1.0
ON_THE_WAY: dict[str, JoiningEvent] = {"next": NoticeRead(), "again": CardWrong(), "leave": Left()}

PAY: dict[str, Callable[[int], PayEvent]] = {
    "want": lambda _: PayWanted(),
    "leave": lambda _: PayLeft(),
    "list": lambda _: LineClosed(),
    "line": LineOpened,
    "page": PageTurned,
    "month": MonthChosen,
}
"""What a worker touches; the number says which line, page or month."""


class Streams:
    """Counts the open streams, so that they can never hold all of the server's threads."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self._limit, self._open = limit, 0
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """False when all places are taken."""
        with self._lock:
            if self._open >= self._limit:
                return False
            self._open += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._open -= 1

    @property
    def open(self) -> int:
        return self._open


class StationPages:
    """The view functions; `blueprint` gives them their addresses."""

    def __init__(self, ports: KioskPorts, live: Live, streams: Streams) -> None:
        self._ports, self._live, self._streams = ports, live, streams
        self._stations = {each.name: each for each in ports.stations}
        self._zone = ZoneInfo(ports.timezone)

    def index(self) -> str:
        plant = self._ports.directory().reference.plant
        return render_template("kiosk/index.html", stations=self._ports.stations, plant=plant)

    def station(self, name: str) -> str:
        payload = self._live.payload(self._known(name))
        with force_locale(self._ports.language):
            return render_template("kiosk/station.html", station=self._stations[name], payload=payload)

    def screen(self, name: str) -> Response:
        """The same as one event of the stream, for a page that polls."""
        payload = msgspec.to_builtins(self._live.payload(self._known(name))) | self._clock()
        return Response(msgspec.json.encode(payload), mimetype="application/json")

    def events(self, name: str) -> Response:
        """503 when all places are taken: the page polls `screen` instead."""
        self._known(name)
        if not self._streams.enter():
            abort(503)
        gone = request.environ.get("waitress.client_disconnected", lambda: False)
        response = Response(self._stream(name, gone), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
        response.call_on_close(self._streams.leave)
        return response

    def touch(self, name: str) -> tuple[str, int]:
        """A finger on the screen, or on a language."""
        self._known(name)
        language = request.form.get("language")
        if language is None:
            self._live.touch(name)
        elif language in LANGUAGES:
            self._live.choose_language(name, language)
        else:
            abort(400)
        return "", 204

    def direction(self, name: str) -> tuple[str, int]:
        """A finger on one of the two directions; `fact` is the answer on the screen, `tap` the tap it is of."""
        self._known(name)
        fact, tap = (request.form.get(each, type=int) for each in ("fact", "tap"))
        direction = request.form.get("direction")
        if fact is None or tap is None or direction not in set(Direction):
            abort(400)
        at = self._ports.clock.stamp()
        self._live.choose(name, fact, ChooseDirection(new_id(), at, name, tap, Direction(direction)))
        return "", 204

    def join(self, name: str) -> tuple[str, int]:
        """A newcomer's finger on one of the buttons of joining."""
        self._known(name)
        match action := request.form.get("action", ""):
            case "start":
                self._live.start_joining(name, ready=self._sealing_key() is not None)
            case "confirm":
                self._live.confirm(name, lambda joining: self._registration(name, joining))
            case _ if action in ON_THE_WAY:
                self._live.join(name, ON_THE_WAY[action])
            case _:
                abort(400)
        return "", 204

    def pay(self, name: str) -> tuple[str, int]:
        """A worker's finger on the way to his pay. Whose it is stands nowhere in the request."""
        self._known(name)
        if request.form.get("action") == "ask":
            self._live.ask_about(name)
            return "", 204
        event, number = PAY.get(request.form.get("action", "")), request.form.get("number", 0, type=int)
        if event is None:
            abort(400)
        self._live.pay(name, event(number))
        return "", 204

    def _sealing_key(self) -> X25519PublicKey | None:
        """HR's, or None as long as this box has not got one."""
        text = self._ports.directory().reference.sealing_key
        try:
            return sealing_from_text(text) if text else None
        except ValueError:
            log.error("HR's sealing key cannot be used; nobody can be registered here until HR sends another")
            return None

    def _registration(self, station: str, joining: Joining) -> RegisterPerson | None:
        """What is left of a card that was confirmed: sealed, so that from here on only HR can read it."""
        key = self._sealing_key()
        if key is None or joining.card is None:
            return None
        language = joining.language or self._ports.language
        with force_locale(language):
            shown = fingerprint(notice(self._ports.directory().reference.plant))
        return RegisterPerson(
            id=joining.command,
            at=self._ports.clock.stamp(),
            station=station,
            person=joining.person,
            sealed=b64(seal(Identity(joining.person, joining.card), key)),
            sealed_to=sealing_fingerprint(key),
            notice=shown,
            language=language,
            minor=joining.minor,
        )

    def _known(self, name: str) -> str:
        return name if name in self._stations else abort(404)

    def _clock(self) -> dict[str, Any]:
        wall_us = self._ports.clock.stamp().wall_us
        offset = datetime.fromtimestamp(wall_us / 1e6, UTC).astimezone(self._zone).utcoffset()
        return {"wall_us": wall_us, "offset_min": int(offset.total_seconds() // 60) if offset else 0}

    def _stream(self, name: str, gone: Callable[[], bool]) -> Iterator[bytes]:
        """The present screen, each new one, and a beat each second; ends with the client or the server."""
        payload = self._live.payload(name)
        yield _event("screen", payload)
        while not self._live.stopped and not gone():
            yield _event("beat", self._clock())
            changed = self._live.wait(name, payload.seq, BEAT_S)
            if changed is not None:
                payload = changed
                yield _event("screen", payload)


def _event(name: str, data: Payload | dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


def blueprint(ports: KioskPorts, live: Live, streams: Streams) -> Blueprint:
    views, pages = StationPages(ports, live, streams), Blueprint("stations", __name__)
    pages.add_url_rule("/", view_func=views.index)
    pages.add_url_rule("/station/<name>", view_func=views.station)
    pages.add_url_rule("/station/<name>/screen", view_func=views.screen)
    pages.add_url_rule("/station/<name>/events", view_func=views.events)
    pages.add_url_rule("/station/<name>/touch", view_func=views.touch, methods=["POST"])
    pages.add_url_rule("/station/<name>/direction", view_func=views.direction, methods=["POST"])
    pages.add_url_rule("/station/<name>/join", view_func=views.join, methods=["POST"])
    pages.add_url_rule("/station/<name>/pay", view_func=views.pay, methods=["POST"])
    return pages
