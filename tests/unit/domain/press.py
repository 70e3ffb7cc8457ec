"""One machine with its counter and its reader, decided in memory: what the domain's tests act on."""

from __future__ import annotations

from typing import Any

from edge.domain import commissioning, confirmation, logons, production, shift_end, supervision, taps
from edge.domain.rules import Decision
from edge.domain.shift_end import SNAPSHOT_WITHIN_S
from edge.link.messages import (
    AssignPieces,
    BadgeTapped,
    CommissionCounter,
    ConfirmOutput,
    CounterSample,
    LinkBadge,
    SetEquipmentState,
)
from sync.wire.envelope import Stamp
from sync.wire.facts import CounterReading, CounterRole, EquipmentState, MaterialActualRecorded, SnapshotMissed, body_of
from sync.wire.reference_data import Directory
from tests.cast import DIRECTORY, PRESS, ZHANG
from tests.ledgers import MemoryLedger, rules

COUNTER = "press-counter"


class Press:
    """`modulus` and `max_rate_per_min` are the counter's; `counted()` says what has become of its counts."""

    def __init__(self, modulus: int = 65_536, max_rate_per_min: int = 60, directory: Directory = DIRECTORY) -> None:
        self.ledger = MemoryLedger()
        self.rules = rules(directory)
        self.waiting: dict[str, CounterSample | None] = {}
        self.modulus, self.max_rate_per_min = modulus, max_rate_per_min

    def sample(
        self,
        at: Stamp,
        value: int,
        session: int | None = None,
        machine: str = PRESS,
        counter: str = COUNTER,
        commissioned: bool = True,
        meaning: str = "",
        role: CounterRole = CounterRole.PRODUCED,
        suspect: bool = False,
    ) -> None:
        rate, raw = self.max_rate_per_min, f"{value:08x}"
        sample = CounterSample(
            machine,
            counter,
            at,
            value,
            raw,
            self.modulus,
            rate,
            session,
            commissioned=commissioned,
            meaning=meaning,
            role=role,
            suspect=suspect,
        )
        self.waiting[counter] = production.take(self.ledger, self.rules, self.waiting.get(counter), sample)

    def tap(self, at: Stamp, badge: str | None, machine: str | None = PRESS) -> Decision:
        """A badge at the machine, or with None at the gate."""
        command = BadgeTapped("any", at, "station", "reader", badge, machine)
        decide = logons.at_machine if machine else taps.clock
        return decide(self.ledger, self.rules, command, late=False)

    def say(
        self, command: ConfirmOutput | SetEquipmentState | AssignPieces | LinkBadge | CommissionCounter
    ) -> Decision:
        """What somebody says at a page or a terminal."""
        match command:
            case ConfirmOutput():
                return confirmation.confirm(self.ledger, self.rules, command)
            case SetEquipmentState():
                return supervision.set_equipment_state(self.ledger, self.rules, command)
            case AssignPieces():
                return supervision.assign(self.ledger, self.rules, command)
            case LinkBadge():
                return supervision.link(self.ledger, self.rules, command)
            case CommissionCounter():
                return commissioning.commission(self.ledger, self.rules, command)

    def set_up(self, at: Stamp, state: EquipmentState = EquipmentState.SETUP, by: str = ZHANG.id) -> Decision:
        return self.say(SetEquipmentState("any", at, by, PRESS, state))

    def take_orders(self, at: Stamp, machine: str = PRESS) -> list[str]:
        return logons.follow_orders(self.ledger, self.rules, [machine], at)

    def end_shifts(self, now: Stamp) -> None:
        shift_end.end_sessions(self.ledger, self.rules, now)

    def miss_snapshot(self, at: Stamp, machine: str = PRESS) -> None:
        pending = sorted({seq for counter in self.ledger.state.counters_of(machine) for seq in counter.pending})
        if pending:
            self.ledger.emit(at, SnapshotMissed(machine, pending))

    def miss_what_is_overdue(self, now: Stamp, machine: str = PRESS) -> None:
        """As core does when no snapshot came within three seconds of a change."""
        counters = [each for each in self.ledger.state.counters_of(machine) if each.pending]
        changes = [since.at for each in counters for since in each.timeline[-len(each.pending) :]]
        if any(now.seconds_since(at) > SNAPSHOT_WITHIN_S for at in changes):
            self.miss_snapshot(now, machine)

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
