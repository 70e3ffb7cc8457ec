"""What stands in a `[[reader]]` of this family beside what all readers have."""

from __future__ import annotations

from typing import Literal

from edge.config import Baud, Reader
from settings import Contradiction


class WiegandKeys(Reader, frozen=True, kw_only=True):
    """`bits`: of the Wiegand frame, its two parity bits counted. `form`: how the converter writes it."""

    baud: Baud = 9600
    bits: Literal[26, 34] = 26
    form: Literal["bits", "hex", "number-hex", "number-decimal", "facility-number"] = "bits"
    prefix: str = ""

    def __post_init__(self) -> None:
        if self.form == "facility-number" and self.bits != 26:
            raise Contradiction("form", repr(self.form), "another form: only 26 bits have a facility and a number")
