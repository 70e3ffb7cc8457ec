"""What a box knows of each machine and each counter: who works there, on what, and what was last read. Part of the fold
in edge.domain.state."""

from __future__ import annotations

import msgspec

from edge.domain.attribution import Context, Since
from edge.domain.counting import Seen
from edge.domain.rules import is_repeat
from sync.wire.envelope import Fact, Stamp
from sync.wire.facts import CounterReading, Ended, PersonnelLogOff, PersonnelLogOn


class Session(msgspec.Struct):
    """Who is logged on at a machine, since when, by which fact, and with what weight."""

    log_on: int
    person: str
    at: Stamp
    weight: int


class LogOff(msgspec.Struct):
    seq: int
    at: Stamp


class MachineState(msgspec.Struct):
    """`sessions` in the order in which people came. `log_offs`: who has just left, by person."""

    context: Context = Context()
    sessions: list[Session] = []
    log_offs: dict[str, LogOff] = {}

    def session_of(self, person: str) -> Session | None:
        return next((each for each in self.sessions if each.person == person), None)

    def operators(self) -> dict[str, int]:
        return {each.person: each.weight for each in self.sessions}

    def log_on(self, fact: Fact, body: PersonnelLogOn) -> None:
        self.sessions = [each for each in self.sessions if each.person != body.person]
        self.sessions.append(Session(fact.seq, body.person, fact.at, body.weight))
        self.log_offs.pop(body.person, None)

    def log_off(self, fact: Fact, body: PersonnelLogOff) -> None:
        self.sessions = [each for each in self.sessions if each.person != body.person]
        self.log_offs = {who: each for who, each in self.log_offs.items() if is_repeat(fact.at, each.at)}
        if body.ended_by is not Ended.HAND_OVER:
            self.log_offs[body.person] = LogOff(fact.seq, fact.at)


class CounterState(msgspec.Struct):
    """`last` is believed, `held` waits. `timeline`: contexts since `last`; `pending`: changes without a snapshot yet.

    `missed`: no snapshot came in time for what is pending, so its counts are split by time. `meaning`: how its values
    are read, as far as a fact says so; without `last` the next reading is a baseline.
    """

    machine: str
    last: Seen | None = None
    held: Seen | None = None
    timeline: list[Since] = []
    pending: list[int] = []
    missed: bool = False
    stale: bool = False
    meaning: str = ""

    def change(self, fact: Fact, context: Context) -> None:
        if self.last is not None:
            self.timeline.append(Since(fact.at, context))
            self.pending.append(fact.seq)

    def read(self, fact: Fact, body: CounterReading, context: Context) -> None:
        """`context` is the machine's, for a counter that has none of its own yet."""
        seen = Seen(fact.seq, fact.at, body.value, body.session)
        self.stale = False
        if body.held:
            # A second odd reading in a row: the first is believed now (edge.domain.counting.judge).
            self.last, self.held = self.held or self.last, seen
            return
        self.last, self.held = seen, None
        self.pending = [seq for seq in self.pending if seq not in body.changes]
        # What is still pending came after this reading; everything before it is settled.
        rest = self.timeline[len(self.timeline) - len(self.pending) :] if self.pending else []
        done = self.timeline[: len(self.timeline) - len(rest)]
        in_force = done[-1].context if done else context
        self.timeline = [Since(fact.at, in_force), *rest]
        self.missed = self.missed and bool(self.pending)

    def begin_anew(self, meaning: str) -> None:
        """What was read before says nothing about what is read from here on."""
        self.last, self.held, self.timeline, self.pending = None, None, [], []
        self.missed, self.meaning = False, meaning
