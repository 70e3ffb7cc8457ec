"""Fuzzes every parser with a coverage guide (atheris), the seconds shared out among them. Exits 1 for a finding.

A finding is printed as hex, with the command that feeds it to the parser again; that command needs no atheris.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.targets import TARGETS

JOBS = 2
LAST_LINES = 12


@dataclass(frozen=True)
class Run:
    """`coverage`: edges of the instrumented code that were reached. `found`: the bytes, if there are any."""

    name: str
    inputs: int
    coverage: int
    seconds: float
    found: bytes | None = None
    failed: bool = False
    output: str = ""

    def lines(self) -> list[str]:
        head = f"{self.name:<22}{self.inputs:>12,}{self.coverage:>10,}{self.seconds:>8.0f} s"
        if not self.failed:
            return [head]
        found = [] if self.found is None else [self.found.hex(), f"python -m tests.fuzz --only {self.name} --hex HEX"]
        return [head, *self.output.splitlines()[-LAST_LINES:], *found]


def fuzzed(name: str, seconds: int, seed: int) -> Run:
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        command = [sys.executable, "-m", "tests.fuzz.guided", name, str(seconds), str(seed), folder]
        environment = os.environ | {"TMPDIR": folder}
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=environment)
        kept = [each for each in sorted(Path(folder).iterdir()) if re.match("crash-|timeout-|oom-", each.name)]
        found = kept[0].read_bytes() if kept else None
    inputs = re.search(r"number_of_executed_units:\s+(\d+)", done.stderr)
    coverage = re.findall(r"cov: (\d+)", done.stderr)
    return Run(
        name,
        int(inputs[1]) if inputs else 0,
        int(coverage[-1]) if coverage else 0,
        time.monotonic() - begun_s,
        found,
        done.returncode != 0 or found is not None,
        done.stdout + done.stderr,
    )


def run(names: Sequence[str], seconds: int, seed: int, jobs: int) -> int:
    """How many targets failed."""
    each_s = max(1, seconds * jobs // len(names))
    print(f"{'target':<22}{'inputs':>12}{'coverage':>10}{'time':>10}")
    runs: list[Run] = []
    with ThreadPoolExecutor(jobs) as pool:
        for done in pool.map(lambda name: fuzzed(name, each_s, seed), names):
            print(*done.lines(), sep="\n", flush=True)
            runs.append(done)
    failed = sum(each.failed for each in runs)
    inputs = sum(each.inputs for each in runs)
    print(
        f"\n{len(runs)} parsers, {inputs:,} inputs, {each_s} s each, {jobs} at a time, seed {seed}: {failed} findings"
    )
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--only", action="append", choices=TARGETS, metavar="TARGET", help="; ".join(TARGETS))
    parser.add_argument("--hex", help="feeds these bytes once to the one target, without atheris")
    chosen = parser.parse_args()
    names = chosen.only or list(TARGETS)
    if chosen.hex is not None:
        for name in names:
            TARGETS[name].run(bytes.fromhex(chosen.hex))
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed here: `make fuzz` installs it where it can be had.", file=sys.stderr)
        return 2
    return 1 if run(names, chosen.seconds, chosen.seed, chosen.jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
