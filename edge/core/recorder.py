"""Takes commands, decides, commits, and only then answers. One transaction for all that waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from edge.clock import Clock
from edge.domain import (
    anchors,
    commissioning,
    confirmation,
    logons,
    onboarding,
    production,
    questions,
    shift_end,
    sources,
    steps,
    supervision,
    taps,
)
from edge.domain.rules import LATE_AFTER_S, Decision, Rules
from edge.domain.shift_end import SNAPSHOT_WITHIN_S
from edge.domain.state import BoxState, decode_state, encode_state
from edge.link.messages import (
    AnchorClock,
    Answer,
    AnswerQuestion,
    AskAboutLine,
    AssignPieces,
    BadgeTapped,
    ChooseDirection,
    CommissionCounter,
    ConfirmOutput,
    CounterSample,
    CounterSamples,
    DeviceState,
    LinkBadge,
    NotRecorded,
    Ping,
    Recordable,
    RegisterPerson,
    SetEquipmentState,
)
from edge.store.errors import CannotRecord
from edge.store.journal import Draft, Journal
from sync.wire.anchors import ClockAnchor, is_news, vouched
from sync.wire.envelope import Fact, Stamp, plain_text, unb64
from sync.wire.facts import Body, ClockStepped, CommandParked, Outcome, SnapshotMissed
from sync.wire.presence import NOWHERE, Elsewhere
from sync.wire.reference_data import Directory

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 1_000
LONGEST_ERROR = 300


class _Ledger:
    """Emits the facts of one command inside the open transaction. `suspect`: the command's own stamp was impossible."""

    def __init__(self, journal: Journal, state: BoxState, command: str, *, suspect: bool = False) -> None:
        self.state = state
        self._journal, self._command, self._part = journal, command, 0
        self._suspect = suspect

    def emit(self, at: Stamp, body: Body) -> int:
        if self._suspect and "suspect" in body.__struct_fields__:
            body = msgspec.structs.replace(body, suspect=True)
        fact = self._journal.append(Draft(self._command, vouched(self.state.anchor, at), body), self._part)
        self._part += 1
        self.state.apply(fact)
        return fact.seq


@dataclass
class Committed:
    """What one transaction did: an answer per command, in their order, and the machines whose context changed."""

    answers: list[Answer | NotRecorded]
    changed: set[str] = field(default_factory=set)
    reason: str = ""


