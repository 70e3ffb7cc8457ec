"""Kills the processes of a working box at random moments and then asks whether anything was lost or doubled.

    python -m tests.faults.kill --runs 200 --targets core,devices,sync --seed 1

One run is one SIGKILL. A person taps one badge after another and taps again when no tick comes; a machine counts;
HR changes its order. Half of the kills are aimed at a tap that is on its way, and half of core's at the moment
between the COMMIT and the answer. `--lie` builds a fault in that this program must find.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlcipher3 import dbapi2

from database import NotThereYet
from sync.facts import AttendanceTap, CounterReading, JobOrderStarted, body_of
from sync.wire import Fact
from tests.faults.box import PIECES_PER_MIN, FaultBox, Service, badge_of
from tests.faults.evidence import Evidence, Findings, judge

TICK_WITHIN_S = 1.3
"""After so long without a tick a person taps again; a reader needs 1 s to see that the badge had gone."""

PATIENCE = 15
SETTLE_S = 40.0
MEAN_PAUSE_S = 0.6
AIM_WITHIN_S = 0.04
ORDER_EVERY = 5
PEOPLE_PER_KILL = 6

LIES: dict[str, dict[Service, list[str]]] = {
    "forget-ids": {Service.DEVICES: ["forget-ids"]},
    "drop-a-tap": {Service.HR: ["drop-a-tap"]},
    "count-twice": {Service.CORE: ["count-twice"]},
}


class Stuck(Exception):
    """The box does not do what it must, however long one waits."""


@dataclass
class Shift:
    """`lie` names a fault that must be found."""

    runs: int
    targets: list[Service]
    seed: int = 1
    lie: str | None = None
    say: Callable[[str], None] = print


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
        self.trouble = "the people ran out before the kills did"

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


def run(shift: Shift) -> Findings:
    """All kills, then the judgement. Raises Stuck."""
    people = shift.runs * PEOPLE_PER_KILL + 100
    with FaultBox(people, LIES[shift.lie] if shift.lie else None) as box:
        for service in (Service.HR, Service.CORE, Service.SYNC, Service.DEVICES):
            box.start(service)
        box.plc.mill.run(PIECES_PER_MIN)
        box.change_order()
        _until(lambda: _order_in_force(box, "WO-1"), "the first order never came into force", box)
        crowd = Crowd(box, random.Random(shift.seed))
        crowd.start()
        try:
            kills = _kill(shift, box, crowd)
        finally:
            crowd.join()
        _settle(box)
        box.stop()
        findings = judge(_evidence(box, crowd))
        findings.broken += [*box.died, *box.tracebacks(), *([crowd.trouble] if crowd.trouble else [])]
        taps, ticks = sum(crowd.presented.values()), len(crowd.acknowledged)
        shift.say(f"kills: {', '.join(f'{name} {times}' for name, times in sorted(kills.items()))}")
        shift.say(f"{taps} taps, {ticks} people saw a tick, the slowest after {crowd.slowest_s:.1f} s")
        return findings


def _kill(shift: Shift, box: FaultBox, crowd: Crowd) -> Counter[str]:
    chance = random.Random(shift.seed + 1)
    kills: Counter[str] = Counter()
    began_s = time.monotonic()
    while kills.total() < shift.runs and not crowd.trouble:
        target = chance.choice(shift.targets)
        crowd.stop.wait(chance.expovariate(1 / MEAN_PAUSE_S))
        if target is Service.CORE and chance.random() < 0.5:
            if not box.kill_core_after_commit(timeout_s=4 * TICK_WITHIN_S):
                continue
            kills["core after COMMIT"] += 1
        else:
            if chance.random() < 0.5:
                crowd.tapping.clear()
                crowd.tapping.wait(TICK_WITHIN_S)
                crowd.stop.wait(chance.uniform(0, AIM_WITHIN_S))
            box.kill(target)
            kills[target] += 1
        box.start(target)
        if kills.total() % ORDER_EVERY == 0:
            box.change_order()
        if kills.total() % 25 == 0:
            shift.say(f"{kills.total()} of {shift.runs} kills, {time.monotonic() - began_s:.0f} s")
    return kills


def _settle(box: FaultBox) -> None:
    """The machine stands, its order changes once more, and everything there is arrives at HR."""
    box.plc.mill.stand()
    order = box.change_order()
    _until(lambda: _order_in_force(box, order), f"the box never took up order {order}", box)
    _until(lambda: _snapshot_taken(box), "no reading came after the last change of the order", box)
    _until(lambda: _arrived(box), "HR never got the end of the journal", box)


def _until(done: Callable[[], bool], otherwise: str, box: FaultBox) -> None:
    deadline_s = time.monotonic() + SETTLE_S
    pause = threading.Event()
    while not done():
        if time.monotonic() > deadline_s:
            logs = "\n".join(f"--- {service}\n{box.log_of(service)}" for service in Service)
            raise Stuck(f"{otherwise}\n{logs}")
        pause.wait(0.05)


def _order_in_force(box: FaultBox, order: str) -> bool:
    return any(body.order == order for _, body in _orders(box))


def _snapshot_taken(box: FaultBox) -> bool:
    seq, _ = _orders(box)[-1]
    return any(
        fact.kind == CounterReading.__name__ and seq in fact.body.get("changes", []) for fact in _journal(box, seq)
    )


def _arrived(box: FaultBox) -> bool:
    held = [kiosk.last_seq for kiosk in box.hr.kiosks()]
    return held == [box.views.head()]


def _orders(box: FaultBox) -> list[tuple[int, JobOrderStarted]]:
    found = ((fact.seq, body_of(fact.kind, fact.body)) for fact in _journal(box, 0))
    return [(seq, body) for seq, body in found if isinstance(body, JobOrderStarted)]


def _journal(box: FaultBox, after: int) -> list[Fact]:
    try:
        return box.views.after(after, 1_000_000)
    except (NotThereYet, dbapi2.OperationalError):
        return []


def _evidence(box: FaultBox, crowd: Crowd) -> Evidence:
    made = box.plc.value_at(time.time_ns() // 1000)
    return Evidence(
        presented=crowd.presented,
        acknowledged=crowd.acknowledged,
        journal=box.views.after(0, 1_000_000),
        at_hr=box.at_hr(),
        made_at=box.plc.value_at,
        made=made,
        aside=len(box.hr.quarantine()),
    )


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--targets", default="core,devices,sync")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lie", choices=sorted(LIES))
    chosen = parser.parse_args(arguments)
    targets = [Service(name) for name in chosen.targets.split(",")]
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the simulated PLC's side of a cut connection
    try:
        findings = run(Shift(chosen.runs, targets, chosen.seed, chosen.lie))
    except Stuck as stuck:
        print(f"stuck: {stuck}", file=sys.stderr)
        return 1
    for kind in ("lost", "doubled", "broken"):
        for sentence in getattr(findings, kind)[:20]:
            print(f"{kind}: {sentence}")
    print(f"{chosen.runs} runs, {len(findings.lost)} lost, {len(findings.doubled)} doubled")
    return 0 if findings.none else 1


if __name__ == "__main__":
    sys.exit(main())
