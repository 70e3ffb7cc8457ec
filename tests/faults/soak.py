"""`make soak MINUTES=30`: the long harnesses in turn, each with a new seed, until the time is over.

Ends at the first run that lost or doubled anything, with the command that repeats it.
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SUMMARY = re.compile(r"^(\d+) runs, (\d+) lost, (\d+) doubled$", re.MULTILINE)


def commands(seed: int, folder: Path) -> dict[str, list[str]]:
    """What a round does, by the fault it stands for."""
    python = [sys.executable, "-m"]
    shift = ["clockpiece", "demo", "--shift", "--seed", str(seed), "--data", str(folder / "shift")]
    return {
        "process killed": [*python, "tests.faults.kill", "--runs", "100", "--seed", str(seed)],
        "power cut": [*python, "tests.faults.powercut", "--images", "1500", "--seed", str(seed)],
        "a whole shift": [*python, *shift],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1, help="the first round's seed")
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    runs: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="clockpiece-soak-") as folder:
        for seed in itertools.count(options.seed):
            for fault, command in commands(seed, Path(folder)).items():
                if time.monotonic() > end:
                    report(runs, options.seed, seed)
                    return 0
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{' '.join(command[1:])}\n{done.stdout}{done.stderr}")
                    return 1
                found = SUMMARY.search(done.stdout)
                runs[fault] += int(found[1]) if found else 1
                print(f"seed {seed}: {fault}: {found[0] if found else 'everything balances'}", flush=True)
    return 0


def report(runs: Counter[str], first: int, last: int) -> None:
    print(f"\n{'fault':<20}{'runs':>8}{'lost':>6}{'doubled':>9}   seeds {first} to {last}")
    for fault, number in runs.items():
        print(f"{fault:<20}{number:>8}{0:>6}{0:>9}")


if __name__ == "__main__":
    sys.exit(main())
