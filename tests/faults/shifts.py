"""Runs many whole shifts, several at once, and asks whether any of them lost or doubled anything.

    python -m tests.faults.shifts --seeds 1-200 --jobs 8

Each shift is `clockpiece demo --shift` with a seed, a folder and ports of its own. A shift that does not balance leaves
its log and its folder behind. `--break` spoils each shift on purpose, and this program must find it.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from simulators.breaks import BREAKS

DIFFERENCE = re.compile(r"^DIFFERENCE  (lost|doubled|other) ", re.MULTILINE)
LONGEST_S = 600.0
"""For one shift, however many others run beside it."""

STOPS_WITHIN_S = 30.0
PROGRESS_EVERY = 10


@dataclass(frozen=True)
class Outcome:
    """What a shift of one seed came to; `log` is empty when it balanced."""

    seed: int
    lost: int = 0
    doubled: int = 0
    other: int = 0
    log: str = ""

    @property
    def balanced(self) -> bool:
        return not self.log


SHIFT = (sys.executable, "-m", "clockpiece", "demo", "--shift")


@dataclass(frozen=True)
class Plan:
    """`shift`: the command of one shift, which is given `--seed` and `--data`."""

    seeds: range
    jobs: int
    folder: Path
    shift: tuple[str, ...] = SHIFT


def run_shift(plan: Plan, seed: int) -> Outcome:
    """One shift to its end; its folder is removed when it balanced."""
    data, log = plan.folder / f"seed-{seed}", plan.folder / f"seed-{seed}.log"
    command = [*plan.shift, "--seed", str(seed), "--data", str(data)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            code = process.wait(LONGEST_S)
        except subprocess.TimeoutExpired:
            process.terminate()  # it stops its own services on the way out
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOPS_WITHIN_S)
            process.kill()
            code = -1
    if code == 0:
        shutil.rmtree(data, ignore_errors=True)
        log.unlink()
        return Outcome(seed)
    return judged(seed, log.read_text("utf-8", "replace"), str(log))


def judged(seed: int, printed: str, log: str) -> Outcome:
    """What a shift that did not exit 0 says of itself; one that says nothing is wrong in another way."""
    found = Counter(DIFFERENCE.findall(printed))
    return Outcome(seed, found["lost"], found["doubled"], found["other"] or int(not found), log)


def run(plan: Plan, say: Callable[[str], None]) -> int:
    """All shifts; 0 only if every one balanced."""
    begun = time.monotonic()
    done: list[Outcome] = []
    with ThreadPoolExecutor(plan.jobs) as pool:
        waiting = [pool.submit(run_shift, plan, seed) for seed in plan.seeds]
        for each in as_completed(waiting):
            outcome = each.result()
            done.append(outcome)
            if not outcome.balanced:
                say(
                    f"seed {outcome.seed}: {outcome.lost} lost, {outcome.doubled} doubled, {outcome.other} otherwise "
                    f"wrong; see {outcome.log}"
                )
            if len(done) % PROGRESS_EVERY == 0:
                say(f"{len(done)} of {len(plan.seeds)} shifts after {time.monotonic() - begun:.0f} s")
    say(summary(done))
    return 0 if all(outcome.balanced for outcome in done) else 1


def summary(done: Iterable[Outcome]) -> str:
    """`200 shifts, 0 lost, 0 doubled`; what was wrong in another way is named only if there was any."""
    outcomes = list(done)
    lost, doubled, other = (
        sum(getattr(outcome, name) for outcome in outcomes) for name in ("lost", "doubled", "other")
    )
    return f"{len(outcomes)} shifts, {lost} lost, {doubled} doubled" + (f", {other} otherwise wrong" if other else "")


def seeds(text: str) -> range:
    """`1-200`, or one number."""
    first, _, last = text.partition("-")
    try:
        found = range(int(first), int(last or first) + 1)
    except ValueError:
        found = range(0)
    if not found:
        raise argparse.ArgumentTypeError(f"seeds are written 1-200, not {text}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=seeds, default=range(1, 9), metavar="FIRST-LAST")
    parser.add_argument("--jobs", type=int, default=4, help="how many run at once")
    parser.add_argument("--break", dest="broken", choices=sorted(BREAKS), help="spoil each shift on purpose")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="clockpiece-shifts-"))
    shift = (*SHIFT, "--break", options.broken) if options.broken else SHIFT
    code = run(Plan(options.seeds, options.jobs, folder, shift), lambda line: print(line, flush=True))
    if code == 0:
        folder.rmdir()
    return code


if __name__ == "__main__":
    sys.exit(main())
