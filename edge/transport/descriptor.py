"""Bytes through a file descriptor, read and written without blocking in the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

from edge.transport.port import PortLost

CHUNK_BYTES = 512
BABBLE_PAUSE_S = 0.02
"""After a full chunk: 25,600 bytes/s at most, twice what 115,200 baud brings, so a babbling line costs no CPU."""


class OpenFile(Protocol):
    """A serial port of pyserial, or a socket. It does not block."""

    def fileno(self) -> int: ...

    def close(self) -> None: ...


class DescriptorPort:
    """Owns `file` from here on. Use `open_serial` or `open_tcp`."""

    def __init__(self, name: str, file: OpenFile) -> None:
        self.name = name
        self._file = file
        self._open = True
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
        self._open = False
        self._file.close()

    def _descriptor(self) -> int:
        if not self._open:
            raise PortLost(f"{self.name} is closed")
        return self._file.fileno()

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
