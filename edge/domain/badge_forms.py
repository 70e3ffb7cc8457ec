"""One card, many numbers: what readers of different makes send, and vendors print, of the same card.

A reader may turn the bytes round, swap ones and noughts, drop the first bytes, or write the rest as a decimal number.
Which card an unknown number belongs to can therefore only be proposed: two cards may have the same last three bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import product
from typing import NamedTuple


class Writing(StrEnum):
    """HEX 7B3972. DECIMAL 8075634. SPLIT 123,14706: what stands before the last two bytes, and these, as decimals
    (also called 3D5D or WG26). JOINED 12314706: the same without the comma."""

    HEX = "HEX"
    DECIMAL = "DECIMAL"
    SPLIT = "SPLIT"
    JOINED = "JOINED"


class Form(NamedTuple):
    """What may become of a card's number, in this order: turned round, inverted, its last `kept` bytes (None: all),
    written as text."""

    reversed: bool = False
    inverted: bool = False
    kept: int | None = None
    writing: Writing = Writing.HEX

    def of(self, number: bytes) -> str | None:
        """The number in this form, without leading zeros, which people and spreadsheets lose. None: it has not so many
        bytes, or too little is left to tell cards apart."""
        if self.kept is not None and len(number) <= self.kept:
            return None
        turned = number[::-1] if self.reversed else number
        shown = bytes(each ^ 0xFF for each in turned) if self.inverted else turned
        left = shown if self.kept is None else shown[-self.kept :]
        if len(left) < FEWEST_BYTES or len(set(left)) == 1:
            return None
        return self._written(left).lstrip("0,")

    def _written(self, left: bytes) -> str:
        match self.writing:
            case Writing.HEX:
                return left.hex().upper()
            case Writing.DECIMAL:
                return str(int.from_bytes(left, "big"))
            case Writing.SPLIT | Writing.JOINED:
                comma = "," if self.writing is Writing.SPLIT else ""
                return f"{int.from_bytes(left[:-2], 'big')}{comma}{int.from_bytes(left[-2:], 'big'):05d}"


class Candidate(NamedTuple):
    """A known badge that may be the unknown one. `shortened`: the known number is this form of the unknown one, and
    not the other way round."""

    key: str
    form: Form
    shortened: bool


FEWEST_BYTES = 3
FORMS = sorted(
    (
        Form(turned, inverted, kept, writing)
        for writing, kept, inverted, turned in product(Writing, (None, 4, 3), (False, True), (False, True))
    ),
    key=lambda form: (form.reversed + form.inverted, form.kept is not None, -(form.kept or 0)),
)
"""The simplest first; where two fit, the first is the likelier."""

PLAIN_TEXT = "CODE"
"""The technology of what a scanner reads: any text, so perhaps a number in any writing."""


def number_of(key: str) -> bytes | None:
    """The card's own bytes of a badge key such as EM4100:100086F444; None for a text."""
    technology, _, number = key.partition(":")
    if technology == PLAIN_TEXT:
        return None
    try:
        return bytes.fromhex(number)
    except ValueError:
        return None


def fitting(number: bytes, shown: str) -> list[Form]:
    """The forms in which a card with this number is `shown` (hex digits, or printed on the card), simplest first."""
    text = shown.strip().upper().lstrip("0,")
    return [form for form in FORMS if form.of(number) == text]


def candidates(unknown: str, known: Iterable[str]) -> list[Candidate]:
    """The known badge keys that may be the same card as the unknown one, likeliest first. All of them, not the best:
    a person chooses."""
    found = [match for key in known if key != unknown and (match := _match(unknown, key))]
    return sorted(found, key=lambda each: (FORMS.index(each.form), each.key))


def _match(unknown: str, known: str) -> Candidate | None:
    for whole, shown, shortened in ((known, unknown, False), (unknown, known, True)):
        number = number_of(whole)
        if number is None:
            continue
        technology, _, text = shown.partition(":")
        for form in fitting(number, text):
            if form.writing is Writing.HEX or technology == PLAIN_TEXT:
                return Candidate(known, form, shortened)
    return None
