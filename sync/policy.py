"""What to do after each answer of the HR server. Pure: chance and time are handed in.

Sorted by what the sender does next, never by the words of a reply: nothing here can lead to deleting a fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

FIRST_PAUSE_S = 1.0
UNKNOWN_BOX_PAUSE_S = 10.0
"""A box that waits to be accepted asks this often at most: a person stands beside it."""


class Verdict(Enum):
    """DONE: a signed receipt. REWIND: HR wants another seq. RETRY: no believable answer. UNKNOWN_BOX: not accepted.
    PARTED: HR holds other facts than the journal; nothing more is sent until core has opened a new one."""

    DONE = "done"
    REWIND = "rewind"
    RETRY = "retry"
    UNKNOWN_BOX = "unknown box"
    PARTED = "parted"


def judge(status: int, *, signed: bool) -> Verdict:
    """What a status means. Only an answer signed by HR's pinned key is believed; a page with status 200 is not."""
    if status == 200 and signed:
        return Verdict.DONE
    if status == 409 and signed:
        return Verdict.REWIND
    if status in {401, 403}:
        return Verdict.UNKNOWN_BOX
    return Verdict.RETRY


@dataclass(frozen=True)
class Pace:
    """How long to wait before the next request: `pause_s` grows while there is trouble and is 0 when all is well."""

    longest_s: float = 300.0
    pause_s: float = 0.0

    def after_success(self) -> Pace:
        return replace(self, pause_s=0.0)

    def after_trouble(self) -> Pace:
        """Doubles up to the longest pause; for ever, because a queue is never given up."""
        return replace(self, pause_s=min(self.longest_s, max(FIRST_PAUSE_S, self.pause_s * 2)))

    def after(self, verdict: Verdict) -> Pace:
        """The pace for the next request after this one."""
        if verdict is Verdict.DONE:
            return self.after_success()
        slower = self.after_trouble()
        if verdict is Verdict.UNKNOWN_BOX:
            return replace(slower, pause_s=min(slower.pause_s, UNKNOWN_BOX_PAUSE_S))
        return slower

    def wait_s(self, chance: Callable[[], float]) -> float:
        """The pause with up to a quarter of jitter, never under a second in trouble."""
        return self.pause_s * (1 + 0.25 * chance()) if self.pause_s else 0.0
