"""How a service tells whoever started it that it is ready, that it still works, and that it stops.

The protocol is systemd's (sd_notify(3)): datagrams to the socket that `NOTIFY_SOCKET` names. Without that variable
nobody listens and nothing is said. A service beats from the loop that does its work, so that a loop that hangs is
noticed, and with it the service is started anew.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Protocol

BEATS_A_PERIOD = 4
"""A beat may be late by three quarters of the time that the manager allows."""

UNWATCHED_BEAT_S = 5.0


class Manager(Protocol):
    """Whoever started this service, as the service sees it. Nothing here waits or fails."""

    @property
    def beat_every_s(self) -> float:
        """How often `beat` is to be called; calling it more often costs nothing."""

    def ready(self) -> None:
        """From here on the service does its work."""

    def beat(self) -> None:
        """The loop that does the work has just come round."""

    def stopping(self) -> None:
        """The service ends because it was asked to."""


class Unwatched:
    """Started by hand: nobody wants to know."""

    beat_every_s = UNWATCHED_BEAT_S

    def ready(self) -> None:
        return

    def beat(self) -> None:
        return

    def stopping(self) -> None:
        return


NOBODY: Manager = Unwatched()


class Notifier:
    """A manager that listens at `address`. With `watchdog_s` it restarts a service that has not beaten for so long."""

    def __init__(self, address: str, watchdog_s: float | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        # systemd writes an address in the abstract namespace with an @ for its zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watched, self._monotonic = watchdog_s is not None, monotonic
        self.beat_every_s = watchdog_s / BEATS_A_PERIOD if watchdog_s else UNWATCHED_BEAT_S
        self._next_s = float("-inf")

    def ready(self) -> None:
        self._say(b"READY=1")

    def beat(self) -> None:
        now_s = self._monotonic()
        if self._watched and now_s >= self._next_s:
            self._next_s = now_s + self.beat_every_s
            self._say(b"WATCHDOG=1")

    def stopping(self) -> None:
        self._say(b"STOPPING=1")

    def _say(self, word: bytes) -> None:
        # A manager that is away or does not read must never stop a service.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto(word, self._address)


def manager(environment: Mapping[str, str] = os.environ, pid: int | None = None) -> Manager:
    """Whoever started this process, by the variables it was given."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return NOBODY
    return Notifier(address, _watchdog_s(environment, pid or os.getpid()))


def _watchdog_s(environment: Mapping[str, str], pid: int) -> float | None:
    """None when nobody watches, or when it is another process that is watched (WATCHDOG_PID)."""
    microseconds, watched = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(pid))
    return int(microseconds) / 1e6 if microseconds.isdigit() and int(microseconds) and watched == str(pid) else None
