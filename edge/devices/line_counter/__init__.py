"""Counters on a serial line that speak text: a line for each piece, or a value that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import CounterDevice, CounterFamily
from edge.devices.line_counter.keys import LineCounterKeys


def _counters(counters: Sequence[LineCounterKeys], clock: Clock) -> Sequence[CounterDevice]:
    from edge.devices.line_counter.driver import line_counters

    return line_counters(counters, clock)


FAMILY = CounterFamily("line_counter", LineCounterKeys, _counters)
