"""One serial line of Modbus RTU and the counters on it: one owner, one request at a time.

RTU has no number on its frames, so a late answer looks like the answer to the next request; pymodbus's own client takes
it for that, and drops an answer that has noise or an echo before it. Here a unit that owed an answer is left alone
until it cannot come any more, while its neighbours are asked, and then first asked for something of another length.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from edge.devices.family import DeviceLost
from edge.devices.modbus_counter.codec import Block, refusal
from edge.framing.delimited import NeedMore
from edge.framing.rtu import Refusal, Registers, RtuAnswer
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial

TIMEOUT_S = 1.0
"""For an answer; no unit holds up the others on its line for longer."""

SLOWEST_S = 2.0
"""An answer that has not come so long after its request does not come any more."""

SHORTEST_GAP_S = 0.00175
"""Between frames, at least (Modbus over serial line V1.02, 2.5.1.1: fixed above 19,200 baud)."""

CHARACTER_BITS = 11


@dataclass(frozen=True)
class LineSettings:
    baud: int
    parity: str
    stop_bits: int

    @property
    def gap_s(self) -> float:
        """3.5 characters of silence end a frame."""
        return max(3.5 * CHARACTER_BITS / self.baud, SHORTEST_GAP_S)


class Damaged(Exception):
    """Something was on the line, and no good answer in it."""


class RtuLine:
    """One connection and the counters that use it; it is closed when the last of them leaves."""

    def __init__(self, path: str, settings: LineSettings) -> None:
        self._path = path
        self._settings = settings
        self._port: Port | None = None
        self._line = asyncio.Lock()
        self._units: defaultdict[int, Unit] = defaultdict(Unit)
        self._users: set[str] = set()

    async def join(self, user: str) -> None:
        """DeviceLost when the port is not there."""
        if self._port is None:
            settings = self._settings
            try:
                self._port = open_serial(self._path, settings.baud, settings.parity, settings.stop_bits)
            except PortLost as lost:
                raise DeviceLost(str(lost)) from lost
        self._users.add(user)

    def leave(self, user: str) -> None:
        self._users.discard(user)
        if not self._users:
            self._drop()

    async def read(self, function: int, unit: int, block: Block) -> Sequence[int]:
        """The registers of the block, all of them; asked for once more when they came damaged. DeviceLost else."""
        where = f"{self._path} unit {unit}"
        try:
            async with self._units[unit].lock:
                try:
                    answer = await self._surely(function, unit, block)
                except Damaged:
                    answer = await self._surely(function, unit, block)
        except Damaged as damaged:
            raise DeviceLost(f"{where}: {damaged}") from damaged
        except TimeoutError as late:
            raise DeviceLost(f"{where}: no answer within {TIMEOUT_S:g} s") from late
        except PortLost as lost:
            self._drop()
            raise DeviceLost(str(lost)) from lost
        if isinstance(answer, Refusal):
            raise DeviceLost(f"{where}: {refusal(answer.code, block)}")
        return answer.values

    async def _surely(self, function: int, unit: int, block: Block) -> Registers | Refusal:
        """With a question before it when an answer of this unit is missing: any answer to that shows it keeps up again.

        That question is for fewer registers, so that the missing answer does not fit it. A unit that does not take
        it, or has only one register, is asked for as many.
        """
        state = self._units[unit]
        if state.in_vain:
            await asyncio.sleep(state.asked_s + SLOWEST_S - asyncio.get_running_loop().time())
            fewer = 1 if block.count > 1 and state.in_vain % 2 else 0
            await self._exchange(function, unit, Block(block.address, block.count - fewer))
        return await self._exchange(function, unit, block)

    async def _exchange(self, function: int, unit: int, block: Block) -> Registers | Refusal:
        """TimeoutError for silence, Damaged for anything but silence and one good answer."""
        state = self._units[unit]
        wanted = RtuAnswer(unit, function, block.address, block.count)
        async with self._line:
            port = self._port
            if port is None:
                raise DeviceLost(f"{self._path}: not connected")
            if await _heard_before(port, 0):
                await _heard_before(port, self._settings.gap_s)
            state.in_vain += 1
            state.asked_s = asyncio.get_running_loop().time()
            await port.write(wanted.request)
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    answer = await _answer(port, wanted)
            except TimeoutError:
                if wanted.echoed and not wanted.noise:
                    raise Damaged("only our own request came back: the unit does not answer") from None
                if wanted.noise:
                    raise Damaged(f"{wanted.noise} bytes, but no good answer, within {TIMEOUT_S:g} s") from None
                raise
            if wanted.left + await _heard_before(port, self._settings.gap_s):
                raise Damaged("more than one answer at once")
            state.in_vain = 0
            return answer

    def _drop(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None


@dataclass
class Unit:
    """What one unit on the line was asked: by one counter at a time, last at `asked_s`, and so often `in_vain` since
    its last good answer."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_s: float = 0.0
    in_vain: int = 0


async def _answer(port: Port, wanted: RtuAnswer) -> Registers | Refusal:
    while isinstance(event := wanted.next_event(), NeedMore):
        wanted.receive_data(await port.read())
    return event


async def _heard_before(port: Port, silence_s: float) -> int:
    """How many bytes came before nothing came for so long. Damaged when that does not happen."""
    loop = asyncio.get_running_loop()
    heard, until_s = 0, loop.time() + TIMEOUT_S
    while loop.time() < until_s:
        try:
            async with asyncio.timeout(silence_s):
                heard += len(await port.read())
        except TimeoutError:
            return heard
    raise Damaged("the line is never silent")
