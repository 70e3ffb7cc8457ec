"""Counters over Modbus TCP. Reads only: function codes 3 and 4, never a write.

Counters behind one host and port share one connection, because small modules accept one or two. Behind such a
gateway a unit that is mute costs its neighbours a second at each try; devices with an address of their own
never wait for one another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from edge.clock import Clock
from edge.config import Counter
from edge.devices.family import BackOff, CounterValue, DeviceLost
from edge.devices.modbus_counter.codec import Block, raw_of, session_block, value_block, value_of

TIMEOUT_S = 1.0
BACK_OFF = BackOff(first_s=0.2, last_s=5.0)

EXCEPTIONS = {
    1: "illegal function: is `function` 3 where it should be 4, or the reverse?",
    2: "illegal address: the device has no such register",
    3: "illegal value: it does not read so many registers at once",
    4: "device failure",
    6: "device busy",
    10: "gateway: no path to the unit",
    11: "gateway: the unit does not answer",
}
"""Modbus application protocol 1.1b3, section 7."""


class ModbusLine:
    """One connection and the counters that use it; it is closed when the last of them leaves."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._client: AsyncModbusTcpClient | None = None
        self._connecting = asyncio.Lock()
        self._users: set[str] = set()

    async def join(self, user: str) -> None:
        """DeviceLost when nobody listens there."""
        async with self._connecting:
            if self._client is None or not self._client.connected:
                self._disconnect()
                # pymodbus must not reconnect by itself: two back-offs on one device would be one too many.
                client = AsyncModbusTcpClient(
                    self._host, port=self._port, timeout=TIMEOUT_S, retries=0, reconnect_delay=0
                )
                connected = await client.connect()
                if not connected or _cancelled():
                    client.close()
                    _heed_cancellation()
                    raise DeviceLost(f"no connection to {self._host}:{self._port}")
                self._client = client
        self._users.add(user)

    def leave(self, user: str) -> None:
        self._users.discard(user)
        if not self._users:
            self._disconnect()

    async def read(self, function: int, unit: int, block: Block) -> list[int]:
        """The registers of the block, all of them. DeviceLost for anything else."""
        where = f"{self._host}:{self._port} unit {unit}"
        if self._client is None:
            raise DeviceLost(f"{where}: not connected")
        ask = self._client.read_holding_registers if function == 3 else self._client.read_input_registers
        try:
            answer = await ask(block.address, count=block.count, device_id=unit)
        except ModbusException as error:
            _heed_cancellation()
            raise DeviceLost(f"{where}: no answer within {TIMEOUT_S:g} s, or the connection was closed") from error
        _heed_cancellation()
        if answer.isError():
            meaning = EXCEPTIONS.get(answer.exception_code, "see the manual")
            raise DeviceLost(f"{where}: exception {answer.exception_code} at register {block.address} ({meaning})")
        if answer.function_code != function or len(answer.registers) != block.count:
            raise DeviceLost(f"{where}: {len(answer.registers)} registers where {block.count} were asked for")
        return list(answer.registers)

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _heed_cancellation() -> None:
    """pymodbus waits with `wait_for`, which before Python 3.12 swallows a cancellation that meets the answer."""
    if _cancelled():
        raise asyncio.CancelledError


class ModbusCounter:
    back_off = BACK_OFF

    def __init__(self, counter: Counter, line: ModbusLine, clock: Clock) -> None:
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


def modbus_counters(counters: Sequence[Counter], clock: Clock) -> Sequence[ModbusCounter]:
    """Also quietens pymodbus, which writes a line for each failed try; the field writes one when a device goes."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    lines = {(each.host, each.port): ModbusLine(each.host, each.port) for each in counters}
    return [ModbusCounter(each, lines[each.host, each.port], clock) for each in counters]
