"""Frames between a start byte and an end byte (STX ... ETX), found again after any garbage.

No I/O: bytes go in by `receive_data`, events come out of `next_event` until it says NEED_MORE. The events do not
depend on how the bytes were split on their way here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

STX: Final = 0x02
ETX: Final = 0x03


class NeedMore(Enum):
    NEED_MORE = "need more"


NEED_MORE: Final = NeedMore.NEED_MORE


@dataclass(frozen=True)
class Delimited:
    """One frame as received, both delimiters included."""

    raw: bytes


@dataclass(frozen=True)
class Garbage:
    """Bytes that belong to no frame: noise, a torn frame, or a frame over the cap. Never longer than the cap."""

    raw: bytes


Event = Delimited | Garbage


class DelimitedFrames:
    """`cap` is the longest frame, delimiters included; no more than `cap` bytes stay after NEED_MORE."""

    def __init__(self, cap: int) -> None:
        if cap < 2:
            raise ValueError(f"a frame has at least its two delimiters, so cap={cap} holds none")
        self._cap = cap
        self._buffer = bytearray()

    @property
    def trailing_data(self) -> bytes:
        """What was received and not yet given out."""
        return bytes(self._buffer)

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> Event | NeedMore:
        if not self._buffer:
            return NEED_MORE
        return self._in_frame() if self._buffer[0] == STX else self._between_frames()

    def _between_frames(self) -> Event | NeedMore:
        start = self._buffer.find(STX, 0, self._cap)
        if start > 0:
            return Garbage(self._cut(start))
        return self._overlong()

    def _in_frame(self) -> Event | NeedMore:
        end = self._buffer.find(ETX, 1, self._cap)
        restart = self._buffer.find(STX, 1, self._cap if end < 0 else end)
        if restart > 0:
            return Garbage(self._cut(restart))
        if end > 0:
            return Delimited(self._cut(end + 1))
        return self._overlong()

    def _overlong(self) -> Event | NeedMore:
        return Garbage(self._cut(self._cap)) if len(self._buffer) >= self._cap else NEED_MORE

    def _cut(self, count: int) -> bytes:
        raw = bytes(self._buffer[:count])
        del self._buffer[:count]
        return raw
