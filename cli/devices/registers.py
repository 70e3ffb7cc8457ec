"""Looks through a device's registers, by way of the running `devices`."""

from __future__ import annotations

from collections.abc import Sequence

from edge.devices.modbus_counter.codec import Block
from edge.devices.modbus_counter.finder import Look, Register
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.shelf import template
from edge.devices.modbus_counter.windows import halves, windows
from edge.link.inspection import ExceptionAnswer, Function, NoAnswer, OfCounter, ReadRegisters, Words
from edge.link.inspector import Inspector
from settings import Mendable

NO_SUCH_FUNCTION, NO_SUCH_REGISTER, NO_SO_MANY = 1, 2, 3
"""Modbus application protocol 1.1b3, section 7."""


class Mute(Mendable):
    """The counter's own registers do not answer."""


class Registers:
    """`scout` finds once which of the candidates are there; `look` reads these."""

    def __init__(self, devices: Inspector, counter: ModbusKeys) -> None:
        self._devices = devices
        self._counter = counter
        self._plan = windows(counter, template(counter.template) if counter.template else None)

    @property
    def many(self) -> int:
        return len({(function, block.address + each) for function, block in self._plan for each in range(block.count)})

    def scout(self) -> None:
        """Drops what the device refuses or leaves unanswered. Mute when it is the counter itself."""
        around, (function, own) = self._plan[:-1], self._plan[-1]
        answer = self._ask(function, own)
        if not isinstance(answer, Words):
            raise Mute(f"{self._counter.name}: {answer.says}")
        there: list[tuple[int, Block]] = []
        unknown: set[int] = set()
        while around:
            function, block = around.pop(0)
            if function in unknown:
                continue
            match self._ask(function, block):
                case Words():
                    there.append((function, block))
                case ExceptionAnswer(code=code) if code == NO_SUCH_FUNCTION:
                    unknown.add(function)
                case ExceptionAnswer(code=code) if code in (NO_SUCH_REGISTER, NO_SO_MANY):
                    around = [*((function, half) for half in halves(block)), *around]
                case _:
                    pass  # it may be mute where it has no register, and each such question costs its line a second
        self._plan = [*there, self._plan[-1]]

    def look(self) -> Look:
        """The counter's own block is read last, so that its words are of one request and of the latest moment."""
        held: dict[Register, int] = {}
        at_us = 0
        for function, block in self._plan:
            answer = self._ask(function, block)
            if isinstance(answer, Words):
                at_us = answer.at.wall_us
                held |= {(function, block.address + place): word for place, word in enumerate(answer.words)}
        return Look(at_us, held)

    def own(self) -> Sequence[int] | None:
        """The counter's words alone; None when it does not answer."""
        answer = self._ask(*self._plan[-1])
        return answer.words if isinstance(answer, Words) else None

    def _ask(self, function: int, block: Block) -> Words | ExceptionAnswer | NoAnswer:
        seen = self._devices.ask(
            ReadRegisters(OfCounter(self._counter.name), _readable(function), block.address, block.count)
        )
        assert isinstance(seen, Words | ExceptionAnswer | NoAnswer)
        return seen


def _readable(function: int) -> Function:
    return 4 if function == 4 else 3
