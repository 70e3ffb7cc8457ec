"""Counters over Modbus, on the network or on a serial line. Reads only: function codes 1 to 4, never a write.

Counters behind one host and port, or on one serial line, share one connection, and one request where their registers
lie together. Devices with an address of their own never wait for one another.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Hashable, Sequence

from edge.clock import Clock
from edge.devices.family import BackOff, CounterDevice, CounterValue
from edge.devices.modbus_counter import shelf
from edge.devices.modbus_counter.blocks import Wanted, merged
from edge.devices.modbus_counter.codec import Block, raw_of, session_block, value_block, value_of
from edge.devices.modbus_counter.keys import ModbusKeys, section_of
from edge.devices.modbus_counter.lines import Line
from edge.devices.modbus_counter.rtu import LineSettings, gateway_line, serial_line
from edge.devices.modbus_counter.shared import SharedBlock
from edge.devices.modbus_counter.tcp import TcpLine
from edge.link.inspection import OnNetwork, OnSerial
from sync.wire.envelope import Stamp

BACK_OFF = BackOff(first_s=0.2, last_s=5.0)


class ModbusCounter:
    back_off = BACK_OFF

    def __init__(self, counter: ModbusKeys, line: Line, blocks: Sequence[SharedBlock]) -> None:
        """`blocks` hold what the counter wants, each part whole in one of them."""
        self.line, self.unit, self.place = line, counter.unit, _place(counter)
        self._counter = counter
        self._parts = _parts(counter)
        self._sources = [next(block for block in blocks if block.holds(part)) for part in self._parts]
        for source in set(self._sources):
            source.counters += 1
        self._in_one_block = len(set(self._sources)) == 1
        self._session: int | None = None

    async def open(self) -> None:
        await self.line.join(self._counter.name)

    def close(self) -> None:
        self.line.leave(self._counter.name)

    async def read(self) -> CounterValue:
        value = await self._read_once()
        if len(self._parts) > 1 and value.session != self._session:
            # It restarted, perhaps between the two requests: the value may still be of the old session.
            value = await self._read_once()
        self._session = value.session
        return value

    async def _read_once(self) -> CounterValue:
        counter, block = self._counter, self._parts[0]
        at, answers = await self._answers()
        words = block.words(answers[0], counter.address, counter.words)
        return CounterValue(at, value_of(words, counter.word_order), raw_of(words), self._session_in(answers))

    async def _answers(self) -> tuple[Stamp, list[Sequence[int]]]:
        """Of one request where all lies in one block; else the value first."""
        if self._in_one_block:
            return await self._sources[0].read(*self._parts)
        at, answers = await self._sources[0].read(self._parts[0])
        for source, part in zip(self._sources[1:], self._parts[1:], strict=True):
            answers += (await source.read(part))[1]
        return at, answers

    def _session_in(self, answers: Sequence[Sequence[int]]) -> int | None:
        session = self._counter.session_address
        if session is None:
            return None
        return self._parts[-1].words(answers[-1], session, 1)[0]


def _parts(counter: ModbusKeys) -> list[Block]:
    """What it reads, the value first."""
    session = session_block(counter)
    return [value_block(counter)] if session is None else [value_block(counter), session]


def modbus_counters(counters: Sequence[ModbusKeys], clock: Clock) -> Sequence[ModbusCounter]:
    """Also quietens pymodbus, which writes a line for each failed try; the field writes one when a device goes."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    lines: dict[Hashable, Line] = {}
    for counter in counters:
        lines.setdefault(_place(counter), _line(counter))
    blocks: dict[Hashable, list[SharedBlock]] = {}
    for group, wanted in _groups(counters).items():
        place, unit, function, _ = group
        blocks[group] = [SharedBlock(lines[place], function, unit, each, clock) for each in merged(wanted)]
    return [ModbusCounter(each, lines[_place(each)], blocks[_group(each)]) for each in counters]


def line_to(where: OnNetwork | OnSerial, counters: Sequence[CounterDevice]) -> Line:
    """That of a counter which is there, for a line has one owner; else a new one."""
    keys = section_of(where)
    owned = (each.line for each in counters if isinstance(each, ModbusCounter) and each.place == _place(keys))
    return next(owned, None) or _line(keys)


def _place(counter: ModbusKeys) -> Hashable:
    return counter.serial or (counter.host, counter.port)


def _group(counter: ModbusKeys) -> tuple[Hashable, int, int, int]:
    """Counters whose registers may be read together: of one function of one unit, and polled as often."""
    return _place(counter), counter.unit, counter.function, counter.poll_ms


def _groups(counters: Sequence[ModbusKeys]) -> dict[tuple[Hashable, int, int, int], list[Wanted]]:
    groups: defaultdict[tuple[Hashable, int, int, int], list[Wanted]] = defaultdict(list)
    for counter in counters:
        area = _area(counter)
        groups[_group(counter)] += [Wanted(part, area) for part in _parts(counter)]
    return groups


def _area(counter: ModbusKeys) -> Hashable:
    """Registers of a PLC without a template are taken to lie one beside the other, until it refuses one."""
    if counter.template is None:
        return "registers"
    return shelf.area_without_holes(counter.template, counter.register)


def _line(counter: ModbusKeys) -> Line:
    if counter.serial is not None:
        return serial_line(counter.serial, LineSettings(counter.baud, counter.parity, counter.stop_bits))
    assert counter.host is not None
    assert counter.port is not None
    if counter.framing == "rtu":
        return gateway_line(counter.host, counter.port)
    return TcpLine(counter.host, counter.port)
