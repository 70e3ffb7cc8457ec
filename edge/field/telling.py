"""Tells in a file how the devices stand; in memory on a box, where /run is."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from edge.link.inspection import DeviceSeen
from edge.link.told import Told, write_told
from sync.wire.report import DeviceReport

EVERY_S = 5.0


async def tell(devices: Callable[[], Iterable[DeviceSeen]], file: Path) -> None:
    """Until it is cancelled. A file that cannot be written grows old, and whoever reads it sees that."""
    while True:
        told = [
            DeviceReport(each.name, each.sort, each.up, each.since.wall_us if each.since else 0, each.bad_frames_today)
            for each in devices()
        ]
        with contextlib.suppress(OSError):
            write_told(file, Told(time.monotonic(), told))
        await asyncio.sleep(EVERY_S)
