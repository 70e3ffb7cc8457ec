"""Takes commands, decides, commits, and only then answers. One transaction for all that waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from edge.clock import Clock
from edge.domain import confirmation, logons, onboarding, production, steps, taps
from edge.domain.rules import LATE_AFTER_S, Decision, Rules
from edge.domain.state import BoxState, decode_state, encode_state
from edge.link.messages import (
    Answer,
    BadgeTapped,
    ConfirmOutput,
    CounterSample,
    CounterSamples,
    DeviceState,
    NotRecorded,
    Ping,
    Recordable,
    RegisterPerson,
)
from edge.store.errors import CannotRecord
from edge.store.journal import Draft, Journal
from sync.facts import Body, ClockStepped, CommandParked, Outcome, SnapshotMissed
from sync.reference_data import Directory
from sync.wire import Fact, Stamp, plain_text, unb64

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 1_000
LONGEST_ERROR = 300
SNAPSHOT_WITHIN_S = 3.0
"""A change that found core gone for longer than this has no snapshot any more."""


class _Ledger:
    """Emits the facts of one command inside the open transaction."""

    def __init__(self, journal: Journal, state: BoxState, command: str) -> None:
        self.state = state
        self._journal, self._command, self._part = journal, command, 0

    def emit(self, at: Stamp, body: Body) -> int:
        fact = self._journal.append(Draft(self._command, at, body), self._part)
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
        self, journal: Journal, clock: Clock, directory: Callable[[], Directory], zone: ZoneInfo, machines: list[str]
    ) -> None:
        self._journal, self._clock, self._directory = journal, clock, directory
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

    def record(self, commands: list[Recordable], new_id: Callable[[], str]) -> Committed:
        """Decides and commits all commands in one transaction, in order of capture; answers keep the given order.

        On any failure of the store nothing was stored: every answer is NotRecorded and the state is as before.
        A command that a fault of ours keeps from being decided is parked in the journal, and the others go on.
        """
        waiting = dict(self._waiting)
        try:
            return self._commit(commands, new_id)
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

    def _commit(self, commands: list[Recordable], new_id: Callable[[], str]) -> Committed:
        try:
            self._repair_if_broken()
        except CannotRecord as error:
            return Committed([NotRecorded(command.id, str(error)) for command in commands], reason=str(error))
        rules = Rules(self._directory(), self._zone)
        taken = self._clock.stamp()
        done: dict[str, Answer] = {}
        before, head = {name: machine.context for name, machine in self.state.machines.items()}, self._journal.seq
        waiting = dict(self._waiting)
        try:
            with self._journal.transaction():
                self._say_stepped(taken, new_id)
                self._say_missed(taken, new_id)
                logons.follow_orders(self._ledger(new_id()), rules, self._machines, taken)
                for command in sorted(commands, key=_captured):
                    done[command.id] = self._one(command, rules, taken)
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

    def _one(self, command: Recordable, rules: Rules, taken: Stamp) -> Answer:
        known = self._journal.of_command(command.id)
        if known:
            return _first_answer(command.id, known)
        ledger = self._ledger(command.id)
        decision: Decision | None = None
        match command:
            case BadgeTapped():
                decide = logons.at_machine if command.machine else taps.clock
                decision = decide(ledger, rules, command, late=taken.seconds_since(command.at) > LATE_AFTER_S)
            case ConfirmOutput():
                decision = confirmation.confirm(ledger, rules, command)
            case RegisterPerson():
                sealed = unb64(command.sealed)
                decision = onboarding.register(ledger, command, sealed)
                self._journal.keep_sealed(command.person, decision.seq, sealed)
            case CounterSamples():
                for sample in command.samples:
                    self._sample(ledger, rules, sample)
            case DeviceState():
                # A reader has a machine too, but only what has counted can stop counting.
                if command.machine and not command.up and command.device in self.state.counters:
                    waiting = self._waiting.pop(command.device, None)
                    production.stale(ledger, rules, waiting, command.device, command.machine, command.at)
            case Ping():
                pass
        return Answer(command.id, decision.outcome, decision.seq) if decision else Answer(command.id)

    def _sample(self, ledger: _Ledger, rules: Rules, sample: CounterSample) -> None:
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


def _captured(command: Recordable) -> tuple[str, int, bool]:
    """Orders commands by the moment of capture within one boot, a reading before a change; a ping sorts anywhere."""
    match command:
        case CounterSamples(samples=[first, *_]):
            return first.at.boot_id, first.at.boottime_ns, False
        case BadgeTapped() | ConfirmOutput() | DeviceState() | RegisterPerson():
            return command.at.boot_id, command.at.boottime_ns, True
    return "", 0, False


def _first_answer(command: str, facts: list[Fact]) -> Answer:
    """The answer given when this command was first recorded, or parked."""
    if facts[0].kind == CommandParked.__name__:
        return Answer(command, None, facts[0].seq)
    for fact in facts:
        outcome = fact.body.get("outcome")
        if outcome is not None:
            return Answer(command, Outcome(outcome), fact.seq)
    return Answer(command)
