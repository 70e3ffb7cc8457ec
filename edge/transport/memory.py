"""A line within one process: two ends, each a `Port`. For tests and for feeding recorded bytes to a driver."""

from __future__ import annotations

import asyncio

from edge.transport.port import PortLost


class MemoryPort:
    """One end; `memory_pair` makes both."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._arrived = bytearray()
        self._news = asyncio.Event()
        self._open = True
        self._far: MemoryPort | None = None

    async def read(self) -> bytes:
        while not self._arrived:
            self._check()
            self._news.clear()
            await self._news.wait()
        self._check(closed_here_only=True)
        chunk = bytes(self._arrived)
        self._arrived.clear()
        return chunk

    async def write(self, data: bytes) -> None:
        self._check()
        assert self._far is not None
        self._far._arrived += data
        self._far._news.set()

    def close(self) -> None:
        self._open = False
        self._news.set()
        if self._far is not None:
            self._far._news.set()

    def _check(self, closed_here_only: bool = False) -> None:
        """What the far end sent before it closed can still be read, as on a wire."""
        if not self._open:
            raise PortLost(f"{self.name} is closed")
        if not closed_here_only and (self._far is None or not self._far._open):
            raise PortLost(f"{self.name}: the other end is gone")


def memory_pair(name: str = "memory") -> tuple[MemoryPort, MemoryPort]:
    """The two ends of one line: what is written to the one is read from the other."""
    near, far = MemoryPort(name), MemoryPort(name)
    near._far, far._far = far, near
    return near, far
