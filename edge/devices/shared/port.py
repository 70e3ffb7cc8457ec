"""A line of bytes that several devices share: open for as long as one of them is there, one question at a time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

from edge.devices.family import DeviceLost
from edge.transport.port import Port, PortLost

TIMER_S = 0.001
"""The loop's timers end at whole milliseconds, late."""


class Damaged(Exception):
    """Something was on the line, and not one good answer and nothing else."""


class SharedPort:
    """`turn` is held from a question until its answer. The port is closed when the last of its users leaves."""

    def __init__(self, name: str, open_port: Callable[[], Awaitable[Port]]) -> None:
        self.name = name
        self.turn = asyncio.Lock()
        self._open_port = open_port
        self._opening = asyncio.Lock()
        self._port: Port | None = None
        self._users: set[str] = set()

    @property
    def port(self) -> Port:
        """DeviceLost when it is not open."""
        if self._port is None:
            raise DeviceLost(f"{self.name}: not connected")
        return self._port

    async def join(self, user: str) -> None:
        """DeviceLost when it cannot be opened."""
        async with self._opening:
            if self._port is None:
                try:
                    self._port = await self._open_port()
                except PortLost as lost:
                    raise DeviceLost(str(lost)) from lost
        self._users.add(user)

    def leave(self, user: str) -> None:
        self._users.discard(user)
        if not self._users:
            self.drop()

    def drop(self) -> None:
        """Closes it under all of its users: it is lost, and whoever joins next opens it again."""
        if self._port is not None:
            self._port.close()
            self._port = None


async def heard_before(port: Port, silence_s: float, within_s: float) -> int:
    """How many bytes came before nothing came for `silence_s`. Damaged when that does not happen in time."""
    loop = asyncio.get_running_loop()
    heard, until_s = 0, loop.time() + within_s
    while loop.time() < until_s:
        came = await _came(port, silence_s)
        if not came:
            return heard
        heard += came
    raise Damaged("the line is never silent")


async def _came(port: Port, within_s: float) -> int:
    """How many bytes came first; 0 when none did.

    What is left of the last millisecond is not slept: a line at 115,200 baud would lose a twentieth of its time to it.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    patience_s = math.floor(within_s / TIMER_S) * TIMER_S
    while True:
        try:
            async with asyncio.timeout(patience_s):
                return len(await port.read())
        except TimeoutError:
            patience_s = 0
        if loop.time() >= until_s:
            return 0
