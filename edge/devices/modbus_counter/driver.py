"""Counters over Modbus, on the network or on a serial line. Reads only: function codes 3 and 4, never a write.

Counters behind one host and port, or on one serial line, share one connection. There a unit that is mute costs its
neighbours a second at each try; devices with an address of their own never wait for one another.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from edge.clock import Clock
from edge.devices.family import BackOff, CounterValue
from edge.devices.modbus_counter.codec import Block, raw_of, session_block, value_block, value_of
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.rtu import LineSettings, RtuLine
from edge.devices.modbus_counter.tcp import TcpLine

BACK_OFF = BackOff(first_s=0.2, last_s=5.0)


class Line(Protocol):
    """One connection and the counters that use it; it is closed when the last of them leaves."""

    async def join(self, user: str) -> None:
        """DeviceLost when it cannot be opened."""

    def leave(self, user: str) -> None: ...

    async def read(self, function: int, unit: int, block: Block) -> Sequence[int]:
        """The registers of the block, all of them. DeviceLost for anything else."""


class ModbusCounter:
    back_off = BACK_OFF

    def __init__(self, counter: ModbusKeys, line: Line, clock: Clock) -> None:
        self._counter = counter
        self._line = line
        self._clock = clock
        self._value_block = value_block(counter)
        self._session_block = session_block(counter)
        self._session: int | None = None

    async def open(self) -> None:
        await self._line.join(self._counter.name)

    def close(self) -> None:
        self._line.leave(self._counter.name)

    async def read(self) -> CounterValue:
        value = await self._read_once()
        if self._session_block is not None and value.session != self._session:
            # It restarted, perhaps between the two requests: the value may still be of the old session.
            value = await self._read_once()
        self._session = value.session
        return value

    async def _read_once(self) -> CounterValue:
        counter, block = self._counter, self._value_block
        registers = await self._line.read(counter.function, counter.unit, block)
        at = self._clock.stamp()
        words = block.words(registers, counter.address, counter.words)
        return CounterValue(at, value_of(words, counter.word_order), raw_of(words), await self._read_session(registers))

    async def _read_session(self, registers: Sequence[int]) -> int | None:
        counter = self._counter
        if counter.session_address is None:
            return None
        if self._session_block is None:
            return self._value_block.words(registers, counter.session_address, 1)[0]
        return (await self._line.read(counter.function, counter.unit, self._session_block))[0]


def modbus_counters(counters: Sequence[ModbusKeys], clock: Clock) -> Sequence[ModbusCounter]:
    """Also quietens pymodbus, which writes a line for each failed try; the field writes one when a device goes."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    lines: dict[object, Line] = {}
    return [ModbusCounter(each, lines.setdefault(_place(each), _line(each)), clock) for each in counters]


def _place(counter: ModbusKeys) -> object:
    return counter.serial or (counter.host, counter.port)


def _line(counter: ModbusKeys) -> Line:
    if counter.serial is not None:
        return RtuLine(counter.serial, LineSettings(counter.baud, counter.parity, counter.stop_bits))
    assert counter.host is not None
    assert counter.port is not None
    return TcpLine(counter.host, counter.port)
