"""What `sync` reports of this box: only what it can see from where it is shut in, and nothing about people."""

from __future__ import annotations

import shutil
import time

from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import is_held, lock_of
from edge.clock import Clock
from edge.devices import reads_id_cards
from edge.link.told import read_told
from release import release
from sync.wire.report import MAX_DEVICES, BoxStatus


def status(files: BoxFiles, clock: Clock) -> BoxStatus:
    """A look at the box now."""
    told = read_told(files.told, time.monotonic())
    return BoxStatus(
        clock=clock.stamp().clock,
        version=release(),
        free_bytes=shutil.disk_usage(files.data).free,
        core=_core_runs(files),
        devices_run=told is not None,
        devices=told.devices[:MAX_DEVICES] if told else [],
        clocks=any(reader.machine is None and not reads_id_cards(reader.family) for reader in files.config.reader),
    )


def _core_runs(files: BoxFiles) -> bool:
    """A lock that cannot be looked at says nothing against it."""
    try:
        return is_held(lock_of(files.data, "core"))
    except OSError:
        return True
