"""Builds and runs `core`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Set
from typing import Any

from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import alone
from edge.bootstrap.epochs import journal_to_go_on, watch
from edge.bootstrap.loop import until_told
from edge.core.recorder import Recorder
from edge.core.server import CoreServer
from liveness import NOBODY, Manager
from sync.wire.anchors import ClockAnchor
from sync.wire.continuity import AtHr
from sync.wire.presence import NOWHERE, Elsewhere
from sync.wire.reference_data import Directory

LOOK_EVERY_S = 1.0


def run_core(
    files: BoxFiles,
    directory: Callable[[], Directory],
    manager: Manager = NOBODY,
    *,
    sealed_received: Callable[[], Set[str]] = frozenset,
    at_hr: Callable[[], AtHr] = AtHr,
    server_time: Callable[[], ClockAnchor | None] = lambda: None,
    elsewhere: Callable[[], Elsewhere] = lambda: NOWHERE,
) -> None:
    """Serves until SIGTERM; forgets the sealed records that HR has, and records what `server_time` says.
    `elsewhere`: what is known of taps at other boxes.

    Raises SecondInstance, NothingToWriteOn, WrongBox, KeyRefused, NewerSchema, CannotRecord at the start, JournalCut
    when HR turns out to hold other facts than the journal.
    """
    config = files.config
    with alone(files.data, "core"):
        files.core_socket.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
        clock = files.clock()
        journal = journal_to_go_on(files, clock, at_hr())
        machines = sorted({counter.machine for counter in config.counter})
        clock = files.clock(journal.newest_believed_us())
        recorder = Recorder(journal, clock, directory, files.zone, machines, elsewhere)
        server = CoreServer(
            recorder, files.core_socket, files.data, config.box.reserve_bytes, sealed_received, server_time
        )
        try:
            until_told(_while(watch(journal, at_hr), server.run(manager.ready)), manager)
        finally:
            journal.close()


async def _while(look: Callable[[], None], work: Coroutine[Any, Any, None]) -> None:
    """Runs the work, and looks each second; what a look raises ends it. Between two commits, so that none is half."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            look()
            await asyncio.wait({task}, timeout=LOOK_EVERY_S)
    finally:
        task.cancel()
    await task
