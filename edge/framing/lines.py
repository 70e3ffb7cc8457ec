"""Lines of text: each ends with one of the line's end bytes, or with silence.

No I/O and no clock: bytes go in by `receive_data`, events come out of `next_event` until it says NEED_MORE; whoever
waits on the line says when it was silent. The events do not depend on how the bytes were split on their way here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from edge.framing.delimited import NEED_MORE, NeedMore

LINE_ENDS: Final = b"\r\n"


@dataclass(frozen=True)
class Line:
    """What stood before an end; never empty. It may be somebody's badge: not in the repr."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class Overlong:
    """A line over the cap, up to its end. Nothing of it is given out, for its tail could pass for another line."""


Event = Line | Overlong


class Lines:
    """`cap` is the longest line, its end not counted; no more than that is kept. Several ends in a row are one."""

    def __init__(self, cap: int, ends: bytes = LINE_ENDS) -> None:
        if cap < 1:
            raise ValueError(f"a line has at least one byte, so cap={cap} holds none")
        self._cap = cap
        self._ends = ends
        self._buffer = bytearray()
        self._overlong = False

    @property
    def begun(self) -> bool:
        """Whether a line has begun and not ended; ask after NEED_MORE."""
        return bool(self._buffer) or self._overlong

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> Event | NeedMore:
        while (end := self._end()) is not None:
            event = self._cut(end)
            if event is not None:
                return event
        if len(self._buffer) > self._cap:
            self._overlong = True
        if self._overlong:
            self._buffer.clear()
        return NEED_MORE

    def silence(self) -> Event | None:
        """Ends the line that has begun; call after NEED_MORE."""
        return self._cut(len(self._buffer))

    def _end(self) -> int | None:
        return next((place for place, byte in enumerate(self._buffer) if byte in self._ends), None)

    def _cut(self, end: int) -> Event | None:
        raw, overlong = bytes(self._buffer[:end]), self._overlong or end > self._cap
        del self._buffer[: end + 1]
        self._overlong = False
        if overlong:
            return Overlong()
        return Line(raw) if raw else None
