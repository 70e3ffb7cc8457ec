"""Somebody with the database key changes a journal, or the card does: is it found, and is the first bad fact named?

`python -m tests.faults.tamper --runs 200 --seed 1`. The journals are written by the real recorder and received by a
real HR server; what is changed is a copy; what is checked is its export, with public keys only.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from database import immediate, open_writer
from edge.store.rows import COLUMNS, fact_of_row, row_of_fact
from sync.wire.envelope import Fact, canonical_json, sealed
from sync.wire.verify import Recorded, Report, decoded
from tests.contract.hr_servers import real_hr
from tests.faults.synced import DEVICE, KEY, SyncedBox

RUNS_ON_ONE_BOX = 25


@dataclass
class Victim:
    """A box with `facts` in its journal, of which HR has signed for all up to `received`; `receipts` are the seqs that
    have a receipt."""

    box: SyncedBox
    facts: list[Fact]
    receipts: list[int]

    @property
    def received(self) -> int:
        return self.receipts[-1]


@contextmanager
def victim(folder: Path, chance: random.Random) -> Iterator[Victim]:
    """A morning's work, sent in several batches, and a little that nobody has received."""
    with real_hr(folder) as hr:
        box = SyncedBox(folder / "box", hr)
        box.let_in()
        done, receipts = 0, []
        for _ in range(chance.randint(3, 6)):
            done, before = done + chance.randint(4, 20), done
            box.work(before, done)
            box.sync()
            receipts.append(len(box.facts()))
        box.work(done, done + 3)
        yield Victim(box, box.facts(), receipts)


@contextmanager
def with_the_key(box: SyncedBox) -> Iterator[Any]:
    """SQL on the journal, its triggers dropped."""
    with closing(open_writer(box.folder / "data" / "facts.db", KEY)) as connection, immediate(connection):
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


@dataclass(frozen=True)
class Change:
    """What was done; the first bad fact lies in `first` to `last`."""

    first: int
    last: int


def field_changed(each: Victim, chance: random.Random) -> Change:
    seq = chance.randint(1, len(each.facts))
    fact = each.facts[seq - 1]
    column, value = chance.choice(
        [
            ("wall_us", fact.at.wall_us - chance.randint(1, 10**10)),
            ("boottime_ns", fact.at.boottime_ns + 1),
            ("command", "another"),
            ("kind", "LogOnShown" if fact.kind != "LogOnShown" else "AttendanceTap"),
            ("body", canonical_json({**fact.body, "person": "p-somebody-else"}).decode()),
        ]
    )
    with with_the_key(each.box) as connection:
        connection.execute(f"UPDATE fact SET {column} = ? WHERE seq = ?", (value, seq))
    return Change(seq, seq)


def rehashed(each: Victim, chance: random.Random) -> Change:
    """A field changed and every later hash made right again: only HR's receipts can tell."""
    seq = chance.randint(1, each.received)
    with with_the_key(each.box) as connection:
        rows = connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM fact WHERE seq >= ? ORDER BY seq", (seq,)
        ).fetchall()
        head = rows[0][COLUMNS.index("prev_hash")]
        for row in rows:
            fact = fact_of_row(row, DEVICE)
            body = {**fact.body, "work_date": "2026-03-30"} if fact.seq == seq else fact.body
            made = sealed(_replaced(fact, body=body, prev_hash=head))
            head = made.hash
            marks = ", ".join(f"{column} = ?" for column in COLUMNS)
            connection.execute(f"UPDATE fact SET {marks} WHERE seq = ?", (*row_of_fact(made), fact.seq))
    before = max((receipt for receipt in each.receipts if receipt < seq), default=0)
    return Change(before + 1, min(receipt for receipt in each.receipts if receipt >= seq))


def deleted(each: Victim, chance: random.Random) -> Change:
    seq = chance.randint(1, each.received)
    with with_the_key(each.box) as connection:
        connection.execute("DELETE FROM fact WHERE seq = ?", (seq,))
    return Change(seq, seq)


