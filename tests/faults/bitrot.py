"""Flips one bit of a journal at a time, and asks whether anybody would believe what is read then.

    python -m tests.faults.bitrot --copies 1000 --seed 1

A copy counts as found when core refuses it or a reader reports rows it cannot read, as harmless when every fact is
still there as it was written and core starts, and as missed when a fact that differs is served as good.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import logging
import os
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from edge.core.recorder import Recorder
from edge.link.messages import BadgeTapped, CounterSample, CounterSamples, Recordable
from edge.store.journal import Journal
from edge.store.salvage import Lost, Salvage
from settings import Mendable
from sync.wire.envelope import Fact
from sync.wire.reference_data import Directory
from tests import cast
from tests.moments import PLANT, StandingClock
from tests.unit.store.boxes import DEVICE, KEY

BADGES = (cast.WANG_BADGE, cast.LI_BADGE, cast.NGUYEN_BADGE, cast.STRANGERS_BADGE)
BATCH = 100
FILE = "facts.db"
SHARED_MEMORY = Path("/dev/shm")


@dataclass
class Tally:
    """`unread`: rows that could not be read any more, over all copies; `sentences`: what core said at its start."""

    copies: int = 0
    found: int = 0
    harmless: int = 0
    missed: list[str] = field(default_factory=list)
    unread: int = 0
    sentences: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{self.copies} copies, {self.found} found, {self.harmless} harmless, {len(self.missed)} missed"


def written(folder: Path, commands: int) -> list[Fact]:
    """A journal as core makes it: taps of four people and a counter that moves."""
    clock = StandingClock()
    with contextlib.closing(Journal(folder / FILE, KEY, DEVICE)) as journal:
        own = itertools.count()
        recorder = Recorder(journal, clock, lambda: cast.DIRECTORY, PLANT, [cast.PRESS])
        for start in range(0, commands, BATCH):
            batch: list[Recordable] = []
            for number in range(start, start + BATCH):
                clock.pass_s(61)
                batch.append(_command(number, clock))
            recorder.record(batch, lambda: f"own-{next(own)}")
        return list(journal.after(0))


def _command(number: int, clock: StandingClock) -> BadgeTapped | CounterSamples:
    if number % 2:
        sample = CounterSample(cast.PRESS, "strokes", clock.now, number % 60_000, f"{number:08X}", 65_536, 600)
        return CounterSamples(f"c-{number}", [sample])
    machine = cast.PRESS if number % 4 else None
    return BadgeTapped(f"c-{number}", clock.now, "hall", "reader", BADGES[number // 2 % len(BADGES)], machine)


def rot(folder: Path, facts: list[Fact], copies: int, chance: random.Random) -> Tally:
    """Each copy has one flipped bit, anywhere in the file."""
    sound, tally = (folder / FILE).read_bytes(), Tally()
    for _ in range(copies):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            copy = Path(place) / FILE
            flipped = bytearray(sound)
            at = chance.randrange(len(flipped))
            flipped[at] ^= 1 << chance.randrange(8)
            copy.write_bytes(flipped)
            _examine(copy, facts, tally, f"byte {at}")
    return tally


def _examine(file: Path, facts: list[Fact], tally: Tally, where: str) -> None:
    tally.copies += 1
    read, lost = _readable(file, len(facts))
    wrong = [fact.seq for fact in read if fact != facts[fact.seq - 1]]
    refused = _core_refuses(file)
    missing = len(facts) - len(read)
    tally.unread += missing
    if wrong or (missing and not lost):
        tally.missed.append(f"{where}: facts {wrong[:3]} differ, {missing} rows are missing in silence")
    elif lost or refused:
        tally.found += 1
        tally.sentences.add(refused)
    else:
        tally.harmless += 1


def _readable(file: Path, expected: int) -> tuple[list[Fact], bool]:
    """The rows that can be read, by ranges, and whether anything was reported as lost."""
    with contextlib.closing(Salvage(file, KEY, DEVICE)) as salvage:
        found = list(salvage.facts(1, expected))
    return [each for each in found if isinstance(each, Fact)], any(isinstance(each, Lost) for each in found)


def _core_refuses(file: Path) -> str:
    """The one sentence with which core ends at its start; empty when it starts."""
    try:
        with contextlib.closing(Journal(file, KEY, DEVICE)) as journal:
            Recorder(journal, StandingClock(), Directory, PLANT, [])
    except Mendable as error:
        return str(error).replace(str(file.parent), "")
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description="flips one bit of a journal at a time")
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--commands", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    memory = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="cp-", dir=memory) as place:
        facts = written(Path(place), wanted.commands)
        tally = rot(Path(place), facts, wanted.copies, random.Random(wanted.seed))
    print(tally)
    print(f"{len(facts)} facts in a journal, {tally.unread / max(1, tally.copies):.1f} rows unread a copy")
    for sentence in [*tally.missed[:10], *sorted(tally.sentences - {""})]:
        print(f"  {sentence}")
    return 1 if tally.missed else 0


if __name__ == "__main__":
    sys.exit(main())
