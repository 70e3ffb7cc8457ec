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
from sync.wire.payslip import PayslipAnswer, PayslipAsked
from sync.wire.reference_data import Directory


class Notices(Protocol):
    """Core's doorbell. Notices may be lost: the kiosk looks at the journal each second anyway."""

    def receive(self, timeout_s: float) -> Notice | None:
        """The next notice; None when none came within `timeout_s`."""


@dataclass(frozen=True)
class Contact:
    """How it went with HR last: `wall_us` of its last answer (0: never), and the seq up to which it has signed.

    `state`: ok, unreachable, or waiting when HR answers but has not accepted this box yet.
    """

    wall_us: int
    state: str
    acknowledged: int


@dataclass(frozen=True)
class KioskPorts:
    """`ask` sends a command to core and waits at most the given seconds; it raises CoreSilent.

    `directory` is called for each use and returns the latest reference data. `secret` signs the session cookie.
    `readers` read badges, `card_readers` identity cards.
    `contact` must not wait; None on a box without HR. `payslip` may wait for HR, and is None where workers cannot see
    their pay. `beat` is called each time the screens' loop comes round.
    """

    views: JournalViews
    directory: Callable[[], Directory]
    ask: Callable[[Command, float], Reply]
    notices: Notices
    clock: Clock
    stations: list[Station]
    secret: bytes
    readers: list[Reader] = field(default_factory=list)
    card_readers: list[Reader] = field(default_factory=list)
    counters: list[Counter] = field(default_factory=list)
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    contact: Callable[[], Contact] | None = None
    payslip: Callable[[PayslipAsked], PayslipAnswer] | None = None
    beat: Callable[[], None] = lambda: None


__all__ = ["Contact", "CoreSilent", "KioskPorts", "Notices"]
