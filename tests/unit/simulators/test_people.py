"""A person who taps until the screen answers him, in front of a small kiosk of our own on a real port."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from simulators.people import Patience, Watcher


class Kiosk:
    """One station's screen. `streams` False: every stream is taken, as when sixteen pages are open."""

    def __init__(self) -> None:
        self.screens = [{"seq": 3, "state": "in", "html": "<main>张三丰 07:58</main>", "sound": "in"}]
        self.changed = threading.Condition()
        self.streams = True
        self.taps = 0
        kiosk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/station/gate/screen":
                    self._reply(json.dumps(kiosk.screens[-1]).encode())
                elif kiosk.streams:
                    self._reply(b"")
                    kiosk.stream(lambda line: self.wfile.write(line))
                else:
                    self.send_error(503)

            def _reply(self, body: bytes) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def show(self, seq: int, state: str, html: str, shown: int | None = None) -> None:
        with self.changed:
            self.screens.append({"seq": seq, "state": state, "html": html, "shown": seq if shown is None else shown})
            self.changed.notify_all()

    def stream(self, write: Callable[[bytes], object]) -> None:
        """Each screen as it comes, until one says the kiosk stops."""
        shown = len(self.screens) - 1
        while True:
            with self.changed:
                while shown >= len(self.screens):
                    self.changed.wait()
                screen = self.screens[shown]
            if screen["state"] == "stop":
                return
            try:
                write(b"retry: 1000\ndata: " + json.dumps(screen).encode() + b"\n\n")
            except OSError:
                return
            shown += 1


@pytest.fixture
def kiosk() -> Iterator[Kiosk]:
    kiosk = Kiosk()
    thread = threading.Thread(target=kiosk.server.serve_forever, args=(0.01,))
    thread.start()
    yield kiosk
    kiosk.show(99, "stop", "")
    kiosk.server.shutdown()
    kiosk.server.server_close()
    thread.join()


class Taps:
    """A reader whose `heard`-th tap gets through and shows `html`."""

    def __init__(self, kiosk: Kiosk, heard: int, html: str, state: str = "out") -> None:
        self.kiosk, self.heard, self.html, self.state = kiosk, heard, html, state
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.heard:
            self.kiosk.show(4, self.state, self.html)


def watcher(kiosk: Kiosk, again_after_s: float = 0.15) -> Watcher:
    return Watcher(kiosk.url, "gate", Patience(again_after_s, taps=3))


@pytest.mark.parametrize("streams", [True, False])
def test_he_goes_when_the_screen_names_him(kiosk: Kiosk, streams: bool):
    kiosk.streams = streams
    visit = watcher(kiosk, 2.0).visit(Taps(kiosk, 1, "<main>张三丰 下班</main>"), "张三丰")
    assert (visit.taps, visit.seen and visit.seen.state) == (1, "out")
    assert visit.waited_s < 2.0


def test_he_taps_again_when_nothing_comes(kiosk: Kiosk):
    taps = Taps(kiosk, 2, "<main>张三丰</main>")
    assert watcher(kiosk).visit(taps, "张三丰").taps == taps.count == 2


def test_the_answer_that_stood_there_before_is_not_his(kiosk: Kiosk):
    visit = watcher(kiosk).visit(Taps(kiosk, 99, ""), "张三丰")
    assert not visit.answered
    assert visit.taps == 3


def test_an_answer_to_somebody_else_is_not_his(kiosk: Kiosk):
    assert not watcher(kiosk).visit(Taps(kiosk, 1, "<main>李小梅</main>"), "张三丰").answered


def test_a_screen_that_is_still_reading_has_not_answered(kiosk: Kiosk):
    assert not watcher(kiosk).visit(Taps(kiosk, 1, "张三丰", state="reading"), "张三丰").answered


def test_a_panel_that_is_only_filled_in_later_is_still_the_old_one(kiosk: Kiosk):
    kiosk.screens[0]["shown"] = 7

    def fill_in() -> None:
        kiosk.show(4, "in", "张三丰 261 件", shown=7)

    assert not watcher(kiosk).visit(fill_in, "张三丰").answered


def test_he_answers_to_a_shortened_name_too(kiosk: Kiosk):
    taps = Taps(kiosk, 1, "<b>A. M. Tuerxun</b>")
    assert watcher(kiosk, 2.0).visit(taps, "Ayiguli Maimaiti Tuerxun", "A. M. Tuerxun").answered


def test_a_name_is_found_however_the_page_escapes_it(kiosk: Kiosk):
    assert watcher(kiosk, 2.0).visit(Taps(kiosk, 1, "<b>A &amp; B</b>"), "A & B").answered


def test_without_a_kiosk_he_gives_up_after_his_taps():
    taps: list[int] = []
    visit = Watcher("http://127.0.0.1:9", "gate", Patience(0.05, taps=2)).visit(lambda: taps.append(1), "张三丰")
    assert (visit.taps, visit.seen, len(taps)) == (2, None, 2)
