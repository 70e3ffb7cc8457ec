"""A badge reader that sends a line of text for each badge; its family says what a line means."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge.clock import Clock
from edge.devices.family import BackOff, BadgeScan, DeviceLost
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.presence import TagsInField
from edge.framing.delimited import NeedMore
from edge.framing.lines import Event, Line, Lines
from edge.transport.port import Port, PortLost

BACK_OFF = BackOff(first_s=0.5, last_s=2.0)

LONGEST_LINE = 256

UNFINISHED_S = 1.0
"""A line that should have an end and has none after so long a silence was torn: nothing of it is taken."""


NOISE_LINES = 3
NOISE_S = 1.0
"""So many bad lines in so long a time are noise, and no line is believed until it is over. One torn line is not."""


class BadLine(ValueError):
    """Not a line of this reader, or one damaged on its way."""


@dataclass(frozen=True)
class LineForm:
    """How a reader's lines end, and for how long the same badge is one scan.

    `silence_s`: after so long a line without an end is whole; None where each line has one of the `ends`.
    """

    ends: bytes
    silence_s: float | None
    same_badge_s: float


class LineReader:
    """`badge_of` makes a badge of a line, or None of a line that says that there is none; BadLine."""

    back_off = BACK_OFF

    def __init__(
        self,
        name: str,
        open_port: Callable[[], Port],
        clock: Clock,
        form: LineForm,
        badge_of: Callable[[bytes], str | None],
        machine_time_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bad_frames = BadFrames(name)
        self._name = name
        self._open_port = open_port
        self._clock = clock
        self._form = form
        self._badge_of = badge_of
        self._machine_time_s = machine_time_s
        self._port: Port | None = None
        self._lines = Lines(LONGEST_LINE, form.ends)
        self._badges = TagsInField(form.same_badge_s)
        self._scans: deque[BadgeScan] = deque()
        self._bad_s: deque[float] = deque(maxlen=NOISE_LINES)
        self._heard_at = clock.stamp()

    async def open(self) -> None:
        try:
            self._port = self._open_port()
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost
        self._lines = Lines(LONGEST_LINE, self._form.ends)

    async def scan(self) -> BadgeScan:
        if self._port is None:
            raise DeviceLost(f"{self._name} is not open")
        while not self._scans:
            try:
                chunk = await self._heard(self._port)
            except PortLost as lost:
                raise DeviceLost(str(lost)) from lost
            if chunk:
                self._receive(chunk)
            else:
                self._silence()
        return self._scans.popleft()

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    async def _heard(self, port: Port) -> bytes:
        """Empty when a line has begun and nothing more comes."""
        if not self._lines.begun:
            return await port.read()
        # Looked for once more: the bytes may have come in time while this process was held up.
        for patience_s in (self._form.silence_s or UNFINISHED_S, 0):
            try:
                async with asyncio.timeout(patience_s):
                    return await port.read()
            except TimeoutError:
                pass
        return b""

    def _receive(self, chunk: bytes) -> None:
        self._heard_at = self._clock.stamp()
        self._lines.receive_data(chunk)
        while not isinstance(event := self._lines.next_event(), NeedMore):
            self._take(event)

    def _silence(self) -> None:
        event = self._lines.silence()
        if self._form.silence_s is None:
            self._bad(self._machine_time_s())
        elif event is not None:
            self._take(event)

    def _take(self, event: Event) -> None:
        now_s = self._machine_time_s()
        try:
            if not isinstance(event, Line):
                raise BadLine("too long")
            badge = self._badge_of(event.raw)
        except BadLine:
            self._bad(now_s)
            return
        if badge is not None and not self._noisy(now_s) and self._badges.arrives(badge, now_s):
            self._scans.append(BadgeScan(self._heard_at, badge))

    def _bad(self, now_s: float) -> None:
        self._bad_s.append(now_s)
        self.bad_frames.add(self._heard_at)

    def _noisy(self, now_s: float) -> bool:
        return len(self._bad_s) == NOISE_LINES and now_s - self._bad_s[0] < NOISE_S
