"""`make soak MINUTES=30`: the long harnesses in turn, each with a new seed, until the time is over.

    python -m tests.faults.soak --minutes 30
    python -m tests.faults.soak --only kill --runs 1000
    python -m tests.faults.soak --only shifts --seeds 1-200

Ends at the first harness that lost or doubled anything, with the command that repeats it. What was run is entered in
the README's table; the rows of what was not run stay as they are.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- faults:begin -->\n", "<!-- faults:end -->"
HEAD = (
    "| fault | runs | lost | doubled | seeds | on | `python -m tests.faults.soak` |\n|---|---:|---:|---:|---|---|---|\n"
)

LOST_AND_DOUBLED = re.compile(r"^(\d+) (?:runs|shifts), (\d+) lost, (\d+) doubled$", re.MULTILINE)
FOUND = re.compile(r"^(\d+) runs, \d+ found, \d+ harmless, (\d+) missed$", re.MULTILINE)
WRONG = re.compile(r"^(\d+) frames, (\d+) wrong$", re.MULTILINE)
ARRIVED = re.compile(r"^(\d+) facts, (\d+) lost, (\d+) doubled$", re.MULTILINE)
BROKEN = re.compile(r"^(\d+) faults, (\d+) lost, (\d+) broken$", re.MULTILINE)
SHIFTS_A_CORE = 4
"""A shift mostly waits: at people's pace it takes a fifth of a core."""

BY_SORT = re.compile(r"^fault: (.+): (\d+) runs$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One fault, how often it was done, and what it cost. `command` is the soak's own arguments."""

    fault: str
    runs: int
    lost: int
    doubled: int
    seeds: str = ""
    on: str = ""
    command: str = ""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled)

    def line(self) -> str:
        cells = (self.fault, f"{self.runs:,}", self.lost, self.doubled, self.seeds, self.on, f"`{self.command}`")
        return "| " + " | ".join(map(str, cells)) + " |\n"

    @classmethod
    def read(cls, line: str) -> Row:
        """Of a line of the table."""
        fault, runs, lost, doubled, seeds, on, command = (cell.strip() for cell in line.strip("| \n").split(" | "))
        return cls(fault, int(runs.replace(",", "")), int(lost), int(doubled), seeds, on, command.strip("`"))


@dataclass(frozen=True)
class Seeds:
    """From the first to the last, both included."""

    first: int
    last: int

    @classmethod
    def of(cls, text: str) -> Seeds:
        """Of `3` or `1-200`."""
        first, _, last = text.partition("-")
        return cls(int(first), int(last or first))

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Harness:
    """`arguments` are those of its own command line, for some seeds and a number of runs each. `module`: if its file
    has another name."""

    runs: int
    arguments: Callable[[Seeds, int], list[str]]
    rows: Callable[[str], list[Row]]
    all_seeds_at_once: bool = False
    module: str = ""


def one_row(fault: str) -> Callable[[str], list[Row]]:
    def rows(printed: str) -> list[Row]:
        found = LOST_AND_DOUBLED.findall(printed)
        return [Row(fault, int(runs), int(lost), int(doubled)) for runs, lost, doubled in found]

    return rows


def sorts(printed: str) -> list[Row]:
    """Each sort of fault has a row; what was lost in such a run cannot be said of one of them, so all have it."""
    (total,) = one_row("all")(printed) or [Row("all", 0, 0, 0)]
    return [replace(total, fault=fault, runs=int(runs)) for fault, runs in BY_SORT.findall(printed)]


def tampered(printed: str) -> list[Row]:
    return [
        Row("journal changed by hand (lost: not found)", int(runs), int(missed), 0)
        for runs, missed in FOUND.findall(printed)
    ]


def noisy(printed: str) -> list[Row]:
    return [
        Row("serial line with 1 % damaged bytes (lost: taken for somebody else's)", int(frames), int(wrong), 0)
        for frames, wrong in WRONG.findall(printed)
    ]


def babbled(printed: str) -> list[Row]:
    """Devices that went and came back while others babbled; a promise that was not kept is a loss."""
    return [
        Row("device pulled out, renumbered or frozen, while others babble", int(faults), int(lost) + int(broken), 0)
        for faults, lost, broken in BROKEN.findall(printed)
    ]


def arrived(line: str) -> Callable[[str], list[Row]]:
    """Facts of offline days, over a line that is as this says."""

    def rows(printed: str) -> list[Row]:
        found = ARRIVED.findall(printed)
        return [Row(f"facts of offline days, {line}", int(facts), int(lost), int(more)) for facts, lost, more in found]

    return rows


