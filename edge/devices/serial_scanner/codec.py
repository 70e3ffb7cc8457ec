"""A line of a scanner: perhaps an AIM identifier, perhaps a prefix, and the code's text. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from edge.devices.shared.codes import BadCode, badge_of_code, text_of

AIM: Final = re.compile(r"\]([A-Za-z])[0-9A-Za-z]")
"""A bracket, the symbology's letter and a modifier (ISO/IEC 15424)."""


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
        return badge_of_code(self._without_aim(text), self.prefix)

    def _without_aim(self, text: str) -> str:
        if not self.aim:
            return text
        found = AIM.match(text)
        if found is None:
            raise BadCode("no AIM identifier")
        if self.symbologies and found[1] not in self.symbologies:
            raise BadCode(f"symbology {found[1]}, which is no badge here")
        return text[found.end() :]
