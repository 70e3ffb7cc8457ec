"""One line of a GPIO chip: the kernel takes the edges and their times, and they are counted here as they come."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import gpiod
from gpiod.line import Bias, Direction
from gpiod.line import Clock as EventClock
from gpiod.line import Edge as Edges

from edge.clock import Clock
from edge.devices.family import BackOff, CounterDevice, CounterValue, DeviceLost
from edge.devices.gpio_counter.codec import Edge, Pulses
from edge.devices.gpio_counter.keys import GpioKeys
from edge.devices.shared.own_count import OwnCount

logger = logging.getLogger(__name__)

BACK_OFF = BackOff(first_s=0.2, last_s=5.0)

EVENT_BUFFER = 1024
"""Edges that the kernel keeps for us; beyond that it throws away the oldest, and their numbers are missing."""

CONSUMER = "clockpiece"

EDGES = {"falling": Edges.FALLING, "rising": Edges.RISING}
BIASES = {"pull-up": Bias.PULL_UP, "pull-down": Bias.PULL_DOWN, "none": Bias.DISABLED, "as-is": Bias.AS_IS}


class LineLost(Exception):
    """The line is not there (any more), or somebody else has it. The text is for the electrician."""


class PulseLine(Protocol):
    """A requested line, held by this process alone."""

    def fileno(self) -> int:
        """Readable while edges wait."""

    def edges(self) -> list[Edge]:
        """Those that wait; never blocks. LineLost."""

    def close(self) -> None: ...


class KernelLine:
    """LineLost when it cannot be had. The kernel debounces, in the chip where that can do it."""

    def __init__(self, keys: GpioKeys) -> None:
        self._where = f"{keys.chip} line {keys.line}"
        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=EDGES[keys.edge],
            bias=BIASES[keys.bias],
            debounce_period=timedelta(milliseconds=keys.debounce_ms),
            event_clock=EventClock.MONOTONIC,
        )
        try:
            self._request = gpiod.request_lines(
                keys.chip, {keys.line: settings}, consumer=CONSUMER, event_buffer_size=EVENT_BUFFER
            )
        except (OSError, ValueError) as error:
            raise LineLost(f"{self._where}: {error}") from error

    def fileno(self) -> int:
        return self._request.fd

    def edges(self) -> list[Edge]:
        try:
            if not self._request.wait_edge_events(timedelta()):
                return []
            return [Edge(each.timestamp_ns, each.line_seqno) for each in self._request.read_edge_events()]
        except (OSError, gpiod.RequestReleasedError) as error:
            raise LineLost(f"{self._where}: {error}") from error

    def close(self) -> None:
        self._request.release()


class PulseCounter:
    """`bounces` counts the edges that were none, since the service started."""

    back_off = BACK_OFF

    def __init__(self, keys: GpioKeys, open_line: Callable[[GpioKeys], PulseLine], clock: Clock, session: int) -> None:
        self.bounces = 0
        self._keys = keys
        self._open_line = open_line
        self._clock = clock
        self._count = OwnCount(session)
        self._line: PulseLine | None = None
        self._pulses = Pulses(keys.debounce_ms)
        self._lost: LineLost | None = None

    async def open(self) -> None:
        try:
            self._line = line = self._open_line(self._keys)
        except LineLost as lost:
            raise DeviceLost(str(lost)) from lost
        self._lost = None
        self._pulses = Pulses(self._keys.debounce_ms)
        asyncio.get_running_loop().add_reader(line.fileno(), self._receive, line)

    def close(self) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line.fileno())
            self._line.close()
            self._line = None

    async def read(self) -> CounterValue:
        if self._line is None:
            raise DeviceLost(f"{self._keys.name} is not open")
        self._receive(self._line)
        if self._lost is not None:
            raise DeviceLost(str(self._lost)) from self._lost
        return self._count.value(self._clock.stamp())

    def _receive(self, line: PulseLine) -> None:
        if self._lost is not None:
            return
        try:
            edges = line.edges()
        except LineLost as lost:
            self._lost = lost
            # A line that is gone can always be read: it would wake the loop for ever.
            asyncio.get_running_loop().remove_reader(line.fileno())
            return
        for edge in edges:
            self._take(edge)

    def _take(self, edge: Edge) -> None:
        pieces = self._pulses.take(edge)
        self._count.add(pieces.counted)
        self.bounces += pieces.bounces
        if pieces.unseen:
            logger.warning("counter %s: %d pulses came faster than they were read", self._keys.name, pieces.unseen)


def gpio_counters(counters: Sequence[GpioKeys], clock: Clock) -> Sequence[CounterDevice]:
    return [PulseCounter(each, KernelLine, clock, secrets.randbelow(2**31)) for each in counters]
