"""A box's field on the test bench: core's answers, a reader's port, and the field between them."""

import asyncio
import contextlib
import fcntl
import os
import sys
import termios
import time
import tty
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from edge import field
from edge.config import Box, BoxConfig, Counter, Reader, Station
from edge.devices.family import BadgeReader, CounterDevice, DeviceLost
from edge.devices.rdm6300.keys import Rdm6300Keys
from edge.link.messages import (
    Answer,
    BadgeTapped,
    CardRead,
    CardWanted,
    Command,
    CounterSample,
    CounterSamples,
    DeviceState,
    SnapshotWanted,
)
from edge.transport.memory import MemoryPort, memory_pair
from sync.wire.envelope import ClockState, Stamp

T = TypeVar("T")


class RunningClock:
    """Boot time as it is, with a wall clock of no meaning."""

    def stamp(self) -> Stamp:
        return Stamp("boot", time.clock_gettime_ns(time.CLOCK_BOOTTIME), 0, ClockState.RTC)


class ReaderOnALine:
    """A badge reader on an in-memory line; `module` is its far end once it was plugged in."""

    reader: BadgeReader
    module: MemoryPort

    def plug(self) -> MemoryPort:
        near, self.module = memory_pair("line")
        return near

    async def badges(self, *chunks: bytes) -> list[str | None]:
        """What the reader makes of these bytes, before it is unplugged."""
        await self.reader.open()
        for chunk in chunks:
            await self.module.write(chunk)
        self.module.close()
        badges: list[str | None] = []
        try:
            while True:
                badges.append((await self.reader.scan()).badge)
        except DeviceLost:
            return badges
        finally:
            self.reader.close()


Device = TypeVar("Device", bound=CounterDevice)


@contextlib.asynccontextmanager
async def all_open(devices: Iterable[Device]) -> AsyncIterator[list[Device]]:
    """All of them opened, and closed at the end."""
    counters = list(devices)
    for device in counters:
        await device.open()
    try:
        yield counters
    finally:
        for device in counters:
            device.close()


class Core:
    """Answers at once, except while it is `away`."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.back = asyncio.Event()
        self.back.set()
        self.wanted: asyncio.Queue[SnapshotWanted] = asyncio.Queue()
        self.cards_wanted: asyncio.Queue[CardWanted] = asyncio.Queue()
        self._news = asyncio.Event()

    async def submit(self, command: Command) -> Answer:
        await self.back.wait()
        self.commands.append(command)
        self._news.set()
        return Answer(command.id)

    async def post(self, command: Command, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self.back.wait()
        except TimeoutError:
            return False
        self.commands.append(command)
        self._news.set()
        return True

    async def snapshots(self) -> AsyncIterator[SnapshotWanted]:
        while True:
            yield await self.wanted.get()

    async def cards(self) -> AsyncIterator[CardWanted]:
        while True:
            yield await self.cards_wanted.get()

    async def until(self, condition: Callable[[], T], timeout_s: float = 4.0) -> T:
        """Waits until `condition` is true of what was submitted, and returns what it gave."""
        async with asyncio.timeout(timeout_s):
            while not (found := condition()):
                self._news.clear()
                await self._news.wait()
            return found

    def taps(self) -> list[BadgeTapped]:
        return [each for each in self.commands if isinstance(each, BadgeTapped)]

    def cards_read(self) -> list[CardRead]:
        return [each for each in self.commands if isinstance(each, CardRead)]

    def states(self, device: str | None = None) -> list[bool]:
        states = [each for each in self.commands if isinstance(each, DeviceState)]
        return [each.up for each in states if device in (None, each.device)]

    def rounds(self) -> list[list[CounterSample]]:
        return [each.samples for each in self.commands if isinstance(each, CounterSamples)]

    def samples(self, counter: str | None = None) -> list[CounterSample]:
        return [each for samples in self.rounds() for each in samples if counter in (None, each.counter)]


class Terminal:
    """A reader's module behind a stable path, as udev makes one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._module = -1

    def plug_in(self) -> None:
        self._module, slave = os.openpty()
        tty.setraw(self._module)
        tty.setraw(slave)
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave  # held until the field has it open: a terminal with no reader forgets its bytes

    def send(self, data: bytes) -> None:
        os.write(self._module, data)

    def unread(self) -> int:
        """Bytes that nobody has read yet."""
        return int.from_bytes(fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4)), sys.byteorder)

    def pull_out(self) -> None:
        if self._module >= 0:
            os.close(self._module)
            os.close(self._slave)
            self.path.unlink()
            self._module = -1


def box(readers: Sequence[Reader] = (), counters: Sequence[Counter] = ()) -> BoxConfig:
    return BoxConfig(Box("box", "data", "run", "key"), [Station("entrance")], list(readers), list(counters))


def gate(terminal: Terminal, machine: str | None = None) -> Reader:
    return Rdm6300Keys("gate", "entrance", "rdm6300", str(terminal.path), machine)


@contextlib.asynccontextmanager
async def running(config: BoxConfig, core: Core) -> AsyncIterator[None]:
    task = asyncio.create_task(field.run_field(config, RunningClock(), core))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
