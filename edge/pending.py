"""Counter samples that wait until core has taken the ones before them, kept short without losing a count. Pure.

Counters are cumulative, so of a stretch in which one only rises its first and last sample say everything; the very
first of all stays, for it may be the baseline of a counter that core does not know yet. Where one drops (a restart, a
rollover) both sides of the drop stay: without the lower one a later, higher value would hide it.
"""

from __future__ import annotations

from itertools import chain

from edge.link.messages import CounterSample

CAP_PER_COUNTER = 1000
"""A counter that drops 500 times while core is away is broken; what it says beyond that is overwritten."""


def goes_on(earlier: CounterSample, later: CounterSample) -> bool:
    """Whether the later sample says no more than that the machine went on: it has neither dropped, jumped nor
    restarted, and nobody asked for it."""
    counts, seconds = later.value - earlier.value, later.at.seconds_since(earlier.at)
    possible = 1 + later.max_rate_per_min * seconds / 60
    return not later.snapshot and earlier.session == later.session and 0 <= counts <= possible


class PendingSamples:
    """`overwritten` counts the samples that were given up because their counter was at its cap."""

    def __init__(self, cap: int = CAP_PER_COUNTER) -> None:
        self.overwritten = 0
        self._cap = cap
        self._waiting: dict[str, list[CounterSample]] = {}
        self._last_taken: dict[str, CounterSample] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, sample: CounterSample) -> None:
        """Samples of one counter come in the order of their capture."""
        waiting = self._waiting.setdefault(sample.counter, [])
        if waiting and self._says_no_more(waiting, sample):
            waiting[-1] = sample
        elif len(waiting) >= self._cap:
            self.overwritten += 1
            waiting[-1] = sample
        else:
            waiting.append(sample)

    def take(self, limit: int) -> list[CounterSample]:
        """Up to `limit` samples, earliest capture first; what is left waits on."""
        everything = sorted(chain.from_iterable(self._waiting.values()), key=lambda each: each.at.boottime_ns)
        self._waiting = {}
        for left in everything[limit:]:
            self._waiting.setdefault(left.counter, []).append(left)
        for taken in everything[:limit]:
            self._last_taken[taken.counter] = taken
        return everything[:limit]

    def _says_no_more(self, waiting: list[CounterSample], sample: CounterSample) -> bool:
        """Whether the last one waiting adds nothing to what `sample` and those before it say."""
        last = waiting[-1]
        if last.snapshot or not _rises(last, sample):
            return False
        before = waiting[-2] if len(waiting) > 1 else self._last_taken.get(sample.counter)
        return before is not None and (before.session != last.session or _rises(before, last))


def _rises(earlier: CounterSample, later: CounterSample) -> bool:
    return earlier.session == later.session and earlier.value <= later.value
