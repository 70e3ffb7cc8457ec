"""What stands in a `[[reader]]` of this family beside what all readers have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import Baud, Reader
from settings import Contradiction

Letter = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]$")]


class ScannerKeys(Reader, frozen=True, kw_only=True):
    """`suffix`: what the scanner sends after a code. `aim`: whether it sends the symbology's identifier before it.

    `symbologies`: the letters of the AIM identifiers that are badges; empty: all. `no_read`: what it sends when it has
    read nothing.
    """

    baud: Baud = 9600
    suffix: Literal["line", "tab", "none"] = "line"
    silence_ms: Annotated[int, msgspec.Meta(ge=20, le=1000)] = 50
    aim: Literal["off", "required"] = "off"
    symbologies: tuple[Letter, ...] = ()
    prefix: str = ""
    no_read: tuple[str, ...] = ("%%NoRead",)
    same_code_ms: Annotated[int, msgspec.Meta(ge=500, le=10_000)] = 2000

    def __post_init__(self) -> None:
        if self.symbologies and self.aim == "off":
            raise Contradiction("symbologies", str(list(self.symbologies)), "none, or aim = 'required' as well")
