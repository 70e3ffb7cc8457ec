"""Production counters in the registers of a PLC or an I/O module, over Modbus TCP."""

from edge.devices.family import CounterFamily
from edge.devices.modbus_counter.driver import modbus_counters

FAMILY = CounterFamily("modbus_counter", modbus_counters)
