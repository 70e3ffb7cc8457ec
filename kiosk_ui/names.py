"""Making a name fit its line. A name is never cut: it becomes smaller, then its first words become initials. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class FittedName(NamedTuple):
    """`size` is 0 for the largest."""

    text: str
    size: int


LATIN_EM, HAN_EM = 0.6, 1.0


def width_em(text: str) -> float:
    """A careful guess of the width in units of the type size."""
    return sum(HAN_EM if ord(char) > 0x2E80 else LATIN_EM for char in text)


def fitted(name: str, room_rem: float, sizes_rem: Sequence[float]) -> FittedName:
    """The largest size the name fits at; the smallest with initials when it fits at none."""
    for index, size in enumerate(sizes_rem):
        if width_em(name) * size <= room_rem:
            return FittedName(name, index)
    *given, last = name.split() or [name]
    return FittedName(" ".join([*(f"{word[0]}." for word in given), last]), len(sizes_rem) - 1)


SIZES = {"zh": (29.0, (4.5, 3.5, 2.75, 2.0)), "en": (41.0, (3.5, 2.75, 2.0)), "vi": (41.0, (3.5, 2.75, 2.0))}
"""Room and type sizes of the result panel by the page's language, in rem (kiosk.css)."""


BUTTON_REM = 13.0
"""A button at the end of the name's line, and the gap before it."""
LINE_REM = 42.0


def for_panel(name: str, language: str) -> FittedName:
    room_rem, sizes_rem = SIZES.get(language, SIZES["en"])
    return fitted(name, room_rem, sizes_rem)


def beside_a_button(name: str, language: str) -> FittedName:
    room_rem, sizes_rem = SIZES.get(language, SIZES["en"])
    return fitted(name, min(room_rem, LINE_REM - BUTTON_REM), sizes_rem)