HARNESSES = {
    "kill": Harness(
        100,
        lambda seeds, runs: ["--runs", str(runs), "--seed", str(seeds.first)],
        one_row("core, devices or sync killed"),
    ),
    "flushes": Harness(
        0, lambda _seeds, _runs: [], one_row("core killed at each of its flushes, first start included")
    ),
    "powercut": Harness(
        1500,
        lambda seeds, runs: ["--images", str(runs), "--seed", str(seeds.first)],
        one_row("power cut: unsynced writes lost, torn, reordered"),
    ),
    "migration": Harness(
        300,
        lambda seeds, runs: ["--images", str(runs), "--seed", str(seeds.first), "--older", "facts-0001.db"],
        one_row("power cut while an older journal is migrated"),
        module="powercut",
    ),
    "flushfails": Harness(
        1500,
        lambda seeds, runs: ["--images", str(runs), "--seed", str(seeds.first), "--fail-every", "11"],
        one_row("power cut of a disk whose flushes fail now and then"),
        module="powercut",
    ),
    "mixed": Harness(60, lambda seeds, runs: ["--runs", str(runs), "--seed", str(seeds.first)], sorts),
    "tamper": Harness(200, lambda seeds, runs: ["--runs", str(runs), "--seed", str(seeds.first)], tampered),
    "machine": Harness(
        200,
        lambda seeds, runs: ["--examples", str(runs), "--seed", str(seeds.first)],
        one_row("any order of events (state machine)"),
    ),
    "link": Harness(
        500,
        lambda seeds, runs: ["--cuts", str(runs), "--seed", str(seeds.first)],
        one_row("link to HR cut at any byte of a request or an answer"),
    ),
    "restored": Harness(
        50,
        lambda seeds, runs: ["--runs", str(runs), "--seed", str(seeds.first)],
        one_row("HR lost and restored from an older backup"),
    ),
    "clones": Harness(
        10,
        lambda seeds, runs: ["--runs", str(runs), "--seed", str(seeds.first)],
        one_row("card copied, both copies at work (lost: also not noticed)"),
    ),
    "slowline": Harness(
        1,
        lambda seeds, days: ["--days", str(days), "--kbit", "64", "--seed", str(seeds.first)],
        arrived("64 kbit/s"),
    ),
    "lossy": Harness(
        1,
        lambda seeds, days: ["--days", str(days), "--loss", "40", "--seed", str(seeds.first)],
        arrived("40 % of packets to HR lost"),
        module="slowline",
    ),
    "noise": Harness(100_000, lambda seeds, runs: ["--frames", str(runs), "--seed", str(seeds.first)], noisy),
    "babble": Harness(1, lambda seeds, runs: ["--minutes", str(runs), "--seed", str(seeds.first)], babbled),
    "shifts": Harness(
        1,
        lambda seeds, _: ["--seeds", str(seeds), "--jobs", str(SHIFTS_A_CORE * (os.cpu_count() or 1))],
        one_row("a whole shift of eight hours"),
        all_seeds_at_once=True,
    ),
}


class Failed(Exception):
    """A harness ended with something else than 0; the rows that it printed, if any, are in `rows`."""

    def __init__(self, story: str, rows: list[Row]) -> None:
        super().__init__(story)
        self.rows = rows


def run(name: str, seeds: Seeds, runs: int) -> list[Row]:
    """One harness once. Raises Failed."""
    harness = HARNESSES[name]
    command = [sys.executable, "-m", f"tests.faults.{harness.module or name}", *harness.arguments(seeds, runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = harness.rows(done.stdout)
    print(f"{name}, seed {seeds}: {done.stdout.strip().rpartition(chr(10))[2]}", flush=True)
    if done.returncode or not rows or not all(row.clean for row in rows):
        raise Failed(f"{' '.join(command[1:])}\n{done.stdout}{done.stderr}", rows)
    return rows


def plan(only: list[str], seeds: Seeds, runs: int | None, minutes: float | None) -> Iterator[tuple[str, Seeds, int]]:
    """What to run: the harnesses once for these seeds, or round after round with new ones while there is time."""
    end_s = time.monotonic() + (minutes or 0) * 60
    for seed in itertools.count(seeds.first):
        if not minutes and seed > seeds.last:
            return
        for name in only:
            if minutes and time.monotonic() > end_s:
                return
            harness = HARNESSES[name]
            if minutes or not harness.all_seeds_at_once:
                yield name, Seeds(seed, seed), runs or harness.runs
            elif seed == seeds.first:
                yield name, seeds, harness.runs


# --- the table ---------------------------------------------------------------------------------------


def summed(rows: list[Row]) -> list[Row]:
    """The same fault in several rounds is one row."""
    total: dict[str, Row] = {}
    for row in rows:
        before = total.get(row.fault, replace(row, runs=0, lost=0, doubled=0))
        total[row.fault] = replace(
            row, runs=before.runs + row.runs, lost=before.lost + row.lost, doubled=before.doubled + row.doubled
        )
    return list(total.values())


def entered(text: str, rows: list[Row], machine: str) -> str:
    """The page with these rows in its table. A clean row gives way only to one of as many runs, or to a loss."""
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    known = {row.fault: row for row in map(Row.read, lines)}
    for row in rows:
        old = known.get(row.fault)
        if old is None or not row.clean or row.runs >= old.runs or not old.clean:
            known[row.fault] = row
    return f"{before}{BEGIN}{HEAD}{''.join(row.line() for row in known.values())}\n{machine}\n{END}{after}"


def enter(rows: list[Row], seeds: Seeds, command: str) -> None:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"Each row on {platform.machine()} with {os.cpu_count()} cores, Python {platform.python_version()}."
    signed = [replace(row, seeds=str(seeds), on=today, command=command) for row in summed(rows)]
    README.write_text(entered(README.read_text("utf-8"), signed, machine), "utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, help="round after round with new seeds, for so long")
    parser.add_argument("--only", action="append", choices=HARNESSES, help="this harness; may be given more than once")
    parser.add_argument("--seeds", type=Seeds.of, default=Seeds(1, 1), help="as 1-200; with --minutes the first")
    parser.add_argument("--runs", type=int, help="of each harness and seed")
    given = sys.argv[1:] if arguments is None else arguments
    chosen = parser.parse_args(given)
    rows: list[Row] = []
    last = chosen.seeds.first
    try:
        for name, seeds, runs in plan(chosen.only or list(HARNESSES), chosen.seeds, chosen.runs, chosen.minutes):
            last = max(last, seeds.last)
            rows += run(name, seeds, runs)
    except Failed as failed:
        rows += failed.rows
        print(failed)
        return 1
    finally:
        enter(rows, Seeds(chosen.seeds.first, last), " ".join(given))
    for row in summed(rows):
        print(f"{row.fault:<52}{row.runs:>8} runs{row.lost:>6} lost{row.doubled:>6} doubled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
