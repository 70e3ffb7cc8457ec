"""What a device family is to the field: what it opens, what a device answers and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.clock import Clock
from edge.config import Counter, Reader
from sync.identity import CardTrouble, IdCard
from sync.wire import Stamp


class DeviceLost(Exception):
    """The device is not there or does not answer. The text is for the electrician; the mend is to open it again."""


@dataclass(frozen=True)
class BackOff:
    """How long to wait before opening a lost device again: twice as long each time, up to `last_s`."""

    first_s: float
    last_s: float

    def delay_s(self, failures: int) -> float:
        """`failures`: how often it was opened in vain since it last worked."""
        return min(self.first_s * 2.0 ** min(failures, 30), self.last_s)


@dataclass(frozen=True)
class BadgeScan:
    """A badge came to the reader. `at` is when the last byte of its frame arrived, `badge` is technology:number."""

    at: Stamp
    badge: str


@dataclass(frozen=True)
class CounterValue:
    """What the registers held. `at` is when the answer arrived, `raw` the words as sent, in hex.

    `session` changes when the device restarts; None where it has no such register.
    """

    at: Stamp
    value: int
    raw: str
    session: int | None


class Device(Protocol):
    """The same object is opened again and again for as long as the service runs; one task uses it."""

    @property
    def back_off(self) -> BackOff: ...

    async def open(self) -> None:
        """DeviceLost when it is not there."""

    def close(self) -> None:
        """Harmless when it is not open."""


class BadgeReader(Device, Protocol):
    async def scan(self) -> BadgeScan:
        """Waits for the next badge; a badge that stays is one scan. DeviceLost when the reader goes."""


class CounterDevice(Device, Protocol):
    async def read(self) -> CounterValue:
        """Asks now. DeviceLost when there is no good answer in time."""


@dataclass(frozen=True)
class CardSeen:
    """An identity card lay on the reader: what it says, or why it could not be read (`trouble`)."""

    at: Stamp
    card: IdCard | None
    trouble: CardTrouble | None = None


class IdCardReader(Device, Protocol):
    async def card(self) -> CardSeen:
        """Looks for a card until one lies there; a card that stays is one. DeviceLost when the reader goes.

        Cancelled when the step is closed: nothing is sent to a reader that nobody stands before.
        """

    async def check(self) -> None:
        """Asks whether the reader lives, without looking for a card. DeviceLost when it does not answer.

        Called before each step; what the reader knew of the cards of the step before is forgotten.
        """


@dataclass(frozen=True)
class IdCardFamily:
    """`readers` makes the devices, one for each configured reader and in their order, and opens none."""

    name: str
    readers: Callable[[Sequence[Reader], Clock], Sequence[IdCardReader]]


@dataclass(frozen=True)
class ReaderFamily:
    """`readers` makes the devices, one for each configured reader and in their order, and opens none."""

    name: str
    readers: Callable[[Sequence[Reader], Clock], Sequence[BadgeReader]]


@dataclass(frozen=True)
class CounterFamily:
    """`counters` makes the devices, one for each configured counter and in their order, and opens none.

    It is given all counters of the family at once, so that those behind one address can share its connection.
    """

    name: str
    counters: Callable[[Sequence[Counter], Clock], Sequence[CounterDevice]]
