"""The frames of a PN532 on a serial line: start code, length and its complement, content, checksum, a zero.

No I/O: bytes go in by `receive_data`, events come out of `next_event` until it says NEED_MORE. The frames do not
depend on how the bytes were split on their way here. Any number of zeros may stand before a frame, none as well. An
extended frame (more than 255 bytes) answers nothing that is asked here, and is skipped like noise.

The zero after the checksum is waited for. When a zero is lost within a frame, the checksum becomes the last byte of the
content and the last zero the checksum, and the sum is right: another card's number, were it not for the missing end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.framing.delimited import NEED_MORE, NeedMore
from edge.framing.events import Content, Damaged, Skipped

START: Final = b"\x00\xff"
PREAMBLE: Final = b"\x00"
POSTAMBLE: Final = b"\x00"
ACK: Final = PREAMBLE + START + b"\x00\xff" + POSTAMBLE
NACK: Final = PREAMBLE + START + b"\xff\x00" + POSTAMBLE
HEAD_BYTES: Final = len(START) + 2
LONGEST_CONTENT: Final = 0xFE
"""A length of FF begins an extended frame or a NACK."""
TAIL_BYTES: Final = 1 + len(POSTAMBLE)
LONGEST: Final = HEAD_BYTES + LONGEST_CONTENT + TAIL_BYTES


@dataclass(frozen=True)
class Ack:
    """The other side has heard a frame and does what it says."""


@dataclass(frozen=True)
class Nack:
    """The other side wants the last frame again."""


Event = Ack | Nack | Content | Damaged | Skipped


def frame(content: bytes) -> bytes:
    """The bytes on the wire, in either direction. ValueError when `content` is empty or too long."""
    if not 1 <= len(content) <= LONGEST_CONTENT:
        raise ValueError(f"a frame holds 1 to {LONGEST_CONTENT} bytes, not {len(content)}")
    lengths = bytes((len(content), -len(content) & 0xFF))
    return PREAMBLE + START + lengths + content + bytes((-sum(content) & 0xFF,)) + POSTAMBLE


class Pn532Frames:
    """Keeps less than the longest frame after NEED_MORE."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._damaged = False

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> Event | NeedMore:
        while True:
            if self._damaged:  # what looked like a frame may have been noise, and a frame may begin within it
                self._damaged = False
                skipped = self._cut(len(START))
            elif (start := self._buffer.find(START)) == 0:
                if (event := self._in_frame()) is not None:
                    return event
                skipped = self._cut(len(START))
            elif start > 0:
                skipped = self._cut(start)
            else:
                skipped = self._cut(len(self._buffer) - self._buffer.endswith(START[:1]))
                if not skipped:
                    return NEED_MORE
            if noise := len(skipped) - skipped.count(0):
                return Skipped(noise)

    def _in_frame(self) -> Event | NeedMore | None:
        """None when these two bytes begin no frame."""
        if len(self._buffer) < HEAD_BYTES:
            return NEED_MORE
        length, complement = self._buffer[len(START) : HEAD_BYTES]
        if (length, complement) in ((0x00, 0xFF), (0xFF, 0x00)):
            self._cut(HEAD_BYTES)
            return Ack() if length == 0 else Nack()
        if not 1 <= length <= LONGEST_CONTENT or (length + complement) & 0xFF:
            return None
        end = HEAD_BYTES + length + TAIL_BYTES
        if len(self._buffer) < end:
            return NEED_MORE
        if sum(self._buffer[HEAD_BYTES : end - 1]) & 0xFF or self._buffer[end - 1]:
            self._damaged = True
            return Damaged()
        return Content(self._cut(end)[HEAD_BYTES:-TAIL_BYTES])

    def _cut(self, count: int) -> bytes:
        raw = bytes(self._buffer[:count])
        del self._buffer[:count]
        return raw
