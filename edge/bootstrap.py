"""Builds the box's services from its configuration. The one place that picks real ports, clocks and files."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from database import read_key
from edge.clock import Clock, clock_for
from edge.config import BoxConfig
from edge.core.recorder import Recorder
from edge.core.server import CoreServer, sole_writer
from edge.field import run_field
from edge.link.client import LinkClient
from edge.store.journal import Journal
from edge.store.views import SqlViews
from settings import ConfigError, load
from sync.reference_data import Directory


@dataclass(frozen=True)
class BoxFiles:
    """A box's configuration with its paths made absolute: relative ones count from the configuration file."""

    file: Path
    config: BoxConfig

    @classmethod
    def read(cls, file: Path) -> BoxFiles:
        """Raises ConfigError, also for names that point nowhere."""
        config = load(file, BoxConfig)
        stations = {station.name for station in config.station}
        for place, reader in enumerate(config.reader):
            if reader.station not in stations:
                raise ConfigError(file, f"reader[{place}].station", repr(reader.station), f"one of {sorted(stations)}")
        return cls(file, config)

    def path(self, text: str) -> Path:
        return (self.file.parent / text).absolute()

    @property
    def data(self) -> Path:
        return self.path(self.config.box.data)

    @property
    def journal(self) -> Path:
        return self.data / "facts.db"

    @property
    def reference(self) -> Path:
        return self.data / "reference.db"

    @property
    def core_socket(self) -> Path:
        return self.path(self.config.box.run) / "core.sock"

    @property
    def bell(self) -> Path:
        return self.path(self.config.box.run) / "kiosk.bell"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.box.timezone)

    def key(self) -> bytes:
        """Raises ConfigError when there is no usable key file."""
        try:
            return read_key(self.path(self.config.box.key))
        except ValueError as error:
            raise ConfigError(self.file, "box.key", repr(self.config.box.key), str(error)) from error

    def clock(self) -> Clock:
        table = self.config.box.clock_table
        return clock_for(self.path(table) if table else None)

    def views(self) -> SqlViews:
        return SqlViews(self.journal, self.key())


def run_core(files: BoxFiles, directory: Callable[[], Directory]) -> None:
    """Serves until SIGTERM. Raises AlreadyRunning, WrongBox, KeyRefused, NewerSchema, CannotRecord at the start."""
    files.data.mkdir(mode=0o770, parents=True, exist_ok=True)
    files.core_socket.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
    config = files.config
    with sole_writer(files.data):
        journal = Journal(files.journal, files.key(), config.box.name)
        machines = sorted({counter.machine for counter in config.counter})
        recorder = Recorder(journal, files.clock(), directory, files.zone, machines)
        server = CoreServer(recorder, files.core_socket, files.data, config.box.reserve_bytes)
        try:
            until_told(server.run())
        finally:
            journal.close()


def run_devices(files: BoxFiles) -> None:
    """Reads all devices of the box until SIGTERM."""

    async def devices() -> None:
        link = LinkClient(files.core_socket)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.run())
            tasks.create_task(run_field(files.config, files.clock(), link))

    until_told(devices())


def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Runs until the work ends or SIGTERM or SIGINT asks for a clean stop."""

    async def main() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return

    asyncio.run(main())
