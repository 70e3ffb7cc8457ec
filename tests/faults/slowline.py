"""Three weeks without HR, and then a line of 64 kbit/s: how long until HR has all of it.

    python -m tests.faults.slowline --days 21 --kbit 64
    python -m tests.faults.slowline --days 1 --loss 40

The journal is written by the real recorder: a thousand taps a day, and seventeen counters that are kept every five
minutes. HR and `sync` are the product's own processes, with TLS on a cable between two network namespaces.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from edge.core.recorder import Recorder
from edge.link.messages import BadgeTapped, CounterSample, CounterSamples, Recordable, new_id
from edge.store.journal import Journal
from sync.wire.envelope import Stamp
from sync.wire.facts import CounterReading
from sync.wire.reference_data import Badge, Directory, Machine, Order, Person, Reference
from tests.cast import DAY, NIGHT
from tests.faults.apart import Plant, apart
from tests.faults.counted import Counted
from tests.faults.synced import DEVICE, KEY
from tests.moments import PLANT, StandingClock, moment

MACHINES = [f"press-{number:02d}" for number in range(1, 18)]
CREW = 233
"""People of one shift; each taps when he comes and when he goes, and one at each machine there too."""

DAY_S, HOUR_S = 86_400, 3600
KEPT_EVERY_S = 300
STANDING_S = 1200
"""Around each change of the shift no machine runs."""

PIECES_PER_MIN = 22
TOGETHER_S = 5.0
"""What happens within it is one transaction: less than after what a tap would be called late."""

LEAST_S, LEAST_FACTS_A_SECOND = 180.0, 20.0
"""Whoever is slower is stuck. Of the first, most is TCP's: its pauses double with each lost packet in a row."""

BOOT = "6f1f6d3e-6f2a-4c39-8a35-0c2f3a1b9d10"

Timed = tuple[float, Recordable]


def badge_of(number: int) -> str:
    return f"EM4100:{0x1000000000 + number * 7919:010X}"


def reference() -> Reference:
    people = [Person(new_id(), f"{1000 + each}", f"Worker {each}") for each in range(2 * CREW)]
    return Reference(
        version=1,
        plant="Slow Plant",
        people=people,
        badges=[Badge(badge_of(each), person.id) for each, person in enumerate(people)],
        machines=[Machine(machine, machine) for machine in MACHINES],
        orders=[Order(f"MO-{each}", name, "cap", "Cap", "press", "Press", 10**6) for each, name in enumerate(MACHINES)],
        shifts=[DAY, NIGHT],
    )


@dataclass
class Weeks:
    """What happens at the box, in order."""

    days: int
    chance: Random
    taps: int = 0
    _counts: Counter[str] = field(default_factory=Counter)

    def batches(self) -> Iterator[list[Timed]]:
        """Those of one transaction, in order."""
        for day in range(self.days):
            begin_s = float(day * DAY_S)
            happened = [*self._people(begin_s), *self._machines(begin_s)]
            happened.sort(key=lambda each: each[0])
            together: list[Timed] = []
            for each in happened:
                if together and each[0] - together[0][0] > TOGETHER_S:
                    yield together
                    together = []
                together.append(each)
            yield together

    def _people(self, day_s: float) -> Iterator[Timed]:
        """The night's crew goes when the day's has come, and the other way round."""
        for change_s, comes, goes in ((8 * HOUR_S, 0, CREW), (20 * HOUR_S, CREW, 0)):
            at_s = day_s + change_s
            for each in range(CREW):
                yield self._tap(at_s - self.chance.uniform(0, 1500), comes + each)
                yield self._tap(at_s + self.chance.uniform(5, 1500), goes + each)
            for each, machine in enumerate(MACHINES):
                yield self._tap(at_s - 60 + each, goes + each, machine)
                yield self._tap(at_s + 60 + each, comes + each, machine)

    def _tap(self, at_s: float, person: int, machine: str | None = None) -> Timed:
        self.taps += 1
        reader = machine or "gate"
        return at_s, BadgeTapped(new_id(), _at(at_s), "gate", reader, badge_of(person), machine)

    def _machines(self, day_s: float) -> Iterator[Timed]:
        """Each is read a minute before too, as it would be all the time: that reading says nothing that is kept."""
        for second in range(KEPT_EVERY_S, DAY_S + 1, KEPT_EVERY_S):
            if abs(second % (12 * HOUR_S) - 8 * HOUR_S) < STANDING_S:
                continue
            for before_s in (60, 0):
                at_s = day_s + second - before_s
                yield at_s, CounterSamples(new_id(), [self._read(at_s, each) for each in MACHINES])

    def _read(self, at_s: float, machine: str) -> CounterSample:
        self._counts[machine] += round(self.chance.gauss(PIECES_PER_MIN, 2) * KEPT_EVERY_S / 120)
        value = self._counts[machine]
        return CounterSample(machine, f"{machine}-strokes", _at(at_s), value, f"{value:08X}", 2**32, 120, 7)


