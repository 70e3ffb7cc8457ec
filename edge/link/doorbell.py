"""Notices from core to the kiosk as Unix datagrams: a doorbell that never blocks and may be missed."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from edge.link.codec import LinkError, decode_notice, encode
from edge.link.messages import MAX_LINE_BYTES, Notice


class Doorbell:
    """Core's end. A kiosk that is away or slow loses the ring, not the fact: it looks once a second anyway."""

    def __init__(self, socket_path: Path) -> None:
        self._path = str(socket_path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self, notice: Notice) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendto(encode(notice), self._path)

    def close(self) -> None:
        self._socket.close()


class DoorbellListener:
    """The kiosk's end; binds the path, taking it over from a predecessor that died."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path
        with contextlib.suppress(FileNotFoundError):
            socket_path.unlink()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(socket_path))
        socket_path.chmod(0o660)

    def receive(self, timeout_s: float) -> Notice | None:
        """The next notice, or None when none came in time or it was not one."""
        self._socket.settimeout(max(timeout_s, 0.001))
        try:
            return decode_notice(self._socket.recv(MAX_LINE_BYTES))
        except (TimeoutError, LinkError):
            return None

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
