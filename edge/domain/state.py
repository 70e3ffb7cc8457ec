"""What a box knows from its own journal: a pure fold over facts.

Core keeps it in memory, saves it now and then as a checkpoint and can always make it again from the facts.
Nothing is in here that is not in a fact, so a restart of ours never counts a piece or forgets a person.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from edge.domain.attribution import Context, Since
from edge.domain.counting import Seen
from sync.facts import (
    AttendanceTap,
    BadgeBound,
    BadgeOffered,
    Body,
    Bucket,
    CounterReading,
    CounterStateChanged,
    Direction,
    JobOrderStarted,
    MaterialActualRecorded,
    PersonnelLogOff,
    PersonnelLogOn,
    PersonRegistered,
    QuantityConfirmed,
    SnapshotMissed,
    body_of,
)
from sync.wire import Fact, Stamp


class LastTap(msgspec.Struct):
    """The last effective tap of a person (or of an unknown badge)."""

    seq: int
    at: Stamp
    direction: Direction | None


class Session(msgspec.Struct):
    """Who is logged on at a machine, and by which fact."""

    log_on: int
    person: str
    at: Stamp


class LogOff(msgspec.Struct):
    person: str
    seq: int
    at: Stamp


class MachineState(msgspec.Struct):
    context: Context = Context()
    session: Session | None = None
    last_log_off: LogOff | None = None


class CounterState(msgspec.Struct):
    """`last` is believed, `held` waits. `timeline`: contexts since `last`; `pending`: changes without a snapshot yet.

    `missed`: no snapshot came in time for what is pending, so its counts are split by time.
    """

    machine: str
    last: Seen | None = None
    held: Seen | None = None
    timeline: list[Since] = []
    pending: list[int] = []
    missed: bool = False
    stale: bool = False


class OpenActual(msgspec.Struct):
    """Pieces of one person that nobody has sealed yet."""

    seq: int
    quantity: int
    product: str
    operation: str


class Newcomer(msgspec.Struct):
    """Who waits for a badge since `at`, and the badge he has held there once, by which fact."""

    person: str
    at: Stamp
    badge: str | None = None
    offered: int = 0


class BoxState(msgspec.Struct):
    """`newcomers`: by station, the last who registered there. `bound`: badges given here, and to whom.

    `clock`: the latest stamp of the newest boot, which tells whether the wall clock is set later.
    """

    seq: int = 0
    taps: dict[str, LastTap] = {}
    machines: dict[str, MachineState] = {}
    counters: dict[str, CounterState] = {}
    unsealed: dict[str, list[OpenActual]] = {}
    newcomers: dict[str, Newcomer] = {}
    bound: dict[str, str] = {}
    clock: Stamp | None = None

    def machine(self, name: str) -> MachineState:
        return self.machines.setdefault(name, MachineState())

    def apply(self, fact: Fact) -> None:
        """Folds one fact in; facts come in order of seq."""
        body = body_of(fact.kind, fact.body)
        self.seq = fact.seq
        if self.clock is None or self.clock.boot_id != fact.at.boot_id or fact.at.seconds_since(self.clock) >= 0:
            self.clock = fact.at
        match body:
            case AttendanceTap():
                self._tap(fact, body)
            case PersonnelLogOn():
                self._log_on(fact, body)
            case PersonnelLogOff():
                self._log_off(fact, body)
            case JobOrderStarted():
                self._order(fact, body)
            case CounterReading():
                self._reading(fact, body)
            case CounterStateChanged():
                self.counters.setdefault(body.counter, CounterState(body.machine)).stale = body.state == "STALE"
            case SnapshotMissed():
                self._snapshot_missed(body)
            case MaterialActualRecorded():
                self._actual(fact, body)
            case QuantityConfirmed():
                self._confirmed(body)
            case PersonRegistered() | BadgeOffered() | BadgeBound():
                self._newcomer(fact, body)
            case _:
                pass

    def counters_of(self, machine: str) -> list[CounterState]:
        return [counter for counter in self.counters.values() if counter.machine == machine]

    def _tap(self, fact: Fact, body: AttendanceTap) -> None:
        who = body.person or body.badge
        if body.effective and who is not None:
            self.taps[who] = LastTap(fact.seq, fact.at, body.direction)

    def _log_on(self, fact: Fact, body: PersonnelLogOn) -> None:
        machine = self.machine(body.machine)
        machine.session = Session(fact.seq, body.person, fact.at)
        self._change(fact, body.machine, msgspec.structs.replace(machine.context, operators={body.person: 1}))

    def _log_off(self, fact: Fact, body: PersonnelLogOff) -> None:
        machine = self.machine(body.machine)
        machine.session = None
        machine.last_log_off = LogOff(body.person, fact.seq, fact.at)
        self._change(fact, body.machine, msgspec.structs.replace(machine.context, operators={}))

    def _order(self, fact: Fact, body: JobOrderStarted) -> None:
        context = msgspec.structs.replace(
            self.machine(body.machine).context,
            order=body.order,
            product=body.product,
            operation=body.operation,
            pieces_per_count=body.pieces_per_count,
        )
        self._change(fact, body.machine, context)

    def _change(self, fact: Fact, machine: str, context: Context) -> None:
        self.machine(machine).context = context
        for counter in self.counters_of(machine):
            if counter.last is not None:
                counter.timeline.append(Since(fact.at, context))
                counter.pending.append(fact.seq)

    def _reading(self, fact: Fact, body: CounterReading) -> None:
        counter = self.counters.setdefault(body.counter, CounterState(body.machine))
        seen = Seen(fact.seq, fact.at, body.value, body.session)
        counter.stale = False
        if body.held:
            # A second odd reading in a row: the first is believed now (edge.domain.counting.judge).
            counter.last, counter.held = counter.held or counter.last, seen
            return
        counter.last, counter.held = seen, None
        counter.pending = [seq for seq in counter.pending if seq not in body.changes]
        # What is still pending came after this reading; everything before it is settled.
        rest = counter.timeline[len(counter.timeline) - len(counter.pending) :] if counter.pending else []
        done = counter.timeline[: len(counter.timeline) - len(rest)]
        in_force = done[-1].context if done else self.machine(body.machine).context
        counter.timeline = [Since(fact.at, in_force), *rest]
        counter.missed = counter.missed and bool(counter.pending)

    def _snapshot_missed(self, body: SnapshotMissed) -> None:
        for counter in self.counters_of(body.machine):
            counter.missed = bool(counter.pending)

    def _actual(self, fact: Fact, body: MaterialActualRecorded) -> None:
        if body.bucket is not Bucket.ATTRIBUTED or body.order is None:
            return
        for share in body.shares:
            key = sealing_key(share.person, body.order, body.work_date)
            actual = OpenActual(fact.seq, share.quantity, body.product or "", body.operation or "")
            self.unsealed.setdefault(key, []).append(actual)

    def _confirmed(self, body: QuantityConfirmed) -> None:
        key = sealing_key(body.person, body.order, body.work_date)
        left = [each for each in self.unsealed.get(key, []) if each.seq not in body.actuals]
        if left:
            self.unsealed[key] = left
        else:
            self.unsealed.pop(key, None)

    def _newcomer(self, fact: Fact, body: PersonRegistered | BadgeOffered | BadgeBound) -> None:
        match body:
            case PersonRegistered():
                self.newcomers[body.station] = Newcomer(body.person, fact.at)
            case BadgeOffered():
                self.newcomers[body.station] = Newcomer(body.person, fact.at, body.badge, fact.seq)
            case BadgeBound():
                self.newcomers.pop(body.station, None)
                self.bound[body.badge] = body.person


def sealing_key(person: str, order: str, work_date: str) -> str:
    """Under what a supervisor seals: one person, one order, one work date."""
    return f"{person}|{order}|{work_date}"


def encode_state(state: BoxState) -> bytes:
    return msgspec.json.encode(state)


def decode_state(raw: bytes) -> BoxState:
    """Raises msgspec.ValidationError for a state of another version; the journal is then folded anew."""
    return msgspec.json.decode(raw, type=BoxState)


class Ledger(Protocol):
    """Where decisions put their facts. `emit` numbers, chains and folds one fact and gives its seq."""

    state: BoxState

    def emit(self, at: Stamp, body: Body) -> int: ...
