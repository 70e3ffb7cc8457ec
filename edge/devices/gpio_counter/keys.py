"""What stands in a `[[counter]]` of this family beside what all counters have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import Counter
from edge.devices.shared.own_count import KEEP_S
from settings import Contradiction

MS_PER_MIN = 60_000


class GpioKeys(Counter, frozen=True, kw_only=True):
    """`line`: its name, as `gpioinfo` shows it, or its number on the chip. `edge`: which edge of a pulse is the piece.

    `debounce_ms`: after a counted edge nothing is one for so long, and a level shorter than that is none.
    """

    chip: str
    line: str | Annotated[int, msgspec.Meta(ge=0)]
    edge: Literal["falling", "rising"] = "falling"
    bias: Literal["pull-up", "pull-down", "none", "as-is"] = "pull-up"
    debounce_ms: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        # A pulse needs both of its levels to last.
        if 2 * self.debounce_ms * self.max_rate_per_min > MS_PER_MIN:
            most = MS_PER_MIN // (2 * self.max_rate_per_min)
            raise Contradiction("debounce_ms", str(self.debounce_ms), f"at most {most} at max_rate_per_min")

    @property
    def keep_s(self) -> int | None:
        return KEEP_S

    @property
    def place(self) -> str:
        return f"{self.chip} line {self.line}"

    @property
    def meaning(self) -> str:
        return (
            f"gpio {self.chip} line {self.line} {self.edge} debounce {self.debounce_ms} "
            f"modulus {self.wraps_at} counts per piece {self.counts_per_piece}"
        )
