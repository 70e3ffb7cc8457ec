"""A line of a scanner: perhaps an AIM identifier, perhaps a prefix, and the code's text. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TECHNOLOGY: Final = "CODE"

CODE: Final = re.compile(r"[^\s,;]{1,64}")
"""Nothing that would split a badge in a list of badges."""

AIM: Final = re.compile(r"\]([A-Za-z])[0-9A-Za-z]")
"""A bracket, the symbology's letter and a modifier (ISO/IEC 15424)."""


class BadCode(ValueError):
    """What came is no code of this scanner, or one damaged on its way. The text does not quote it."""


@dataclass(frozen=True)
class Profile:
    """`aim`: whether each code begins with an AIM identifier. `symbologies`: letters that are badges; empty: all."""

    aim: bool = False
    symbologies: frozenset[str] = frozenset()
    prefix: str = ""
    no_read: frozenset[str] = frozenset()

    def badge_key(self, line: bytes) -> str | None:
        """The badge as reference data names it, for example CODE:A0123. None: the scanner says it has read nothing."""
        text = text_of(line).strip(" ")
        if text in self.no_read:
            return None
        code = self._without_aim(text)
        if not code.startswith(self.prefix):
            raise BadCode(f"it does not begin with {self.prefix!r}")
        code = code.removeprefix(self.prefix)
        if not CODE.fullmatch(code) or not code.isprintable():
            raise BadCode("too long, or not of characters that a badge can have")
        return f"{TECHNOLOGY}:{code}"

    def _without_aim(self, text: str) -> str:
        if not self.aim:
            return text
        found = AIM.match(text)
        if found is None:
            raise BadCode("no AIM identifier")
        if self.symbologies and found[1] not in self.symbologies:
            raise BadCode(f"symbology {found[1]}, which is no badge here")
        return text[found.end() :]


def text_of(raw: bytes) -> str:
    """UTF-8, else GB18030; BadCode when it is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    raise BadCode("neither UTF-8 nor GB18030")
