"""What the bytes of a device say, in words, for whoever looks at its line. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """What a frame says. `whole` unless it was cut, damaged, or not of this sort of device."""

    text: str
    whole: bool = True


Explain = Callable[[bool, bytes], Meaning]
"""Of a frame that was sent (True) or received, as it stood on the line."""


def unexplained(_keys: object) -> Explain:
    """For a family whose frames have no meaning of their own to show."""
    return lambda _sent, _data: Meaning("")
