"""A newcomer at a station's screen: reads the notice, lays down his card, confirms it, and taps a badge twice.

He presses the buttons of the page over the kiosk's own HTTP, as the page's script does, and knows nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import requests

from simulators.people import Screen, screen_of
from simulators.processes import Failed
from simulators.rdm6300 import SimulatedReader
from simulators.samv import SimulatedIdCardReader

LOOKS_EVERY_S = 0.1
LONGEST_S = 60.0
TAPS_AGAIN_AFTER_S = 8.0
BADGE_AWAY_S = 1.2
"""A reader that goes on sending the same badge has not seen it go: it must be away for a second."""

TIMEOUT_S = 20.0
CSRF = re.compile(r'data-csrf="([^"]+)"')


class Newcomer:
    """Stands at one station of one kiosk. Every wait ends in Failed when the screen does not do what it must."""

    def __init__(self, kiosk_url: str, station: str) -> None:
        self._base = f"{kiosk_url}/station/{station}"
        self._origin = kiosk_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._csrf = ""

    def registers(self, cards: SimulatedIdCardReader, card: bytes, name: str) -> None:
        """From the idle screen to the one that waits for his badge. The screen must show the card's own name."""
        self._until("idle")
        found = CSRF.search(self._session.get(self._base, timeout=TIMEOUT_S).text)
        self._csrf = found[1] if found else ""
        self._press("start")
        self._until("join-notice")
        self._press("next")
        self._until("join-card")
        cards.place(card)
        shown = self._until("join-confirm")
        cards.lift()
        if not shown.names(name):
            raise Failed("the screen does not show the name that is on the card")
        self._press("confirm")
        self._until("join-badge")

    def binds(self, reader: SimulatedReader, tag: str) -> None:
        """The same badge twice, and it is his."""
        shown = self._tapped(lambda: reader.tap(tag), "join-badge-again", "join-welcome")
        time.sleep(BADGE_AWAY_S)
        if shown.state != "join-welcome":
            self._tapped(lambda: reader.tap(tag), "join-welcome")
            time.sleep(BADGE_AWAY_S)

    def _tapped(self, tap: Callable[[], object], *states: str) -> Screen:
        tap()
        try:
            return self._until(*states, within_s=TAPS_AGAIN_AFTER_S)
        except Failed:
            tap()
            return self._until(*states)

    def _press(self, action: str) -> None:
        form = {"csrf": self._csrf, "action": action}
        answer = self._session.post(
            f"{self._base}/join", data=form, headers={"Origin": self._origin}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()

    def _until(self, *states: str, within_s: float = LONGEST_S) -> Screen:
        deadline = time.monotonic() + within_s
        while True:
            screen = screen_of(self._session.get(f"{self._base}/screen", timeout=TIMEOUT_S).content)
            if screen is not None and screen.state in states:
                return screen
            if time.monotonic() > deadline:
                shown = screen.state if screen is not None else "no screen"
                raise Failed(f"a newcomer waited {within_s:.0f} s for {' or '.join(states)} and saw {shown}")
            time.sleep(LOOKS_EVERY_S)
