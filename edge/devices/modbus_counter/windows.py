"""Which registers to look through for a counter: around its section's address, and at its template's areas. Pure.

A device is never asked for all it has: a commissioning looks many times, and a serial line is slow.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.devices.modbus_counter.codec import Block, value_block
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.templates import Area, Template

BEFORE, BEHIND = 16, 48
"""So many registers on either side of an address: a manual that counts from 1 or in bytes is not far off."""

MOST_AT_ONCE = 32
"""Small modules answer no longer requests."""

LAST = 65535

FUNCTIONS = (3, 4)


def windows(counter: ModbusKeys, template: Template | None = None) -> list[tuple[int, Block]]:
    """Function codes and blocks, none of them twice. The counter's own block comes last and alone, so that its words
    are of one request."""
    wanted: dict[int, set[int]] = {function: set() for function in FUNCTIONS}
    centres = [(function, counter.address) for function in FUNCTIONS]
    for area in template.area if template else ():
        centres += _begin_of(area)
    for function, address in centres:
        wanted[function].update(range(max(0, address - BEFORE), min(LAST, address + BEHIND - 1) + 1))
    around = [(function, block) for function in FUNCTIONS for block in _blocks(sorted(wanted[function]))]
    return [*around, (counter.function, value_block(counter))]


def halves(block: Block) -> list[Block]:
    """For a device that refuses the block: some of its registers may be there. None of a single register."""
    half = block.count // 2
    if half == 0:
        return []
    return [Block(block.address, half), Block(block.address + half, block.count - half)]


def _begin_of(area: Area) -> list[tuple[int, int]]:
    address = area.address_of(area.first)
    if address is None:
        return []
    known = area.function.value
    return [(function, address) for function in ([known] if known else FUNCTIONS)]


def _blocks(addresses: list[int]) -> Iterator[Block]:
    start = last = -1
    for address in addresses:
        if start < 0:
            start = address
        elif address != last + 1 or address - start >= MOST_AT_ONCE:
            yield Block(start, last - start + 1)
            start = address
        last = address
    if start >= 0:
        yield Block(start, last - start + 1)
