"""What a SAM_V reader is told, what it answers, and what an identity card says. Pure.

Of a card only what Clockpiece uses is read out; nation, photo and fingerprint are dropped here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum
from typing import Final, Self

import msgspec

from edge.framing.samv import frame
from sync.wire.identity import CardKind, CardWarning, IdCard

TEXT_BYTES: Final = 256
ADDRESS_BYTES: Final = 70


class Command(Enum):
    """Code and parameter. Setting the reader's speed is left out: what it takes is nowhere public."""

    STATUS = b"\x11\xff"
    FIND = b"\x20\x01"
    SELECT = b"\x20\x02"
    READ = b"\x30\x01"
    READ_APPENDED = b"\x30\x03"

    def to_bytes(self) -> bytes:
        return frame(self.value)


class Status(IntEnum):
    """The third status byte of an answer."""

    CHECKSUM_SENT = 0x10
    LENGTH_SENT = 0x11
    UNKNOWN_COMMAND = 0x21
    NO_PRIVILEGE = 0x23
    UNKNOWN_ERROR = 0x24
    CARD_REFUSED_SAM = 0x31
    SAM_REFUSED_CARD = 0x32
    NOT_VERIFIED = 0x33
    UNKNOWN_CARD = 0x40
    NOT_READ = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NOT_FOUND = 0x80
    NOT_SELECTED = 0x81
    SUCCESS = 0x90
    NO_CONTENT = 0x91
    FOUND = 0x9F


class Step(Enum):
    """What to do after an answer."""

    GO_ON = "go on"
    NOTHING_THERE = "nothing there"
    AGAIN = "the same once more"
    FROM_FIND = "from find"
    PLACE_AGAIN = "the card must be lifted and placed again"
    NOT_A_CARD = "not an identity card"
    FAULT = "the reader needs its maker"


NEXT: Final = {
    Status.CHECKSUM_SENT: Step.AGAIN,
    Status.LENGTH_SENT: Step.FAULT,
    Status.UNKNOWN_COMMAND: Step.FAULT,
    Status.NO_PRIVILEGE: Step.FAULT,
    Status.UNKNOWN_ERROR: Step.FROM_FIND,
    Status.CARD_REFUSED_SAM: Step.PLACE_AGAIN,
    Status.SAM_REFUSED_CARD: Step.PLACE_AGAIN,
    Status.NOT_VERIFIED: Step.PLACE_AGAIN,
    Status.UNKNOWN_CARD: Step.NOT_A_CARD,
    Status.NOT_READ: Step.PLACE_AGAIN,
    Status.RANDOM_FAILED: Step.FROM_FIND,
    Status.SELF_TEST_FAILED: Step.FAULT,
    Status.NOT_AUTHORISED: Step.FAULT,
    Status.NOT_FOUND: Step.NOTHING_THERE,
    Status.NOT_SELECTED: Step.FROM_FIND,
    Status.SUCCESS: Step.GO_ON,
    Status.NO_CONTENT: Step.NOTHING_THERE,
    Status.FOUND: Step.GO_ON,
}


class BadAnswer(ValueError):
    """Well framed, but no answer of this protocol. Never names what stood in it."""


@dataclass(frozen=True)
class Answer:
    """`data` may be somebody's card: not in the repr."""

    status: Status
    data: bytes = field(repr=False)

    @classmethod
    def from_content(cls, content: bytes) -> Self:
        """A status nobody has written about is an unknown error. BadAnswer when there are no status bytes."""
        if len(content) < 3 or content[:2] != b"\0\0":
            raise BadAnswer("an answer begins with 00 00 and a status")
        known = content[2] in Status.__members__.values()
        return cls(Status(content[2]) if known else Status.UNKNOWN_ERROR, content[3:])

    @property
    def step(self) -> Step:
        return NEXT[self.status]

    def fits(self, command: Command) -> bool:
        """Whether it can be the answer to this command. No answer names its command, and one may come late."""
        carries_card = len(self.data) >= TEXT_BYTES
        good = self.status in (Status.SUCCESS, Status.FOUND)
        if command is Command.READ:
            return carries_card or not good
        if command is Command.READ_APPENDED:
            return not carries_card and (len(self.data) == ADDRESS_BYTES or not good)
        return not carries_card and (self.status is not Status.FOUND or command is Command.FIND)


WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS: Final = "10X98765432"
"""ISO 7064 MOD 11-2, as in GB 11643."""

NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]")
NUMBER_2017: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
FOR_EVER: Final = "长期"


