"""What counters say, gathered by rounds and kept short while core is away."""

from __future__ import annotations

import asyncio
import logging

from edge.field.core_link import CoreLink
from edge.link.messages import CounterSample, CounterSamples, new_id
from edge.pending import PendingSamples

logger = logging.getLogger(__name__)

MAX_SAMPLES = 100
"""In one message; a sample takes at most 480 bytes and a line of the link 65,536."""

GATHER_S = 0.02
"""How long the readings of a round wait for the slowest one."""


class SampleSender:
    """One message for the readings of a round; while core has not answered one, the next ones are kept short."""

    def __init__(self, core: CoreLink) -> None:
        self._core = core
        self._pending = PendingSamples()
        self._due = asyncio.Event()
        self._being_read = 0
        self._timer: asyncio.TimerHandle | None = None

    def round(self) -> Round:
        """Around a poll; what has been read waits up to GATHER_S for the polls that are still on their way."""
        return Round(self)

    def add(self, sample: CounterSample) -> None:
        overwritten = self._pending.overwritten
        self._pending.add(sample)
        if overwritten == 0 and self._pending.overwritten:
            logger.warning("%s dropped too often while core was away: readings are overwritten", sample.counter)
        if sample.snapshot or self._being_read == 0:
            self._due.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._due.set)

    def poll_begins(self) -> None:
        self._being_read += 1

    def poll_ends(self) -> None:
        self._being_read -= 1
        if self._being_read == 0 and len(self._pending):
            self._due.set()

    async def send(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            samples = self._pending.take(MAX_SAMPLES)
            if len(self._pending):
                self._due.set()
            if samples:
                await self._core.submit(CounterSamples(new_id(), samples))


class Round:
    """A poll on its way, for the length of a `with` block."""

    def __init__(self, sender: SampleSender) -> None:
        self._sender = sender

    def __enter__(self) -> None:
        self._sender.poll_begins()

    def __exit__(self, *exception: object) -> None:
        self._sender.poll_ends()
