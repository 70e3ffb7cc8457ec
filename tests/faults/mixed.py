"""Every kind of fault at random moments, in a working box: processes, devices, the network, the disk, HR's orders.

    python -m tests.faults.mixed --runs 100 --seed 1
    python -m tests.faults.mixed --minutes 10 --seed 1

One run is one fault. Meanwhile people tap, a machine counts and HR changes its orders; at the end everything must have
arrived once. Faults of the disk need strace; without it they are left out, and that is said.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from sync.wire.facts import CounterReading
from tests.faults.box import FaultBox, Service
from tests.faults.evidence import READ_WITHIN_US, Findings
from tests.faults.floor import TICK_WITHIN_S, Crowd, Stuck, at_work, journal_of, judged, told, until
from tests.faults.injected import FLUSH, injected
from tests.faults.proxy import PASS, Kind, seeded
from tests.faults.proxy import Fault as Trouble

STOPPED_S = (0.5, 3.0)
MEAN_PAUSE_S = 0.4
BRIEF_S = (0.3, 2.0)
PEOPLE_PER_FAULT = 24
PEOPLE_PER_MINUTE = 320
READ_WITHIN_STOPPED_US = READ_WITHIN_US + int(STOPPED_S[1] * 1_000_000)
"""A process that was stopped while it waited for an answer takes it for a fresh one."""

SLOW_FLUSH_US = 200_000
FAULTS_EACH_ORDER = 5


@dataclass
class Floor:
    """What a fault acts on."""

    box: FaultBox
    crowd: Crowd
    chance: random.Random
    hurry: float = 1.0

    def pause(self, seconds: float) -> None:
        """Cut short when the crowd goes home."""
        self.crowd.stop.wait(seconds * self.hurry)

    def between(self, bounds: tuple[float, float]) -> None:
        self.pause(self.chance.uniform(*bounds))


Fault = Callable[[Floor], bool | None]
"""What does it and undoes it again; False when there was no occasion."""


def kill(service: Service, floor: Floor) -> None:
    floor.box.kill(service)
    floor.box.start(service)


def kill_after_commit(floor: Floor) -> bool:
    done = floor.box.kill_core_after_commit(timeout_s=4 * TICK_WITHIN_S)
    floor.box.start(Service.CORE)
    return done


def stop(service: Service, floor: Floor) -> None:
    with floor.box.stopped(service):
        floor.between(STOPPED_S)


def trouble(kind: Kind, floor: Floor) -> None:
    """A fresh fault of this kind for each exchange."""

    def plan() -> Iterator[Trouble]:
        while True:
            yield seeded(floor.chance, [kind])

    floor.box.network.set(seeded(floor.chance, [kind]), plan())
    floor.between(BRIEF_S)
    floor.box.network.set(PASS)


def unplug_reader(floor: Floor) -> None:
    floor.box.reader.unplug()
    floor.between(BRIEF_S)
    floor.box.reader.plug()


def cut_off_plc(floor: Floor) -> None:
    floor.box.plc.offline()
    floor.between(BRIEF_S)
    floor.box.plc.online()


def restart_plc(floor: Floor) -> None:
    """Only what is made between the last poll and the restart may be gone, so it must be polled before and after."""
    until(lambda: _read_after(floor.box, time.time_ns() // 1000 - 200_000), "the PLC was not read", floor.box)
    floor.box.restart_plc()
    lives = len(floor.box.restarts) + 1
    until(lambda: _lives(floor.box) == lives, "no reading told that the PLC had restarted", floor.box)


def slow_disk(floor: Floor) -> None:
    with injected(floor.box.pid(Service.CORE), f"{FLUSH}:delay_enter={SLOW_FLUSH_US}"):
        floor.between(BRIEF_S)


def faults() -> dict[str, Fault]:
    """By the name that the report has."""
    every: dict[str, Fault] = {f"{service} killed": partial(kill, service) for service in Service}
    every["core killed between commit and answer"] = kill_after_commit
    every |= {f"{service} stopped for a while": partial(stop, service) for service in Service}
    every |= {f"network: {kind}": partial(trouble, kind) for kind in Kind if kind is not Kind.PASS}
    every |= {"reader unplugged": unplug_reader, "PLC cut off": cut_off_plc, "PLC restarted": restart_plc}
    if shutil.which("strace"):
        every["disk slow"] = slow_disk
    return every


@dataclass
class Outing:
    """Ends after `runs` faults, or after `seconds` when that is given. `hurry` below 1 shortens each fault."""

    runs: int
    seed: int = 1
    seconds: float = 0.0
    hurry: float = 1.0
    say: Callable[[str], None] = print
    done: Counter[str] = field(default_factory=Counter)

    @property
    def people(self) -> int:
        return 100 + (round(self.seconds / 60 * PEOPLE_PER_MINUTE) if self.seconds else self.runs * PEOPLE_PER_FAULT)


def run(outing: Outing) -> Findings:
    """All faults, then the judgement. Raises Stuck."""
    with at_work(outing.people, outing.seed) as (box, crowd):
        floor = Floor(box, crowd, random.Random(outing.seed + 1), outing.hurry)
        began_s = time.monotonic()
        for name, fault in _drawn(floor.chance):
            over = time.monotonic() - began_s > outing.seconds if outing.seconds else outing.done.total() >= outing.runs
            if over or crowd.trouble:
                break
            floor.pause(floor.chance.expovariate(1 / MEAN_PAUSE_S))
            if fault(floor) is not False:
                outing.done[name] += 1
            if outing.done.total() % FAULTS_EACH_ORDER == 0:
                box.change_order()
            if outing.done.total() % 25 == 0:
                outing.say(f"{outing.done.total()} faults, {time.monotonic() - began_s:.0f} s")
        findings = judged(box, crowd, READ_WITHIN_STOPPED_US)
        outing.say(told(crowd))
        return findings


def _drawn(chance: random.Random) -> Iterator[tuple[str, Fault]]:
    """All of them in a new order each time, so that a short run has seen each kind."""
    every = list(faults().items())
    while True:
        chance.shuffle(every)
        yield from every


def _read_after(box: FaultBox, at_us: int) -> bool:
    return (box.plc.last_read_us or 0) > at_us


def _lives(box: FaultBox) -> int:
    """How many sessions of the PLC the journal's readings show."""
    kind = CounterReading.__name__
    sessions = {
        fact.body.get("session") for fact in journal_of(box, 0) if fact.kind == kind and not fact.body.get("held")
    }
    return len(sessions)


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mixed", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    for name in ("pymodbus", "asyncio"):  # the simulated PLC's side of a cut connection
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not shutil.which("strace"):
        print("not run: disk slow (install strace)")
    outing = Outing(chosen.runs, chosen.seed, chosen.minutes * 60)
    try:
        findings = run(outing)
    except Stuck as stuck:
        print(f"stuck: {stuck}", file=sys.stderr)
        return 1
    findings.runs = outing.done.total()
    return findings.told(*(f"fault: {name}: {times} runs" for name, times in sorted(outing.done.items())))


if __name__ == "__main__":
    sys.exit(main())
