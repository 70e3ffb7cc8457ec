"""From registers to a counter's value: which to ask for, and what they say. Pure.

Addresses are those of the protocol, from 0 (a manual's 40001 or 30001 is 0). Bytes within a word are big-endian
always; only the order of the words differs between makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.devices.modbus_counter.keys import ModbusKeys

EXCEPTIONS = {
    1: "illegal function: is `function` 3 where it should be 4, or the reverse?",
    2: "illegal address: the device has no such register",
    3: "illegal value: it does not read so many registers at once",
    4: "device failure",
    6: "device busy",
    10: "gateway: no path to the unit",
    11: "gateway: the unit does not answer",
}
"""Modbus application protocol 1.1b3, section 7."""


@dataclass(frozen=True)
class Block:
    """Registers read in one request, so that both words of a counter are of one moment."""

    address: int
    count: int

    @property
    def end(self) -> int:
        """The first register after it."""
        return self.address + self.count

    def words(self, registers: Sequence[int], address: int, count: int) -> Sequence[int]:
        """The part of this block's registers that starts at `address`."""
        start = address - self.address
        return registers[start : start + count]


def value_block(counter: ModbusKeys) -> Block:
    """The counter's words, with the session register when it lies beside them."""
    session = counter.session_address
    if session == counter.address - 1:
        return Block(counter.address - 1, counter.words + 1)
    if session == counter.address + counter.words:
        return Block(counter.address, counter.words + 1)
    return Block(counter.address, counter.words)


def session_block(counter: ModbusKeys) -> Block | None:
    """A request of its own for a session register that lies elsewhere."""
    session, block = counter.session_address, value_block(counter)
    if session is None or block.address <= session < block.address + block.count:
        return None
    return Block(session, 1)


def value_of(words: Sequence[int], word_order: str) -> int:
    """Unsigned. `word_order` is "hi-first" or "lo-first": which half of the number has the lower address."""
    ordered = words if word_order == "hi-first" else list(reversed(words))
    value = 0
    for word in ordered:
        value = value * 65536 + word
    return value


def raw_of(words: Sequence[int]) -> str:
    """The words in the order of their addresses, four hex digits each."""
    return "".join(f"{word:04X}" for word in words)


def refusal(code: int, block: Block) -> str:
    """An exception code, for the electrician."""
    return f"exception {code} at register {block.address} ({EXCEPTIONS.get(code, 'see the manual')})"
