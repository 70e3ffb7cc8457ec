"""Runs the devices: opens them, polls on an absolute time grid, brings them back when they go. Knows no protocol.

Everything here runs in one event loop and on machine time; only stamps carry fact time.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from edge.clock import Clock
from edge.config import BoxConfig, Counter, Reader
from edge.devices import MisplacedReader, counter_family, reader_family
from edge.devices.family import (
    BadgeReader,
    CardSeen,
    CounterDevice,
    CounterValue,
    Device,
    DeviceLost,
    IdCardFamily,
    IdCardReader,
)
from edge.link.messages import (
    Answer,
    BadgeTapped,
    CardRead,
    CardWanted,
    Command,
    CounterSample,
    CounterSamples,
    DeviceState,
    SnapshotWanted,
    new_id,
)
from edge.pending import PendingSamples
from sync.identity import CardTrouble

logger = logging.getLogger(__name__)

MAX_WAITING_TAPS = 1000
MAX_WAITING_STATES = 20
MAX_SAMPLES = 100
"""In one message; a sample takes at most 450 bytes and a line of the link 65,536."""

UNCHANGED_S = 5.0
"""A counter that stands still is told so often, so that core sees it live."""

GATHER_S = 0.02
"""How long the readings of a round wait for the slowest one."""

SNAPSHOT_WORTH_S = 3.0
"""After so long core has given the snapshot up (AB-R4)."""

CHECK_S = 10.0
"""A card reader that nobody stands before is asked so often whether it lives."""

CARD_WORTH_S = 30.0
"""What was read from a card waits no longer than this for core: it is personal data, and kept by nobody."""

SETTLED_S = 2.0
"""Only a device that worked for so long starts again with the shortest back-off."""


class CoreLink(Protocol):
    """The way to core. The real one is a client of core's socket."""

    async def submit(self, command: Command) -> Answer:
        """Waits until core has answered durably; sends again, with the same id, for as long as that takes."""

    async def post(self, command: Command, within_s: float) -> bool:
        """Sends once and never again; False when core was not there within `within_s`, and then nothing is kept."""

    def snapshots(self) -> AsyncIterator[SnapshotWanted]:
        """Core's requests for a fresh reading, as they come."""

    def cards(self) -> AsyncIterator[CardWanted]:
        """Core's requests to look for an identity card, as they come."""


async def run_field(config: BoxConfig, clock: Clock, core: CoreLink) -> None:
    """Until it is cancelled; then every port is closed. UnknownFamily before anything is opened.

    What core had not answered by then is gone: nobody saw a tick for those taps, and counters are cumulative.
    """
    samples = SampleSender(core)
    counters = [CounterRunner(counter, device, clock, samples) for counter, device in _counters(config.counter, clock)]
    want_snapshot = partial(_want_snapshot, counters)
    readers, cards = _readers(config.reader, clock, core, want_snapshot)
    runners: list[Runner] = [*readers, *cards, *counters]
    async with asyncio.TaskGroup() as group:
        for runner in runners:
            health = Health(runner.place, clock, core)
            group.create_task(health.send(), name=f"state of {runner.place.device}")
            group.create_task(runner.run(health), name=f"device {runner.place.device}")
        for reader in readers:
            group.create_task(reader.send(), name=f"taps of {reader.place.device}")
        group.create_task(samples.send(), name="samples")
        group.create_task(_ask_for_snapshots(core, want_snapshot), name="snapshots")
        group.create_task(_ask_for_cards(core, cards), name="cards")


def _readers(
    readers: Iterable[Reader], clock: Clock, core: CoreLink, want_snapshot: Callable[[str], None]
) -> tuple[list[ReaderRunner], list[CardReaderRunner]]:
    badges: list[ReaderRunner] = []
    cards: list[CardReaderRunner] = []
    for name, members in groupby(sorted(readers, key=attrgetter("family")), key=attrgetter("family")):
        configured, family = list(members), reader_family(name)
        if isinstance(family, IdCardFamily):
            _refuse_machines(configured)
            devices = family.readers(configured, clock)
            cards += [CardReaderRunner(each, device, core) for each, device in zip(configured, devices, strict=True)]
        else:
            scanners = family.readers(configured, clock)
            pairs = zip(configured, scanners, strict=True)
            badges += [ReaderRunner(each, device, core, want_snapshot) for each, device in pairs]
    return badges, cards


def _refuse_machines(readers: Iterable[Reader]) -> None:
    for reader in readers:
        if reader.machine is not None:
            raise MisplacedReader(
                f"reader {reader.name!r}: machine: got {reader.machine!r}, wanted none: "
                f"a reader of family {reader.family!r} registers newcomers at its station"
            )


def _counters(counters: Iterable[Counter], clock: Clock) -> list[tuple[Counter, CounterDevice]]:
    pairs: list[tuple[Counter, CounterDevice]] = []
    for family, members in groupby(sorted(counters, key=attrgetter("family")), key=attrgetter("family")):
        configured = list(members)
        pairs += zip(configured, counter_family(family).counters(configured, clock), strict=True)
    return pairs


def _want_snapshot(counters: Sequence[CounterRunner], machine: str) -> None:
    for counter in counters:
        if counter.place.machine == machine:
            counter.want_snapshot()


async def _ask_for_snapshots(core: CoreLink, want_snapshot: Callable[[str], None]) -> None:
    async for wanted in core.snapshots():
        want_snapshot(wanted.machine)


