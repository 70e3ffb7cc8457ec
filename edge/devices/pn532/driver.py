"""A PN532 on a serial port: it is asked for cards again and again, and each that comes is one `BadgeScan`."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from edge.clock import Clock
from edge.config import Reader
from edge.devices.family import BackOff, BadgeScan, DeviceLost
from edge.devices.pn532.codec import (
    FEW_TRIES,
    FIELD_OFF,
    FIND,
    FIRMWARE,
    NORMAL_MODE,
    WAKE_UP,
    BadAnswer,
    Request,
    Target,
    answer_of,
    check_firmware,
    targets_of,
)
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.presence import REPEAT_GAP_S, TagsInField
from edge.framing.delimited import NeedMore
from edge.framing.events import Content, Damaged, Skipped
from edge.framing.pn532 import ACK, NACK, Ack, Pn532Frames
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial
from sync.wire.envelope import Stamp

BACK_OFF = BackOff(first_s=0.5, last_s=2.0)

BAUD = 115_200
"""The chip's own speed after each start."""

HEARD_S = 0.2
"""A command is acknowledged within 15 ms; a USB adapter adds its own."""

ANSWER_S = 1.0
"""For the answer itself; a search for two cards takes some tens of milliseconds."""

FIND_EVERY_S = 0.1
"""Between two searches the field is off: long enough for every card to lose its power."""

TRIES = 3
"""So often in a row it is woken and asked anew before it is given up."""

NOBODYS = ""
"""Stands for every card without a number of its own among the tags in the field."""


class NoAnswer(Exception):
    """Nothing good came in time."""


class Pn532Line:
    """Asks one thing at a time. `bad_frame` is called for each piece of what came and was no good frame."""

    def __init__(self, port: Port, bad_frame: Callable[[], None]) -> None:
        self._port = port
        self._bad_frame = bad_frame
        self._frames = Pn532Frames()

    async def wake(self) -> None:
        """Ends whatever it is still doing, forgets what came of that, and wakes it up."""
        await self._port.write(ACK)
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                while True:
                    await self._port.read()
        self._frames = Pn532Frames()
        await self._port.write(WAKE_UP)

    async def ask(self, request: Request) -> bytes:
        """Sends the request a second time when nothing comes of the first. NoAnswer, BadAnswer, PortLost.

        What is left of an answer that did not end is forgotten, so that nothing later can end it.
        """
        for _ in range(2):
            self._frames = Pn532Frames()
            await self._port.write(request.to_bytes())
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARD_S) as patience:
                    return await self._answer(request, patience)
        raise NoAnswer(f"no answer at {BAUD} baud (asked for: {request.what})")

    def close(self) -> None:
        self._port.close()

    async def _answer(self, request: Request, patience: asyncio.Timeout) -> bytes:
        heard = False
        while True:
            match self._frames.next_event():
                case NeedMore():
                    self._frames.receive_data(await self._port.read())
                case Ack() if not heard:
                    heard = True
                    patience.reschedule(asyncio.get_running_loop().time() + ANSWER_S)
                case Content(data):
                    if (answer := answer_of(request, data)) is not None:
                        return answer
                case Damaged():
                    self._bad_frame()
                    await self._port.write(NACK)
                case Skipped():
                    self._bad_frame()


class Pn532:
    back_off = BACK_OFF
    speed = BAUD

    def __init__(
        self,
        name: str,
        open_port: Callable[[], Port],
        clock: Clock,
        machine_time_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bad_frames = BadFrames(name)
        self._name = name
        self._open_port = open_port
        self._clock = clock
        self._machine_time_s = machine_time_s
        self._line: Pn532Line | None = None
        self._in_vain = 0
        self._tags = TagsInField(REPEAT_GAP_S)
        self._scans: deque[BadgeScan] = deque()

    async def open(self) -> None:
        try:
            self._line = Pn532Line(self._open_port(), self._count_bad_frame)
            await _set_up(self._line)
        except (PortLost, NoAnswer, BadAnswer) as lost:
            raise DeviceLost(str(lost)) from lost
        self._in_vain = 0

    async def scan(self) -> BadgeScan:
        if self._line is None:
            raise DeviceLost(f"{self._name} is not open")
        while not self._scans:
            await self._look(self._line)
        return self._scans.popleft()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    async def _look(self, line: Pn532Line) -> None:
        """One search. What goes wrong may be a dip in its supply, after which it sleeps: it is set up anew."""
        try:
            if self._in_vain:
                await _set_up(line)
            await asyncio.sleep(FIND_EVERY_S)
            found = await line.ask(FIND)
            self._came(targets_of(found), self._clock.stamp())
            await line.ask(FIELD_OFF)
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost
        except (NoAnswer, BadAnswer) as trouble:
            self._in_vain += 1
            if self._in_vain >= TRIES:
                raise DeviceLost(str(trouble)) from trouble
        else:
            self._in_vain = 0

    def _came(self, targets: Sequence[Target], at: Stamp) -> None:
        """A card without a number of its own says nothing beside one that has one: a telephone held with a badge."""
        now_s = self._machine_time_s()
        badges = [target.badge_key for target in targets]
        for badge in badges:
            comes = self._tags.arrives(badge or NOBODYS, now_s)
            if comes and (badge is not None or not any(badges)):
                self._scans.append(BadgeScan(at, badge))

    def _count_bad_frame(self) -> None:
        self.bad_frames.add(self._clock.stamp())


async def _set_up(line: Pn532Line) -> None:
    """NoAnswer, BadAnswer, PortLost."""
    await line.wake()
    await line.ask(NORMAL_MODE)
    check_firmware(await line.ask(FIRMWARE))
    await line.ask(FEW_TRIES)


def pn532_readers(readers: Sequence[Reader], clock: Clock) -> Sequence[Pn532]:
    return [Pn532(each.name, _opener(each.port), clock) for each in readers]


def _opener(path: str) -> Callable[[], Port]:
    return lambda: open_serial(path, BAUD)
