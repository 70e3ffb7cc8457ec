"""A PN532 on a pseudo-terminal, as its manual says it answers over a serial line, and cards to hold to it."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulators.serial_line import SerialDevice

# Written from the manual and from nothing else: a frame builder shared with the driver under test would carry a
# misreading of the manual to both ends of the wire, where the two errors cancel out unseen.

SPEED: Final = 115_200
ACK: Final = bytes.fromhex("00 00 FF 00 FF 00")
NACK: Final = bytes.fromhex("00 00 FF FF 00 00")
SYNTAX_ERROR: Final = bytes.fromhex("00 00 FF 01 FF 7F 81 00")
FOR_EVER: Final = 0xFF
NAMES: Final = {0x02: "firmware", 0x14: "sam", 0x32: "rf", 0x4A: "find"}


def answer(code: int, data: bytes = b"") -> bytes:
    """The frame that answers the command `code`."""
    body = bytes((0xD5, code + 1)) + data
    return b"\x00\x00\xff%c%c%b%c\x00" % (len(body), 256 - len(body), body, (256 - sum(body) % 256) % 256)


@dataclass(frozen=True)
class Card:
    """`uid` as hex in the order of the air; None for a telephone, which invents four bytes each time it gets power."""

    uid: str | None
    ats: str = ""

    def told(self, number: int) -> bytes:
        """What a search says of it as the card with this number."""
        uid = bytes.fromhex(self.uid) if self.uid is not None else b"\x08" + secrets.token_bytes(3)
        sens, sel = (b"\x00\x44", 0x00) if len(uid) == 7 else (b"\x00\x04", 0x08)
        ats = bytes.fromhex(self.ats)
        if ats:
            sel, ats = 0x20, bytes((len(ats) + 1,)) + ats
        return bytes((number,)) + sens + bytes((sel, len(uid))) + uid + ats


PHONE: Final = Card(None, "78 80 70 02")


@dataclass
class Faults:
    """`silent` stays until it is switched off, the others are used up by what they spoil: that many acknowledgements
    lost, commands unheard, answers damaged, answers never sent."""

    silent: bool = False
    acks_lost: int = 0
    unheard: int = 0
    damaged: int = 0
    unsent: int = 0


class SimulatedPn532(SerialDevice):
    """It sleeps until it is woken and configured. A search goes on for ever unless its tries were limited. A card that
    has been found does not answer the next search, as many do not, unless the field was off between.
    """

    def __init__(self, link: Path) -> None:
        self.faults = Faults()
        self.received: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._cards: tuple[Card, ...] = ()
        self._found: set[Card] = set()
        self._last = b""
        self._heard = b""
        self._awake = self._configured = self._searching = False
        self._tries = FOR_EVER
        self._most = 1
        super().__init__(link)

    # --- what is done to it -------------------------------------------------------------------------

    def hold(self, *cards: Card) -> None:
        """These cards lie in the field from now on, and no other."""
        with self._lock:
            self._cards = cards
            if self._searching and cards:
                self._searching = False
                self._say(self._search())

    def lift(self) -> None:
        self.hold()

    def dip(self) -> None:
        """Its supply dips: it sleeps, and has forgotten what it was told."""
        with self._lock:
            self._awake = self._configured = self._searching = False
            self._tries = FOR_EVER
            self._found.clear()

    def plug(self) -> None:
        self.dip()
        super().plug()

    # --- what it answers ----------------------------------------------------------------------------

    def _hear(self, chunk: bytes) -> None:
        if self._line.speed() != SPEED:
            return
        with self._lock:
            self._heard += chunk
            if b"\x55\x55" + bytes(14) in self._heard:
                self._awake = True
            while (start := self._heard.find(b"\x00\xff")) >= 0 and len(self._heard) >= start + 4:
                length, complement = self._heard[start + 2 : start + 4]
                if (length, complement) in ((0, 0xFF), (0xFF, 0)):
                    self._heard = self._heard[start + 4 :]
                    self._searching = False
                    if length:
                        self.received["nack"] += 1
                        self._line.say(self._last)
                    continue
                if (length + complement) % 256:
                    self._heard = self._heard[start + 2 :]
                    continue
                end = start + 4 + length + 1
                if len(self._heard) < end:
                    return
                body, self._heard = self._heard[start + 4 : end], self._heard[end:]
                if sum(body) % 256 == 0:
                    self._obey(body[:-1])

    def _obey(self, body: bytes) -> None:
        if self._used("unheard") or self.faults.silent or not self._awake or body[0] != 0xD4:
            return
        code, data = body[1], body[2:]
        self.received[NAMES.get(code, "unknown")] += 1
        self._searching = False
        if not self._used("acks_lost"):
            self._line.say(ACK)
        match code, data:
            case 0x14, b"\x01":
                self._configured = True
                self._say(answer(code))
            case 0x02, b"":
                self._say(answer(code, bytes.fromhex("32 01 06 07")))
            case (0x32, settings) if settings[:1] == b"\x05" and len(settings) == 4:
                self._tries = settings[3]
                self._say(answer(code))
            case 0x32, b"\x01\x00":
                self._found.clear()
                self._say(answer(code))
            case (0x4A, b"\x01\x00" | b"\x02\x00") if self._configured:
                self._most = data[0]
                if self._tries == FOR_EVER and not self._cards:
                    self._searching = True
                else:
                    self._say(self._search())
            case _:
                self._say(SYNTAX_ERROR)

    def _search(self) -> bytes:
        fresh = [card for card in self._cards if card not in self._found][: self._most]
        self._found.update(fresh)
        return answer(0x4A, bytes((len(fresh),)) + b"".join(card.told(n) for n, card in enumerate(fresh, 1)))

    def _say(self, whole: bytes) -> None:
        self._last = whole
        if self._used("unsent"):
            return
        if self._used("damaged"):
            whole = whole[:-2] + bytes((whole[-2] ^ 0x10,)) + whole[-1:]
        self._line.say(whole)

    def _used(self, fault: str) -> bool:
        left: int = getattr(self.faults, fault)
        setattr(self.faults, fault, max(0, left - 1))
        return left > 0
