"""One machine with its counter and its reader, decided in memory: what the domain's tests act on."""

from __future__ import annotations

from typing import Any

from edge.domain import logons, production, taps
from edge.domain.rules import Decision
from edge.link.messages import BadgeTapped, CounterSample
from sync.facts import CounterReading, MaterialActualRecorded, SnapshotMissed, body_of
from sync.reference_data import Directory
from sync.wire import Stamp
from tests.cast import DIRECTORY, PRESS
from tests.ledgers import MemoryLedger, rules

COUNTER = "press-counter"


class Press:
    """`modulus` and `max_rate_per_min` are the counter's; `counted()` says what has become of its counts."""

    def __init__(self, modulus: int = 65_536, max_rate_per_min: int = 60, directory: Directory = DIRECTORY) -> None:
        self.ledger = MemoryLedger()
        self.rules = rules(directory)
        self.waiting: dict[str, CounterSample | None] = {}
        self._modulus, self._max_rate_per_min = modulus, max_rate_per_min

    def sample(
        self,
        at: Stamp,
        value: int,
        session: int | None = None,
        machine: str = PRESS,
        counter: str = COUNTER,
        commissioned: bool = True,
    ) -> None:
        rate, raw = self._max_rate_per_min, f"{value:08x}"
        sample = CounterSample(
            machine, counter, at, value, raw, self._modulus, rate, session, commissioned=commissioned
        )
        self.waiting[counter] = production.take(self.ledger, self.rules, self.waiting.get(counter), sample)

    def tap(self, at: Stamp, badge: str | None, machine: str | None = PRESS) -> Decision:
        """A badge at the machine, or with None at the gate."""
        command = BadgeTapped("any", at, "station", "reader", badge, machine)
        decide = logons.at_machine if machine else taps.clock
        return decide(self.ledger, self.rules, command, late=False)

    def take_orders(self, at: Stamp) -> list[str]:
        return logons.follow_orders(self.ledger, self.rules, [PRESS], at)

    def miss_snapshot(self, at: Stamp, machine: str = PRESS) -> None:
        pending = sorted({seq for counter in self.ledger.state.counters_of(machine) for seq in counter.pending})
        if pending:
            self.ledger.emit(at, SnapshotMissed(machine, pending))

    def go_silent(self, at: Stamp, machine: str = PRESS, counter: str = COUNTER) -> None:
        production.stale(self.ledger, self.rules, self.waiting.pop(counter, None), counter, machine, at)

    def bodies(self, kind: type[Any]) -> list[Any]:
        return [body_of(fact.kind, fact.body) for fact in self.ledger.facts if fact.kind == kind.__name__]

    def readings(self) -> list[CounterReading]:
        return self.bodies(CounterReading)

    def actuals(self) -> list[MaterialActualRecorded]:
        return self.bodies(MaterialActualRecorded)

    def counted(self) -> list[tuple[str, str, int]]:
        """(who or the bucket, EXACT or ESTIMATED, pieces), in the order of the facts."""
        found = []
        for actual in self.actuals():
            if actual.shares:
                found += [(share.person, actual.basis.value, share.quantity) for share in actual.shares]
            else:
                found.append((actual.bucket.value, actual.basis.value, actual.quantity))
        return found

    def whys(self) -> list[str]:
        return [reading.why for reading in self.readings()]
