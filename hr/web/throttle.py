"""Guessing a password gets slower with every failure, per user name and per address. Monotonic time, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_FAILURES = 3
FIRST_DELAY_S = 1.0
CAP_S = 60.0
FORGET_S = 3600.0
MAX_KEYS = 10_000


@dataclass(frozen=True)
class _Record:
    failures: int
    at_s: float
    until_s: float


class Throttle:
    """Three failures are free; then the wait doubles from one second, to a cap, and is forgotten after a quiet hour.

    The cap is low, because a stranger's failures also keep the owner of a name waiting, and behind a proxy everybody
    has the same address; one guess a minute is still no way in.
    """

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._now_s = monotonic_s
        self._lock = threading.Lock()
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()

    def wait_s(self, name: str, address: str) -> float:
        """Seconds until a password may be tried again; 0 when it may be tried now."""
        with self._lock:
            now_s = self._now_s()
            return max([0.0, *(self._record(key, now_s).until_s - now_s for key in _keys(name, address))])

    def failed(self, name: str, address: str) -> None:
        with self._lock:
            now_s = self._now_s()
            for key in _keys(name, address):
                failures = self._record(key, now_s).failures + 1
                self._records[key] = _Record(failures, now_s, now_s + _delay_s(failures))
                self._records.move_to_end(key)
            while len(self._records) > MAX_KEYS:
                self._records.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """The name is its owner's again; the address stays, or a guesser with an account of his own would clear it."""
        with self._lock:
            self._records.pop(("name", name), None)

    def _record(self, key: tuple[str, str], now_s: float) -> _Record:
        record = self._records.get(key)
        if record is None or now_s - record.at_s > FORGET_S:
            return _Record(0, now_s, now_s)
        return record


def _keys(name: str, address: str) -> list[tuple[str, str]]:
    return [("name", name[:100]), ("address", address)]


def _delay_s(failures: int) -> float:
    if failures <= FREE_FAILURES:
        return 0.0
    return min(CAP_S, FIRST_DELAY_S * 2.0 ** min(failures - FREE_FAILURES - 1, 30))
