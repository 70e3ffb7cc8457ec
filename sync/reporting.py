"""When a box tells HR how it stands: once a minute, and sooner when something has changed."""

from __future__ import annotations

import time
from collections.abc import Callable

from sync.daybook import DayBook
from sync.ports import FactSource
from sync.reference.store import ReferenceStore
from sync.wire.report import BoxStatus, Report

EVERY_S = 60.0
SOONEST_S = 10.0
"""A reader that comes and goes is told of this often at most."""


class Reporter:
    """Makes the reports; the worker sends them. `status` looks at the box, `now_us` is its wall clock."""

    def __init__(
        self,
        facts: FactSource,
        store: ReferenceStore,
        status: Callable[[], BoxStatus],
        now_us: Callable[[], int],
        monotonic_s: Callable[[], float] = time.monotonic,
        days: DayBook | None = None,
    ) -> None:
        self._facts, self._store, self._status = facts, store, status
        self._now_us, self._monotonic_s, self._days = now_us, monotonic_s, days
        self._looked_s = self._made_s = float("-inf")
        self._told: object = None

    def due(self) -> Report | None:
        """The report to send now, counted as sent whatever comes of it: facts never wait for a report."""
        now_s = self._monotonic_s()
        if now_s - self._looked_s < SOONEST_S:
            return None
        self._looked_s = now_s
        if self._days is not None:
            self._days.advance()
        status = self._status()
        if status.news() == self._told and now_s - self._made_s < EVERY_S:
            return None
        self._made_s, self._told = now_s, status.news()
        return self._of(status)

    def _of(self, status: BoxStatus) -> Report:
        epochs, pending, oldest_us = self._facts.epochs(), 0, 0
        for epoch in epochs:
            at_hr = self._store.at_hr(epoch)
            if at_hr.parted and epoch != epochs[-1]:
                continue  # what came after the parting was carried over into a later journal
            pending += max(0, self._facts.head_of(epoch) - at_hr.common)
            first = self._facts.of_epoch(epoch, at_hr.common, 1)
            oldest_us = oldest_us or (first[0].at.wall_us if first else 0)
        days = self._days.due(self._monotonic_s()) if self._days is not None else []
        return Report(self._now_us(), epochs[-1], self._facts.head_of(epochs[-1]), pending, oldest_us, status, days)
