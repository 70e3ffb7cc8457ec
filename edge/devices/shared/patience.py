"""How long to wait for a device that shares its line, and when to ask it again, so that its neighbours go on. Pure.

While one of them is waited for, the others wait too. Waiting in vain may take a twelfth of a line's time; some of what
has not been used of that is saved up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass

SHARE = 1 / 12
"""Of the line's time, for all devices that do not answer together: the others keep more than nine tenths."""

SHORT_S = 0.25
"""For the answer of a device that owes one: most answer within 50 ms, and USB adapters add up to 16."""

WHOLE_EACH = 5
"""Each fifth question has the whole time again, for a device whose usual time is not known. Five is odd: questions of
two lengths take turns, and each of them gets it."""


MUTE = 2


@dataclass
class Known:
    """Of one device: how often it was asked `in_vain` since its last good answer, and its slowest answer so far."""

    in_vain: int = 0
    slowest_s: float = 0.0


class Patience:
    """Of one line. Times are machine time; `credit_s` is the most that is saved up."""

    def __init__(self, credit_s: float) -> None:
        self._credit_s = credit_s
        self._known: defaultdict[Hashable, Known] = defaultdict(Known)
        self._wasted_s = 0.0
        self._at_s = 0.0

    def in_vain(self, device: Hashable) -> int:
        return self._known[device].in_vain

    def timeout_s(self, device: Hashable, whole_s: float) -> float:
        """How long its next answer is waited for, at most `whole_s`."""
        known = self._known[device]
        if known.in_vain % WHOLE_EACH == 0:
            return whole_s
        return min(whole_s, max(SHORT_S, 2 * known.slowest_s))

    def wait_s(self, device: Hashable, now_s: float, cost_s: float) -> float:
        """How long a device that owes answers is left alone, when one more in vain takes `cost_s` of the line.

        One answer is lost now and then on any line: only whoever misses two has to wait.
        """
        if self.in_vain(device) < MUTE or len(self._known) < 2:
            return 0.0
        return max(0.0, (self._left_s(now_s) + cost_s - self._credit_s) / SHARE)

    def asked(self, device: Hashable) -> None:
        """In vain, until it has answered."""
        self._known[device].in_vain += 1

    def answered(self, device: Hashable, took_s: float) -> None:
        known = self._known[device]
        known.in_vain = 0
        known.slowest_s = max(known.slowest_s, took_s)

    def missed(self, now_s: float, cost_s: float) -> None:
        """Nobody else on the line was asked for so long, and there was no answer."""
        self._wasted_s, self._at_s = self._left_s(now_s) + cost_s, now_s

    def _left_s(self, now_s: float) -> float:
        """Of the time that was wasted: the share of the time since has paid for the rest."""
        return max(0.0, self._wasted_s - (now_s - self._at_s) * SHARE)
