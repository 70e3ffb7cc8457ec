"""What a box knows from its own journal: a pure fold over facts.

Core keeps it in memory, saves it now and then as a checkpoint and can always make it again from the facts.
Nothing is in here that is not in a fact, so a restart of ours never counts a piece or forgets a person.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Protocol

import msgspec

from edge.domain.attribution import Context
from edge.domain.machines import CounterState, MachineState
from edge.domain.output import Output
from sync.wire.anchors import ClockAnchor, better
from sync.wire.envelope import Fact, Stamp
from sync.wire.facts import (
    AttendanceTap,
    BadgeBound,
    BadgeLinked,
    BadgeOffered,
    Body,
    ClockAnchored,
    CounterCommissioned,
    CounterReading,
    CounterStateChanged,
    Direction,
    DirectionChosen,
    EquipmentStateChanged,
    JobOrderStarted,
    LineQuestioned,
    MaterialActualAssigned,
    MaterialActualRecorded,
    PersonnelLogOff,
    PersonnelLogOn,
    PersonRegistered,
    QuantityConfirmed,
    QuestionAnswered,
    SnapshotMissed,
    body_of,
)

FOLD = 2
"""Raised when facts are folded otherwise and the shape of the state does not show it."""

COUNTED, NOT_COUNTED, STALE = "COUNTED", "NOT_COUNTED", "STALE"
"""States of a counter in CounterStateChanged; LIVE is a fourth that older journals may hold."""


class LastTap(msgspec.Struct):
    """The last effective tap of a person (or of an unknown badge)."""

    seq: int
    at: Stamp
    direction: Direction | None
    station: str = ""
    work_date: str = ""


class Newcomer(msgspec.Struct):
    """Who waits for a badge since `at`, and the badge he has held there once, by which fact."""

    person: str
    at: Stamp
    badge: str | None = None
    offered: int = 0


class OpenQuestion(msgspec.Struct):
    """Who asked about which line of his pay."""

    person: str
    line: str
    work_date: str


MONTHS_OPEN = 2
MOST_QUESTIONS = 500
"""Open at once: a state that grows with every question nobody answers would be written to the card for ever."""


def _months(earlier: str, later: str) -> int:
    """From the month of one date to that of the other."""
    (year, month), (to_year, to_month) = ((int(each[:4]), int(each[5:7])) for each in (earlier, later))
    return 12 * (to_year - year) + to_month - month


class BoxState(msgspec.Struct):
    """`newcomers`: by station, the last who registered there. `bound`: badges given or linked here, and to whom.

    `commissioned`: by counter, the meaning that was proven. `questions`: those not yet
    answered, by their fact. `clock`: the latest stamp of the newest boot, which tells
    whether the wall clock is set later. `anchor`: what is known of the time of its boot.
    """

    seq: int = 0
    output: Output = msgspec.field(default_factory=Output)
    taps: dict[str, LastTap] = {}
    machines: dict[str, MachineState] = {}
    counters: dict[str, CounterState] = {}
    newcomers: dict[str, Newcomer] = {}
    bound: dict[str, str] = {}
    commissioned: dict[str, str] = {}
    questions: dict[int, OpenQuestion] = {}
    clock: Stamp | None = None
    anchor: ClockAnchor | None = None

    def machine(self, name: str) -> MachineState:
        return self.machines.setdefault(name, MachineState())

    def counters_of(self, machine: str) -> list[CounterState]:
        return [counter for counter in self.counters.values() if counter.machine == machine]

    def apply(self, fact: Fact) -> None:
        """Folds one fact in; facts come in order of seq."""
        body = body_of(fact.kind, fact.body)
        self.seq = fact.seq
        if self.clock is None or self.clock.boot_id != fact.at.boot_id or fact.at.seconds_since(self.clock) >= 0:
            self.clock = fact.at
        match body:
            case AttendanceTap():
                self._tap(fact, body)
            case DirectionChosen():
                self._chosen(body)
            case PersonnelLogOn() | PersonnelLogOff() | JobOrderStarted() | EquipmentStateChanged():
                self._change(fact, body)
            case CounterReading() | CounterStateChanged() | CounterCommissioned() | SnapshotMissed():
                self._counter(fact, body)
            case MaterialActualRecorded():
                self.output.recorded(fact, body)
            case MaterialActualAssigned():
                self.output.assigned(fact, body)
            case QuantityConfirmed():
                self.output.confirmed(body)
            case PersonRegistered() | BadgeOffered() | BadgeBound() | BadgeLinked():
                self._badge(fact, body)
            case LineQuestioned() | QuestionAnswered():
                self._question(fact, body)
            case ClockAnchored():
                said = ClockAnchor(fact.at, body.utc_us, body.within_us, body.source)
                self.anchor = better(self.anchor, said)
            case _:
                pass

    def questions_beside(self, work_date: str) -> dict[int, OpenQuestion]:
        """The open ones that still count when somebody asks about this date. Pay of this month and the last is shown
        and asked about; what nobody answered before that ended with its month."""
        return {seq: each for seq, each in self.questions.items() if _months(each.work_date, work_date) < MONTHS_OPEN}

    def _question(self, fact: Fact, body: LineQuestioned | QuestionAnswered) -> None:
        if isinstance(body, LineQuestioned):
            self.questions = self.questions_beside(body.work_date)
            self.questions[fact.seq] = OpenQuestion(body.person, body.line, body.work_date)
        else:
            self.questions.pop(body.question, None)

    def _tap(self, fact: Fact, body: AttendanceTap) -> None:
        who = body.person or body.badge
        if body.effective and who is not None:
            self.taps[who] = LastTap(fact.seq, fact.at, body.direction, body.station, body.work_date)

    def _chosen(self, body: DirectionChosen) -> None:
        last = self.taps.get(body.person)
        if last is not None and last.seq == body.tap:
            last.direction = body.direction

    def _change(
        self, fact: Fact, body: PersonnelLogOn | PersonnelLogOff | JobOrderStarted | EquipmentStateChanged
    ) -> None:
        """What may change the context of a machine; if it has, its counters want a snapshot."""
        machine = self.machine(body.machine)
        before = machine.context
        match body:
            case PersonnelLogOn():
                machine.log_on(fact, body)
                machine.context = msgspec.structs.replace(before, operators=machine.operators())
            case PersonnelLogOff():
                machine.log_off(fact, body)
                machine.context = msgspec.structs.replace(before, operators=machine.operators())
            case JobOrderStarted():
                machine.context = _working_on(before, body)
            case EquipmentStateChanged():
                machine.context = msgspec.structs.replace(before, state=body.state)
        if machine.context != before:
            for counter in self.counters_of(body.machine):
                counter.change(fact, machine.context)

    def _counter(
        self, fact: Fact, body: CounterReading | CounterStateChanged | CounterCommissioned | SnapshotMissed
    ) -> None:
        match body:
            case CounterReading():
                self._known_counter(body).read(fact, body, self.machine(body.machine).context)
            case CounterStateChanged():
                self._counter_state(body)
            case CounterCommissioned():
                self.commissioned[body.counter] = body.meaning
            case SnapshotMissed():
                for counter in self.counters_of(body.machine):
                    counter.missed = bool(counter.pending)

    def _counter_state(self, body: CounterStateChanged) -> None:
        counter = self._known_counter(body)
        counter.stale = body.state == STALE
        if body.state == COUNTED and not counter.meaning:
            # It has been counted since before its meaning was written down: nothing has changed.
            counter.meaning = body.detail
        elif body.state in {COUNTED, NOT_COUNTED}:
            counter.begin_anew(body.detail if body.state == COUNTED else counter.meaning)

    def _known_counter(self, body: CounterReading | CounterStateChanged) -> CounterState:
        return self.counters.setdefault(body.counter, CounterState(body.machine))

    def _badge(self, fact: Fact, body: PersonRegistered | BadgeOffered | BadgeBound | BadgeLinked) -> None:
        match body:
            case PersonRegistered():
                self.newcomers[body.station] = Newcomer(body.person, fact.at)
            case BadgeOffered():
                self.newcomers[body.station] = Newcomer(body.person, fact.at, body.badge, fact.seq)
            case BadgeBound():
                self.newcomers.pop(body.station, None)
                self.bound[body.badge] = body.person
            case BadgeLinked():
                self.bound[body.badge] = body.person


def _working_on(context: Context, body: JobOrderStarted) -> Context:
    return msgspec.structs.replace(
        context,
        order=body.order,
        product=body.product,
        operation=body.operation,
        pieces_per_count=body.pieces_per_count,
    )


class _Checkpoint(msgspec.Struct):
    version: str
    state: BoxState


@cache
def _version() -> str:
    """Another one for each shape of the state, so that none is ever read as a later one."""
    shape = msgspec.json.encode(msgspec.json.schema(BoxState), order="deterministic")
    return f"{FOLD}:{hashlib.sha256(shape).hexdigest()[:16]}"


def encode_state(state: BoxState) -> bytes:
    return msgspec.json.encode(_Checkpoint(_version(), state))


def decode_state(raw: bytes) -> BoxState:
    """Raises msgspec.ValidationError for a state of another version; the journal is then folded anew."""
    checkpoint = msgspec.json.decode(raw, type=_Checkpoint)
    if checkpoint.version != _version():
        raise msgspec.ValidationError(f"a state of version {checkpoint.version}, this is {_version()}")
    return checkpoint.state


class Ledger(Protocol):
    """Where decisions put their facts. `emit` numbers, chains and folds one fact and gives its seq."""

    state: BoxState

    def emit(self, at: Stamp, body: Body) -> int: ...
