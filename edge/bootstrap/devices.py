"""Builds and runs `devices`."""

from __future__ import annotations

import asyncio

from edge.bootstrap import BoxFiles
from edge.bootstrap.loop import until_told
from edge.field import run_field
from edge.link.client import LinkClient


def run_devices(files: BoxFiles) -> None:
    """Reads all devices of the box until SIGTERM."""

    async def devices() -> None:
        link = LinkClient(files.core_socket)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.run())
            tasks.create_task(run_field(files.config, files.clock(), link))

    until_told(devices())
