"""Production counters in the registers of a PLC or an I/O module, over Modbus TCP or on a serial line."""

from __future__ import annotations

from collections.abc import Sequence

from edge.clock import Clock
from edge.devices.family import CounterDevice, CounterFamily, RegisterLine
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.shelf import filled
from edge.devices.shared.meaning import Explain
from edge.link.inspection import OnNetwork, OnSerial


def _counters(counters: Sequence[ModbusKeys], clock: Clock) -> Sequence[CounterDevice]:
    from edge.devices.modbus_counter.driver import modbus_counters

    return modbus_counters(counters, clock)


def _explain(keys: ModbusKeys) -> Explain:
    from edge.devices.modbus_counter.explain import explain

    return explain(keys)


def _line_to(where: OnNetwork | OnSerial, counters: Sequence[CounterDevice]) -> RegisterLine:
    from edge.devices.modbus_counter.driver import line_to

    return line_to(where, counters)


FAMILY = CounterFamily("modbus_counter", ModbusKeys, _counters, filled, _explain, _line_to)
