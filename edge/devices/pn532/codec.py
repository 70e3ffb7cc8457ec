"""What is asked of a PN532 and what its answers say (NXP UM0701-02), and which card numbers are nobody's. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from typing import Final

from edge.badge_numbers import UID_TECHNOLOGY, is_nobodys
from edge.framing.pn532 import frame

WAKE_UP: Final = b"\x55\x55" + bytes(14)
"""Sent before a command to one that may sleep; one that is awake takes it for what stands between frames."""

TO_PN532, FROM_PN532 = 0xD4, 0xD5
SYNTAX_ERROR: Final = b"\x7f"
PN532_CHIP: Final = 0x32

UID_BYTES: Final = frozenset({4, 7, 10})
CASCADE_TAG: Final = 0x88
"""Stands before each part but the last of a longer number, and never begins a whole one (ISO/IEC 14443-3)."""
HAS_ATS: Final = 0x20


class Command(IntEnum):
    """The values are the command codes; an answer has the next higher one."""

    GET_FIRMWARE_VERSION = 0x02
    SAM_CONFIGURATION = 0x14
    RF_CONFIGURATION = 0x32
    IN_LIST_PASSIVE_TARGET = 0x4A


@dataclass(frozen=True)
class Request:
    """`what` is for the log."""

    command: Command
    data: bytes
    what: str

    def to_bytes(self) -> bytes:
        return frame(bytes((TO_PN532, self.command)) + self.data)


NORMAL_MODE: Final = Request(Command.SAM_CONFIGURATION, b"\x01", "normal mode")
"""Without a security module. It is what wakes the chip up for good."""
FIRMWARE: Final = Request(Command.GET_FIRMWARE_VERSION, b"", "firmware version")
FEW_TRIES: Final = Request(Command.RF_CONFIGURATION, b"\x05\xff\x01\x01", "few tries")
"""MaxRetries: a search for cards is tried twice. By itself it goes on until a card comes, and answers nothing else."""
FIELD_OFF: Final = Request(Command.RF_CONFIGURATION, b"\x01\x00", "field off")
"""A card that lies there is found only every second time unless it loses its power between."""
FIND: Final = Request(Command.IN_LIST_PASSIVE_TARGET, b"\x02\x00", "find cards")
"""At most two, of type A at 106 kbit/s; the field goes on by itself."""


class BadAnswer(ValueError):
    """A good frame that is no answer to this question. Without the bytes: they may be somebody's badge."""


@dataclass(frozen=True)
class Target:
    """A card of type A. `uid` in the order of the air."""

    sens_res: int
    sel_res: int
    uid: bytes = field(repr=False)

    @property
    def badge_key(self) -> str | None:
        """The badge as reference data names it, for example ISO14443A:24D34F59; None when the number is nobody's."""
        return None if is_nobodys(self.uid) else f"{UID_TECHNOLOGY}:{self.uid.hex().upper()}"


def answer_of(request: Request, content: bytes) -> bytes | None:
    """What is answered to `request`; None when this content answers something else. BadAnswer when it was not
    understood."""
    if content == SYNTAX_ERROR:
        raise BadAnswer("it does not understand what it is asked")
    head = bytes((FROM_PN532, request.command + 1))
    return content.removeprefix(head) if content.startswith(head) else None


def check_firmware(answer: bytes) -> None:
    """BadAnswer unless it is a PN532 that reads cards of type A."""
    if len(answer) != 4 or answer[0] != PN532_CHIP or not answer[3] & 0x01:
        raise BadAnswer("it is not a PN532 that reads cards of type A")


def targets_of(answer: bytes) -> tuple[Target, ...]:
    """The cards that were found. BadAnswer when the answer is not whole."""
    if not answer:
        raise BadAnswer("an answer without a number of cards")
    rest = iter(answer[1:])
    found = tuple(_target(rest, number) for number in range(1, answer[0] + 1))
    if next(rest, None) is not None:
        raise BadAnswer("an answer with more than its cards")
    return found


def _target(rest: Iterator[int], number: int) -> Target:
    head = _take(rest, 5)
    if head[0] != number or head[4] not in UID_BYTES:
        raise BadAnswer("an answer whose cards are not of type A")
    target = Target(int.from_bytes(head[1:3], "big"), head[3], _take(rest, head[4]))
    if len(target.uid) == 4 and target.uid[0] == CASCADE_TAG:
        raise BadAnswer("a part of a longer card number")
    if target.sel_res & HAS_ATS:
        _skip_ats(rest)
    return target


def _skip_ats(rest: Iterator[int]) -> None:
    """What a card says of itself on top; its first byte is its length, itself included. May be missing at the end."""
    length = next(rest, None)
    if length == 0:
        raise BadAnswer("an ATS without its length")
    if length is not None:
        _take(rest, length - 1)


def _take(rest: Iterator[int], count: int) -> bytes:
    taken = bytes(islice(rest, count))
    if len(taken) < count:
        raise BadAnswer("an answer that ends within a card")
    return taken
