"""A box at work: a crowd that taps, a machine that counts, HR that changes orders; and the judgement at the end.

Shared by the harnesses: each brings its own faults.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlcipher3 import dbapi2

from database import NotThereYet
from sync.wire.envelope import Fact
from sync.wire.facts import AttendanceTap, CounterReading, JobOrderStarted, body_of
from tests.faults.box import PIECES_PER_MIN, FaultBox, Service, badge_of, now_us
from tests.faults.evidence import READ_WITHIN_US, Evidence, Findings, judge

TICK_WITHIN_S = 1.3
"""After so long without a tick a person taps again; a reader needs 1 s to see that the badge had gone."""

PATIENCE = 15
SETTLE_S = 40.0


class Stuck(Exception):
    """The box does not do what it must, however long one waits."""


@dataclass
class Crowd:
    """People who tap one after another, in a thread of its own, until told to stop."""

    box: FaultBox
    chance: random.Random
    presented: dict[str, int] = field(default_factory=Counter)
    acknowledged: dict[str, list[int]] = field(default_factory=dict)
    slowest_s: float = 0.0
    trouble: str = ""

    def __post_init__(self) -> None:
        self.stop = threading.Event()
        self.tapping = threading.Event()
        self._seen = 0
        self._thread = threading.Thread(target=self._run, name="crowd")

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self.stop.set()
        self._thread.join()

    def _run(self) -> None:
        people = len(self.box.person_of)
        for number in range(people):
            if self.stop.is_set():
                return
            if not self._one(badge_of(number)):
                self.trouble = f"person {number} tapped {PATIENCE} times and never saw a tick"
                return
            self.stop.wait(self.chance.uniform(0.05, 0.3))
        self.trouble = "the people ran out before the faults did"

    def _one(self, badge: str) -> bool:
        person = self.box.person_of[badge]
        began_s = time.monotonic()
        for _ in range(PATIENCE):
            self.presented[person] += 1
            self.box.reader.tap(badge, frames=1)
            self.tapping.set()
            if self._tick_comes(person):
                self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
                return True
        return False

    def _tick_comes(self, person: str) -> bool:
        """What the kiosk would show: the bell rings, and the journal holds an answer for this person."""
        deadline_s = time.monotonic() + TICK_WITHIN_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            self.box.bell.receive(min(left_s, 0.1))
            for fact in self._answers():
                self._seen = fact.seq
                self.acknowledged.setdefault(str(fact.body.get("person")), []).append(fact.seq)
            if person in self.acknowledged:
                return True
        return False

    def _answers(self) -> list[Fact]:
        try:
            found = self.box.views.answers_after(self._seen)
        except (NotThereYet, dbapi2.OperationalError):
            return []
        return [fact for fact in found if fact.kind == AttendanceTap.__name__]


@contextlib.contextmanager
def at_work(people: int, seed: int, faults: dict[Service, list[str]] | None = None) -> Iterator[tuple[FaultBox, Crowd]]:
    """Everything runs and the first order is in force; at the end the crowd has gone home. Raises Stuck."""
    with FaultBox(people, faults) as box:
        for service in (Service.HR, Service.CORE, Service.SYNC, Service.DEVICES):
            box.start(service)
        box.plc.mill.run(PIECES_PER_MIN)
        box.change_order()
        until(lambda: order_in_force(box, "WO-1"), "the first order never came into force", box)
        crowd = Crowd(box, random.Random(seed))
        crowd.start()
        try:
            yield box, crowd
        finally:
            crowd.join()


def judged(box: FaultBox, crowd: Crowd, read_within_us: int = READ_WITHIN_US) -> Findings:
    """After the last fault: lets everything arrive, stops it, and looks. Raises Stuck."""
    crowd.join()
    settle(box)
    box.stop()
    findings = judge(evidence_of(box, crowd, read_within_us))
    findings.broken += [*box.died, *box.tracebacks(), *([crowd.trouble] if crowd.trouble else [])]
    return findings


def told(crowd: Crowd) -> str:
    """What the people saw, in one line."""
    taps, ticks = sum(crowd.presented.values()), len(crowd.acknowledged)
    return f"{taps} taps, {ticks} people saw a tick, the slowest after {crowd.slowest_s:.1f} s"


def settle(box: FaultBox) -> None:
    """The machine stands, its order changes once more, and everything there is arrives at HR."""
    box.plc.mill.stand()
    order = box.change_order()
    until(lambda: order_in_force(box, order), f"the box never took up order {order}", box)
    until(lambda: _snapshot_taken(box), "no reading came after the last change of the order", box)
    until(lambda: _arrived(box), "HR never got the end of the journal", box)


def until(done: Callable[[], bool], otherwise: str, box: FaultBox) -> None:
    deadline_s = time.monotonic() + SETTLE_S
    pause = threading.Event()
    while not done():
        if time.monotonic() > deadline_s:
            logs = "\n".join(f"--- {service}\n{box.log_of(service)}" for service in Service)
            raise Stuck(f"{otherwise}\n{logs}")
        pause.wait(0.05)


def order_in_force(box: FaultBox, order: str) -> bool:
    return any(body.order == order for _, body in _orders(box))


def _snapshot_taken(box: FaultBox) -> bool:
    seq, _ = _orders(box)[-1]
    return any(
        fact.kind == CounterReading.__name__ and seq in fact.body.get("changes", []) for fact in journal_of(box, seq)
    )


def _arrived(box: FaultBox) -> bool:
    held = [kiosk.last_seq for kiosk in box.hr.kiosks.listed()]
    return held == [box.views.head()]


def _orders(box: FaultBox) -> list[tuple[int, JobOrderStarted]]:
    found = ((fact.seq, body_of(fact.kind, fact.body)) for fact in journal_of(box, 0))
    return [(seq, body) for seq, body in found if isinstance(body, JobOrderStarted)]


def journal_of(box: FaultBox, after: int) -> list[Fact]:
    try:
        return box.views.after(after, 1_000_000)
    except (NotThereYet, dbapi2.OperationalError):
        return []


def evidence_of(box: FaultBox, crowd: Crowd, read_within_us: int) -> Evidence:
    return Evidence(
        presented=crowd.presented,
        acknowledged=crowd.acknowledged,
        journal=box.views.after(0, 1_000_000),
        at_hr=box.at_hr(),
        made_at=box.plc.value_at,
        made=box.plc.value_at(now_us()),
        restarts=box.restarts,
        read_within_us=read_within_us,
        aside=len(box.hr.inbox.waiting()),
    )
