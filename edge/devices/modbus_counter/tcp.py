"""One connection over Modbus TCP, shared by the counters behind one host and port: small modules accept one or two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from edge.devices.family import DeviceLost
from edge.devices.modbus_counter import lines
from edge.devices.modbus_counter.codec import Block
from edge.devices.shared.patience import Patience
from edge.framing.rtu import BITS
from edge.transport.frames import Frames, noted_for

ASK = {
    1: "read_coils",
    2: "read_discrete_inputs",
    3: "read_holding_registers",
    4: "read_input_registers",
}
"""All that a device is ever asked: there is no name of a function here that writes."""

RECEIVE_BYTES = 4096
"""At once; the longest frame has 260 bytes (Modbus Messaging on TCP/IP 1.0b, 4.1)."""


class TcpLine:
    """One connection and the counters that use it; it is closed when the last of them leaves."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._client: AsyncModbusTcpClient | None = None
        self._connecting = asyncio.Lock()
        self._users: set[str] = set()
        self._turn = asyncio.Lock()
        self._patience = Patience(lines.CREDIT_S)
        self._askers: tuple[Frames, ...] = ()

    async def join(self, user: str) -> None:
        """DeviceLost when nobody listens there."""
        async with self._connecting:
            if self._client is None or not self._client.connected:
                self._disconnect()
                # pymodbus must not reconnect by itself: two back-offs on one device would be one too many.
                client = AsyncModbusTcpClient(
                    self._host,
                    port=self._port,
                    timeout=lines.TIMEOUT_S,
                    retries=0,
                    reconnect_delay=0,
                    trace_packet=self._noted,
                )
                connected = await client.connect()
                if not connected or _cancelled():
                    client.close()
                    _heed_cancellation()
                    raise DeviceLost(f"no connection to {self._host}:{self._port}")
                _receive_small(client)
                self._client = client
        self._users.add(user)

    def leave(self, user: str) -> None:
        self._users.discard(user)
        if not self._users:
            self._disconnect()

    async def read(self, function: int, unit: int, block: Block) -> Sequence[int]:
        """Asked for once more when the unit was busy."""
        where = f"{self._host}:{self._port} unit {unit}"
        if function not in ASK:
            raise ValueError(f"function {function} is none of those that only read")
        try:
            if self._patience.in_vain(unit):
                await self._let_alone(unit)
            answer = await self._exchange(function, unit, block)
            if answer.isError() and answer.exception_code == lines.BUSY:
                await asyncio.sleep(lines.BUSY_S)
                answer = await self._exchange(function, unit, block)
        except (ModbusException, TimeoutError) as error:
            _heed_cancellation()
            raise DeviceLost(
                f"{where}: no answer within {lines.TIMEOUT_S:g} s, or the connection was closed"
            ) from error
        if answer.isError():
            raise lines.refused(where, answer.exception_code, block)
        values = [int(bit) for bit in answer.bits[: block.count]] if function in BITS else answer.registers
        if answer.function_code != function or len(values) != block.count:
            raise DeviceLost(f"{where}: {len(values)} registers where {block.count} were asked for")
        return values

    async def read_registers(self, function: int, unit: int, address: int, count: int) -> Sequence[int]:
        return await self.read(function, unit, Block(address, count))

    async def _let_alone(self, unit: int) -> None:
        """TimeoutError when the unit owes an answer, and its neighbours behind this connection need it for longer."""
        now_s = asyncio.get_running_loop().time()
        wait_s = self._patience.wait_s(unit, now_s, self._patience.timeout_s(unit, lines.TIMEOUT_S))
        if wait_s:
            await asyncio.sleep(min(wait_s, lines.SLOWEST_S))
        if wait_s > lines.SLOWEST_S:
            raise TimeoutError

    async def _exchange(self, function: int, unit: int, block: Block) -> ModbusPDU:
        """ModbusException or TimeoutError when there is no answer."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            if self._client is None:
                raise DeviceLost(f"{self._host}:{self._port} unit {unit}: not connected")
            ask: Callable[..., Awaitable[ModbusPDU]] = getattr(self._client, ASK[function])
            within_s = self._patience.timeout_s(unit, lines.TIMEOUT_S)
            self._patience.asked(unit)
            asked_s = loop.time()
            try:
                asking = ask(block.address, count=block.count, device_id=unit)
                answer = await (asking if within_s == lines.TIMEOUT_S else asyncio.wait_for(asking, within_s))
            except (ModbusException, TimeoutError):
                self._patience.missed(loop.time(), loop.time() - asked_s)
                raise
            _heed_cancellation()
            if answer.isError() and answer.exception_code in lines.NOBODY_THERE:
                self._patience.missed(loop.time(), loop.time() - asked_s)
            else:
                self._patience.answered(unit, loop.time() - asked_s)
            return answer

    def _noted(self, sending: bool, data: bytes) -> bytes:
        """pymodbus asks one thing at a time, so what comes is for whoever asked last."""
        if sending:
            self._askers = noted_for()
        for frames in self._askers:
            (frames.sent if sending else frames.received)(data)
        return data

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _receive_small(client: AsyncModbusTcpClient) -> None:
    """asyncio takes 256 KiB for each answer and gives all but its few bytes back: a visit to the kernel's memory at
    every poll, which is a quarter of what a poll costs."""
    transport = client.ctx.transport
    if hasattr(transport, "max_size"):
        transport.max_size = RECEIVE_BYTES


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _heed_cancellation() -> None:
    """pymodbus waits with `wait_for`, which before Python 3.12 swallows a cancellation that meets the answer."""
    if _cancelled():
        raise asyncio.CancelledError
