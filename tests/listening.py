"""Whether a service takes connections yet: its socket's file is there a moment before it does."""

from __future__ import annotations

import socket
from pathlib import Path


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
