"""A tool's way to the devices: through the running service, and where none runs, on the ports themselves.

Without the service this process runs the same field for as long as the tool lasts, with the same drivers and a socket
of its own; what the devices say then goes to the tool and to nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from msgspec import structs

from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import alone, is_held, lock_of
from edge.clock import Clock, clock_for
from edge.config import Box, BoxConfig
from edge.field import run_field
from edge.link.inspector import DevicesSilent, Inspector
from edge.link.messages import Answer, CardWanted, Command, SnapshotWanted
from settings import Mendable

WITHIN_S = 5.0


class NotAllowed(Mendable):
    """Only root and the services' group may ask."""


class Nobody:
    """Takes the place of core where no service runs: what the devices say is not recorded."""

    async def submit(self, command: Command) -> Answer:
        return Answer(command.id)

    async def post(self, command: Command, within_s: float) -> bool:
        return True

    async def snapshots(self) -> AsyncIterator[SnapshotWanted]:
        await asyncio.get_running_loop().create_future()
        yield SnapshotWanted("")

    async def cards(self) -> AsyncIterator[CardWanted]:
        await asyncio.get_running_loop().create_future()
        yield CardWanted("", 0)


def runs(files: BoxFiles) -> bool:
    """Whether the service `devices` of this box runs. NotAllowed when that cannot be seen."""
    try:
        return is_held(lock_of(files.run, "devices"))
    except PermissionError as error:
        raise NotAllowed(
            f"{files.run} is for root and the group clockpiece; run this with sudo, or be in that group"
        ) from error


@contextlib.contextmanager
def inspector(files: BoxFiles, *only: str) -> Iterator[Inspector]:
    """To the running service; else to a field of one's own with the devices that are named, `only` of nobody's being
    the lines alone. DevicesSilent, NotAllowed."""
    if runs(files):
        with contextlib.ExitStack() as stack:
            yield _connected(stack, files.devices_socket)
        return
    with alone(files.run, "devices"), own_field(_only(files.config, only), files.clock()) as asking:
        yield asking


@contextlib.contextmanager
def lines_alone(file: Path) -> Iterator[Inspector]:
    """For what no configuration names: through the service that has this one, or with no device at all, also on a
    machine that is no box."""
    if file.exists():
        files = BoxFiles.read(file)
        if runs(files):
            with contextlib.ExitStack() as stack:
                yield _connected(stack, files.devices_socket)
            return
    with own_field(BoxConfig(Box("none", "", "", ""), []), clock_for(None)) as asking:
        yield asking


@contextlib.contextmanager
def own_field(config: BoxConfig, clock: Clock) -> Iterator[Inspector]:
    """Runs the devices of `config` in this process, beside its caller, for as long as it lasts."""
    with tempfile.TemporaryDirectory(prefix="clockpiece-") as folder, contextlib.ExitStack() as stack:
        path = Path(folder, "devices.sock")
        begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = Future()
        ended: list[BaseException] = []

        async def field() -> None:
            task = asyncio.current_task()
            assert task is not None
            begun.set_result((asyncio.get_running_loop(), task))
            await run_field(config, clock, Nobody(), path)

        def run() -> None:
            try:
                asyncio.run(field())
            except asyncio.CancelledError:
                return
            except BaseException as error:  # noqa: BLE001 - told to whoever waits for the thread
                ended.append(error)

        thread = threading.Thread(target=run, name="devices")
        thread.start()
        stack.callback(thread.join)
        stack.callback(_cancel, *begun.result())
        yield _connected(stack, path, ended)


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended by itself
        loop.call_soon_threadsafe(task.cancel)


def _connected(stack: contextlib.ExitStack, path: Path, ended: Sequence[BaseException] = ()) -> Inspector:
    """Waits for one that has just been started, until it has `ended`."""
    until_s = time.monotonic() + WITHIN_S
    while True:
        try:
            return stack.enter_context(Inspector(path))
        except DevicesSilent:
            if ended:
                raise ended[0] from None
            if time.monotonic() > until_s:
                raise
        time.sleep(0.01)


def _only(config: BoxConfig, names: tuple[str, ...]) -> BoxConfig:
    return structs.replace(
        config,
        reader=[each for each in config.reader if each.name in names],
        counter=[each for each in config.counter if each.name in names],
    )
