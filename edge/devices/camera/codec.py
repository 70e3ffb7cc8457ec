"""What the process that looks through a camera says, and when a code that it read is believed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from edge.devices.camera.keys import Symbology

PAIR_S: Final = 1.5
"""Two reads that are further apart are not of one badge held up."""


class Look(msgspec.Struct, frozen=True):
    """What to look at, and for what: the one argument of the process, as JSON. `parent` is whom it dies with."""

    source: str
    symbologies: tuple[Symbology, ...]
    width: int
    height: int
    per_s: int
    parent: int


@dataclass(frozen=True)
class Code:
    """`raw` are the bytes in the code itself, never a text that a decoder has guessed. They may be somebody's badge:
    not in the repr. `sure`: the code corrects its own errors, as QR does, or two decoders have read the same; the check
    character of a bar code lets one misreading in a hundred through, or in ten."""

    raw: bytes = field(repr=False)
    sure: bool = True


class Looked(msgspec.Struct, frozen=True, tag="looked"):
    """One picture. `at_s`: when it was taken, by the machine's monotonic clock. `faults`: how often a decoder has
    failed since the process started."""

    picture: int
    at_s: float
    codes: tuple[Code, ...] = ()
    faults: int = 0


class Blind(msgspec.Struct, frozen=True, tag="blind"):
    """There is no picture (any more). `says` is for the electrician."""

    says: str


Said = Looked | Blind

_decoder: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


class BadReport(ValueError):
    """A line that is none of the process's own."""


def encoded(said: Said) -> bytes:
    """One line, its end included."""
    return msgspec.json.encode(said) + b"\n"


def decoded(line: bytes) -> Said:
    """BadReport."""
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadReport(str(error)) from error


class TwoReads:
    """A badge is believed when it was the only one in two pictures, none other in between, and one of them was sure."""

    def __init__(self) -> None:
        self._once: str | None = None
        self._sure = False
        self._at_s = 0.0

    def see(self, badges: Mapping[str, bool], at_s: float) -> str | None:
        """What is believed now that these are in a picture, each with whether it is sure. Pictures come in the order in
        which they were taken."""
        if not badges:
            return None
        badge, sure = next(iter(badges.items())) if len(badges) == 1 else (None, False)
        again = badge is not None and badge == self._once and at_s - self._at_s <= PAIR_S
        self._sure = sure or (again and self._sure)
        self._once, self._at_s = badge, at_s
        return badge if again and self._sure else None
