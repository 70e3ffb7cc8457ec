"""Badge readers: each scan is a tap that waits for core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge.config import Reader
from edge.devices.family import BadgeReader
from edge.field.core_link import CoreLink
from edge.field.runner import Health, Place, Runner
from edge.link.messages import BadgeTapped, new_id

MAX_WAITING_TAPS = 1000


class ReaderRunner(Runner):
    """Taps wait for core in a queue of their own; when it is full they wait in the port."""

    def __init__(
        self, reader: Reader, device: BadgeReader, core: CoreLink, want_snapshot: Callable[[str], None]
    ) -> None:
        super().__init__(Place(reader.name, reader.station, reader.machine), device)
        self._reader = reader
        self._badges = device
        self._core = core
        self._want_snapshot = want_snapshot
        self._waiting: asyncio.Queue[BadgeTapped] = asyncio.Queue(MAX_WAITING_TAPS)

    async def send(self) -> None:
        while True:
            await self._core.submit(await self._waiting.get())

    async def _serve(self, health: Health) -> None:
        health.works()
        reader = self._reader
        while True:
            scan = await self._badges.scan()
            tap = BadgeTapped(new_id(), scan.at, reader.station, reader.name, scan.badge, reader.machine)
            await self._waiting.put(tap)
            if reader.machine is not None:
                # Core asks for this reading too, but only once it has the tap: if it is away just now, too late.
                self._want_snapshot(reader.machine)
