"""A machine with a counter in its PLC, and the part of `devices` that reads it."""

from __future__ import annotations

from edge.link.messages import CounterSample, CounterSamples, DeviceState
from edge.pending import PendingSamples
from sync.wire.envelope import Stamp
from tests.faults.machine.headquarters import PRESS

COUNTER = "press-1-strokes"
MODULUS = 65_536
STARTS_AT = 65_500
"""Shortly before the register rolls over."""
RATE_PER_MIN = 600


class Press:
    """`strokes` counts since the PLC was switched on, in the PLC's `session`."""

    def __init__(self) -> None:
        self.session, self.strokes, self.reachable = 1, 0, True
        self.pending = PendingSamples()
        self.in_flight = ""
        self._read: list[tuple[int, int]] = []
        self._flying: list[tuple[int, int]] = []
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}

    def restart(self) -> None:
        self.session, self.strokes = self.session + 1, 0

    def read(self, at: Stamp, snapshot: bool) -> None:
        """One poll that gets an answer."""
        start = STARTS_AT if self.session == 1 else 0
        value = (start + self.strokes) % MODULUS
        self._seen[at.boot_id, at.boottime_ns] = (self.session, self.strokes)
        self._read.append((self.session, self.strokes))
        raw = f"{value:08X}"
        self.pending.add(CounterSample(PRESS, COUNTER, at, value, raw, MODULUS, RATE_PER_MIN, self.session, snapshot))

    def next_message(self, name: str) -> CounterSamples | None:
        """What devices says next; None while core has not answered the last one, or nothing waits."""
        if self.in_flight or not len(self.pending):
            return None
        self.in_flight = name
        self._flying, self._read = self._read, []
        return CounterSamples(name, self.pending.take(500))

    def answered(self, name: str) -> None:
        if name == self.in_flight:
            self.in_flight, self._flying = "", []

    def forget(self) -> None:
        """Devices was killed."""
        self.pending, self.in_flight, self._read, self._flying = PendingSamples(), "", [], []

    @property
    def waiting(self) -> list[tuple[int, int]]:
        """The sessions and strokes that devices has read and core has not answered for."""
        return [*self._flying, *self._read]

    def state(self, name: str, at: Stamp) -> DeviceState:
        return DeviceState(name, at, COUNTER, self.reachable, machine=PRESS)

    def truth(self, at: Stamp) -> tuple[int, int]:
        """The PLC's session and strokes when this stamp was taken."""
        return self._seen[at.boot_id, at.boottime_ns]
