"""The last bytes of each device, as they stood together on its line: for the log when it goes, and for the electrician.

A line may be shared, and only the task that runs a device knows for whom it writes and reads just now. Therefore a task
says once for whom (`note_for`), and a port notes what passes it, wherever it is.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

from edge.transport.port import Port

KEPT = 20

TOGETHER_S = 0.03
"""What comes after a shorter silence belongs to the same frame; a port and its adapter hand a frame over in pieces."""

LONGEST = 2048
"""Bytes of one frame, for a line that is never silent; an identity card's is 1,295."""


@dataclass(frozen=True)
class Frame:
    """`at_s`: machine time of its last byte. `data` is empty where only sizes are kept; it may be somebody's badge."""

    at_s: float
    sent: bool
    size: int
    data: bytes = field(repr=False)


NOTHING = (0.0, True, 0, b"")
"""Before the first frame: what comes is a new one."""


class Frames:
    """Of one device, the last `KEPT` of them. `with_bytes` False: nothing is kept of a frame but its size."""

    def __init__(self, with_bytes: bool = True, machine_time_s: Callable[[], float] = time.monotonic) -> None:
        self.begun = 0
        self._with_bytes = with_bytes
        self._machine_time_s = machine_time_s
        # Plain tuples, as each poll makes two: only who looks makes frames of them.
        self._frames: deque[tuple[float, bool, int, bytes]] = deque(maxlen=KEPT)

    def sent(self, data: bytes) -> None:
        self._append(self._machine_time_s(), True, data)

    def received(self, data: bytes) -> None:
        now_s = self._machine_time_s()
        at_s, sent, size, before = self._frames[-1] if self._frames else NOTHING
        if sent or now_s - at_s >= TOGETHER_S or size + len(data) > LONGEST:
            self._append(now_s, False, data)
        else:
            self._frames[-1] = now_s, False, size + len(data), before + data if self._with_bytes else b""

    def last(self) -> list[Frame]:
        return [Frame(*each) for each in self._frames]

    def since(self, number: int) -> list[Frame]:
        """The frames from this number on, as far as they are kept."""
        new = self.begun - number
        return self.last()[-new:] if new > 0 else []

    def age_s(self, frame: Frame) -> float:
        return self._machine_time_s() - frame.at_s

    def whole_since(self, number: int) -> tuple[int, list[Frame]]:
        """The frames from this number on to which nothing will be added, and the number of the next one.

        Numbers count from 0; of those that are not kept any more only the numbers are gone.
        """
        frames = self.last()
        if frames and not frames[-1].sent and self._machine_time_s() - frames[-1].at_s < TOGETHER_S:
            frames.pop()
        upto = self.begun - len(self._frames) + len(frames)
        new = max(0, upto - number)
        return upto, frames[-new:] if new else []

    def _append(self, at_s: float, sent: bool, data: bytes) -> None:
        self.begun += 1
        self._frames.append((at_s, sent, len(data), bytes(data) if self._with_bytes else b""))


_of_this_task: ContextVar[tuple[Frames, ...]] = ContextVar("frames of this task", default=())


def note_for(frames: Iterable[Frames]) -> None:
    """What this task, and tasks that it starts, send and receive from now on is noted there: for the one device that it
    runs, or for all that share its question."""
    _of_this_task.set(tuple(frames))


def noted_for() -> tuple[Frames, ...]:
    return _of_this_task.get()


class NotedPort:
    """A port whose bytes are noted for the devices of whoever reads and writes."""

    def __init__(self, port: Port) -> None:
        self._port = port

    @property
    def name(self) -> str:
        return self._port.name

    async def read(self) -> bytes:
        chunk = await self._port.read()
        for frames in noted_for():
            frames.received(chunk)
        return chunk

    async def write(self, data: bytes) -> None:
        for frames in noted_for():
            frames.sent(data)
        await self._port.write(data)

    def close(self) -> None:
        self._port.close()
