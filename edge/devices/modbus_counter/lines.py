"""What the counters behind one address share, whatever it runs over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edge.devices.family import DeviceRefused
from edge.devices.modbus_counter.codec import Block, refusal

TIMEOUT_S = 1.0
"""For an answer; no unit holds up the others on its line for longer."""

SLOWEST_S = 2.0
"""An answer that has not come so long after its request does not come any more."""

CREDIT_S = 2.0
"""So long may be waited in vain for the units of a line before they have to earn it again."""

BUSY = 6
BUSY_S = 0.2
"""A unit that says that it is busy is asked once more after so long."""

NO_SUCH_BLOCK = (2, 3)
"""It has no such register, or does not read so many at once."""

NOBODY_THERE = (10, 11)
"""A gateway answers for a unit that does not."""


class Line(Protocol):
    """One connection and the counters that use it; it is closed when the last of them leaves."""

    async def join(self, user: str) -> None:
        """DeviceLost when it cannot be opened."""

    def leave(self, user: str) -> None: ...

    async def read(self, function: int, unit: int, block: Block) -> Sequence[int]:
        """All registers of the block, or with function 1 and 2 all its coils or inputs as 0 and 1.

        DeviceRefused when the unit, or its gateway, says no; DeviceLost for anything else.
        """

    async def read_registers(self, function: int, unit: int, address: int, count: int) -> Sequence[int]:
        """The same."""


def refused(where: str, code: int, block: Block) -> DeviceRefused:
    return DeviceRefused(f"{where}: {refusal(code, block)}", code)