async def _ask_for_cards(core: CoreLink, readers: Sequence[CardReaderRunner]) -> None:
    async for wanted in core.cards():
        for reader in readers:
            if reader.place.station == wanted.station:
                reader.want(wanted.for_s)


@dataclass(frozen=True)
class Place:
    """A device and what stops when it does."""

    device: str
    station: str | None
    machine: str | None


class Health:
    """Tells the log and core when a device goes and when it is back: once each, however often it was tried."""

    def __init__(self, place: Place, clock: Clock, core: CoreLink) -> None:
        self._place = place
        self._clock = clock
        self._core = core
        self._up: bool | None = None
        self._up_since_s = 0.0
        self._waiting: asyncio.Queue[DeviceState] = asyncio.Queue(MAX_WAITING_STATES)

    @property
    def up(self) -> bool:
        return self._up is True

    def settled(self) -> bool:
        return self.up and asyncio.get_running_loop().time() - self._up_since_s >= SETTLED_S

    def works(self) -> None:
        if self._up:
            return
        if self._up is False:
            logger.info("%s is back", self._place.device)
        self._up_since_s = asyncio.get_running_loop().time()
        self._tell(True, "")

    def gone(self, detail: str, fault: Exception | None = None) -> None:
        """`fault` is an error of the program, whose traceback belongs in the log."""
        if self._up is False:
            return
        logger.warning("%s is gone: %s", self._place.device, detail, exc_info=fault)
        self._tell(False, detail)

    async def send(self) -> None:
        while True:
            await self._core.submit(await self._waiting.get())

    def _tell(self, up: bool, detail: str) -> None:
        self._up = up
        if self._waiting.full():
            self._waiting.get_nowait()  # the last state is the one that counts
        place = self._place
        state = DeviceState(new_id(), self._clock.stamp(), place.device, up, detail, place.station, place.machine)
        self._waiting.put_nowait(state)


class Runner(ABC):
    """Keeps one device open for as long as the service runs."""

    def __init__(self, place: Place, device: Device) -> None:
        self.place = place
        self._device = device

    async def run(self, health: Health) -> None:
        failures = 0
        while True:
            try:
                await self._device.open()
                await self._serve(health)
            except DeviceLost as lost:
                worked = health.settled()
                health.gone(str(lost))
            except Exception as fault:  # noqa: BLE001 - outermost loop: one device's fault must not stop the others
                worked = False
                health.gone(f"fault in the program: {fault!r}", fault)
            finally:
                self._device.close()
            failures = 0 if worked else failures + 1
            await asyncio.sleep(self._device.back_off.delay_s(max(0, failures - 1)))

    @abstractmethod
    async def _serve(self, health: Health) -> None:
        """Uses the open device until it raises."""


class ReaderRunner(Runner):
    """Taps wait for core in a queue of their own; when it is full they wait in the port."""

    def __init__(
        self, reader: Reader, device: BadgeReader, core: CoreLink, want_snapshot: Callable[[str], None]
    ) -> None:
        super().__init__(Place(reader.name, reader.station, reader.machine), device)
        self._reader = reader
        self._badges = device
        self._core = core
        self._want_snapshot = want_snapshot
        self._waiting: asyncio.Queue[BadgeTapped] = asyncio.Queue(MAX_WAITING_TAPS)

    async def send(self) -> None:
        while True:
            await self._core.submit(await self._waiting.get())

    async def _serve(self, health: Health) -> None:
        health.works()
        reader = self._reader
        while True:
            scan = await self._badges.scan()
            tap = BadgeTapped(new_id(), scan.at, reader.station, reader.name, scan.badge, reader.machine)
            await self._waiting.put(tap)
            if reader.machine is not None:
                # Core asks for this reading too, but only once it has the tap: if it is away just now, too late.
                self._want_snapshot(reader.machine)


class CardReaderRunner(Runner):
    """Looks for a card only while somebody is asked for his; else it only asks the reader whether it lives."""

    def __init__(self, reader: Reader, device: IdCardReader, core: CoreLink) -> None:
        super().__init__(Place(reader.name, reader.station, None), device)
        self._reader = reader
        self._cards = device
        self._core = core
        self._until_s = 0.0
        self._wanted = asyncio.Event()
        self._step: asyncio.Timeout | None = None

    def want(self, for_s: int) -> None:
        """Looks for a card from now on for so long; 0 stops it."""
        self._until_s = asyncio.get_running_loop().time() + for_s if for_s > 0 else 0.0
        self._wanted.set()
        if self._step is not None and not self._step.expired():
            self._step.reschedule(self._until_s)

    async def _serve(self, health: Health) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._cards.check()
            health.works()
            self._wanted.clear()
            if loop.time() < self._until_s:
                await self._look()
            else:
                await self._until(loop.time() + CHECK_S)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout_at(self._until_s) as self._step:
                while await self._tell(await self._cards.card()):
                    pass
        except TimeoutError:
            pass  # the step is over
        finally:
            self._step = None

    async def _tell(self, seen: CardSeen) -> bool:
        """Whether it is any use to go on looking in this step."""
        reader = self._reader
        read = CardRead(new_id(), seen.at, reader.station, reader.name, seen.trouble, seen.card)
        if not await self._core.post(read, CARD_WORTH_S):
            logger.warning("%s has read a card and core did not take it in time: it is dropped", reader.name)
        if seen.trouble is not CardTrouble.READER_FAULT:
            return True
        self._until_s = 0.0
        return False

    async def _until(self, when_s: float) -> None:
        """Returns early when something is wanted."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(when_s):
                await self._wanted.wait()


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
