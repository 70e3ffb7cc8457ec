"""A line that pulses come on, real or not: one shape for both, so that one suite of tests holds them together."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from edge.devices.gpio_counter.codec import Edge
from edge.devices.gpio_counter.driver import EVENT_BUFFER, LineLost
from edge.devices.gpio_counter.keys import GpioKeys
from tests.unit.devices.kernel_parts import CONFIGFS


class Contact(Protocol):
    """What is at the far end of the wire."""

    chip: str

    def pulse(self) -> None:
        """Closes for long enough and opens again."""

    def tear_out(self) -> None:
        """The chip is gone."""


class FakeLine:
    """As the kernel's: numbers all edges, keeps EVENT_BUFFER of them and throws away the oldest."""

    def __init__(self) -> None:
        self.gone = False
        self._waiting: list[Edge] = []
        self._seqno = 0
        self._ours, self._kernels = socket.socketpair()
        self._ours.setblocking(False)

    def fileno(self) -> int:
        return self._ours.fileno()

    def edges(self) -> list[Edge]:
        if self.gone:
            raise LineLost("the chip is gone")
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._ours.recv(4096)
        return waiting

    def close(self) -> None:
        self._ours.close()
        self._kernels.close()

    @property
    def unread(self) -> int:
        return len(self._waiting)

    def falls(self, at_ns: int | None = None) -> None:
        if not self._waiting:
            self._kernels.send(b"!")
        self._seqno += 1
        self._waiting.append(Edge(time.monotonic_ns() if at_ns is None else at_ns, self._seqno))
        del self._waiting[:-EVENT_BUFFER]

    def break_off(self) -> None:
        self.gone = True
        self._kernels.close()


class FakeContact:
    """`plugged` False: the line cannot be had."""

    chip = "/dev/gpiochip0"

    def __init__(self) -> None:
        self.plugged = True
        self.lines: list[FakeLine] = []

    def open(self, keys: GpioKeys) -> FakeLine:
        if not self.plugged:
            raise LineLost(f"{keys.chip} line {keys.line}: not there")
        self.lines.append(FakeLine())
        return self.lines[-1]

    def pulse(self) -> None:
        self.lines[-1].falls()

    def tear_out(self) -> None:
        self.plugged = False
        self.lines[-1].break_off()


class SimulatedContact:
    """One line of the kernel's gpio-sim (Documentation/admin-guide/gpio/gpio-sim.rst)."""

    HOLD_S = 0.005

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        device = (folder / "dev_name").read_text("ascii").strip()
        chip = (folder / "bank" / "chip_name").read_text("ascii").strip()
        self.chip = f"/dev/{chip}"
        self._pull = Path("/sys/devices/platform") / device / chip / "sim_gpio0" / "pull"

    def pulse(self) -> None:
        for level in ("pull-down", "pull-up"):
            self._pull.write_text(level, "ascii")
            time.sleep(self.HOLD_S)

    def tear_out(self) -> None:
        (self._folder / "live").write_text("0", "ascii")


@contextmanager
def simulated_contact() -> Iterator[SimulatedContact]:
    folder = CONFIGFS / f"clockpiece-{os.getpid()}"
    bank = folder / "bank"
    bank.mkdir(parents=True)
    try:
        (bank / "num_lines").write_text("1", "ascii")
        (folder / "live").write_text("1", "ascii")
        yield SimulatedContact(folder)
    finally:
        (folder / "live").write_text("0", "ascii")
        bank.rmdir()
        folder.rmdir()
