"""Badge readers: each scan is a tap that waits for core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from edge.config import Reader
from edge.devices.family import BadgeReader, BadgeScan
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.meaning import Explain
from edge.field.core_link import CoreLink
from edge.field.runner import Health, Place, Runner
from edge.field.trail import sizes
from edge.link.messages import BadgeTapped, new_id
from edge.transport.frames import Frames

MAX_WAITING_TAPS = 1000


class BusyReader(Exception):
    """Somebody waits for the next badge of this reader already."""


class ReaderRunner(Runner):
    """Taps wait for core in a queue of their own; when it is full they wait in the port.

    `last` is the last badge, and `scans` how many there were. A badge that somebody waits for with `next_scan` goes to
    him, and core is not told.
    """

    def __init__(
        self,
        reader: Reader,
        device: BadgeReader,
        core: CoreLink,
        want_snapshot: Callable[[str], None],
        explain: Explain,
    ) -> None:
        super().__init__(Place(reader.name, reader.station, reader.machine), device, Frames())
        self.reader = reader
        self.last: BadgeScan | None = None
        self.scans = 0
        self.explain = explain
        self._asked: asyncio.Future[BadgeScan] | None = None
        self._badges = device
        self._core = core
        self._want_snapshot = want_snapshot
        self._waiting: asyncio.Queue[BadgeTapped] = asyncio.Queue(MAX_WAITING_TAPS)

    async def send(self) -> None:
        while True:
            await self._core.submit(await self._waiting.get())

    @property
    def bad_frames(self) -> BadFrames:
        return self._badges.bad_frames

    async def next_scan(self) -> BadgeScan:
        """BusyReader when somebody else waits already."""
        if self._asked is not None:
            raise BusyReader(self.place.device)
        self._asked = asyncio.get_running_loop().create_future()
        try:
            return await self._asked
        finally:
            self._asked = None

    def last_frames(self) -> str:
        return sizes(self.frames.last(), self.explain)

    async def _serve(self, health: Health) -> None:
        health.works()
        reader = self.reader
        while True:
            scan = self._as_known(await self._badges.scan())
            self.last, self.scans = scan, self.scans + 1
            if self._asked is not None and not self._asked.done():
                self._asked.set_result(scan)
                continue
            tap = BadgeTapped(new_id(), scan.at, reader.station, reader.name, scan.badge, reader.machine)
            await self._waiting.put(tap)
            if reader.machine is not None:
                # Core asks for this reading too, but only once it has the tap: if it is away just now, too late.
                self._want_snapshot(reader.machine)

    def _as_known(self, scan: BadgeScan) -> BadgeScan:
        number = self.reader.number
        return scan if scan.badge is None or number is None else replace(scan, badge=number.of(scan.badge))
