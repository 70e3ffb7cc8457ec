"""What to do after each answer of the HR server. Pure: chance and time are handed in.

Sorted by what the sender does next, never by the words of a reply: nothing here can lead to deleting a fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from enum import Enum

FIRST_PAUSE_S = 1.0
UNKNOWN_BOX_PAUSE_S = 10.0
"""A box that waits to be accepted asks this often at most: a person stands beside it."""

LONGEST_ASKED_S = 600.0
"""Nobody has signed a Retry-After: whoever sets one holds a box back for no longer than this at a time."""

BUSY = {429, 503}
"""Too Many Requests (RFC 6585, 4) and Service Unavailable (RFC 9110, 15.6.4)."""


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


def asked_pause_s(status: int, retry_after: str, date: str) -> float:
    """For how long the answer of a busy server, or of a proxy before it, asks to be left alone; 0 where it does not.

    `retry_after` and `date` are its headers (RFC 9110, 10.2.3 and 6.6.1). A moment counts from the answer's own date: a
    box may not know what time it is.
    """
    if status not in BUSY:
        return 0.0
    wanted = retry_after.strip()
    if wanted.isdecimal() and wanted.isascii():
        # More digits than these are more than the longest all the same.
        return min(LONGEST_ASKED_S, float(wanted[:20]))
    try:
        ahead = parsedate_to_datetime(wanted) - parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(LONGEST_ASKED_S, max(0.0, ahead.total_seconds()))


@dataclass(frozen=True)
class Pace:
    """How long to wait before the next request: `pause_s` grows while there is trouble and is 0 when all is well.
    `asked_s` is what the last answer asked for beside it."""

    longest_s: float = 300.0
    pause_s: float = 0.0
    asked_s: float = 0.0

    def after_success(self) -> Pace:
        return replace(self, pause_s=0.0, asked_s=0.0)

    def after_trouble(self) -> Pace:
        """Doubles up to the longest pause; for ever, because a queue is never given up."""
        return replace(self, pause_s=min(self.longest_s, max(FIRST_PAUSE_S, self.pause_s * 2)))

    def after(self, verdict: Verdict, asked_s: float = 0.0) -> Pace:
        """The pace for the next request after this one. What a server asked for delays that one and none after it."""
        if verdict is Verdict.DONE:
            return self.after_success()
        slower = replace(self.after_trouble(), asked_s=asked_s)
        if verdict is Verdict.UNKNOWN_BOX:
            return replace(slower, pause_s=min(slower.pause_s, UNKNOWN_BOX_PAUSE_S))
        return slower

    def wait_s(self, chance: Callable[[], float]) -> float:
        """The longer of both pauses with up to a quarter of jitter, never under a second in trouble."""
        return max(self.pause_s, self.asked_s) * (1 + 0.25 * chance())
