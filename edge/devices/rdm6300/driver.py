"""An RDM6300 on a serial port: bytes in, one `BadgeScan` for each time a badge comes to the reader."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from edge.clock import Clock
from edge.devices.family import BackOff, BadgeScan, DeviceLost
from edge.devices.rdm6300.codec import FRAME_BYTES, BadChecksum, BadFrame, Frame
from edge.devices.rdm6300.keys import Rdm6300Keys
from edge.devices.shared.bad_frames import BadFrames
from edge.devices.shared.presence import REPEAT_GAP_S, TagsInField
from edge.framing.delimited import Delimited, DelimitedFrames, Event, NeedMore
from edge.transport.port import Port, PortLost
from edge.transport.serial_port import open_serial

BACK_OFF = BackOff(first_s=0.5, last_s=2.0)


class Rdm6300:
    back_off = BACK_OFF

    def __init__(
        self,
        name: str,
        open_port: Callable[[], Port],
        clock: Clock,
        machine_time_s: Callable[[], float] = time.monotonic,
        *,
        two_equal_frames: bool = False,
    ) -> None:
        self.bad_frames = BadFrames(name)
        self._name = name
        self._open_port = open_port
        self._clock = clock
        self._machine_time_s = machine_time_s
        self._port: Port | None = None
        self._frames = DelimitedFrames(FRAME_BYTES)
        self._tags = TagsInField()
        self._two_equal_frames = two_equal_frames
        self._doubtful = b""
        self._doubtful_s = 0.0
        self._scans: deque[BadgeScan] = deque()

    async def open(self) -> None:
        try:
            self._port = self._open_port()
        except PortLost as lost:
            raise DeviceLost(str(lost)) from lost
        self._frames = DelimitedFrames(FRAME_BYTES)
        self._doubtful = b""

    async def scan(self) -> BadgeScan:
        if self._port is None:
            raise DeviceLost(f"{self._name} is not open")
        while not self._scans:
            try:
                chunk = await self._port.read()
            except PortLost as lost:
                raise DeviceLost(str(lost)) from lost
            self._receive(chunk)
        return self._scans.popleft()

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _receive(self, chunk: bytes) -> None:
        at, now_s = self._clock.stamp(), self._machine_time_s()
        self._frames.receive_data(chunk)
        while not isinstance(event := self._frames.next_event(), NeedMore):
            tag = self._maybe_tag(event, now_s)
            if tag is None:
                self.bad_frames.add(at)
            elif self._tags.arrives(tag, now_s):
                self._scans.append(BadgeScan(at, tag))

    def _maybe_tag(self, event: Event, now_s: float) -> str | None:
        before, self._doubtful = self._doubtful, b""
        try:
            return Frame.from_bytes(event.raw).badge_key if isinstance(event, Delimited) else None
        except BadChecksum as bad:
            again = event.raw == before and now_s - self._doubtful_s < REPEAT_GAP_S
            self._doubtful, self._doubtful_s = event.raw, now_s
            return bad.badge_key if again and self._two_equal_frames else None
        except BadFrame:
            return None


def rdm6300_readers(readers: Sequence[Rdm6300Keys], clock: Clock) -> Sequence[Rdm6300]:
    return [Rdm6300(each.name, _opener(each.port), clock, two_equal_frames=each.two_equal_frames) for each in readers]


def _opener(path: str) -> Callable[[], Port]:
    return lambda: open_serial(path)
