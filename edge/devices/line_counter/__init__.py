"""Counters on a serial line that speak text: a line for each piece, or a value that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import CounterDevice, CounterFamily
from edge.devices.line_counter.keys import LineCounterKeys
from edge.devices.shared.meaning import Explain


def _counters(counters: Sequence[LineCounterKeys], clock: Clock) -> Sequence[CounterDevice]:
    from edge.devices.line_counter.driver import line_counters

    return line_counters(counters, clock)


def _explain(keys: LineCounterKeys) -> Explain:
    from edge.devices.line_counter.explain import explain

    return explain(keys)


FAMILY = CounterFamily("line_counter", LineCounterKeys, _counters, explain=_explain)
