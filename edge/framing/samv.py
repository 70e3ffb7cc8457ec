"""The frames in which an identity-card reader answers: preamble, length, content, checksum.

No I/O: bytes go in by `receive_data`, events come out of `next_event` until it says NEED_MORE. The events do not
depend on how the bytes were split on their way here. Nothing is stuffed, so a preamble may stand inside a photo: once
a frame has begun, only its length says where it ends.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

from edge.framing.delimited import NEED_MORE, NeedMore
from edge.framing.events import Content, Damaged, Skipped

PREAMBLE: Final = b"\xaa\xaa\xaa\x96\x69"
HEAD_BYTES: Final = len(PREAMBLE) + 2
SHORTEST: Final = 4
LONGEST: Final = 0x0A00
"""What the length field of an answer can say; it counts what follows it, the checksum included."""


Event = Content | Damaged | Skipped


def frame(content: bytes) -> bytes:
    """The bytes on the wire, in either direction."""
    checked = (len(content) + 1).to_bytes(2, "big") + content
    return PREAMBLE + checked + bytes((reduce(xor, checked),))


class SamvFrames:
    """Keeps less than the longest frame after NEED_MORE."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._damaged = False

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> Event | NeedMore:
        if self._damaged:  # what looked like a preamble may have been noise, and a frame may begin within it
            self._damaged = False
            return self._skip(1)
        start = self._buffer.find(PREAMBLE)
        if start < 0:
            noise = len(self._buffer) - self._maybe_begun()
            return self._skip(noise) if noise else NEED_MORE
        return self._skip(start) if start else self._in_frame()

    def _in_frame(self) -> Event | NeedMore:
        if len(self._buffer) < HEAD_BYTES:
            return NEED_MORE
        length = int.from_bytes(self._buffer[len(PREAMBLE) : HEAD_BYTES], "big")
        if not SHORTEST <= length <= LONGEST:
            return self._skip(1)
        end = HEAD_BYTES + length
        if len(self._buffer) < end:
            return NEED_MORE
        if reduce(xor, self._buffer[len(PREAMBLE) : end]):
            self._damaged = True
            return Damaged()
        content = bytes(self._buffer[HEAD_BYTES : end - 1])
        del self._buffer[:end]
        return Content(content)

    def _maybe_begun(self) -> int:
        """How many bytes at the end may be the beginning of a preamble."""
        longest = range(min(len(PREAMBLE) - 1, len(self._buffer)), 0, -1)
        return next((count for count in longest if self._buffer.endswith(PREAMBLE[:count])), 0)

    def _skip(self, count: int) -> Skipped:
        del self._buffer[:count]
        return Skipped(count)
