"""An identity-card reader (SAM_V protocol) on a pseudo-terminal, and fictional cards to lay on it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Final

from simulators.serial_line import SerialDevice

# Written from the manuals and from nothing else: a frame builder shared with the driver under test would carry a
# misreading of the manuals to both ends of the wire, where the two errors cancel out unseen.

PREAMBLE: Final = b"\xaa\xaa\xaa\x96\x69"
TEXT_BYTES: Final = 256
PHOTO_BYTES: Final = 1024
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FOR_EVER: Final = "长期"

COMMANDS: Final = {
    b"\x10\xff": "reset",
    b"\x11\xff": "status",
    b"\x12\xff": "id",
    b"\x20\x01": "find",
    b"\x20\x02": "select",
    b"\x30\x01": "read",
    b"\x30\x03": "appended",
}

OK, FOUND, NOT_FOUND, NOT_SELECTED, NOT_READ = 0x90, 0x9F, 0x80, 0x81, 0x41
BAD_CHECKSUM, UNKNOWN_COMMAND, NO_CONTENT = 0x10, 0x21, 0x91
PLACE_AGAIN: Final = (0x31, 0x32, 0x33, NOT_READ)


def answer(status: int, data: bytes = b"") -> bytes:
    """The frame of an answer whose third status byte is `status`."""
    body = bytes((0, 0, status)) + data
    checked = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + checked + bytes((reduce(xor, checked),))


def card_answer(text: bytes, photo: bytes = bytes(PHOTO_BYTES)) -> bytes:
    """The frame that carries what is on a card: 1295 bytes."""
    return answer(OK, len(text).to_bytes(2, "big") + len(photo).to_bytes(2, "big") + text + photo)


def number_of(area: str, birth: str, sequence: int) -> str:
    """An id number with its check digit. `area` six digits, `birth` YYYYMMDD, an odd `sequence` is a man's."""
    digits = f"{area}{birth}{sequence:03d}"
    if len(digits) != 17 or not digits.isdecimal():
        raise ValueError("an id number has six digits of area, eight of birth and three of sequence")
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11]


def resident_text(
    name: str,
    number: str,
    *,
    sex: str = "",
    nation: str = "01",
    birth: str = "",
    address: str = "测试市测试路1号",
    issuer: str = "测试市公安局",
    valid_from: str = "20200101",
    valid_until: str = FOR_EVER,
) -> bytes:
    """The 256 bytes of text of a resident's card. Dates are YYYYMMDD; `sex` (1, 2) and `birth` default to the number's.

    ValueError for a field that is too long for the card.
    """
    sex = sex or ("1" if int(number[16]) % 2 else "2")
    fields = (
        (name, 15),
        (sex, 1),
        (nation, 2),
        (birth or number[6:14], 8),
        (address, 35),
        (number, 18),
        (issuer, 15),
        (valid_from, 8),
        (valid_until, 8),
        ("", 18),
    )
    long = [text for text, room in fields if len(text) > room]
    if long:
        raise ValueError(f"a field of the card is too long: {long[0]}")
    return b"".join(text.ljust(room).encode("utf-16-le") for text, room in fields)


@dataclass
class Faults:
    """What is wrong with the reader. `silent` and `lies_found` stay until they are switched off, the others are used
    up by the next answer they can spoil.

    `lies_found`: a card that was read and lies there answers *found* like a new one, where most readers answer *not
    found* until it has been lifted. `status` maps a command's name to the status byte that its next answer has.
    """

    silent: bool = False
    lies_found: bool = False
    checksum_once: bool = False
    stall_after: int | None = None
    status: dict[str, int] = field(default_factory=dict)


