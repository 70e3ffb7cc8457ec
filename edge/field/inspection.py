"""Tells a person's tool of the devices: how they stand, what is on their lines, what they say.

It looks, and it asks for what a device can be asked for; nothing here can write to one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import tzinfo

from edge.clock import Clock
from edge.devices import counter_families
from edge.devices.family import BadgeScan, DeviceLost, DeviceRefused, HasRegisters, RegisterLine
from edge.devices.shared.bad_frames import BadFrames
from edge.field.badges import BusyReader, ReaderRunner
from edge.field.cards import CardReaderRunner
from edge.field.counters import CounterRunner
from edge.field.runner import Health, Runner
from edge.field.watching import Watched
from edge.link.inspection import (
    BadgeSeen,
    Devices,
    DeviceSeen,
    ExceptionAnswer,
    ListDevices,
    NextBadge,
    NoAnswer,
    OfCounter,
    Question,
    ReadRegisters,
    Seen,
    Watch,
    Where,
    Words,
)
from edge.link.messages import new_id
from edge.transport.frames import note_for

TURN_S = 0.05
"""How often a watch looks for something new."""

REPEATED_S = 0.5
"""A badge that lies there is sent again sooner than that: one bad frame is no bad badge."""


class Impossible(Exception):
    """What was asked cannot be done; the text is for a person."""


class Inspection:
    """Answers the questions of edge/link/inspection.py about these devices."""

    def __init__(self, devices: Mapping[Runner, Health], clock: Clock, zone: tzinfo) -> None:
        """`zone` says when a day ends."""
        self._devices = devices
        self._clock = clock
        self._zone = zone

    async def answers(self, question: Question) -> AsyncGenerator[Seen, None]:
        """Impossible when there is none."""
        match question:
            case ListDevices():
                yield Devices(self.devices())
            case Watch(name):
                async for seen in self._watch(name):
                    yield seen
            case ReadRegisters():
                yield await self._registers(question)
            case NextBadge():
                yield await self._next_badge(question)

    # --- how they stand -----------------------------------------------------------------------------

    def devices(self) -> list[DeviceSeen]:
        return [self._seen(runner, health) for runner, health in self._devices.items()]

    def _seen(self, runner: Runner, health: Health) -> DeviceSeen:
        told, place = health.told, runner.place
        up, since, detail = (told.up, told.at, told.detail) if told else (None, None, "")
        common = (up, since, detail)
        match runner:
            case CounterRunner(counter=counter, last=last):
                return DeviceSeen(
                    place.device,
                    "counter",
                    counter.family,
                    counter.place,
                    None,
                    place.machine,
                    *common,
                    last_at=last.at if last else None,
                    value=last.value if last else None,
                    commissioned=counter.commissioned,
                )
            case ReaderRunner(reader=reader):
                return DeviceSeen(
                    place.device,
                    "badge reader",
                    reader.family,
                    reader.port,
                    place.station,
                    place.machine,
                    *common,
                    bad_frames=runner.bad_frames.total,
                    bad_frames_today=runner.bad_frames.on_day_of(self._clock.stamp(), self._zone),
                    last_at=runner.last.at if runner.last else None,
                )
            case CardReaderRunner(reader=reader):
                return DeviceSeen(
                    place.device, "id-card reader", reader.family, reader.port, place.station, None, *common
                )
        raise AssertionError(f"no runner of a known sort: {runner!r}")

    # --- what is on their lines ---------------------------------------------------------------------

    async def _watch(self, name: str | None) -> AsyncIterator[Seen]:
        watched = [Watched(*each) for each in self._devices.items() if name in (None, each[0].place.device)]
        if not watched:
            raise Impossible(f"there is no device {name!r}; `clockpiece devices list` names them")
        while True:
            for each in watched:
                for seen in each.news(self._clock):
                    yield seen
            await asyncio.sleep(TURN_S)

    # --- what they say ------------------------------------------------------------------------------

    async def _registers(self, question: ReadRegisters) -> Seen:
        line, unit = self._line_to(question.where)
        user = f"a person's tool {new_id()}"
        try:
            await line.join(user)
            words = await line.read_registers(question.function, unit, question.address, question.count)
        except DeviceRefused as refused:
            return ExceptionAnswer(refused.code, str(refused))
        except DeviceLost as lost:
            return NoAnswer(str(lost))
        finally:
            line.leave(user)
        return Words(self._clock.stamp(), list(words))

    def _line_to(self, where: Where) -> tuple[RegisterLine, int]:
        counters = [each for each in self._devices if isinstance(each, CounterRunner)]
        if not isinstance(where, OfCounter):
            for family in counter_families().values():
                if family.line is not None:
                    return family.line(where, [each.source for each in counters]), where.unit
            raise AssertionError("no family has registers")
        for each in counters:
            if each.place.device == where.counter:
                if not isinstance(each.source, HasRegisters):
                    raise Impossible(f"{where.counter} has no registers: its family is {each.counter.family}")
                note_for([each.frames])
                return each.source.line, each.source.unit
        raise Impossible(f"there is no counter {where.counter!r}; `clockpiece devices list` names them")

    async def _next_badge(self, question: NextBadge) -> Seen:
        runner = self._badge_reader(question.reader)
        health = self._devices[runner]
        if not health.up:
            return NoAnswer(f"{question.reader} is gone: {health.told.detail if health.told else 'not tried yet'}")
        begun = runner.frames.begun
        scanning = asyncio.ensure_future(runner.next_scan())
        try:
            async with asyncio.timeout(question.within_s):
                await _scanned_or_not_understood(scanning, runner.bad_frames)
        except TimeoutError:
            return NoAnswer(f"no badge came to {question.reader} within {question.within_s:g} s")
        finally:
            scanning.cancel()
            await asyncio.wait({scanning})
        frames = [each.data.hex() for each in runner.frames.since(begun) if not each.sent]
        try:
            if not scanning.cancelled() and scanning.done():
                scan = scanning.result()
                return BadgeSeen(scan.at, question.reader, scan.badge, frames)
        except BusyReader as busy:
            raise Impossible(f"another tool waits for a badge at {question.reader}; end it first") from busy
        return BadgeSeen(self._clock.stamp(), question.reader, None, frames, understood=False)

    def _badge_reader(self, name: str) -> ReaderRunner:
        for each in self._devices:
            if isinstance(each, ReaderRunner) and each.place.device == name:
                return each
        raise Impossible(f"there is no badge reader {name!r}; `clockpiece devices list` names them")


async def _scanned_or_not_understood(scanning: asyncio.Future[BadgeScan], bad_frames: BadFrames) -> None:
    """Returns when a badge was scanned, or when only bad frames came, and none that was good soon after the first."""
    loop, bad, give_up_s = asyncio.get_running_loop(), bad_frames.total, float("inf")
    while not scanning.done() and loop.time() < give_up_s:
        await asyncio.wait({scanning}, timeout=TURN_S)
        if bad_frames.total > bad:
            give_up_s = min(give_up_s, loop.time() + REPEATED_S)
