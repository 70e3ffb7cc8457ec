"""What counters say: gathered while it can wait, told at once when it cannot, and kept short while core is away."""

from __future__ import annotations

import asyncio
import logging

from edge.field.core_link import CoreLink
from edge.link.messages import CounterSample, CounterSamples, new_id
from edge.pending import PendingSamples
from sync.wire.envelope import Stamp

logger = logging.getLogger(__name__)

MAX_SAMPLES = 60
"""In one message; a sample takes at most 900 bytes and a line of the link 65,536."""

WAITS_S = 1.0
"""So long may a reading wait that says no more than that its machine went on. In fact time too, which may run fast."""


class SampleSender:
    """One message at a time; while core has not answered one, the next ones are kept short."""

    def __init__(self, core: CoreLink) -> None:
        self._core = core
        self._pending = PendingSamples()
        self._due = asyncio.Event()
        self._oldest: Stamp | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, sample: CounterSample, *, can_wait: bool) -> None:
        overwritten = self._pending.overwritten
        self._pending.add(sample)
        if overwritten == 0 and self._pending.overwritten:
            logger.warning("%s dropped too often while core was away: readings are overwritten", sample.counter)
        oldest = self._oldest = self._oldest or sample.at
        if not can_wait or sample.at.seconds_since(oldest) >= WAITS_S:
            self._due.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WAITS_S, self._due.set)

    def hurry(self) -> None:
        """What waits is told now."""
        self._due.set()

    async def send(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._oldest = None
            samples = self._pending.take(MAX_SAMPLES)
            if len(self._pending):
                self._due.set()
            if samples:
                await self._core.submit(CounterSamples(new_id(), samples))
