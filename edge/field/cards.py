"""Identity-card readers: asked only while a newcomer stands before one, and nothing of a card is kept."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from edge.config import Reader
from edge.devices.family import CardSeen, IdCardReader
from edge.field.core_link import CoreLink
from edge.field.runner import Health, Place, Runner
from edge.field.trail import sizes
from edge.link.messages import CardRead, new_id
from edge.transport.frames import Frames
from sync.wire.identity import CardTrouble

logger = logging.getLogger(__name__)

CHECK_S = 10.0
"""A card reader that nobody stands before is asked so often whether it lives."""

CARD_WORTH_S = 30.0
"""What was read from a card waits no longer than this for core: it is personal data, and kept by nobody."""


class CardReaderRunner(Runner):
    """Looks for a card only while somebody is asked for his; else it only asks the reader whether it lives."""

    def __init__(self, reader: Reader, device: IdCardReader, core: CoreLink) -> None:
        super().__init__(Place(reader.name, reader.station, None), device, Frames(with_bytes=False))
        self.reader = reader
        self._cards = device
        self._core = core
        self._until_s = 0.0
        self._wanted = asyncio.Event()
        self._step: asyncio.Timeout | None = None

    def want(self, for_s: int) -> None:
        """Looks for a card from now on for so long; 0 stops it."""
        self._until_s = asyncio.get_running_loop().time() + for_s if for_s > 0 else 0.0
        self._wanted.set()
        if self._step is not None and not self._step.expired():
            self._step.reschedule(self._until_s)

    def last_frames(self) -> str:
        return sizes(self.frames.last())

    async def _serve(self, health: Health) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._cards.check()
            health.works()
            self._wanted.clear()
            if loop.time() < self._until_s:
                await self._look()
            else:
                await self._until(loop.time() + CHECK_S)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout_at(self._until_s) as self._step:
                while await self._tell(await self._cards.card()):
                    pass
        except TimeoutError:
            pass  # the step is over
        finally:
            self._step = None

    async def _tell(self, seen: CardSeen) -> bool:
        """Whether it is any use to go on looking in this step."""
        reader = self.reader
        read = CardRead(new_id(), seen.at, reader.station, reader.name, seen.trouble, seen.card)
        if not await self._core.post(read, CARD_WORTH_S):
            logger.warning("%s has read a card and core did not take it in time: it is dropped", reader.name)
        if seen.trouble is not CardTrouble.READER_FAULT:
            return True
        self._until_s = 0.0
        return False

    async def _until(self, when_s: float) -> None:
        """Returns early when something is wanted."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(when_s):
                await self._wanted.wait()
