"""What a device family is: its keys in the configuration, and to the field what a device answers and how it fails.

Every process of a box reads the configuration, and only `devices` opens a device: a family's package holds its name and
its keys, and loads its driver when it is asked for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from edge.clock import Clock
from edge.config import Counter, Reader
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.meaning import Explain, unexplained
from edge.link.inspection import OnNetwork, OnSerial
from sync.wire.envelope import Stamp
from sync.wire.identity import CardTrouble, IdCard

R = TypeVar("R", bound=Reader)
C = TypeVar("C", bound=Counter)


class DeviceLost(Exception):
    """The device is not there or does not answer. The text is for the electrician; the mend is to open it again."""


class DeviceRefused(DeviceLost):
    """It answers, and will not do what it was asked. `code`: Modbus exception code."""

    def __init__(self, says: str, code: int) -> None:
        super().__init__(says)
        self.code = code


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
    """A badge came to the reader. `at` is when the last byte of its frame arrived, `badge` is technology:number.

    None for a card without a number of its own: it shows another one next time, or the same as others do.
    """

    at: Stamp
    badge: str | None


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
    @property
    def bad_frames(self) -> BadFrames: ...

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
    @property
    def bad_frames(self) -> BadFrames: ...

    async def card(self) -> CardSeen:
        """Looks for a card until one lies there; a card that stays is one. DeviceLost when the reader goes.

        Cancelled when the step is closed: nothing is sent to a reader that nobody stands before.
        """

    async def check(self) -> None:
        """Asks whether the reader lives, without looking for a card. DeviceLost when it does not answer.

        Called before each step; what the reader knew of the cards of the step before is forgotten.
        """


class RegisterLine(Protocol):
    """A line on which registers can be read beside the counters that use it. Reads only."""

    async def join(self, user: str) -> None:
        """DeviceLost when it cannot be opened."""

    def leave(self, user: str) -> None: ...

    async def read_registers(self, function: int, unit: int, address: int, count: int) -> Sequence[int]:
        """`function` 1 to 4. DeviceRefused when the device answers that it will not, DeviceLost else."""


@runtime_checkable
class HasRegisters(Protocol):
    """A counter device whose line can be asked for other registers of its `unit`."""

    @property
    def line(self) -> RegisterLine: ...

    @property
    def unit(self) -> int: ...


@runtime_checkable
class AtSpeed(Protocol):
    """A device that finds its speed by itself."""

    @property
    def speed(self) -> int:
        """In baud; the one at which it answered last."""


@dataclass(frozen=True)
class IdCardFamily(Generic[R]):
    """`keys` is what its sections hold. `readers` makes the devices, one for each configured reader and in their order,
    and opens none."""

    name: str
    keys: type[R]
    readers: Callable[[Sequence[R], Clock], Sequence[IdCardReader]]


@dataclass(frozen=True)
class ReaderFamily(Generic[R]):
    """`keys` is what its sections hold. `readers` makes the devices, one for each configured reader and in their order,
    and opens none. `explain`: what the frames of one of them say. `asked`: whether one answers when it is opened; else
    it only talks when a badge comes."""

    name: str
    keys: type[R]
    readers: Callable[[Sequence[R], Clock], Sequence[BadgeReader]]
    explain: Callable[[R], Explain] = unexplained
    asked: bool = False


@dataclass(frozen=True)
class CounterFamily(Generic[C]):
    """`keys` is what its sections hold, once `filled` has added what a section may leave out.

    `counters` makes the devices, one for each configured counter and in their order, and opens none. It is given all
    counters of the family at once, so that those behind one address can share its connection. `explain`: what the
    frames of one of them say. `line`, where there are registers: the line to a place, and the same one that any of
    these devices uses.
    """

    name: str
    keys: type[C]
    counters: Callable[[Sequence[C], Clock], Sequence[CounterDevice]]
    filled: Callable[[dict[str, Any]], dict[str, Any]] = dict
    explain: Callable[[C], Explain] = unexplained
    line: Callable[[OnNetwork | OnSerial, Sequence[CounterDevice]], RegisterLine] | None = None


AnyReaderFamily = ReaderFamily[Any] | IdCardFamily[Any]
Family = AnyReaderFamily | CounterFamily[Any]
