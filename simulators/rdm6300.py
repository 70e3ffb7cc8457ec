"""An RDM6300 badge reader on a pseudo-terminal: what a program on the other end of the wire would see of a real one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path

from simulators.serial_line import SerialDevice

FRAME_PERIOD_S = 0.065
"""A tag that lies in the field is sent again about every 50 to 100 ms."""

BYTE_S = 10 / 9600
"""One byte on the line at 9600 8N1."""

PIECE_BYTES = 8
"""A UART hands bytes over whenever its buffer is half full, so a frame never arrives whole."""


def frame_of(badge_hex: str, checksum: int | None = None) -> bytes:
    """The 14 bytes an RDM6300 sends for a tag of ten hex digits; ValueError for anything else.

    `checksum` replaces the right one, for modules that send wrong ones.
    """
    # Written from the manual and from nothing else: a frame builder shared with the driver under test would
    # carry a misreading of the manual to both ends of the wire, where the two errors cancel out unseen.
    tag = bytes.fromhex(badge_hex)
    if len(badge_hex) != 10 or len(tag) != 5:
        raise ValueError(f"an EM4100 tag is ten hex digits, got {badge_hex!r}")
    check = reduce(xor, tag) if checksum is None else checksum
    return b"\x02%s%02X\x03" % (tag.hex().upper().encode("ascii"), check)


class SimulatedReader(SerialDevice):
    """Like a real reader it only talks. What nobody reads is lost once the line's buffer is full."""

    def __init__(self, link: Path, pause: Callable[[float], object] = time.sleep) -> None:
        """FileExistsError as for any device on a line."""
        self._pause = pause
        self._field = threading.Lock()  # one card at a time lies in it
        super().__init__(link)

    def tap(self, badge_hex: str, frames: int = 3, gap_s: float = FRAME_PERIOD_S) -> bool:
        """Holds a badge to the reader for as long as `frames` frames take. False when the reader is unplugged."""
        return self._send([frame_of(badge_hex)] * frames, gap_s)

    def wrong_checksum(self, badge_hex: str, frames: int = 3, gap_s: float = FRAME_PERIOD_S) -> bool:
        """The same from a module whose checksum is always wrong in one bit."""
        right = int(frame_of(badge_hex)[11:13], 16)
        return self._send([frame_of(badge_hex, right ^ 0x01)] * frames, gap_s)

    def garbage(self, noise: bytes = b"\x00\xff\x02\x02\x310;D\x03\xfe") -> bool:
        """Bytes as they are: noise on the wire, half a frame, another reader's language."""
        return self._send([noise], 0)

    def _send(self, frames: list[bytes], gap_s: float) -> bool:
        with self._field:
            if not self.plugged:
                return False
            for number, frame in enumerate(frames):
                if number:
                    self._pause(max(0.0, gap_s - len(frame) * BYTE_S))
                for start in range(0, len(frame), PIECE_BYTES):
                    piece = frame[start : start + PIECE_BYTES]
                    self.say(piece)
                    self._pause(len(piece) * BYTE_S)
            return True