class SimulatedIdCardReader(SerialDevice):
    """Like a real reader it speaks only when asked. With a `speed` in baud it understands nothing at any other."""

    def __init__(self, link: Path, speed: int | None = None) -> None:
        """FileExistsError as for any device on a line."""
        self.speed = speed
        self.faults = Faults()
        self.received: Counter[str] = Counter()
        self._card: bytes | None = None
        self._photo = bytes(PHOTO_BYTES)
        self._later_address = ""
        self._step = "lifted"
        self._lock = threading.Lock()
        self._heard = b""
        super().__init__(link)

    # --- what is done to it -------------------------------------------------------------------------

    def place(self, text: bytes, photo: bytes = bytes(PHOTO_BYTES), later_address: str = "") -> None:
        """Lays a card on the reader; ValueError unless `text` has 256 bytes. `later_address`: written to it since."""
        if len(text) != TEXT_BYTES:
            raise ValueError(f"a card has {TEXT_BYTES} bytes of text, not {len(text)}")
        with self._lock:
            self._card, self._photo, self._step = text, photo, "placed"
            self._later_address = later_address

    def lift(self) -> None:
        """Takes the card away. No effect when there is none."""
        with self._lock:
            self._card, self._step = None, "lifted"

    # --- what is true of it -------------------------------------------------------------------------

    @property
    def card_lies(self) -> bool:
        return self._card is not None

    @property
    def frames(self) -> int:
        """How many whole frames have come so far; `received` counts them by the name of their command."""
        return self.received.total()

    # --- what it answers ----------------------------------------------------------------------------

    def _hear(self, chunk: bytes) -> None:
        if self.speed not in (None, self._line.speed()):
            return
        self._heard += chunk
        while (start := self._heard.find(PREAMBLE)) >= 0 and len(self._heard) >= start + 7:
            end = start + 7 + int.from_bytes(self._heard[start + 5 : start + 7], "big")
            if len(self._heard) < end:
                return
            command, self._heard = self._heard[start + 7 : end], self._heard[end:]
            self._line.say(self.answer_to(command))

    def answer_to(self, command: bytes) -> bytes:
        """`command` is a frame without its preamble and its length; empty when it stays silent."""
        with self._lock:
            if reduce(xor, command, len(command)) != 0:
                self.received["damaged"] += 1
                return b"" if self.faults.silent else answer(BAD_CHECKSUM)
            name = COMMANDS.get(command[:-1], "unknown")
            self.received[name] += 1
            if self.faults.silent:
                return b""
            if name in self.faults.status:
                return self._refusal(self.faults.status.pop(name))
            return self._spoilt(self._right_answer(name))

    def _right_answer(self, name: str) -> bytes:
        match name:
            case "status" | "reset":
                return answer(OK)
            case "id":
                return answer(OK, bytes.fromhex("05000300EBDB320140E20100B168DE3A"))
            case "find":
                fresh = self._step in ("placed", "found", "selected")
                there = fresh or (self.faults.lies_found and self._card is not None)
                self._step = "found" if there else self._step
                return answer(FOUND, bytes(4)) if there else answer(NOT_FOUND)
            case "select":
                found, self._step = self._step == "found", "selected" if self._step == "found" else self._step
                return answer(OK, bytes(8)) if found else answer(NOT_SELECTED)
            case "read" if self._step == "selected" and self._card is not None:
                self._step = "read"
                return card_answer(self._card, self._photo)
            case "appended" if self._step == "read" and self._later_address:
                return answer(OK, self._later_address.ljust(35).encode("utf-16-le"))
            case "appended" if self._step == "read":
                return answer(NO_CONTENT)
            case "read" | "appended":
                return self._refusal(NOT_READ)
        return answer(UNKNOWN_COMMAND)

    def _refusal(self, status: int) -> bytes:
        if status in PLACE_AGAIN and self._card is not None:
            self._step = "spoilt"
        return answer(status)

    def _spoilt(self, whole: bytes) -> bytes:
        if len(whole) < TEXT_BYTES:
            return whole
        if self.faults.checksum_once:
            self.faults.checksum_once = False
            damaged = bytearray(whole)
            damaged[20] ^= 0x01
            return bytes(damaged)
        if self.faults.stall_after is not None:
            whole, self.faults.stall_after = whole[: self.faults.stall_after], None
        return whole
