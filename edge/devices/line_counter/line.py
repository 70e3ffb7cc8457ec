"""One serial line and the counters on it that are asked in text: one owner, one question at a time.

An answer says neither which question it answers nor which device sent it. After one that did not come, nobody on the
line is asked anything until it cannot come any more, and what answers then is asked twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge.devices.family import DeviceLost
from edge.devices.line_counter.codec import BadAnswer, Profile, Refused
from edge.devices.shared.patience import Patience
from edge.devices.shared.port import Damaged, SharedPort, heard_before
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

CREDIT_S = 4.0
"""So long may be waited in vain for the devices of a line before they have to earn it again: two questions."""


class AskedLine:
    """One connection and the counters that use it."""

    def __init__(self, path: str, open_port: Callable[[], Port]) -> None:
        async def opened() -> Port:
            return open_port()

        self._shared = SharedPort(path, opened)
        self._patience = Patience(CREDIT_S)
        self._owed_until_s: float | None = None

    async def join(self, user: str) -> None:
        """DeviceLost when the port is not there."""
        await self._shared.join(user)

    def leave(self, user: str) -> None:
        self._shared.leave(user)

    async def ask(self, ask: str, profile: Profile) -> tuple[int, bytes]:
        """The value and the line it stood in. DeviceLost when there is no good answer."""
        where = f"{self._shared.name} {ask!r}"
        try:
            await self._let_alone(ask)
            async with self._shared.turn:
                if self._owed_until_s is not None:
                    await asyncio.sleep(self._owed_until_s - asyncio.get_running_loop().time())
                    await self._exchange(ask, profile)
                return await self._exchange(ask, profile)
        except (Damaged, BadAnswer) as bad:
            raise DeviceLost(f"{where}: {bad}") from bad
        except TimeoutError as late:
            raise DeviceLost(f"{where}: no answer within {TIMEOUT_S:g} s") from late
        except PortLost as lost:
            self._shared.drop()
            raise DeviceLost(str(lost)) from lost

    async def _let_alone(self, ask: str) -> None:
        """TimeoutError when it owes an answer, and its neighbours need the line for longer."""
        wait_s = self._patience.wait_s(ask, asyncio.get_running_loop().time(), SLOWEST_S)
        if wait_s:
            await asyncio.sleep(min(wait_s, SLOWEST_S))
        if wait_s > SLOWEST_S:
            raise TimeoutError

    async def _exchange(self, ask: str, profile: Profile) -> tuple[int, bytes]:
        """TimeoutError for silence; Damaged, BadAnswer for anything but one good answer."""
        port = self._shared.port
        if await heard_before(port, 0, TIMEOUT_S):
            await heard_before(port, QUIET_S, TIMEOUT_S)
        question = profile.question(ask)
        asked_s = asyncio.get_running_loop().time()
        self._owed_until_s = asked_s + SLOWEST_S
        self._patience.asked(ask)
        await port.write(question)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                raw = await _answer(port, echo=question.rstrip(b"\r"))
        except (TimeoutError, Damaged):
            self._patience.missed(asked_s, SLOWEST_S)
            raise
        try:
            value = profile.value(raw)
        except Refused:
            self._answered(ask, asked_s)
            raise
        if await heard_before(port, QUIET_S, TIMEOUT_S):
            raise Damaged("more than one answer at once")
        self._answered(ask, asked_s)
        return value, raw

    def _answered(self, ask: str, asked_s: float) -> None:
        self._owed_until_s = None
        self._patience.answered(ask, asyncio.get_running_loop().time() - asked_s)


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
