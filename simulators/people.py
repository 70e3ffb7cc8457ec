"""A person at a station: taps, looks at the screen, and taps again when it does not answer him.

He sees what a browser sees, over the kiosk's own HTTP, and knows nothing else.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec
import requests

CONNECT_TIMEOUT_S = 2.0
POLL_S = 0.25
NOT_ANSWERS = frozenset({"idle", "reading", "read-failed", "cannot-record", "out-of-order"})
"""States of the screen that answer nobody, whatever name they might show."""


class Screen(msgspec.Struct, frozen=True):
    """What a station shows. Other fields of the kiosk's message (its sound) are of no interest here.

    `seq` grows with every change of the page, `shown` changes with every new answer: a panel that is filled in
    later has a new `seq` and its old `shown`.
    """

    seq: int
    state: str
    html: str = ""
    shown: int | None = None

    def names(self, name: str) -> bool:
        return html.escape(name, quote=False) in self.html or name in self.html

    def answers_after(self, found: Screen | None) -> bool:
        """Whether this is another answer than the one that stood there before."""
        if self.state in NOT_ANSWERS:
            return False
        if found is None:
            return True
        return self.seq > found.seq and (self.shown is None or self.shown != found.shown)


@dataclass(frozen=True)
class Visit:
    """`seen` is the screen that answered him, None when he gave up; `waited_s` is from his first tap, machine time."""

    taps: int
    seen: Screen | None
    waited_s: float

    @property
    def answered(self) -> bool:
        return self.seen is not None


@dataclass(frozen=True)
class Patience:
    """After how many seconds of machine time he taps again, and how often he taps before he asks a person.

    `last_s`: how long he looks after his last tap, if not as long as after the others.
    """

    again_after_s: float = 3.0
    taps: int = 5
    last_s: float | None = None

    def after_tap_s(self, tap: int) -> float:
        return self.again_after_s if tap < self.taps or self.last_s is None else self.last_s


class Watcher:
    """Stands at one station of one kiosk. Not for use by several threads at once: a person is in one place."""

    def __init__(
        self,
        kiosk_url: str,
        station: str,
        patience: Patience | None = None,
        now_s: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._base = f"{kiosk_url.rstrip('/')}/station/{station}"
        self._patience = patience or Patience()
        self._now_s = now_s
        self._pause = pause

    def visit(self, tap: Callable[[], object], *names: str) -> Visit:
        """Taps by calling `tap` until a new answer bears one of his `names`; gives up after `Patience.taps`.

        Never raises for the kiosk's sake: a screen that cannot be reached is one that does not answer.
        """
        with requests.Session() as session:
            session.trust_env = False  # a proxy in the environment is not part of the station
            found = self._screen(session)
            start_s = self._now_s()
            for taps in range(1, self._patience.taps + 1):
                for screen in self._after_tap(session, tap, self._patience.after_tap_s(taps)):
                    if screen.answers_after(found) and any(screen.names(name) for name in names):
                        return Visit(taps, screen, self._now_s() - start_s)
            return Visit(self._patience.taps, None, self._now_s() - start_s)

    def _after_tap(self, session: requests.Session, tap: Callable[[], object], for_s: float) -> Iterator[Screen]:
        """Every screen shown from one tap until it is time for the next. He looks first and taps then."""
        tapped = False
        until_s = self._now_s() + for_s
        try:
            with closing(self._stream(session)) as stream:
                tap()
                tapped = True
                until_s = self._now_s() + for_s
                yield from self._streamed(stream, until_s)
        except requests.RequestException:
            pass  # the stream is full, gone or silent: look at the screen itself
        if not tapped:
            tap()
            until_s = self._now_s() + for_s
        while self._now_s() < until_s:
            screen = self._screen(session)
            if screen is not None:
                yield screen
            self._pause(POLL_S)
        last = self._screen(session)  # a silent stream may have kept its answer to itself
        if last is not None:
            yield last

    def _stream(self, session: requests.Session) -> requests.Response:
        timeout = (CONNECT_TIMEOUT_S, self._patience.again_after_s)
        response = session.get(f"{self._base}/events", stream=True, timeout=timeout)
        try:
            response.raise_for_status()
        except requests.HTTPError:
            response.close()
            raise
        return response

    def _streamed(self, response: requests.Response, until_s: float) -> Iterator[Screen]:
        # A chunk as it comes; without chunks only byte by byte never waits for a full buffer.
        chunk_size = None if response.raw.chunked else 1
        for line in response.iter_lines(chunk_size=chunk_size):
            if line.startswith(b"data:"):
                screen = screen_of(line.removeprefix(b"data:"))
                if screen is not None:
                    yield screen
            if self._now_s() >= until_s:
                return

    def _screen(self, session: requests.Session) -> Screen | None:
        try:
            answer = session.get(f"{self._base}/screen", timeout=(CONNECT_TIMEOUT_S, self._patience.again_after_s))
            answer.raise_for_status()
        except requests.RequestException:
            return None
        return screen_of(answer.content)


def screen_of(message: bytes) -> Screen | None:
    """None for anything that is not a screen, such as the page of a server that is not a kiosk."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(message, type=dict[str, Any])
        return msgspec.convert(fields, Screen)
    except msgspec.MsgspecError:
        return None
