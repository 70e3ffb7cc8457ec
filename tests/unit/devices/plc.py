"""A PLC for tests: a real Modbus TCP server on a loopback port, which can be stopped and started again there."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge.devices.modbus_counter.keys import ModbusKeys


class Plc:
    """One memory of 100 words, read with function 3 and 4; `requests` are (function, address, count) as they came.

    What is in `holes` is not there.
    """

    def __init__(self, unit: int = 1) -> None:
        self.port = 0
        self.requests: list[tuple[int, int, int]] = []
        self.connections = 0
        self.connected_now = 0
        self.exception: Any = None
        self.registers = dict.fromkeys(range(100), 0)
        self.holes: set[int] = set()
        self._unit = unit
        self._server: Any = None  # its shutdown has no types
        self._news = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits until `condition` is true of what the device saw."""
        async with asyncio.timeout(4.0):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def is_read(self, times: int) -> None:
        """Waits for so many requests that are still to come."""
        seen = len(self.requests)
        await self.until(lambda: len(self.requests) >= seen + times)

    async def start(self) -> None:
        memory = SimData(0, count=100, values=0, datatype=DataType.REGISTERS)
        device = SimDevice(self._unit, memory, action=self._answer)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port), trace_connect=self._connected)
        await self._server.serve_forever(background=True)
        listener: Any = self._server.transport
        self.port = listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()
            self._server = None
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    def counter(self, name: str = "strokes", machine: str = "press", **settings: Any) -> ModbusKeys:
        known: dict[str, Any] = {"address": 10, "poll_ms": 20, "max_rate_per_min": 60, "family": "modbus_counter"}
        return ModbusKeys(name=name, machine=machine, host="127.0.0.1", port=self.port, **{**known, **settings})

    def _connected(self, connected: bool) -> None:
        self.connections += connected
        self.connected_now += 1 if connected else -1
        self._news.set()

    async def _answer(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> Any:
        self.requests.append((function, address, count))
        self._news.set()
        if self.holes.intersection(range(address, address + count)):
            return ExcCodes.ILLEGAL_ADDRESS
        for place in range(count):
            registers[address - start + place] = self.registers[address + place]
        return self.exception
