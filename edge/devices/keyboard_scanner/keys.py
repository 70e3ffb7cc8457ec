"""What stands in a `[[reader]]` of this family beside what all readers have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edge.config import Reader


class KeyboardKeys(Reader, frozen=True, kw_only=True):
    """`port` is the scanner's input device. `suffix`: the key that the scanner presses after a code."""

    suffix: Literal["enter", "tab", "none"] = "enter"
    silence_ms: Annotated[int, msgspec.Meta(ge=20, le=1000)] = 100
    prefix: str = ""
    same_code_ms: Annotated[int, msgspec.Meta(ge=500, le=10_000)] = 2000
