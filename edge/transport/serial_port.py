"""A serial port, read without blocking in the event loop.

pyserial opens and configures it; reading goes through the file descriptor, because pyserial's own `read`
blocks. The modem lines are left alone: a pseudo-terminal has none and the readers do not use them.
"""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Callable

import serial

from edge.transport.port import PortLost

CHUNK_BYTES = 512
BABBLE_PAUSE_S = 0.02
"""After a full chunk: 25,600 bytes/s at most, twice what 115,200 baud brings, so a babbling line costs no CPU."""

LOST = (OSError, termios.error)
"""pyserial's SerialException is an OSError; termios has an error of its own."""


class SerialPort:
    """Use `open_serial`."""

    def __init__(self, line: serial.Serial) -> None:
        self.name = str(line.port)
        self._line = line
        self._waiting: asyncio.Future[None] | None = None
        self._babbling = False

    async def read(self) -> bytes:
        if self._babbling:
            await asyncio.sleep(BABBLE_PAUSE_S)
        while True:
            try:
                chunk = os.read(self._descriptor(), CHUNK_BYTES)
            except BlockingIOError:
                await self._ready(asyncio.get_running_loop().add_reader, asyncio.get_running_loop().remove_reader)
                continue
            except OSError as error:
                raise self._lost(error) from error
            if not chunk:
                raise PortLost(f"{self.name}: the other end is gone")
            self._babbling = len(chunk) == CHUNK_BYTES
            return chunk

    async def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._descriptor(), left) :]
            except BlockingIOError:
                await self._ready(asyncio.get_running_loop().add_writer, asyncio.get_running_loop().remove_writer)
            except OSError as error:
                raise self._lost(error) from error

    def close(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(PortLost(f"{self.name} is closed"))
        self._line.close()

    def _descriptor(self) -> int:
        if not self._line.is_open:
            raise PortLost(f"{self.name} is closed")
        return int(self._line.fileno())

    async def _ready(self, watch: Callable[..., None], unwatch: Callable[[int], bool]) -> None:
        descriptor = self._descriptor()
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        watch(descriptor, _wake, waiting)
        try:
            await waiting
        finally:
            unwatch(descriptor)
            self._waiting = None

    def _lost(self, error: Exception) -> PortLost:
        return PortLost(f"{self.name}: {error}")


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def open_serial(path: str, baudrate: int = 9600, parity: str = "N", stop_bits: int = 1) -> SerialPort:
    """Eight data bits, for this process alone. PortLost when it is not there, not allowed, or in use."""
    try:
        line = serial.Serial(path, baudrate, parity=parity, stopbits=stop_bits, timeout=0, exclusive=True)
    except LOST as error:
        raise PortLost(f"{path}: {error}") from error
    try:
        _distinguish_silence_from_end(line.fileno())
    except LOST as error:
        line.close()
        raise PortLost(f"{path}: {error}") from error
    return SerialPort(line)


def _distinguish_silence_from_end(descriptor: int) -> None:
    """With pyserial's VMIN 0 an empty read means either; with 1 silence is EAGAIN and only the end is empty."""
    settings = termios.tcgetattr(descriptor)
    settings[6][termios.VMIN] = 1
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    os.set_blocking(descriptor, False)
