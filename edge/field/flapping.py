"""Which goings of a device the log is told of: a loose contact must not fill it. Pure: the time is passed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

MOST: Final = 5
WINDOW_S: Final = 600.0
"""More goings than MOST in so long a time are told as one."""

REMIND_S: Final = 3600.0


@dataclass(frozen=True)
class Telling:
    """`tell`: whether this going and its return have lines of their own. `untold`: goings before it that had none.
    `often`: it goes too often from here on."""

    tell: bool
    untold: int = 0
    often: bool = False


class Flapping:
    def __init__(self) -> None:
        self._went_s: deque[float] = deque(maxlen=MOST)
        self._told_s = 0.0
        self._untold = 0
        self._often = False

    def goes(self, now_s: float) -> Telling:
        """`now_s` is machine time."""
        was, self._often = self._often, len(self._went_s) == MOST and now_s - self._went_s[0] < WINDOW_S
        self._went_s.append(now_s)
        if was and self._often and now_s - self._told_s < REMIND_S:
            self._untold += 1
            return Telling(tell=False)
        untold, self._untold, self._told_s = self._untold, 0, now_s
        return Telling(tell=True, untold=untold, often=self._often)
