"""Reads the journals of this box for their days, a little at each look: the sender is never held up by it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec

from sync.ports import FactSource
from sync.reference.store import ReferenceStore
from sync.wire.tally import DayTally, Tally, closed

log = logging.getLogger(__name__)

STEP_FACTS = 2_000
"""Read at one look, each 10 s: some 50 ms of work. A busy box makes 5,000 a day."""

REACH_FACTS = 200_000
"""So far back the journals are read after a start."""

PAGE_FACTS = 500
ALL_AGAIN_S = 3600.0
"""What HR did not hear, or has lost, it hears within the hour."""


class DayBook:
    """What the reports say of the closed days. `zone` is the plant's, `now_us` the box's wall clock."""

    def __init__(self, facts: FactSource, store: ReferenceStore, zone: ZoneInfo, now_us: Callable[[], int]) -> None:
        self._facts, self._store, self._zone, self._now_us = facts, store, zone, now_us
        self._tallies: list[Tally] = []
        self._read: dict[int, int] = {}
        self._whole = False
        self._told: list[DayTally] = []
        self._told_s = float("-inf")

    def advance(self) -> None:
        """Reads on; begins anew when core has opened another journal."""
        epochs = self._facts.epochs()
        ends = {epoch: self._end_of(epoch, newest=epoch == epochs[-1]) for epoch in epochs}
        if [each.epoch for each in self._tallies] != epochs:
            self._tallies, self._read = [Tally(epoch, self._zone) for epoch in epochs], _begin(ends)
        left = STEP_FACTS
        for tally in self._tallies:
            left -= self._read_on(tally, min(ends[tally.epoch], self._read[tally.epoch] + left))
        self._whole = all(self._read[epoch] >= end for epoch, end in ends.items())

    def due(self, now_s: float) -> list[DayTally]:
        """The closed days that are new or have changed; once an hour all of them. None until all is read."""
        if not self._whole:
            return []
        days = [self._with_signed(each) for each in closed(self._tallies, self._now_us(), self._zone)]
        if now_s - self._told_s >= ALL_AGAIN_S:
            self._told, self._told_s = [], now_s
        news = [each for each in days if each not in self._told]
        self._told = days
        return news

    def _read_on(self, tally: Tally, to_seq: int) -> int:
        """How many facts were read; `to_seq` is the last one to read."""
        start = self._read[tally.epoch]
        while (after := self._read[tally.epoch]) < to_seq:
            facts = self._facts.of_epoch(tally.epoch, after, min(PAGE_FACTS, to_seq - after))
            if not facts:
                break
            for fact in facts:
                try:
                    tally.add(fact)
                except msgspec.ValidationError as error:
                    log.error("fact %d is not in the day's sums, this release cannot read it: %s", fact.seq, error)
            self._read[tally.epoch] = facts[-1].seq
        return self._read[tally.epoch] - start

    def _end_of(self, epoch: int, *, newest: bool) -> int:
        """What an earlier journal has after its parting from HR was carried over into a later one."""
        at_hr = self._store.at_hr(epoch)
        return at_hr.common if at_hr.parted and not newest else self._facts.head_of(epoch)

    def _with_signed(self, day: DayTally) -> DayTally:
        return msgspec.structs.replace(day, signed=min(self._store.at_hr(day.epoch).common, day.last))


def _begin(ends: dict[int, int]) -> dict[int, int]:
    """After which number the reading of each journal begins: the newest REACH_FACTS of all."""
    epochs, left, found = sorted(ends), REACH_FACTS, {}
    for epoch in reversed(epochs):
        found[epoch] = max(0, ends[epoch] - left)
        left -= ends[epoch] - found[epoch]
    return found
