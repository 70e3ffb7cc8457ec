"""Builds and runs `devices`."""

from __future__ import annotations

import asyncio

from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import alone
from edge.bootstrap.loop import until_told
from edge.field import run_field
from edge.link.client import LinkClient
from liveness import NOBODY, Manager


def run_devices(files: BoxFiles, manager: Manager = NOBODY) -> None:
    """Reads all devices of the box until SIGTERM. Raises SecondInstance."""

    async def devices() -> None:
        link = LinkClient(files.core_socket)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.run())
            tasks.create_task(run_field(files.config, files.clock(), link, files.devices_socket, files.told))
            manager.ready()

    with alone(files.run, "devices"):
        until_told(devices(), manager)
