"""Modbus RTU: the request for a block of registers or of bits, and its answer found among whatever else is on the line.

No I/O: bytes go in by `receive_data`, events come out of `next_event` until it says NEED_MORE. RTU has no marks
between frames and no number on them. What is taken for the answer has the unit, the function and the length that were
asked for, and its checksum; everything else on the line is somebody else's, late, damaged, or our own echo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pymodbus.framer.rtu import FramerRTU

from edge.framing.delimited import NEED_MORE, NeedMore

CHECKSUM_BYTES: Final = 2
REFUSAL_BYTES: Final = 5
REFUSED: Final = 0x80


READS: Final = (1, 2, 3, 4)
"""The functions that read coils, discrete inputs, holding registers and input registers."""

BITS: Final = (1, 2)
"""The functions that read coils and discrete inputs, eight in a byte."""


@dataclass(frozen=True)
class Registers:
    """Or bits, each 0 or 1."""

    values: tuple[int, ...]


@dataclass(frozen=True)
class Refusal:
    """The unit has heard the request and says no, with an exception code."""

    code: int


Event = Registers | Refusal


def request(unit: int, function: int, address: int, count: int) -> bytes:
    """ValueError for a function that does not only read."""
    if function not in READS:
        raise ValueError(f"function {function} is none of those that only read")
    return _with_checksum(bytes((unit, function)) + address.to_bytes(2, "big") + count.to_bytes(2, "big"))


def fewer(function: int, count: int) -> int:
    """So many less than `count` that the answer is shorter; as many where it cannot be."""
    less = count - (8 if function in BITS else 1)
    return less if less > 0 else count


class RtuAnswer:
    """Looks for the answer to one request. Keeps less than one answer after NEED_MORE.

    `noise` counts the bytes that belonged neither to the answer nor to an echo of the request, `left` those of them
    that came after it; `echoed` is whether what came first was the request itself, as some adapters return it.
    """

    def __init__(self, unit: int, function: int, address: int, count: int) -> None:
        self.request = request(unit, function, address, count)
        self.echoed = False
        self._count = count
        self._answer = bytes((unit, function, (count + 7) // 8 if function in BITS else 2 * count))
        self._refusal = bytes((unit, function | REFUSED))
        self._buffer = bytearray()
        self._skipped = 0
        self._started = False

    @property
    def noise(self) -> int:
        return self._skipped + self.left

    @property
    def left(self) -> int:
        return len(self._buffer)

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> Event | NeedMore:
        if not self._started and not self._past_echo():
            return NEED_MORE
        while (size := self._size()) <= len(self._buffer):
            frame = bytes(self._buffer[:size])
            if size and _with_checksum(frame[:-CHECKSUM_BYTES]) == frame:
                del self._buffer[:size]
                return self._event(frame)
            del self._buffer[0]
            self._skipped += 1
        return NEED_MORE

    def _past_echo(self) -> bool:
        """False while what came may still become our own request."""
        begun = bytes(self._buffer[: len(self.request)])
        if self.request.startswith(begun) and begun != self.request:
            return False
        if begun == self.request:
            self.echoed = True
            del self._buffer[: len(self.request)]
        self._started = True
        return True

    def _size(self) -> int:
        """Of the frame that begins here, as far as can be seen; 0 when none can."""
        if self._answer.startswith(self._buffer[: len(self._answer)]):
            return len(self._answer) + self._answer[2] + CHECKSUM_BYTES
        if self._refusal.startswith(self._buffer[: len(self._refusal)]):
            return REFUSAL_BYTES
        return 0

    def _event(self, frame: bytes) -> Event:
        if frame[1] & REFUSED:
            return Refusal(frame[2])
        words = frame[3:-CHECKSUM_BYTES]
        if frame[1] in BITS:
            return Registers(tuple(words[at // 8] >> at % 8 & 1 for at in range(self._count)))
        return Registers(tuple(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2)))


def _with_checksum(frame: bytes) -> bytes:
    return frame + FramerRTU.compute_CRC(frame).to_bytes(CHECKSUM_BYTES, "big")
