"""What stands in a `[[counter]]` of this family beside what all counters have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import CounterOnLine
from edge.devices.shared.own_count import KEEP_S
from settings import Contradiction

SLOWEST_PIECES_MS = 1000
"""Lines wait in the port between two readings, and a port holds no more than 4,096 bytes."""


class LineCounterKeys(CounterOnLine, frozen=True, kw_only=True):
    """`ask`: the question for the value, without its carriage return; empty: the device sends a line for each piece.

    `prefix`: how each of its lines begins. `base`, `digits`, `checksum`: the value after it; digits left out: 1 to 10.
    """

    serial: str
    ask: Annotated[str, msgspec.Meta(pattern=r"^[ -~]{0,32}$")] = ""
    prefix: str = ""
    base: Literal[10, 16] = 10
    digits: Annotated[int, msgspec.Meta(ge=1, le=10)] | None = None
    checksum: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ask:
            return
        if (self.base, self.digits, self.checksum) != (10, None, False):
            raise Contradiction("base, digits, checksum", "a value", "none without `ask`: a line is a piece")
        if self.poll_ms > SLOWEST_PIECES_MS:
            raise Contradiction("poll_ms", str(self.poll_ms), f"at most {SLOWEST_PIECES_MS} without `ask`")

    @property
    def keep_s(self) -> int | None:
        return None if self.ask else KEEP_S

    @property
    def place(self) -> str:
        return self.serial

    @property
    def meaning(self) -> str:
        return (
            f"text {self.serial} ask {self.ask!r} prefix {self.prefix!r} base {self.base} digits {self.digits} "
            f"checksum {self.checksum} modulus {self.wraps_at} counts per piece {self.counts_per_piece}"
        )
