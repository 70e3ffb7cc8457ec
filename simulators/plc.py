"""A PLC with one production counter, and one that is served by a real Modbus TCP server on a real port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import NamedTuple, cast

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from simulators.loop_thread import LoopThread
from simulators.mill import CounterSpec, Mill, Preset, Register

READ_FUNCTIONS = (3, 4)


class Restarted(NamedTuple):
    """`unread`: pieces made after the last answer that was given. No register has them any more."""

    at_us: int
    unread: int


class Plc:
    """A PLC's registers, on whatever line they are read. They are computed when they are read, so each answer is exact.

    `now_us` is fact time and may run fast. The counter changes only by the machine and by what is done here.
    """

    def __init__(self, spec: CounterSpec, now_us: Callable[[], int]) -> None:
        self.spec = spec
        self.mill = Mill(now_us)
        self.reads = 0
        self.last_read_us: int | None = None
        self._now_us = now_us
        self._lock = threading.Lock()
        self._register = Register(spec, (Preset(now_us(), spec.start % spec.modulus, spec.session),))
        self._glitches: list[int] = []

    # --- what is done to it -------------------------------------------------------------------------

    def restart(self) -> Restarted:
        """A power cut: the register starts again from 0 and the boot counter, if there is one, goes up by one."""
        return self._set(0, restart=True)

    def edit(self, value: int) -> None:
        """Somebody presets the counter at the device."""
        self._set(value, restart=False)

    def glitch_once(self, value: int) -> None:
        """The next answer carries this value; the one after it is right again. Two calls spoil two answers."""
        with self._lock:
            self._glitches.append(value % self.spec.modulus)

    # --- what is true of it -------------------------------------------------------------------------

    @property
    def register(self) -> Register:
        """The register's whole past: pure, for a test that computes what an edge must have seen."""
        return self._register

    def value_at(self, at_us: int) -> int:
        """What the register holds at a moment of fact time."""
        return self._register.at(self.mill.count_at, at_us)[0]

    def session_at(self, at_us: int) -> int | None:
        return self._register.at(self.mill.count_at, at_us)[1]

    # --- what it answers ----------------------------------------------------------------------------

    def answer(self) -> list[int]:
        """All its registers, from `spec.address` on; counts as read."""
        with self._lock:
            at_us = self._now_us()
            value, session = self._register.at(self.mill.count_at, at_us)
            if self._glitches:
                value = self._glitches.pop(0)
            self.reads += 1
            self.last_read_us = at_us
            return self.spec.encoded(value, session)

    def _set(self, value: int, *, restart: bool) -> Restarted:
        with self._lock:
            at_us = self._now_us()
            seen_us = self.last_read_us or self._register.presets[0].at_us
            self._register = self._register.preset(at_us, value, restart=restart)
            return Restarted(at_us, self.mill.count_at(at_us) - self.mill.count_at(seen_us))


class SimulatedPlc(Plc):
    """Listens from construction until `close`. The registers are computed when they are read, so each answer is exact.

    `now_us` is fact time and may run fast; the server itself lives in machine time. Writing is refused: the counter
    changes only by the machine and by what is done here.
    """

    def __init__(
        self,
        spec: CounterSpec,
        now_us: Callable[[], int],
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Port 0 takes a free one and keeps it; RuntimeError when the port cannot be had."""
        super().__init__(spec, now_us)
        self.host, self.port = host, port
        self._server: ModbusTcpServer | None = None
        self._loop = LoopThread("simulated-plc")
        try:
            self.online()
        except RuntimeError:
            self._loop.stop()
            raise

    def offline(self) -> None:
        """Connections are closed and new ones refused, as when its network module is off. The machine goes on."""
        self._loop.call(self._stop_listening())

    def online(self) -> None:
        """Listens again on the same port. No effect when it does already."""
        self.port = self._loop.call(self._listen())

    def close(self) -> None:
        if not self._loop.stopped:
            self.offline()
            self._loop.stop()

    def __enter__(self) -> SimulatedPlc:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def listening(self) -> bool:
        return self._server is not None

    # --- the server ---------------------------------------------------------------------------------

    async def _on_request(
        self,
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        current_registers: list[int],
        set_values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        # Six arguments because the server calls it so. It is called for every function, writes and coils included.
        if function_code not in READ_FUNCTIONS or set_values is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        self.fill(function_code, start_address, address, current_registers)
        return None

    def fill(self, function: int, first: int, address: int, registers: list[int]) -> None:
        """Writes what it holds now into `registers`, which begin at `first`; `address` is the first one asked for."""
        if address < self.spec.address + self.spec.words:  # a read of the session word alone is not a counter answer
            offset = self.spec.address - first
            words = self.answer()
            registers[offset : offset + len(words)] = words

    def memory(self) -> list[int]:
        """All its registers from `spec.address` on, as they are at the start; others are refused."""
        return self.spec.encoded(0, self.spec.session)

    async def _listen(self) -> int:
        if self._server is not None:
            return self.port
        block = SimData(self.spec.address, values=self.memory(), datatype=DataType.REGISTERS, readonly=True)
        device = SimDevice(self.spec.unit, block, action=self._on_request)
        server = ModbusTcpServer(device, address=(self.host, self.port))
        await server.serve_forever(background=True)
        self._server = server
        # For a listener pymodbus keeps asyncio's Server where it declares a transport.
        port: int = cast("asyncio.Server", server.transport).sockets[0].getsockname()[1]
        return port

    async def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it without types
