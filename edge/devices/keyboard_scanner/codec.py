"""Keys that go down and up, as the text they type on a US keyboard. Pure.

A scanner types as a US keyboard does, and what the machine's own layout would make of that is never asked: the digits
of a Czech layout are `+ěščřžýáíé`, and these are no badge. Or it types each character as Alt and its number on the
keypad, which is the same with every layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final, NamedTuple

EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
UP, DOWN, REPEAT = 0, 1, 2
"""Kinds, codes and values of events: linux/input-event-codes.h."""

SHIFTS: Final = frozenset({42, 54})
CAPS_LOCK: Final = 58
COMMANDS: Final = frozenset({29, 97, 125, 126})
"""Control and Meta, left and right: with one of them held a key is no character."""

ALTS: Final = frozenset({56, 100})

NUM_LOCK: Final = 69
ENTER, TAB = b"\r", b"\t"
NUMBERED: Final = frozenset({*range(32, 127), *ENTER, *TAB})
LONGEST_NUMBER: Final = 4
"""What may be typed as Alt and a number, and with how many digits."""

SPOILT: Final = b"\x1a"
"""Stands in a code for what cannot be known of it: with it the code is no badge (SUBSTITUTE, ECMA-48)."""

_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
"""The first key's code, and what the keys from there on type without and with shift."""

KEYPAD: Final = {71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0"}

PLAIN: Final = {
    **{first + place: text for first, plain, _ in _ROWS for place, text in enumerate(plain)},
    **KEYPAD,
    57: " ",
    55: "*",
    74: "-",
    78: "+",
    83: ".",
    98: "/",
}
"""The keypad's digits too: some scanners type numbers there."""

SHIFTED: Final = {first + place: text for first, _, shifted in _ROWS for place, text in enumerate(shifted)}

ENDS: Final = {28: ENTER, 96: ENTER, 15: TAB}


EVENT: Final = Struct("@llHHi")
"""struct input_event of linux/input.h: two words of time, and type, code and value."""


class Key(NamedTuple):
    """One event of the input device."""

    kind: int
    code: int
    value: int


class Events:
    """Events out of bytes, however these are split."""

    def __init__(self) -> None:
        self._rest = b""

    def keys(self, raw: bytes) -> list[Key]:
        raw = self._rest + raw
        whole = len(raw) // EVENT.size * EVENT.size
        self._rest = raw[whole:]
        return [Key(kind, code, value) for _, _, kind, code, value in EVENT.iter_unpack(raw[:whole])]


class Typed:
    """What a keyboard types. `text` gives the bytes; a code ends with ENTER or TAB, as the scanner is set."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._caps = False
        self._number = ""

    def text(self, events: Iterable[Key]) -> bytes:
        return b"".join(map(self._one, events))

    def _one(self, event: Key) -> bytes:
        if event.kind == EV_SYN and event.code == SYN_DROPPED:
            self._held.clear()
            self._number = ""
            return SPOILT
        if event.kind != EV_KEY or event.value == REPEAT:
            return b""
        if event.value == UP:
            self._held.discard(event.code)
            return self._numbered() if event.code in ALTS else b""
        if event.code in self._held:
            return b""
        self._held.add(event.code)
        return self._typed(event.code)

    def _typed(self, code: int) -> bytes:
        if code == CAPS_LOCK:
            self._caps = not self._caps
            return b""
        if code in SHIFTS or code in ALTS or code == NUM_LOCK:
            return b""
        if self._held & ALTS and code in KEYPAD:
            self._number += KEYPAD[code]
            return b""
        if self._held & (COMMANDS | ALTS):
            return SPOILT
        if code in ENDS:
            self._caps = False  # whether it was on before a code, nobody can know
            return ENDS[code]
        plain = PLAIN.get(code)
        if plain is None:
            return SPOILT
        shifted = bool(self._held & SHIFTS) != (self._caps and plain.isalpha())
        return (SHIFTED.get(code, plain) if shifted else plain).encode("ascii")

    def _numbered(self) -> bytes:
        """What was typed as a number, now that Alt is up again."""
        number, self._number = self._number, ""
        if not number:
            return b""
        character = int(number[: LONGEST_NUMBER + 1])
        known = character in NUMBERED and len(number) <= LONGEST_NUMBER
        return bytes([character]) if known else SPOILT
