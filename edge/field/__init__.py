"""Runs the devices: opens them, polls on an absolute time grid, brings them back when they go. Knows no protocol.

Everything here runs in one event loop and on machine time; only stamps carry fact time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.clock import Clock
from edge.config import BoxConfig, Counter, Reader
from edge.devices import MisplacedReader, counter_family, reader_family
from edge.devices.family import CounterDevice, IdCardFamily
from edge.field.badges import ReaderRunner
from edge.field.cards import CardReaderRunner
from edge.field.core_link import CoreLink
from edge.field.counters import CounterRunner
from edge.field.inspection import Inspection
from edge.field.inspection_socket import serve_inspection
from edge.field.runner import Health, Runner
from edge.field.samples import SampleSender
from edge.field.telling import tell
from edge.field.ticks import Ticks


async def run_field(
    config: BoxConfig, clock: Clock, core: CoreLink, inspect_at: Path | None = None, tell_at: Path | None = None
) -> None:
    """Until it is cancelled; then every port is closed. UnknownFamily before anything is opened.

    What core had not answered by then is gone: nobody saw a tick for those taps, and counters are cumulative.
    `inspect_at`: the socket at which it tells of its devices. `tell_at`: the file in which it does.
    """
    samples, ticks = SampleSender(core), Ticks()
    counters = [CounterRunner(counter, device, samples, ticks) for counter, device in _counters(config.counter, clock)]
    want_snapshot = partial(_want_snapshot, counters)
    readers, cards = _readers(config.reader, clock, core, want_snapshot)
    runners: list[Runner] = [*readers, *cards, *counters]
    health = {runner: Health(runner.place, clock, core) for runner in runners}
    async with asyncio.TaskGroup() as group:
        for runner in runners:
            group.create_task(health[runner].send(), name=f"state of {runner.place.device}")
            group.create_task(runner.run(health[runner]), name=f"device {runner.place.device}")
        for reader in readers:
            group.create_task(reader.send(), name=f"taps of {reader.place.device}")
        group.create_task(samples.send(), name="samples")
        group.create_task(_ask_for_snapshots(core, want_snapshot), name="snapshots")
        group.create_task(_ask_for_cards(core, cards), name="cards")
        inspection = Inspection(health, clock, ZoneInfo(config.box.timezone))
        if tell_at is not None:
            group.create_task(tell(inspection.devices, tell_at), name="telling")
        if inspect_at is not None:
            group.create_task(serve_inspection(inspection, inspect_at), name="inspection")


def _readers(
    readers: Iterable[Reader], clock: Clock, core: CoreLink, want_snapshot: Callable[[str], None]
) -> tuple[list[ReaderRunner], list[CardReaderRunner]]:
    badges: list[ReaderRunner] = []
    cards: list[CardReaderRunner] = []
    for name, members in groupby(sorted(readers, key=attrgetter("family")), key=attrgetter("family")):
        configured, family = list(members), reader_family(name)
        if isinstance(family, IdCardFamily):
            _refuse_badge_keys(configured)
            devices = family.readers(configured, clock)
            cards += [CardReaderRunner(each, device, core) for each, device in zip(configured, devices, strict=True)]
        else:
            scanners = family.readers(configured, clock)
            pairs = zip(configured, scanners, strict=True)
            badges += [ReaderRunner(each, device, core, want_snapshot, family.explain(each)) for each, device in pairs]
    return badges, cards


def _refuse_badge_keys(readers: Iterable[Reader]) -> None:
    for reader in readers:
        for key in ("machine", "number"):
            if (got := getattr(reader, key)) is not None:
                raise MisplacedReader(
                    f"reader {reader.name!r}: {key}: got {got!r}, wanted none: "
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
