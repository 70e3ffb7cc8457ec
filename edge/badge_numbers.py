"""From the number that a reader tells of a card to the card's own, as every other reader tells it. Pure.

Readers of different makes turn the bytes round, swap ones and noughts, drop the first bytes, or type a decimal number.
What is lost cannot be put back: a reader that drops bytes tells no other number than its own.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

PLAIN_TEXT = "CODE"
"""The technology of what is typed or printed: any text."""

FEWEST_BYTES = 3
MOST_BYTES = 10


UID_TECHNOLOGY: Final = "ISO14443A"
RANDOM: Final = 0x08
"""Begins a number of four bytes that the card invents anew each time (ISO/IEC 14443-3)."""
SHARED: Final = bytes.fromhex("01020304")
"""Telephones of several makes show this one, whoever they belong to."""


def is_nobodys(uid: bytes) -> bool:
    """Whether this number, in the order of the air, is another one next time, or the same on many cards."""
    return (len(uid) == 4 and (uid[0] == RANDOM or uid == SHARED)) or set(uid) in ({0x00}, {0xFF})


class BadgeNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to do with what a reader tells, in this order.

    `written`: a reader that types text types a number, in this writing, of so many `written_bytes` (without it: as
    many as are there, and four in decimal). Then the bytes are turned round, inverted, and the last ones kept.
    `technology`: what stands before the colon.
    """

    written: Literal["hex", "decimal"] | None = None
    written_bytes: Annotated[int, msgspec.Meta(ge=FEWEST_BYTES, le=MOST_BYTES)] | None = None
    reversed: bool = False
    inverted: bool = False
    last_bytes: Annotated[int, msgspec.Meta(ge=FEWEST_BYTES, le=MOST_BYTES)] | None = None
    technology: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,16}$")] | None = None

    def of(self, badge: str) -> str | None:
        """The badge as reference data names it; as it came where it is no number of this form. None when it turns out
        to be a number that names nobody."""
        technology, _, text = badge.partition(":")
        number = self._bytes_of(text)
        if number is None or (technology == PLAIN_TEXT and self.written is None):
            return badge
        if self.reversed:
            number = number[::-1]
        if self.inverted:
            number = bytes(each ^ 0xFF for each in number)
        if self.last_bytes is not None:
            number = number[-self.last_bytes :]
        if (self.technology or technology) == UID_TECHNOLOGY and is_nobodys(number):
            return None
        return f"{self.technology or technology}:{number.hex().upper()}"

    def _bytes_of(self, text: str) -> bytes | None:
        base, many = 16, self.written_bytes or (len(text) + 1) // 2
        if self.written == "decimal":
            base, many = 10, self.written_bytes or 4
        try:
            return int(text, base).to_bytes(many, "big")
        except (ValueError, OverflowError):
            return None


AS_IT_IS = BadgeNumber()
