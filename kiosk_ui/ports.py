"""What the kiosk needs from outside: the journal to read, core to ask, notices to hear, a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from edge.clock import Clock
from edge.config import Counter, Reader, Station
from edge.link.ask import CoreSilent
from edge.link.messages import Command, Notice, Reply
from edge.store.views import JournalViews
from sync.reference_data import Directory


class Notices(Protocol):
    """Core's doorbell. Notices may be lost: the kiosk looks at the journal each second anyway."""

    def receive(self, timeout_s: float) -> Notice | None:
        """The next notice; None when none came within `timeout_s`."""


@dataclass(frozen=True)
class KioskPorts:
    """`ask` sends a command to core and waits at most the given seconds; it raises CoreSilent.

    `directory` is called for each use and returns the latest reference data. `secret` signs the session cookie.
    """

    views: JournalViews
    directory: Callable[[], Directory]
    ask: Callable[[Command, float], Reply]
    notices: Notices
    clock: Clock
    stations: list[Station]
    secret: bytes
    readers: list[Reader] = field(default_factory=list)
    counters: list[Counter] = field(default_factory=list)
    timezone: str = "Asia/Shanghai"
    language: str = "zh"


__all__ = ["CoreSilent", "KioskPorts", "Notices"]
