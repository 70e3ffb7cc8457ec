"""The way from a device to its driver with something wrong on it: what comes of the device's bytes, and when.

A relay stands between a simulated device and the driver, on a pseudo-terminal or a TCP connection of its own, so that
neither of the two knows of it. What the driver sends passes as it is.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Protocol

from simulators.serial_line import SPEEDS, SerialLine

ONE_BYTE_S = 0.0001
"""Between two bytes: a driver that waits for them is woken for each."""


class Transport(StrEnum):
    GOOD = "good"
    ONE_BYTE = "one byte"
    LOSSY = "lossy"
    NOISY = "noisy"
    LATE = "late"


class Damage:
    """What the line does to the device's bytes.

    Bytes are lost or changed at least `apart` from one another, the length of a frame: the sums and parities of these
    protocols prove one wrong byte in a frame, and not any two. LATE holds back two bursts of four for `late_s`:
    two in a row, so that a late answer may be the only one to a later question.
    """

    def __init__(self, transport: Transport, apart: int, late_s: float, seed: int = 1) -> None:
        self.transport = transport
        self.damaged = 0
        self._apart = apart
        self._late_s = late_s
        self._chance = Random(seed)
        self._left = apart // 2
        self._bursts = 0

    def pass_on(self, data: bytes) -> list[tuple[float, bytes]]:
        """The pieces that the driver gets, each with its delay after the one before it."""
        self._bursts += 1
        match self.transport:
            case Transport.ONE_BYTE:
                return [(ONE_BYTE_S, bytes((byte,))) for byte in data]
            case Transport.LOSSY:
                return [(0.0, self._spoilt(data, lambda _byte: b""))]
            case Transport.NOISY:
                noise = self._chance.randbytes(self._chance.randint(1, 6)) if self._chance.random() < 0.3 else b""
                return [(0.0, noise + self._spoilt(data, lambda byte: bytes((byte ^ 1 << self._chance.randrange(8),))))]
            case Transport.LATE if self._bursts % 4 in (2, 3):
                self.damaged += 1
                return [(self._late_s, data)]
            case _:
                return [(0.0, data)]

    def _spoilt(self, data: bytes, spoil: Callable[[int], bytes]) -> bytes:
        passed = bytearray()
        for byte in data:
            self._left -= 1
            if self._left > 0:
                passed.append(byte)
                continue
            passed += spoil(byte)
            self.damaged += 1
            self._left = self._chance.randint(self._apart, 3 * self._apart)
        return bytes(passed)


class PacketDamage(Damage):
    """On TCP no byte is lost or changed unseen. What goes wrong is the device's own doing, or its gateway's: an answer
    of which only half comes, and one to another question before it."""

    def pass_on(self, data: bytes) -> list[tuple[float, bytes]]:
        if self.transport not in (Transport.LOSSY, Transport.NOISY):
            return super().pass_on(data)
        self._bursts += 1
        if self._bursts % 2:
            return [(0.0, data)]
        self.damaged += 1
        if self.transport is Transport.LOSSY:
            return [(0.0, data[: len(data) // 2])]
        another = bytes((data[0] ^ 0x40, data[1], *data[2:-2])) + b"\x55\x55"
        return [(0.0, another + data)]


class End(Protocol):
    """One end of the relay; a descriptor of -1 when nobody is there."""

    def fileno(self) -> int: ...

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class SerialFront:
    """A pseudo-terminal under a name of its own, for the driver."""

    def __init__(self, link: Path) -> None:
        self._reader, self._writer = os.pipe()
        self.line = SerialLine(link, lambda data: _told(self._writer, data))
        self.line.plug()

    def fileno(self) -> int:
        return self._reader

    def send(self, data: bytes) -> None:
        self.line.say(data)

    def close(self) -> None:
        self.line.unplug()
        os.close(self._reader)
        os.close(self._writer)


class SerialBack:
    """The device's own line, opened as a driver would; it has the speed that the driver has set."""

    def __init__(self, link: Path, front: SerialFront | None = None) -> None:
        self._front = front
        self._line = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def fileno(self) -> int:
        return self._line

    def send(self, data: bytes) -> None:
        speed = self._front.line.speed() if self._front is not None else None
        if speed is not None:
            settings = termios.tcgetattr(self._line)
            settings[4] = settings[5] = next(flag for flag, baud in SPEEDS.items() if baud == speed)
            termios.tcsetattr(self._line, termios.TCSANOW, settings)
        os.write(self._line, data)

    def close(self) -> None:
        os.close(self._line)


class TcpFront:
    """A port on loopback for the driver; the last that connects is the one that is heard."""

    def __init__(self, connected: Callable[[], None] = lambda: None) -> None:
        self.connected = connected
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peer: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                peer.setblocking(False)  # it may be another one by the time it is read
                self.hang_up()
                self.connected()
                self._peer = peer

    def fileno(self) -> int:
        return self._peer.fileno() if self._peer is not None else -1

    def send(self, data: bytes) -> None:
        if self._peer is not None:
            with contextlib.suppress(OSError):
                self._peer.sendall(data)

    def hang_up(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()


class TcpBack:
    """For each connection of the driver there is a new one to the device: nothing of the old one comes on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._peer = self._connection()

    def renew(self) -> None:
        old, self._peer = self._peer, self._connection()
        old.close()

    def _connection(self) -> socket.socket:
        peer = socket.create_connection(("127.0.0.1", self._port))
        peer.setblocking(False)
        return peer

    def fileno(self) -> int:
        return self._peer.fileno()

    def send(self, data: bytes) -> None:
        self._peer.sendall(data)

    def close(self) -> None:
        self._peer.close()


class Relay:
    """Passes on from construction until `close`."""

    def __init__(self, front: End, back: End, damage: Damage) -> None:
        self.damage = damage
        self._front, self._back = front, back
        if isinstance(front, TcpFront):
            front.connected = self._connected
        self._due: deque[tuple[float, bytes]] = deque()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._front.close()
        self._back.close()

    def _run(self) -> None:
        while not self._over.is_set():
            ends = [end for end in (self._front, self._back) if end.fileno() >= 0]
            wait_s = max(0.0, self._due[0][0] - time.monotonic()) if self._due else 0.01
            with contextlib.suppress(OSError, ValueError):
                for end in select.select(ends, [], [], min(wait_s, 0.01))[0]:
                    self._heard(end, os.read(end.fileno(), 4096))
            while self._due and self._due[0][0] <= time.monotonic():
                self._front.send(self._due.popleft()[1])

    def _connected(self) -> None:
        if isinstance(self._back, TcpBack):
            self._due.clear()
            self._back.renew()

    def _heard(self, end: End, data: bytes) -> None:
        if end is self._front:
            if not data and isinstance(self._front, TcpFront):
                self._front.hang_up()
                return
            self._back.send(data)
            return
        due_s = max(time.monotonic(), self._due[-1][0] if self._due else 0.0)
        for delay_s, piece in self.damage.pass_on(data):
            due_s += delay_s
            self._due.append((due_s, piece))


def _told(writer: int, data: bytes) -> None:
    with contextlib.suppress(OSError):
        os.write(writer, data)
