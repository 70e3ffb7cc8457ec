"""Counters that speak text on a serial line: one that tells of each piece, and those that are asked for a value."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

from edge.clock import Clock
from edge.devices.family import BackOff, CounterDevice, CounterValue, DeviceLost
from edge.devices.line_counter.codec import Profile
from edge.devices.line_counter.keys import LineCounterKeys
from edge.devices.line_counter.line import LONGEST_LINE, AskedLine
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.own_count import OwnCount
from edge.framing.delimited import NeedMore
from edge.framing.lines import Event, Line, Lines
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial

BACK_OFF = BackOff(first_s=0.2, last_s=5.0)


class AskedCounter:
    """It keeps the count itself."""

    back_off = BACK_OFF

    def __init__(self, keys: LineCounterKeys, line: AskedLine, clock: Clock) -> None:
        self._name, self._ask = keys.name, keys.ask
        self._profile = _profile(keys)
        self._line = line
        self._clock = clock

    async def open(self) -> None:
        await self._line.join(self._name)

    def close(self) -> None:
        self._line.leave(self._name)

    async def read(self) -> CounterValue:
        value, raw = await self._line.ask(self._ask, self._profile)
        return CounterValue(self._clock.stamp(), value, raw.hex().upper(), None)


class PieceCounter:
    """It tells of each piece and keeps no count: that is kept here. Any other line is a bad frame."""

    back_off = BACK_OFF

    def __init__(self, keys: LineCounterKeys, open_port: Callable[[], Port], clock: Clock) -> None:
        self.bad_frames = BadFrames(keys.name)
        self._name = keys.name
        self._profile = _profile(keys)
        self._open_port = open_port
        self._clock = clock
        self._port: Port | None = None
        self._lines = Lines(LONGEST_LINE)
        self._count = OwnCount(secrets.randbelow(2**31))

    async def open(self) -> None:
        try:
            self._port = self._open_port()
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost
        self._lines = Lines(LONGEST_LINE)

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    async def read(self) -> CounterValue:
        if self._port is None:
            raise DeviceLost(f"{self._name} is not open")
        try:
            async with asyncio.timeout(0):
                while True:
                    self._receive(await self._port.read())
        except TimeoutError:
            pass
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost
        return self._count.value(self._clock.stamp())

    def _receive(self, chunk: bytes) -> None:
        self._lines.receive_data(chunk)
        while not isinstance(event := self._lines.next_event(), NeedMore):
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, Line) and self._profile.is_piece(event.raw):
            self._count.add()
            return
        self.bad_frames.add(self._clock.stamp())


def line_counters(counters: Sequence[LineCounterKeys], clock: Clock) -> Sequence[CounterDevice]:
    lines: dict[str, AskedLine] = {}
    return [_counter(each, lines, clock) for each in counters]


def _counter(keys: LineCounterKeys, lines: dict[str, AskedLine], clock: Clock) -> CounterDevice:
    def open_port() -> Port:
        return open_serial(keys.serial, keys.baud, keys.parity, keys.stop_bits)

    if not keys.ask:
        return PieceCounter(keys, open_port, clock)
    return AskedCounter(keys, lines.setdefault(keys.serial, AskedLine(keys.serial, open_port)), clock)


def _profile(keys: LineCounterKeys) -> Profile:
    return Profile(keys.prefix, keys.base, keys.digits, keys.checksum)
