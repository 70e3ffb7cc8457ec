"""The frame of an RDM6300: STX, ten hex digits of the tag, two of the checksum, ETX. Pure.

The tag (EM4100) is a version or customer byte and four data bytes; the checksum is the XOR of all five.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Self

FRAME_BYTES = 14
FRAME = re.compile(rb"\x02([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})\x03")


class BadFrame(ValueError):
    """Not a frame of this reader, or one damaged on its way."""


class BadChecksum(BadFrame):
    """Well formed, but the digits do not add up. `badge_key` is what they say all the same."""

    def __init__(self, badge_key: str) -> None:
        super().__init__("the checksum is wrong")
        self.badge_key = badge_key


@dataclass(frozen=True)
class Frame:
    version: int
    data: bytes
    checksum: int

    @classmethod
    def of_tag(cls, tag: str) -> Self:
        """The frame a reader sends for a tag of ten hex digits."""
        number = bytes.fromhex(tag)
        if len(number) != 5:
            raise ValueError(f"a tag has ten hex digits, not {tag!r}")
        return cls(number[0], number[1:], reduce(xor, number))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """BadFrame when the form is wrong, BadChecksum when only the sum is."""
        match = FRAME.fullmatch(raw)
        if match is None:
            raise BadFrame("not STX, 12 hex digits, ETX")
        tag, checksum = bytes.fromhex(match[1].decode("ascii")), int(match[2], 16)
        frame = cls(tag[0], tag[1:], checksum)
        if reduce(xor, tag) != checksum:
            raise BadChecksum(frame.badge_key)
        return frame

    def to_bytes(self) -> bytes:
        return b"\x02%02X%s%02X\x03" % (self.version, self.data.hex().upper().encode("ascii"), self.checksum)

    @property
    def badge_key(self) -> str:
        """The badge as reference data names it, for example EM4100:100086F444."""
        return f"EM4100:{self.version:02X}{self.data.hex().upper()}"

    @property
    def printed_8h10d(self) -> str:
        """The ten digits printed on most cards: the four data bytes as a decimal. Text, for its leading zeros."""
        return f"{int.from_bytes(self.data, 'big'):010d}"