def swapped(each: Victim, chance: random.Random) -> Change:
    one, two = sorted(chance.sample(range(1, each.received + 1), 2))
    with with_the_key(each.box) as connection:
        for seq, to in ((one, 10**9), (two, one), (10**9, two)):
            connection.execute("UPDATE fact SET seq = ? WHERE seq = ?", (to, seq))
    return Change(one, one)


def tail_cut(each: Victim, chance: random.Random) -> Change:
    seq = chance.randint(1, each.received)
    with with_the_key(each.box) as connection:
        connection.execute("DELETE FROM fact WHERE seq >= ?", (seq,))
    return Change(seq, each.received)


def byte_flipped(each: Victim, chance: random.Random) -> Change:
    file = each.box.folder / "data" / "facts.db"
    raw = bytearray(file.read_bytes())
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    file.write_bytes(raw)
    return Change(0, 0)


KINDS: list[Callable[[Victim, random.Random], Change]] = [
    field_changed,
    rehashed,
    deleted,
    swapped,
    tail_cut,
    byte_flipped,
]


def _replaced(fact: Fact, **changes: Any) -> Fact:
    return Fact(**{name: changes.get(name, getattr(fact, name)) for name in Fact.__struct_fields__})


@dataclass
class Tally:
    """`missed` says what was done and what the check said of it."""

    found: int = 0
    harmless: int = 0
    missed: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def judged(each: Victim, change: Change, report: Report, exported: list[Fact]) -> str:
    """`found`, `harmless`, or why it counts as missed."""
    named = report.first_bad
    if change.first == 0:
        gone = [fact.seq for fact in each.facts if fact not in exported]
        if not gone and len(exported) == len(each.facts):
            return "harmless" if named is None else "found"
        change = Change(gone[0], gone[0])
    if named is None:
        return f"nothing was found, but {change.first} is bad"
    if named.epoch == 1 and named.first == change.first and change.last <= max(named.last, change.first):
        return "found"
    return f"the first bad fact lies in {change.first} to {change.last}, named was {named}"


def run(runs: int, seed: int, say: Callable[[str], None]) -> Tally:
    tally = Tally()
    for start in range(0, runs, RUNS_ON_ONE_BOX):
        chance = random.Random(f"{seed}/{start}")
        with tempfile.TemporaryDirectory(prefix="cp-") as name, victim(Path(name), chance) as each:
            if (before := each.box.verified()).problems:
                raise AssertionError(f"the untouched journal is said to be bad: {before.first_bad}")
            kept = shutil.copytree(each.box.folder / "data", Path(name) / "kept")
            for number in range(start, min(start + RUNS_ON_ONE_BOX, runs)):
                _one(each, kept, random.Random(f"{seed}/{number}/run"), KINDS[number % len(KINDS)], tally, say)
    return tally


def _one(
    each: Victim,
    kept: Path,
    chance: random.Random,
    kind: Callable[[Victim, random.Random], Change],
    tally: Tally,
    say: Callable[[str], None],
) -> None:
    data = each.box.folder / "data"
    shutil.rmtree(data)
    shutil.copytree(kept, data)
    change = kind(each, chance)
    lines = each.box.exported()
    facts = [line.fact for line in decoded(lines) if isinstance(line, Recorded)]
    verdict = judged(each, change, each.box.checked(lines), facts)
    tally.kinds[kind.__name__] += 1
    if verdict == "found":
        tally.found += 1
    elif verdict == "harmless":
        tally.harmless += 1
    else:
        tally.missed.append(f"{kind.__name__}: {verdict}")
        say(tally.missed[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tally = run(arguments.runs, arguments.seed, print)
    print(f"{arguments.runs} runs, {tally.found} found, {tally.harmless} harmless, {len(tally.missed)} missed")
    return 1 if tally.missed else 0


if __name__ == "__main__":
    sys.exit(main())
