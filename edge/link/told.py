"""What `devices` tells of its devices in a file, for `sync`, which may see no socket of the box."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from sync.wire.report import DeviceReport

STALE_S = 60.0


class Told(msgspec.Struct, frozen=True):
    """`at_s` is machine time since boot: who reads it does so in the same boot."""

    at_s: float
    devices: list[DeviceReport]


def write_told(file: Path, told: Told) -> None:
    """Whole or not at all, for whoever reads meanwhile. OSError."""
    file.parent.mkdir(mode=0o770, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(told))
    os.replace(fresh, file)


def read_told(file: Path, now_s: float) -> Told | None:
    """None when nothing was told in the last minute: then `devices` does not run, or hangs."""
    with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
        told = msgspec.json.decode(file.read_bytes(), type=Told)
        if 0 <= now_s - told.at_s <= STALE_S:
            return told
    return None
