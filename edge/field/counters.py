"""Counters: polled on an absolute grid, and at once when core asks for a fresh reading."""

from __future__ import annotations

import asyncio
import logging

from edge.config import Counter
from edge.devices.family import CounterDevice, CounterValue, DeviceLost
from edge.field.runner import Health, Place, Runner
from edge.field.samples import SampleSender
from edge.field.ticks import Ticks, next_tick_s, wake
from edge.field.trail import bytes_of
from edge.link.messages import CounterSample
from edge.pending import goes_on
from edge.transport.frames import Frames
from sync.wire.facts import CounterRole

logger = logging.getLogger(__name__)

UNCHANGED_S = 5.0
"""A counter that stands still is told so often, so that core sees it live."""

SNAPSHOT_WORTH_S = 3.0
"""After so long core has given the snapshot up (AB-R4)."""


class CounterRunner(Runner):
    """`last` is what it said last, and `readings` how often it has said anything."""

    def __init__(self, counter: Counter, device: CounterDevice, samples: SampleSender, ticks: Ticks) -> None:
        super().__init__(Place(counter.name, None, counter.machine), device, Frames())
        self.counter = counter
        self.last: CounterValue | None = None
        self.readings = 0
        self._meaning = counter.meaning
        self.source = device
        self._samples = samples
        self._ticks = ticks
        self._snapshot_wanted_s: float | None = None
        self._sleeping: asyncio.Future[None] | None = None
        self._told: CounterSample | None = None
        self._told_s = 0.0
        self._moves = False
        if not counter.commissioned and counter.counts_as is not CounterRole.IGNORED:
            logger.warning(
                "the section of %s is a guess: it is shown, and counted only if it was commissioned as it stands",
                counter.name,
            )

    def last_frames(self) -> str:
        return bytes_of(self.frames.last())

    def want_snapshot(self) -> None:
        """Reads at once, or right after the poll that is on its way."""
        self._snapshot_wanted_s = asyncio.get_running_loop().time()
        if self._sleeping is not None:
            wake(self._sleeping)

    async def _serve(self, health: Health) -> None:
        loop = asyncio.get_running_loop()
        period_s = self.counter.poll_ms / 1000
        self._told = None  # what it says first after it was away is told at once
        while True:
            snapshot = self._take_snapshot_request()
            try:
                reading = await self.source.read()
            except DeviceLost:
                self._samples.hurry()  # what it said before it went comes before the word that it is gone
                raise
            health.works()
            self._tell(reading, snapshot)
            await self._sleep_until(next_tick_s(loop.time(), period_s))

    def _take_snapshot_request(self) -> bool:
        wanted_s, self._snapshot_wanted_s = self._snapshot_wanted_s, None
        return wanted_s is not None and asyncio.get_running_loop().time() - wanted_s < SNAPSHOT_WORTH_S

    def _tell(self, reading: CounterValue, snapshot: bool) -> None:
        self.last = reading
        self.readings += 1
        now_s = asyncio.get_running_loop().time()
        told = self._told
        same = self._says_the_same(reading)
        if same and not snapshot and now_s - self._told_s < UNCHANGED_S:
            return
        counter = self.counter
        sample = CounterSample(
            machine=counter.machine,
            counter=counter.name,
            at=reading.at,
            value=reading.value // counter.counts_per_piece,
            raw=reading.raw,
            modulus=counter.counts_to,
            max_rate_per_min=counter.max_rate_per_min,
            session=reading.session,
            snapshot=snapshot,
            commissioned=counter.commissioned,
            meaning=self._meaning,
            keep_s=counter.keep_s,
            role=counter.counts_as,
        )
        can_wait = self._moves and told is not None and goes_on(told, sample)
        self._samples.add(sample, can_wait=can_wait)
        self._told, self._told_s, self._moves = sample, now_s, told is not None and not same

    def _says_the_same(self, reading: CounterValue) -> bool:
        told = self._told
        return told is not None and (told.raw, told.session) == (reading.raw, reading.session)

    async def _sleep_until(self, when_s: float) -> None:
        if self._snapshot_wanted_s is not None:
            return
        self._sleeping = self._ticks.at(when_s)
        try:
            await self._sleeping
        finally:
            self._sleeping = None
