"""One request for the counters whose registers lie together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import DeviceRefused
from edge.devices.modbus_counter.codec import Block
from edge.devices.modbus_counter.lines import NO_SUCH_BLOCK, Line
from edge.transport.frames import Frames, note_for, noted_for
from sync.wire.envelope import Stamp

logger = logging.getLogger(__name__)

Answer = tuple[Stamp, Sequence[int]]


class SharedBlock:
    """Registers of one unit that are read in one request, as long as the unit takes it."""

    def __init__(self, line: Line, function: int, unit: int, block: Block, clock: Clock) -> None:
        self.counters = 0
        self._line = line
        self._function, self._unit, self._block = function, unit, block
        self._clock = clock
        self._whole = True
        self._next: asyncio.Task[Answer] | None = None
        self._askers: list[Frames] = []

    def holds(self, part: Block) -> bool:
        return self._block.address <= part.address and part.end <= self._block.end

    async def read(self, *parts: Block) -> tuple[Stamp, list[Sequence[int]]]:
        """The registers of each part, and when the first of them arrived. All are asked for after this call.

        DeviceRefused, DeviceLost.
        """
        if self._whole and (self.counters > 1 or len(parts) > 1):
            try:
                at, registers = await (self._with_others() if self.counters > 1 else self._asked(self._block))
                return at, [self._block.words(registers, part.address, part.count) for part in parts]
            except DeviceRefused as refused:
                if refused.code not in NO_SUCH_BLOCK:
                    raise
                self._split(refused)
        at, registers = await self._asked(parts[0])
        return at, [registers, *[(await self._asked(part))[1] for part in parts[1:]]]

    async def _with_others(self) -> Answer:
        """Whoever asks in the same turn of the loop gets the same answer; the question goes out in the next one."""
        self._askers += noted_for()
        if self._next is None:
            self._next = asyncio.create_task(self._ask_for_all())
            self._next.add_done_callback(_nobody_may_wait)
        return await asyncio.shield(self._next)

    async def _ask_for_all(self) -> Answer:
        self._next = None
        note_for(self._askers)
        self._askers = []
        return await self._asked(self._block)

    async def _asked(self, block: Block) -> Answer:
        registers = await self._line.read(self._function, self._unit, block)
        return self._clock.stamp(), registers

    def _split(self, refused: DeviceRefused) -> None:
        if self._whole:
            self._whole = False
            logger.info("%s; from now on each counter is asked for by itself", refused)


def _nobody_may_wait(task: asyncio.Task[Answer]) -> None:
    """A failure that all who waited have left is nobody's business any more."""
    if not task.cancelled():
        task.exception()
