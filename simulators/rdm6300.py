"""An RDM6300 badge reader on a pseudo-terminal: what a program on the other end of the wire would see of a real one."""

from __future__ import annotations

import os
import pty
import threading
import time
import tty
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path

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


class SimulatedReader:
    """A reader that is plugged in as long as it exists; `link` is its name in the file system, like /dev/ttyS0.

    Like the real one it only talks. What nobody reads is lost once the line's buffer is full.
    """

    def __init__(self, link: Path, pause: Callable[[float], object] = time.sleep) -> None:
        """Opens the pty and makes `link`, replacing only a symlink; FileExistsError when something else is there."""
        self.link = link
        self._pause = pause
        self._lock = threading.Lock()  # one card at a time lies in the field
        self._ends: tuple[int, int] | None = None
        self.plug()

    @property
    def plugged(self) -> bool:
        return self._ends is not None

    def plug(self) -> None:
        """A new pty under the same name, as a USB adapter gets when pushed in again. No effect when plugged in."""
        with self._lock:
            if self._ends is not None:
                return
            if self.link.exists() and not self.link.is_symlink():
                raise FileExistsError(f"{self.link} is not a link of a simulated reader")
            # The slave's end stays open here too: its settings outlive a reading process that comes and goes,
            # and the line is not hung up when it goes.
            controller, line = pty.openpty()
            tty.setraw(controller)
            tty.setraw(line)
            os.set_blocking(controller, False)
            fresh = self.link.with_name(self.link.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(line))
            fresh.replace(self.link)
            self._ends = (controller, line)

    def unplug(self) -> None:
        """The cable is pulled: whoever reads sees the line hang up, and the name is gone."""
        with self._lock:
            if self._ends is None:
                return
            self.link.unlink(missing_ok=True)
            for end in self._ends:
                os.close(end)
            self._ends = None

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

    def close(self) -> None:
        self.unplug()

    def __enter__(self) -> SimulatedReader:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _send(self, frames: list[bytes], gap_s: float) -> bool:
        with self._lock:
            if self._ends is None:
                return False
            for number, frame in enumerate(frames):
                if number:
                    self._pause(max(0.0, gap_s - len(frame) * BYTE_S))
                for start in range(0, len(frame), PIECE_BYTES):
                    self._put(self._ends[0], frame[start : start + PIECE_BYTES])
            return True

    def _put(self, controller: int, piece: bytes) -> None:
        try:
            os.write(controller, piece)
        except BlockingIOError:
            return  # nobody has read for some 4,000 bytes: a real line drops them too
        self._pause(len(piece) * BYTE_S)
