"""A PLC on which an electrician learns to commission a counter: it makes a number of pieces, and has more registers
than the one that counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simulators.mill import CounterSpec
from simulators.plc import SimulatedPlc

BEHIND: Final = 12
"""Registers behind the counter's own; the mirror is the last of them."""

SECOND_US: Final = 1_000_000


class TrainingPlc(SimulatedPlc):
    """A counter of two words, and around it, in this order: a clock of seconds, an oven that is never quite still, a
    counter of the shift that counts each other piece, and a mirror of the count with its words swapped.

    `counts_per_piece`: the sensor sees each piece so often. `keeps`: whether the count outlasts the power.
    """

    def __init__(
        self,
        spec: CounterSpec,
        now_us: Callable[[], int],
        counts_per_piece: int = 1,
        keeps: bool = True,
        port: int = 0,
    ) -> None:
        if spec.words != 2:
            raise ValueError("a training PLC has a counter of two words")
        self.counts_per_piece, self.keeps = counts_per_piece, keeps
        super().__init__(spec, now_us, port=port)

    @property
    def clock(self) -> int:
        """The address of the clock; the next ones follow it."""
        return self.spec.address + len(self.memory()) - BEHIND

    @property
    def oven(self) -> int:
        return self.clock + 1

    @property
    def shift_count(self) -> int:
        return self.clock + 2

    @property
    def mirror(self) -> int:
        return self.spec.address + len(self.memory()) - 2

    def make(self, pieces: int, within_us: int = SECOND_US) -> None:
        """Makes exactly so many in that time, and then stands."""
        self.mill.make(pieces * self.counts_per_piece, within_us)

    def power_off(self) -> None:
        self.offline()

    def power_on(self) -> None:
        if not self.keeps:
            self.restart()
        self.online()

    def memory(self) -> list[int]:
        return super().memory() + [0] * BEHIND

    def fill(self, function: int, first: int, address: int, registers: list[int]) -> None:
        now_us = self._now_us()
        own = self.answer()
        made = self.mill.count_at(now_us)
        decoys = [now_us // SECOND_US % 65_536, 180 + now_us // 200_000 % 7, made // 2 % 65_536]
        mirror = own[:2][::-1]
        held = [*own, *decoys, *[0] * (BEHIND - len(decoys) - 2), *mirror]
        offset = self.spec.address - first
        registers[offset : offset + len(held)] = held
