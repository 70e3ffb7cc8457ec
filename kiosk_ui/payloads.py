"""The latest payload of each station: one thread puts it, streams wait for the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from edge.config import Station
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.state import ScreenState
from kiosk_ui.surroundings import Surroundings


class Payload(msgspec.Struct, frozen=True):
    """What a browser shows. `seq` changes with every push, `shown` with every new state (it is then that it sounds)."""

    seq: int
    shown: int
    state: Screen
    html: str
    sound: str | None


class Render(Protocol):
    """Makes the `<main>` of a station; without `figures` it leaves out what takes long to add up."""

    def __call__(self, station: Station, state: ScreenState, around: Surroundings, *, figures: bool) -> str: ...


class Payloads:
    """For any thread. `changed` is held while one is put, and told of each; `stopped` ends every wait."""

    def __init__(self, changed: threading.Condition, stopped: Callable[[], bool]) -> None:
        self._changed, self._stopped = changed, stopped
        self._latest: dict[str, Payload] = {}

    def get(self, station: str) -> Payload | None:
        return self._latest.get(station)

    def put(self, station: str, state: ScreenState, html: str, sound: str | None) -> Payload:
        before = self._latest.get(station)
        seq = before.seq + 1 if before else time.monotonic_ns() // 1_000_000
        with self._changed:
            self._latest[station] = payload = Payload(seq, state.shown, state.screen, html, sound)
            self._changed.notify_all()
        return payload

    def wait(self, station: str, seq: int, timeout_s: float) -> Payload | None:
        """The payload as soon as it is another than `seq`; None after `timeout_s` or when stopping."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped() or self._latest[station].seq != seq, timeout_s)
            payload = self._latest[station]
            return None if self._stopped() or payload.seq == seq else payload