class Recorder:
    """The state of the box and the one hand that writes it. Not thread-safe: core is one loop."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        directory: Callable[[], Directory],
        zone: ZoneInfo,
        machines: list[str],
        elsewhere: Callable[[], Elsewhere] = lambda: NOWHERE,
    ) -> None:
        self._journal, self._clock, self._directory, self._elsewhere = journal, clock, directory, elsewhere
        self._zone, self._machines = zone, machines
        self._waiting: dict[str, CounterSample] = {}
        self.state = self._folded()
        self._ticked = self.state.clock
        self._overdue = {machine for machine in self.awaiting_snapshot() if self._too_old_for_snapshot(machine)}
        self._since_checkpoint = 0
        self._broken = False

    @property
    def seq(self) -> int:
        return self._journal.seq

    def record(self, commands: list[Recordable], new_id: Callable[[], str], *, caught_up: bool = False) -> Committed:
        """Decides and commits all commands in one transaction, in order of capture; answers keep the given order.

        `caught_up`: nothing that happened before now is still on its way, so that sessions whose shift is over may end.
        On any failure of the store nothing was stored: every answer is NotRecorded and the state is as before.
        A command that a fault of ours keeps from being decided is parked in the journal, and the others go on.
        """
        waiting = dict(self._waiting)
        try:
            return self._commit(commands, new_id, caught_up=caught_up)
        except Exception as fault:
            # Core's outermost loop: without this one bad command would be sent, and would kill core, for ever.
            if not commands:
                raise
            log.exception("a command could not be decided; the others go on")
            self._waiting, self.state, self._since_checkpoint = waiting, self._folded(), 0
            if len(commands) == 1:
                return self._parked(commands[0], fault)
        whole = Committed([])
        for command in commands:
            each = self.record([command], new_id)
            whole.answers += each.answers
            whole.changed |= each.changed
            whole.reason = each.reason or whole.reason
        return whole

    def _parked(self, command: Recordable, fault: Exception) -> Committed:
        """Keeps the command whole, as a fact; nobody sees a tick for it."""
        body = CommandParked(msgspec.json.encode(command).decode(), plain_text(repr(fault), LONGEST_ERROR))
        try:
            with self._journal.transaction():
                seq = self._ledger(command.id).emit(self._clock.stamp(), body)
        except CannotRecord as error:
            self._recover(error)
            return Committed([NotRecorded(command.id, str(error))], reason=str(error))
        return Committed([Answer(command.id, None, seq)])

    def _commit(self, commands: list[Recordable], new_id: Callable[[], str], *, caught_up: bool) -> Committed:
        try:
            self._repair_if_broken()
        except CannotRecord as error:
            return Committed([NotRecorded(command.id, str(error)) for command in commands], reason=str(error))
        rules = Rules(self._directory(), self._zone, self._elsewhere())
        taken = self._clock.stamp()
        done: dict[str, Answer] = {}
        before, head = {name: machine.context for name, machine in self.state.machines.items()}, self._journal.seq
        waiting = dict(self._waiting)
        try:
            with self._journal.transaction():
                self._say_stepped(taken, new_id)
                self._say_missed(taken, new_id)
                logons.follow_orders(self._ledger(new_id()), rules, self._machines, taken)
                stamped = [_believed(command, taken) for command in commands]
                suspect = {now.id for was, now in zip(commands, stamped, strict=True) if now is not was}
                for command in sorted(stamped, key=_captured):
                    if (captured := moment_of(command)) is not None:
                        shift_end.end_sessions(self._ledger(new_id()), rules, captured)
                    done[command.id] = self._one(command, rules, taken, suspect=command.id in suspect)
                if caught_up:
                    shift_end.end_sessions(self._ledger(new_id()), rules, taken)
                self._since_checkpoint += self._journal.seq - head
                if self._since_checkpoint >= CHECKPOINT_EVERY:
                    self._journal.save_checkpoint(encode_state(self.state))
        except CannotRecord as error:
            self._waiting = waiting
            self._recover(error)
            reason = "disk full" if error.disk_full else str(error)
            return Committed([NotRecorded(command.id, reason) for command in commands], reason=reason)
        if self._since_checkpoint >= CHECKPOINT_EVERY:
            self._since_checkpoint = 0
        self._ticked = taken
        self._overdue.clear()
        changed = {name for name, machine in self.state.machines.items() if machine.context != before.get(name)}
        return Committed([done[command.id] for command in commands], changed)

    def counts(self, sample: CounterSample) -> bool:
        """Whether it is known what this sample means, so that it is counted and not only shown."""
        return production.is_counted(self.state, sample)

    def missed_snapshot(self, machine: str, changes: set[int], new_id: Callable[[], str]) -> bool:
        """No reading came in time for these changes: says so in the journal, before any later reading.

        False if one has come after all. When the store cannot be written, the next commit says it first.
        """
        if not changes & self.pending_changes(machine):
            return False
        self._overdue.add(machine)
        self.record([], new_id)
        return True

    def pending_changes(self, machine: str) -> set[int]:
        """The seqs of this machine's context changes that wait for a reading."""
        return {seq for each in self.state.counters_of(machine) if not each.missed for seq in each.pending}

    def awaiting_snapshot(self) -> set[str]:
        """Machines with a context change that no reading has answered yet."""
        return {counter.machine for counter in self.state.counters.values() if counter.pending and not counter.missed}

    def _too_old_for_snapshot(self, machine: str) -> bool:
        """Whether what changed there lies before core was gone: a reading now says nothing about that moment."""
        now = self._clock.stamp()
        changes = [each.timeline[-len(each.pending)].at for each in self.state.counters_of(machine) if each.pending]
        return any(now.boot_id != at.boot_id or now.seconds_since(at) > SNAPSHOT_WITHIN_S for at in changes)

    def _say_stepped(self, taken: Stamp, new_id: Callable[[], str]) -> None:
        """The wall clock was set since the last commit: noted before what comes with the new time."""
        if step_us := steps.step_us(self._ticked, taken):
            self._ledger(new_id()).emit(taken, ClockStepped(step_us))

    def _say_missed(self, taken: Stamp, new_id: Callable[[], str]) -> None:
        for machine in sorted(self._overdue):
            if changes := sorted(self.pending_changes(machine)):
                self._ledger(new_id()).emit(taken, SnapshotMissed(machine, changes))

    def works(self) -> str:
        """Tries to write; the reason it cannot, or nothing."""
        try:
            self._repair_if_broken()
            self._journal.probe()
        except CannotRecord as error:
            self._broken = not error.disk_full
            return "disk full" if error.disk_full else str(error)
        return ""

    def learn_time(self, said: ClockAnchor | None, new_id: Callable[[], str]) -> None:
        """Records what HR's receipt says of the time of this boot, if that is news."""
        if said is None or said.at.boot_id != self._clock.stamp().boot_id or not is_news(self.state.anchor, said):
            return
        self.record([AnchorClock(new_id(), said.at, said.source, said.utc_us, said.within_us)], new_id)

    def forget_sealed(self, received: Callable[[], Set[str]]) -> None:
        """Deletes the sealed records of the people of whom `received` says that HR has theirs."""
        try:
            held = self._journal.sealed_people()
            if held and (done := held & received()):
                self._journal.drop_sealed(done)
        except CannotRecord as error:
            self._recover(error)

    def _repair_if_broken(self) -> None:
        """After an I/O error nothing the old connection says is believed: open anew and fold from the journal."""
        if self._broken:
            self._journal.reopen()
            self.state = self._folded()
            self._broken = False

    def _one(self, command: Recordable, rules: Rules, taken: Stamp, *, suspect: bool) -> Answer:
        known = self._journal.of_command(command.id)
        if known:
            return _first_answer(command.id, known)
        # Each sample says for itself whether its stamp is.
        suspect = suspect and not isinstance(command, CounterSamples)
        ledger = _Ledger(self._journal, self.state, command.id, suspect=suspect)
        decision: Decision | None = None
        match command:
            case BadgeTapped():
                decide = logons.at_machine if command.machine else taps.clock
                decision = decide(ledger, rules, command, late=taken.seconds_since(command.at) > LATE_AFTER_S)
            case ChooseDirection():
                decision = taps.choose(ledger, command, late=taken.seconds_since(command.at) > LATE_AFTER_S)
            case (
                ConfirmOutput()
                | SetEquipmentState()
                | AssignPieces()
                | LinkBadge()
                | CommissionCounter()
                | AskAboutLine()
                | AnswerQuestion()
            ):
                decision = _said(ledger, rules, command)
            case RegisterPerson():
                sealed = unb64(command.sealed)
                decision = onboarding.register(ledger, command, sealed)
                self._journal.keep_sealed(command.person, decision.seq, sealed)
            case AnchorClock():
                # With another stamp than its own it would say something else.
                decision = None if suspect else anchors.anchor(ledger, rules, command)
            case CounterSamples():
                for sample in command.samples:
                    self._sample(ledger, rules, sample, taken)
            case DeviceState():
                # A reader has a machine too, but only what has counted can stop counting.
                if command.machine and not command.up and command.device in self.state.counters:
                    waiting = self._waiting.pop(command.device, None)
                    production.stale(ledger, rules, waiting, command.device, command.machine, command.at)
            case Ping():
                pass
        return Answer(command.id, decision.outcome, decision.seq) if decision else Answer(command.id)

    def _sample(self, ledger: _Ledger, rules: Rules, sample: CounterSample, taken: Stamp) -> None:
        counter = self.state.counters.get(sample.counter)
        if counter and counter.last and sources.is_of_before(sample.at, counter.last.at, taken):
            return
        left = production.take(ledger, rules, self._waiting.pop(sample.counter, None), sample)
        if left is not None:
            self._waiting[sample.counter] = left

    def _ledger(self, command: str) -> _Ledger:
        return _Ledger(self._journal, self.state, command)

    def _recover(self, error: CannotRecord) -> None:
        """After a rollback the state in memory is ahead of the journal: fold it again, or at the next chance."""
        self._since_checkpoint = 0
        self._broken = not error.disk_full
        if not self._broken:
            try:
                self.state = self._folded()
            except CannotRecord:
                self._broken = True

    def _folded(self) -> BoxState:
        state, checkpoint = BoxState(), self._journal.checkpoint()
        if checkpoint:
            try:
                state = decode_state(checkpoint[1])
            except msgspec.MsgspecError:
                log.info("the checkpoint is of another version; folding the journal anew")
        for fact in self._journal.checked_after(state.seq):
            state.apply(fact)
        return state


