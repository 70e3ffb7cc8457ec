"""One connection over Modbus TCP, shared by the counters behind one host and port: small modules accept one or two."""

from __future__ import annotations

import asyncio

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from edge.devices.family import DeviceLost
from edge.devices.modbus_counter.codec import Block, refusal

TIMEOUT_S = 1.0


class TcpLine:
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
            raise DeviceLost(f"{where}: {refusal(answer.exception_code, block)}")
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
