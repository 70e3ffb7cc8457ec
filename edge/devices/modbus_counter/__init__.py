"""Production counters in the registers of a PLC or an I/O module, over Modbus TCP or on a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import CounterDevice, CounterFamily
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.shelf import filled


def _counters(counters: Sequence[ModbusKeys], clock: Clock) -> Sequence[CounterDevice]:
    from edge.devices.modbus_counter.driver import modbus_counters

    return modbus_counters(counters, clock)


FAMILY = CounterFamily("modbus_counter", ModbusKeys, _counters, filled)
