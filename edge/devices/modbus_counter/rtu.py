"""One line of Modbus RTU and the counters on it: one owner, one request at a time.

RTU has no number on its frames, so a late answer looks like the answer to the next request; pymodbus's own client takes
it for that, and drops an answer that has noise or an echo before it. Here a unit that owed an answer is left alone
until it cannot come any more, while its neighbours are asked, and then first asked for something of another length.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from edge.devices.family import DeviceLost
from edge.devices.modbus_counter import lines
from edge.devices.modbus_counter.codec import Block
from edge.devices.shared.patience import Patience
from edge.devices.shared.port import TIMER_S, Damaged, SharedPort, heard_before
from edge.framing.delimited import NeedMore
from edge.framing.rtu import Refusal, Registers, RtuAnswer, fewer
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial
from edge.transport.tcp_port import open_tcp

SHORTEST_GAP_S = 0.00175
"""Between frames, at least (Modbus over serial line V1.02, 2.5.1.1: fixed above 19,200 baud)."""

GATEWAY_GAP_S = 0.01
"""After an answer through a gateway, which cuts and joins frames as it likes and keeps the silences of its line itself.
What comes later than this is found before the next request, or does not fit it."""


@dataclass(frozen=True)
class LineSettings:
    baud: int
    parity: str
    stop_bits: int

    @property
    def gap_s(self) -> float:
        """3.5 characters of silence end a frame."""
        bits = 1 + 8 + (self.parity != "N") + self.stop_bits
        return max(3.5 * bits / self.baud, SHORTEST_GAP_S)


class RtuLine:
    """One connection and the counters that use it. Use `serial_line` or `gateway_line`.

    `gap_s` is the silence before a request. After an answer it is listened to for whole milliseconds only, and what is
    left of it is waited for when somebody asks again: most of the time nobody does so soon.
    """

    def __init__(self, name: str, open_port: Callable[[], Awaitable[Port]], gap_s: float) -> None:
        self._shared = SharedPort(name, open_port)
        self._gap_s = gap_s
        self._quiet_s = math.floor(gap_s / TIMER_S) * TIMER_S
        self._heard_s = 0.0
        self._units: defaultdict[int, Unit] = defaultdict(Unit)
        self._patience = Patience(lines.CREDIT_S)

    async def join(self, user: str) -> None:
        await self._shared.join(user)

    def leave(self, user: str) -> None:
        self._shared.leave(user)

    async def read(self, function: int, unit: int, block: Block) -> Sequence[int]:
        """Asked for once more when it came damaged, or when the unit was busy."""
        where = f"{self._shared.name} unit {unit}"
        try:
            async with self._units[unit].lock:
                answer = await self._heard(function, unit, block)
        except Damaged as damaged:
            raise DeviceLost(f"{where}: {damaged}") from damaged
        except TimeoutError as late:
            raise DeviceLost(f"{where}: no answer within {lines.TIMEOUT_S:g} s") from late
        except PortLost as lost:
            self._shared.drop()
            raise DeviceLost(str(lost)) from lost
        if isinstance(answer, Refusal):
            raise lines.refused(where, answer.code, block)
        return answer.values

    async def read_registers(self, function: int, unit: int, address: int, count: int) -> Sequence[int]:
        return await self.read(function, unit, Block(address, count))

    async def _heard(self, function: int, unit: int, block: Block) -> Registers | Refusal:
        try:
            answer = await self._surely(function, unit, block)
        except Damaged:
            return await self._surely(function, unit, block)
        if answer == Refusal(lines.BUSY):
            await asyncio.sleep(lines.BUSY_S)
            return await self._surely(function, unit, block)
        return answer

    async def _surely(self, function: int, unit: int, block: Block) -> Registers | Refusal:
        """With a question before it when an answer of this unit is missing: any answer to that shows it keeps up again.

        That question is for fewer registers, so that the missing answer does not fit it. A unit that does not take
        it, or has only one register, is asked for as many.
        """
        if in_vain := self._patience.in_vain(unit):
            await self._let_alone(unit)
            count = fewer(function, block.count) if in_vain % 2 else block.count
            await self._exchange(function, unit, Block(block.address, count))
        return await self._exchange(function, unit, block)

    async def _let_alone(self, unit: int) -> None:
        """Until its answer cannot come any more. TimeoutError when its neighbours need the line for longer."""
        now_s = asyncio.get_running_loop().time()
        late_s = self._units[unit].asked_s + lines.SLOWEST_S - now_s
        wait_s = self._patience.wait_s(unit, now_s, self._patience.timeout_s(unit, lines.TIMEOUT_S))
        await asyncio.sleep(max(late_s, min(wait_s, lines.SLOWEST_S)))
        if wait_s > lines.SLOWEST_S:
            raise TimeoutError

    async def _exchange(self, function: int, unit: int, block: Block) -> Registers | Refusal:
        """TimeoutError for silence, Damaged for anything but silence and one good answer."""
        wanted = RtuAnswer(unit, function, block.address, block.count)
        async with self._shared.turn:
            port = self._shared.port
            silence_s = self._heard_s + self._gap_s - asyncio.get_running_loop().time()
            if await heard_before(port, max(0.0, silence_s), lines.TIMEOUT_S):
                await heard_before(port, self._gap_s, lines.TIMEOUT_S)
            within_s = self._patience.timeout_s(unit, lines.TIMEOUT_S)
            self._patience.asked(unit)
            self._units[unit].asked_s = asked_s = asyncio.get_running_loop().time()
            try:
                answer = await self._one_answer(port, wanted, within_s)
            except (TimeoutError, Damaged):
                now_s = asyncio.get_running_loop().time()
                self._patience.missed(now_s, now_s - asked_s)
                raise
            self._patience.answered(unit, asyncio.get_running_loop().time() - asked_s)
            return answer

    async def _one_answer(self, port: Port, wanted: RtuAnswer, within_s: float) -> Registers | Refusal:
        await port.write(wanted.request)
        try:
            async with asyncio.timeout(within_s):
                answer = await _answer(port, wanted)
        except TimeoutError:
            if wanted.echoed and not wanted.noise:
                raise Damaged("only our own request came back: the unit does not answer") from None
            if wanted.noise:
                raise Damaged(f"{wanted.noise} bytes, but no good answer, within {within_s:g} s") from None
            raise
        self._heard_s = asyncio.get_running_loop().time()
        if wanted.left + await heard_before(port, self._quiet_s, lines.TIMEOUT_S):
            raise Damaged("more than one answer at once")
        return answer


@dataclass
class Unit:
    """One unit on the line: asked by one counter at a time, last at `asked_s`."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_s: float = 0.0


def serial_line(path: str, settings: LineSettings) -> RtuLine:
    async def open_port() -> Port:
        return open_serial(path, settings.baud, settings.parity, settings.stop_bits)

    return RtuLine(path, open_port, settings.gap_s)


def gateway_line(host: str, port: int) -> RtuLine:
    """RTU over TCP: a gateway that hands a serial line through as it is."""

    async def open_port() -> Port:
        return await open_tcp(host, port, lines.TIMEOUT_S)

    return RtuLine(f"{host}:{port}", open_port, GATEWAY_GAP_S)


async def _answer(port: Port, wanted: RtuAnswer) -> Registers | Refusal:
    while isinstance(event := wanted.next_event(), NeedMore):
        wanted.receive_data(await port.read())
    return event
