"""Pulses on a GPIO line of the box: a contact or an opto-coupler at the machine, one pulse a piece."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import CounterDevice, CounterFamily
from edge.devices.gpio_counter.keys import GpioKeys


def _counters(counters: Sequence[GpioKeys], clock: Clock) -> Sequence[CounterDevice]:
    from edge.devices.gpio_counter.driver import gpio_counters

    return gpio_counters(counters, clock)


FAMILY = CounterFamily("gpio_counter", GpioKeys, _counters)
