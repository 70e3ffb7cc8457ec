"""Counters: polled on an absolute grid, and at once when core asks for a fresh reading."""

from __future__ import annotations

import asyncio
import logging

from edge.clock import Clock
from edge.config import Counter
from edge.devices.family import CounterDevice, CounterValue
from edge.field.runner import Health, Place, Runner
from edge.field.samples import SampleSender
from edge.link.messages import CounterSample

logger = logging.getLogger(__name__)

UNCHANGED_S = 5.0
"""A counter that stands still is told so often, so that core sees it live."""

SNAPSHOT_WORTH_S = 3.0
"""After so long core has given the snapshot up (AB-R4)."""


class CounterRunner(Runner):
    def __init__(self, counter: Counter, device: CounterDevice, clock: Clock, samples: SampleSender) -> None:
        super().__init__(Place(counter.name, None, counter.machine), device)
        self._counter = counter
        self._source = device
        self._samples = samples
        self._snapshot_wanted_s: float | None = None
        self._sleeping: asyncio.Future[None] | None = None
        self._told: CounterValue | None = None
        self._told_s = 0.0
        if not counter.commissioned:
            logger.warning("%s is not commissioned: its values are shown and not counted", counter.name)

    def want_snapshot(self) -> None:
        """Reads at once, or right after the poll that is on its way."""
        self._snapshot_wanted_s = asyncio.get_running_loop().time()
        if self._sleeping is not None:
            _wake(self._sleeping)

    async def _serve(self, health: Health) -> None:
        loop = asyncio.get_running_loop()
        period_s = self._counter.poll_ms / 1000
        self._told = None  # what it says first after it was away is told at once
        while True:
            snapshot = self._take_snapshot_request()
            if health.up:
                with self._samples.round():
                    self._tell(await self._source.read(), snapshot)
            else:  # a device that may not answer holds up no round
                reading = await self._source.read()
                health.works()
                self._tell(reading, snapshot)
            await self._sleep_until(next_tick_s(loop.time(), period_s))

    def _take_snapshot_request(self) -> bool:
        wanted_s, self._snapshot_wanted_s = self._snapshot_wanted_s, None
        return wanted_s is not None and asyncio.get_running_loop().time() - wanted_s < SNAPSHOT_WORTH_S

    def _tell(self, reading: CounterValue, snapshot: bool) -> None:
        now_s = asyncio.get_running_loop().time()
        told = self._told
        same = told is not None and (told.value, told.session) == (reading.value, reading.session)
        if same and not snapshot and now_s - self._told_s < UNCHANGED_S:
            return
        self._told, self._told_s = reading, now_s
        counter = self._counter
        sample = CounterSample(
            machine=counter.machine,
            counter=counter.name,
            at=reading.at,
            value=reading.value,
            raw=reading.raw,
            modulus=counter.counts_to,
            max_rate_per_min=counter.max_rate_per_min,
            session=reading.session,
            snapshot=snapshot,
            commissioned=counter.commissioned,
        )
        self._samples.add(sample)

    async def _sleep_until(self, when_s: float) -> None:
        """Counters with the same tick wake in the same turn of the loop, so that their readings make one round."""
        if self._snapshot_wanted_s is not None:
            return
        loop = asyncio.get_running_loop()
        self._sleeping = loop.create_future()
        timer = loop.call_at(when_s, _wake, self._sleeping)
        try:
            await self._sleeping
        finally:
            timer.cancel()
            self._sleeping = None


def _wake(sleeping: asyncio.Future[None]) -> None:
    if not sleeping.done():
        sleeping.set_result(None)


def next_tick_s(now_s: float, period_s: float) -> float:
    """The first moment of the grid after `now_s`. A poll that took too long skips ticks and never bunches them."""
    return (now_s // period_s + 1) * period_s
