"""Runs the devices: opens them, polls on an absolute time grid, brings them back when they go. Knows no protocol.

Everything here runs in one event loop and on machine time; only stamps carry fact time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter

from edge.clock import Clock
from edge.config import BoxConfig, Counter, Reader
from edge.devices import MisplacedReader, counter_family, reader_family
from edge.devices.family import CounterDevice, IdCardFamily
from edge.field.badges import ReaderRunner
from edge.field.cards import CardReaderRunner
from edge.field.core_link import CoreLink
from edge.field.counters import CounterRunner
from edge.field.runner import Health, Runner
from edge.field.samples import SampleSender


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
