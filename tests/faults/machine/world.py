"""The house as a whole: what can happen in it, and what must be true of it afterwards."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from edge.domain.state import BoxState
from edge.link.messages import Answer, BadgeTapped, ConfirmOutput, CounterSamples, Recordable
from sync.policy import Verdict
from sync.wire.envelope import GENESIS, ClockState, Fact, Stamp, fact_hash
from sync.wire.facts import CommandParked, CounterReading, MaterialActualRecorded, Outcome, QuantityConfirmed, body_of
from tests.faults.evidence import Findings
from tests.faults.machine.box import Core, Death, Sync, outcomes
from tests.faults.machine.headquarters import PRESS, SUPERVISOR, Headquarters
from tests.faults.machine.link import LinkModel
from tests.faults.machine.network import Network, Trouble
from tests.faults.machine.press import MODULUS, RATE_PER_MIN, STARTS_AT, Press
from tests.moments import SteppableClock

SHARED_MEMORY = Path("/dev/shm")
"""A power cut is not among these faults, so nothing here needs to wait for a disk."""

PATIENCE = 40
TICK_S = 0.01
EVERYTHING = 10_000


class World:
    """Every method is something that happens; `findings` says what was lost, doubled or broken so far."""

    def __init__(self) -> None:
        fast = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="cp-", dir=fast))
        self.clock = SteppableClock()
        self.hr = Headquarters(self.folder, self.clock)
        self.network = Network(self.hr.client)
        self.sync = Sync(self.folder, self.clock, self.network)
        self.core = Core(self.folder, self.clock)
        self.link, self.press = LinkModel(), Press()
        self.findings = Findings()
        self.journal: list[Fact] = []
        self.presented: list[str] = []
        self.given_up: set[str] = set()
        self.answers: dict[str, Answer] = {}
        self._told: dict[int, int] = defaultdict(int)
        self._read_and_kept: list[tuple[int, int]] = []
        self._stepped = False
        self._names = itertools.count(1)
        self.link.connect()
        self.sync.round()
        self.poll()
        self.deliver()

    def close(self) -> None:
        self.core.close()
        self.sync.close()
        self.hr.close()
        shutil.rmtree(self.folder)

    # --- people -------------------------------------------------------------------------------------

    def tap(self, badge: str, *, at_machine: bool) -> None:
        reader, machine = ("press-1-reader", PRESS) if at_machine else ("gate-1", None)
        self._present(BadgeTapped(self._name(), self._now(), "hall", reader, f"EM4100:{badge}", machine))

    def seal(self) -> None:
        """The supervisor seals the first pieces that wait for it."""
        if not self.core.up:
            return
        for key, waiting in sorted(self.core.recorder.state.output.unsealed.items()):
            person, order, work_date = key.split("|")
            actuals, counted = [each.seq for each in waiting], sum(each.quantity for each in waiting)
            boss = next(each.id for each in self.hr.service.people.listed() if each.number == SUPERVISOR)
            seal = ConfirmOutput(self._name(), self._now(), boss, person, order, work_date, actuals, good=counted)
            self._present(seal)
            return

    def _present(self, command: BadgeTapped | ConfirmOutput) -> None:
        self.presented.append(command.id)
        self.link.submit(command)

    # --- the machine and devices -------------------------------------------------------------------------

    def run(self, strokes: int) -> None:
        self.clock.pass_s(1.2 * strokes * 60 / RATE_PER_MIN + TICK_S)
        self.press.strokes += strokes

    def poll(self, *, snapshot: bool = False) -> None:
        at = self._now()
        if self.press.reachable:
            self.press.read(at, snapshot)
        if message := self.press.next_message(self._name()):
            self.link.submit(message)

    def cut_plc(self, *, reachable: bool) -> None:
        if self.press.reachable is not reachable:
            self.press.reachable = reachable
            self.link.submit(self.press.state(self._name(), self._now()))

    def restart_plc(self) -> None:
        self.press.restart()

    def kill_devices(self, *, core_has_read: bool) -> None:
        """What core has read from it is stored all the same; its answers reach nobody."""
        if core_has_read and self.core.up:
            self.core.record(self.link.read(EVERYTHING), None)
        self.given_up |= {command.id for command in self.link.die()}
        self.press.forget()
        if self.core.up:
            self.link.connect()
            self.link.submit(self.press.state(self._name(), self._now()))

    # --- core -----------------------------------------------------------------------------------------

    def deliver(self, limit: int = EVERYTHING, death: Death | None = None, *, twice: bool = False) -> None:
        """Core takes what is on the wire, or has a beat of its own when there is nothing."""
        if not self.core.up:
            return
        self.link.pause()
        commands = self.link.read(limit)
        if twice:
            commands = [*commands, *commands]
        done = self.core.record(commands, death)
        if done is None:
            self.link.disconnect()
            self._forget_what_waited()
            return
        for command, answer in zip(commands, done.answers, strict=True):
            self.link.take(answer)
            if isinstance(answer, Answer):
                self._answered(command, answer)

    def kill_core(self) -> None:
        self.core.kill()
        self.link.disconnect()
        self._forget_what_waited()

    def start_core(self) -> None:
        if not self.core.up:
            self.core.start()
            self.link.connect()

    def miss_snapshot(self) -> None:
        """No reading comes within three seconds of a change."""
        self.clock.pass_s(3.1)
        if self.core.up:
            self.core.recorder.missed_snapshot(PRESS, self.core.recorder.pending_changes(PRESS), self.core.new_id)

    def _answered(self, command: Recordable, answer: Answer) -> None:
        if isinstance(command, CounterSamples):
            self.press.answered(command.id)
            for sample in command.samples:
                session, strokes = self.press.truth(sample.at)
                self._told[session] = max(self._told[session], strokes)
        elif isinstance(command, BadgeTapped | ConfirmOutput) and self.answers.setdefault(command.id, answer) != answer:
            self.findings.broken.append(f"{command.id} was answered {self.answers[command.id]} and {answer}")

    def _forget_what_waited(self) -> None:
        """A sample that core kept in memory only is gone with it; the counter still shows its counts."""
        self.read_journal()
        self._told = self._tops()

    # --- the line, sync and HR ------------------------------------------------------------------------------

    def send(self, troubles: list[Trouble]) -> None:
        self.network.troubles.extend(troubles)
        self.sync.round()

    def restart_sync(self) -> None:
        self.sync.restart()

    def restore_hr(self) -> None:
        self.hr.restore()
        self.network.hr = self.hr.client

    # --- the box's clock and plug -----------------------------------------------------------------------

    def step_clock(self, seconds: int) -> None:
        if not (self._wrap_is_recorded() or self._read_in_this_boot()):
            return
        self._stepped = True
        self.clock.step_s(seconds)

    def reboot(self, off_s: int, wall_us: int | None) -> None:
        """`wall_us` is what the wall clock says then; None for the truth."""
        if (wall_us is not None or self._stepped) and not self._wrap_is_recorded():
            return
        self.given_up |= {command.id for command in self.link.die()}
        self.kill_core()
        self.press.forget()
        self.clock.reboot(off_s)
        self.clock.set_wall_us(self.clock.true_us if wall_us is None else wall_us)
        self.clock.state = ClockState.RTC if wall_us is None else ClockState.NONE
        self.sync.restart()

    def _read_in_this_boot(self) -> bool:
        self.read_journal()
        readings = [fact for fact in self.journal if fact.kind == CounterReading.__name__]
        return bool(readings) and readings[-1].at.boot_id == self.clock.stamp().boot_id

    def _wrap_is_recorded(self) -> bool:
        """A rollover across two boots can only be told from a restart when the time between them is known."""
        self.read_journal()
        tops = self._tops()
        return max(tops, default=0) > 1 or tops.get(1, 0) + STARTS_AT >= MODULUS

    # --- what must be true ------------------------------------------------------------------------------

    def read_journal(self) -> None:
        """Takes in the new facts and checks their chain; every answer must be among them."""
        while found := self.sync.views.after(len(self.journal), 500):
            for fact in found:
                before = self.journal[-1] if self.journal else None
                expected = (before.seq + 1, before.hash) if before else (1, GENESIS)
                if (fact.seq, fact.prev_hash) != expected or fact.hash != fact_hash(fact):
                    self.findings.broken.append(f"fact {fact.seq} does not continue the chain")
                if fact.kind == CommandParked.__name__:
                    self.findings.broken.append(f"a command was parked: {fact.body}")
                self.journal.append(fact)

    def check(self) -> None:
        """After every step: what a person was shown stands in the journal."""
        self.read_journal()
        for name, answer in self.answers.items():
            stored = self.journal[answer.seq - 1] if answer.seq and answer.seq <= len(self.journal) else None
            if stored is None or stored.command != name or outcomes([stored]) != [answer.outcome]:
                self.findings.lost.append(f"{name} was answered {answer.outcome} as fact {answer.seq}")

    def heal(self) -> None:
        """All faults end, and everything has its time. Raises AssertionError when something is stuck."""
        self.network.heal()
        self._read_and_kept = self.press.waiting
        self.start_core()
        self.cut_plc(reachable=True)
        for turn in range(PATIENCE):
            self.clock.pass_s(60)
            self.poll()
            self.deliver()
            # A reading that is held needs another one.
            if turn > 1 and not self.link.unanswered and not len(self.press.pending):
                break
        for reachable in (False, True):
            self.cut_plc(reachable=reachable)
            self.deliver()
        for _ in range(PATIENCE):
            if self.sync.round() is Verdict.DONE and self.sync.acknowledged() == self.core.recorder.seq:
                break
        assert not self.link.unanswered, "core never answered"
        assert self.sync.acknowledged() == self.core.recorder.seq, "HR never got everything"

    def judge(self) -> None:
        """At the end of a day, after `heal`."""
        self.check()
        again = self.sync.views.after(0, 1_000_000)
        if again != self.journal:
            self.findings.lost.append("the journal has not kept what it held before")
        self._judge_state()
        self._judge_commands()
        self._judge_pieces()
        self._judge_hr()

    def _judge_state(self) -> None:
        """What core knows is what the journal says, whatever checkpoints it began at."""
        folded = BoxState()
        for fact in self.journal:
            folded.apply(fact)
        if folded != self.core.recorder.state:
            self.findings.broken.append("core knows something else than its journal says")

    def _judge_commands(self) -> None:
        made: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.journal:
            made[fact.command].append(fact)
        for name in self.presented:
            told = outcomes(made[name])
            if len(told) > 1:
                self.findings.doubled.append(f"{name} has {len(told)} outcomes: {told}")
            if not told and name not in self.given_up:
                self.findings.lost.append(f"{name} has no outcome")
        places = [made[name][0].seq for name in self.presented if made[name]]
        if places != sorted(places):
            self.findings.broken.append("taps are not in the order in which they were made")

    def _tops(self) -> dict[int, int]:
        """The highest stroke of each session of the PLC that a reading in the journal shows."""
        tops: dict[int, int] = defaultdict(int)
        for fact in self.journal:
            if fact.kind == CounterReading.__name__:
                session, strokes = self.press.truth(fact.at)
                tops[session] = max(tops[session], strokes)
        return tops

    def _judge_pieces(self) -> None:
        tops = self._tops()
        actuals = [body_of(fact.kind, fact.body) for fact in self.journal if fact.kind == "MaterialActualRecorded"]
        made = [each for each in actuals if isinstance(each, MaterialActualRecorded)]
        counted, shown = sum(each.counts for each in made), sum(tops.values())
        if counted > shown:
            self.findings.doubled.append(f"{counted} strokes are counted, the readings show {shown}")
        if counted < shown:
            self.findings.lost.append(f"{counted} strokes are counted, the readings show {shown}")
        owed = [*self._told.items(), *self._read_and_kept, (self.press.session, self.press.strokes)]
        for session, strokes in owed:
            if tops[session] < strokes:
                self.findings.lost.append(f"session {session}: {strokes} strokes, the readings show {tops[session]}")
        for each in made:
            shared = sum(share.quantity for share in each.shares)
            if each.quantity != each.counts * each.pieces_per_count or shared not in (0, each.quantity):
                self.findings.broken.append(f"pieces that do not add up: {each}")

    def _judge_hr(self) -> None:
        last = len(self.journal)
        at_hr = self.hr.facts(last + 1)
        there = {fact.seq for fact in at_hr}
        self.findings.lost += [f"HR has not got fact {seq}" for seq in range(1, last + 1) if seq not in there]
        if at_hr != self.journal and len(at_hr) == last:
            self.findings.broken.append("HR holds other facts than the journal")
        if aside := self.hr.service.inbox.waiting():
            self.findings.broken.append(f"HR set facts aside: {aside[0]}")
        for table, (found, expected) in self._rows().items():
            if found > expected:
                self.findings.doubled.append(f"{table} at HR has {found} rows, {expected} are right")
            if found < expected:
                self.findings.lost.append(f"{table} at HR has {found} rows, {expected} are right")

    def _rows(self) -> dict[str, tuple[int, int]]:
        found, expected = self.hr.rows(), {"fact": len(self.journal), "reading_use": 0, "actual_use": 0}
        for fact in self.journal:
            body = body_of(fact.kind, fact.body)
            if isinstance(body, MaterialActualRecorded):
                expected["reading_use"] += len({(each.from_seq, each.to_seq) for each in body.readings})
            if isinstance(body, QuantityConfirmed) and body.outcome is Outcome.CONFIRMED:
                expected["actual_use"] += len(set(body.actuals))
        return {table: (found[table], rows) for table, rows in expected.items()}

    # --- names and moments --------------------------------------------------------------------------------

    def _name(self) -> str:
        return f"c-{next(self._names)}"

    def _now(self) -> Stamp:
        self.clock.pass_s(TICK_S)
        return self.clock.stamp()
