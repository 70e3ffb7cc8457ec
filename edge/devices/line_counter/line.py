"""One serial line and the counters on it that are asked in text: one owner, one question at a time.

An answer says neither which question it answers nor which device sent it. After one that did not come, nobody on the
line is asked anything until it cannot come any more, and what answers then is asked twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge.devices.family import DeviceLost
from edge.devices.line_counter.codec import BadAnswer, Profile, Refused
from edge.framing.delimited import NeedMore
from edge.framing.lines import Line, Lines
from edge.transport.port import Port, PortLost

LONGEST_LINE = 64

TIMEOUT_S = 1.0
"""For an answer."""

SLOWEST_S = 2.0
"""An answer that has not come so long after its question does not come any more."""

QUIET_S = 0.02
"""Nothing more follows an answer after so long a silence: two characters at 1200 baud, and the port's own delay."""


class Damaged(Exception):
    """Something was on the line, and not one good answer and nothing else."""


class AskedLine:
    """One connection and the counters that use it; it is closed when the last of them leaves."""

    def __init__(self, path: str, open_port: Callable[[], Port]) -> None:
        self._path = path
        self._open_port = open_port
        self._port: Port | None = None
        self._line = asyncio.Lock()
        self._users: set[str] = set()
        self._owed_until_s: float | None = None

    async def join(self, user: str) -> None:
        """DeviceLost when the port is not there."""
        if self._port is None:
            try:
                self._port = self._open_port()
            except PortLost as lost:
                raise DeviceLost(str(lost)) from lost
        self._users.add(user)

    def leave(self, user: str) -> None:
        self._users.discard(user)
        if not self._users:
            self._drop()

    async def ask(self, ask: str, profile: Profile) -> tuple[int, bytes]:
        """The value and the line it stood in. DeviceLost when there is no good answer."""
        where = f"{self._path} {ask!r}"
        async with self._line:
            try:
                if self._owed_until_s is not None:
                    await asyncio.sleep(self._owed_until_s - asyncio.get_running_loop().time())
                    await self._exchange(ask, profile)
                return await self._exchange(ask, profile)
            except (Damaged, BadAnswer) as bad:
                raise DeviceLost(f"{where}: {bad}") from bad
            except TimeoutError as late:
                raise DeviceLost(f"{where}: no answer within {TIMEOUT_S:g} s") from late
            except PortLost as lost:
                self._drop()
                raise DeviceLost(str(lost)) from lost

    async def _exchange(self, ask: str, profile: Profile) -> tuple[int, bytes]:
        """TimeoutError for silence; Damaged, BadAnswer for anything but one good answer."""
        port = self._port
        if port is None:
            raise DeviceLost(f"{self._path}: not connected")
        if await _heard_before(port, 0):
            await _heard_before(port, QUIET_S)
        question = profile.question(ask)
        self._owed_until_s = asyncio.get_running_loop().time() + SLOWEST_S
        await port.write(question)
        async with asyncio.timeout(TIMEOUT_S):
            raw = await _answer(port, echo=question.rstrip(b"\r"))
        try:
            value = profile.value(raw)
        except Refused:
            self._owed_until_s = None  # this was the answer
            raise
        if await _heard_before(port, QUIET_S):
            raise Damaged("more than one answer at once")
        self._owed_until_s = None
        return value, raw

    def _drop(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None


async def _answer(port: Port, echo: bytes) -> bytes:
    """The first line that is not our own question, as some adapters return it."""
    lines, answer = Lines(LONGEST_LINE), None
    while answer is None:
        lines.receive_data(await port.read())
        while not isinstance(event := lines.next_event(), NeedMore):
            if not isinstance(event, Line) or answer is not None:
                raise Damaged("too long an answer, or more than one at once")
            answer = None if event.raw == echo else event.raw
    if lines.begun:
        raise Damaged("more than one answer at once")
    return answer


async def _heard_before(port: Port, silence_s: float) -> int:
    """How many bytes came before nothing came for so long. Damaged when that does not happen."""
    loop = asyncio.get_running_loop()
    heard, until_s = 0, loop.time() + TIMEOUT_S
    while loop.time() < until_s:
        try:
            async with asyncio.timeout(silence_s):
                heard += len(await port.read())
        except TimeoutError:
            return heard
    raise Damaged("the line is never silent")