def _said(
    ledger: _Ledger,
    rules: Rules,
    command: ConfirmOutput
    | SetEquipmentState
    | AssignPieces
    | LinkBadge
    | CommissionCounter
    | AskAboutLine
    | AnswerQuestion,
) -> Decision | None:
    """What a person has said at a page or a terminal."""
    match command:
        case ConfirmOutput():
            return confirmation.confirm(ledger, rules, command)
        case SetEquipmentState():
            return supervision.set_equipment_state(ledger, rules, command)
        case AssignPieces():
            return supervision.assign(ledger, rules, command)
        case LinkBadge():
            return supervision.link(ledger, rules, command)
        case CommissionCounter():
            return commissioning.commission(ledger, rules, command)
        case AskAboutLine():
            return questions.ask(ledger, rules, command)
        case AnswerQuestion():
            return questions.answer(ledger, rules, command)


def moment_of(command: Recordable) -> Stamp | None:
    """When it was captured; of a round of samples, the first. A ping is of no moment."""
    match command:
        case CounterSamples(samples=[first, *_]):
            return first.at
        case CounterSamples() | Ping():
            return None
    return command.at


def _believed(command: Recordable, received: Stamp) -> Recordable:
    """The command itself, or one like it with the moment of receipt wherever its own is impossible (AB-R9)."""
    match command:
        case Ping():
            return command
        case CounterSamples():
            samples = [_believed_sample(each, received) for each in command.samples]
            same = all(now is was for was, now in zip(command.samples, samples, strict=True))
            return command if same else msgspec.structs.replace(command, samples=samples)
    at = sources.believed(command.at, received)
    return command if at is command.at else msgspec.structs.replace(command, at=at)


def _believed_sample(sample: CounterSample, received: Stamp) -> CounterSample:
    at = sources.believed(sample.at, received)
    return sample if at is sample.at else msgspec.structs.replace(sample, at=at, suspect=True)


def _captured(command: Recordable) -> tuple[str, int, bool]:
    """Orders commands by the moment of capture within one boot, a reading before a change; a ping sorts anywhere."""
    at = moment_of(command)
    return (at.boot_id, at.boottime_ns, not isinstance(command, CounterSamples)) if at else ("", 0, False)


def _first_answer(command: str, facts: list[Fact]) -> Answer:
    """The answer given when this command was first recorded, or parked."""
    if facts[0].kind == CommandParked.__name__:
        return Answer(command, None, facts[0].seq)
    for fact in facts:
        outcome = fact.body.get("outcome")
        if outcome is not None:
            return Answer(command, Outcome(outcome), fact.seq)
    return Answer(command)
