"""Builds and runs `core`."""

from __future__ import annotations

from collections.abc import Callable

from edge.bootstrap import BoxFiles
from edge.bootstrap.loop import until_told
from edge.core.recorder import Recorder
from edge.core.server import CoreServer, sole_writer
from edge.store.journal import Journal
from sync.reference_data import Directory


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
