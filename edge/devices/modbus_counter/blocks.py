"""Which registers are read together. Pure.

One request for twenty registers takes a serial line half as long as ten requests for two, and a network device answers
once where it would answer ten times.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from edge.devices.modbus_counter.codec import Block

MOST_REGISTERS = 125
"""In one request (Modbus application protocol 1.1b3, 6.3)."""

WIDEST_GAP = 10
"""Registers that nobody wants, between two that are wanted: as many characters as a request of its own with
its answer's frame and the silences takes."""


@dataclass(frozen=True)
class Wanted:
    """What one counter needs of one moment. `area`: registers that surely exist one beside the other; None: not known.

    All of one function of one unit, polled as often.
    """

    block: Block
    area: Hashable = None


def merged(wanted: Iterable[Wanted]) -> list[Block]:
    """Blocks that hold each of `wanted` whole. A gap is read only between two of the same area."""
    blocks: list[Block] = []
    last: Wanted | None = None
    for each in sorted(wanted, key=lambda each: (each.block.address, each.block.count)):
        if last is not None and (block := _together(blocks[-1], last, each)) is not None:
            blocks[-1] = block
        else:
            blocks.append(each.block)
        if last is None or each.block.end >= last.block.end:
            last = each
    return blocks


def _together(block: Block, last: Wanted, each: Wanted) -> Block | None:
    """`last` is the one that reaches to the end of the block."""
    gap = each.block.address - block.end
    known = last.area is not None and last.area == each.area
    if gap > (WIDEST_GAP if known else 0):
        return None
    count = max(block.end, each.block.end) - block.address
    return Block(block.address, count) if count <= MOST_REGISTERS else None