def text_of(answer: Answer) -> bytes:
    """The 256 bytes of text in the answer to READ. BadAnswer when its parts are not as long as they say."""
    sizes, rest = answer.data[:4], answer.data[4:]
    text, photo = int.from_bytes(sizes[:2], "big"), int.from_bytes(sizes[2:], "big")
    if text != TEXT_BYTES or len(rest) != text + photo:
        raise BadAnswer("the parts of the card are not as long as they say")
    return rest[:text]


def appended_address_of(answer: Answer) -> str:
    """The address in the answer to READ_APPENDED; empty when the card has none."""
    return _characters(answer.data, 0, ADDRESS_BYTES) if answer.status is Status.SUCCESS else ""


def card_of(text: bytes, today: date) -> IdCard:
    """The card in its 256 bytes of text; `today` is the plant's date, for EXPIRED.

    A date that is none in the calendar becomes an empty string. BadAnswer only when the text is too short.
    """
    if len(text) != TEXT_BYTES:
        raise BadAnswer("the text of a card has 256 bytes")
    match _characters(text, 248, 2):
        case "J":
            card = _resident(text, CardKind.HMT_RESIDENT)
        case "I":
            card = _foreign_2017(text)
        case "Y":
            card = _foreign_2023(text)
        case _:
            card = _resident(text, CardKind.RESIDENT)
    return msgspec.structs.replace(card, warnings=warnings_of(card, today))


def warnings_of(card: IdCard, today: date) -> list[CardWarning]:
    """What a person should look at. The 2017 number has a rule of its own that is not public: only its form counts."""
    found = [CardWarning.EXPIRED] if card.valid_until and card.valid_until < today.isoformat() else []
    if card.kind is CardKind.FOREIGN_2017:
        return found if NUMBER_2017.fullmatch(card.number) else [*found, CardWarning.NUMBER_CHECK]
    if not number_is_right(card.number):
        found.append(CardWarning.NUMBER_CHECK)
    if not NUMBER.fullmatch(card.number):
        return found
    if not card.birth or _iso(card.number[6:14]) != card.birth:
        found.append(CardWarning.BIRTH_DIFFERS)
    if card.sex and card.sex != ("M" if int(card.number[16]) % 2 else "F"):
        found.append(CardWarning.SEX_DIFFERS)
    return found


def number_is_right(number: str) -> bool:
    """Eighteen characters, the check digit fits, and the birth in it is a date. The place is not looked at: counties
    come and go."""
    if not NUMBER.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11] == number[17] and bool(_iso(number[6:14]))


def _resident(text: bytes, kind: CardKind) -> IdCard:
    return IdCard(
        kind=kind,
        name=_characters(text, 0, 30),
        sex=_sex(text, 30),
        birth=_date(text, 36),
        address=_characters(text, 52, ADDRESS_BYTES),
        number=_number(text, 122, 36),
        issuer=_characters(text, 158, 30),
        valid_from=_date(text, 188),
        valid_until=_end(text, 204),
    )


def _foreign_2017(text: bytes) -> IdCard:
    return IdCard(
        kind=CardKind.FOREIGN_2017,
        latin_name=_characters(text, 0, 120),
        sex=_sex(text, 120),
        number=_number(text, 122, 30),
        nationality=_characters(text, 152, 6),
        name=_characters(text, 158, 30),
        valid_from=_date(text, 188),
        valid_until=_end(text, 204),
        birth=_date(text, 220),
    )


def _foreign_2023(text: bytes) -> IdCard:
    latin_name = text[52:122] + text[220:242]
    return IdCard(
        kind=CardKind.FOREIGN_2023,
        name=_characters(text, 0, 30),
        sex=_sex(text, 30),
        birth=_date(text, 36),
        latin_name=_characters(latin_name, 0, len(latin_name)),
        number=_number(text, 122, 36),
        valid_from=_date(text, 188),
        valid_until=_end(text, 204),
        nationality=_characters(text, 242, 6),
    )


def _characters(text: bytes, start: int, count: int) -> str:
    """A name may be cut in the middle of a rare character; what is left of it is replaced, never refused."""
    return text[start : start + count].decode("utf-16-le", errors="replace").strip(" \0")


def _number(text: bytes, start: int, count: int) -> str:
    return _characters(text, start, count).upper()


def _sex(text: bytes, start: int) -> str:
    return {"1": "M", "2": "F"}.get(_characters(text, start, 2), "")


def _date(text: bytes, start: int) -> str:
    return _iso(_characters(text, start, 16))


def _end(text: bytes, start: int) -> str | None:
    end = _characters(text, start, 16)
    return None if end == FOR_EVER else _iso(end)


def _iso(digits: str) -> str:
    """YYYYMMDD as ISO 8601; empty when it is no date."""
    if not re.fullmatch("[0-9]{8}", digits):
        return ""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return ""
