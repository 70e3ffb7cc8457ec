"""Guessing a password or a PIN gets slower with every failure, for a name and for an address alike.

Monotonic time, in memory: a restart forgets, and nothing about log-ins is written to disk.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FORGET_S = 3600.0
MAX_KEYS = 10_000


@dataclass(frozen=True)
class Steepness:
    """How many failures are free, the first wait after them, and the cap up to which it doubles."""

    free_failures: int
    first_s: float
    cap_s: float


@dataclass(frozen=True)
class _Record:
    failures: int
    at_s: float
    until_s: float


class Throttle:
    """Counts failures by key, such as "name li" and "address 10.0.0.9"; a quiet hour is forgotten. Thread-safe."""

    def __init__(self, steepness: Steepness, monotonic_s: Callable[[], float]) -> None:
        self._steepness = steepness
        self._now_s = monotonic_s
        self._lock = threading.Lock()
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait_s(self, keys: Iterable[str]) -> float:
        """Seconds until the next try may be made; 0 when it may be made now."""
        with self._lock:
            now_s = self._now_s()
            return max([0.0, *(self._record(key, now_s).until_s - now_s for key in keys)])

    def failed(self, keys: Iterable[str]) -> None:
        with self._lock:
            now_s = self._now_s()
            for key in keys:
                failures = self._record(key, now_s).failures + 1
                self._records[key] = _Record(failures, now_s, now_s + self._delay_s(failures))
                self._records.move_to_end(key)
            while len(self._records) > MAX_KEYS:
                self._records.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """This key is its owner's again. An address is left: a guesser with an account of his own would clear it."""
        with self._lock:
            self._records.pop(key, None)

    def _record(self, key: str, now_s: float) -> _Record:
        record = self._records.get(key)
        if record is None or now_s - record.at_s > FORGET_S:
            return _Record(0, now_s, now_s)
        return record

    def _delay_s(self, failures: int) -> float:
        over = failures - self._steepness.free_failures
        if over <= 0:
            return 0.0
        return min(self._steepness.cap_s, self._steepness.first_s * 2.0 ** min(over - 1, 30))