def _at(seconds: float) -> Stamp:
    return moment(seconds, BOOT)


@dataclass
class Findings(Counted):
    """`runs` are facts. `dialled`: connections that were tried, packets repeated by the kernel counted too."""

    taps: int = 0
    readings: int = 0
    seconds: float = 0.0
    up_bytes: int = 0
    dialled: int = 0

    @property
    def figures(self) -> str:
        each = self.up_bytes * 8 / self.runs
        return (
            f"{self.taps} taps, {self.readings} readings\n"
            f"{self.seconds:.0f} s, {self.up_bytes} bytes, {each:.0f} bits a fact, {self.dialled} connections tried"
        )


def write(plant: Plant, days: int, seed: int, findings: Findings) -> None:
    """The journal of so many days, as core leaves it."""
    clock, weeks, directory = StandingClock(_at(0)), Weeks(days, Random(seed)), Directory(reference())
    journal = Journal(plant.folder / "box" / "data" / "facts.db", KEY, DEVICE)
    journal._connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
    recorder = Recorder(journal, clock, lambda: directory, PLANT, MACHINES)
    for together in weeks.batches():
        clock.now = _at(together[-1][0] + 0.1)
        done = recorder.record([command for _, command in together], new_id)
        assert not done.reason, done.reason
    findings.runs = journal.seq
    journal.close()
    findings.taps = weeks.taps


def run(folder: Path, days: int, *, kbit: int = 0, loss: int = 0, seed: int = 1) -> Findings:
    """The days, then the line with so many kbit/s (0: as fast as it is) and so many lost packets of a hundred to HR."""
    findings = Findings()
    with apart(folder) as plant:
        write(plant, days, seed, findings)
        if kbit:
            plant.cable.slow(kbit)
        plant.cable.lossy(loss)
        began_s, before = time.monotonic(), plant.cable.passed.up
        plant.start("sync")
        plant.until(lambda: plant.arrived == findings.runs, LEAST_S + findings.runs / LEAST_FACTS_A_SECOND)
        findings.seconds, findings.up_bytes = time.monotonic() - began_s, plant.cable.passed.up - before
        findings.dialled = plant.cable.dialled
        plant.stop()
        findings.readings = sum(fact.kind == CounterReading.__name__ for fact in plant.box.facts())
        findings.lost, findings.doubled = plant.lost_and_doubled()
    return findings


def main(arguments: list[str] | None = None) -> int:
    """0 when all is at HR, once."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.slowline", description=__doc__)
    parser.add_argument("--days", type=int, default=21)
    parser.add_argument("--kbit", type=int, default=0, help="so many thousand bits a second; 0: as fast as it is")
    parser.add_argument("--loss", type=int, default=0, help="so many lost packets of a hundred to HR")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="clockpiece-slowline-") as folder:
        findings = run(Path(folder), chosen.days, kbit=chosen.kbit, loss=chosen.loss, seed=chosen.seed)
    return findings.told(findings.figures, unit="facts")


if __name__ == "__main__":
    sys.exit(main())
