"""Kills the recorder of facts at each of its flushes, from the first of a new journal on, and looks what is left.

    python -m tests.faults.flushes [--every 1]

A run is one kill: the n-th time that the process asks for a flush, strace sends it SIGKILL. What it had answered before
must be there, nothing twice, and the journal must go on.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.injected import FLUSH
from tests.faults.powercut import Card, Entry, Op, Tally, inspect
from tests.faults.powercut_writer import batches

BATCHES = 6
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


def killed_at(flush: int, folder: Path) -> bool:
    """Runs the writer until that flush. False when it had fewer."""
    root = folder / "data"
    root.mkdir()
    inject = [
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        f"trace={FLUSH}",
        "-e",
        f"inject={FLUSH}:signal=SIGKILL:when={flush}",
    ]
    writer = [
        sys.executable,
        "-m",
        "tests.faults.powercut_writer",
        str(root),
        str(folder / "notes"),
        str(BATCHES),
        "FULL",
    ]
    code = subprocess.run([*inject, *writer], check=False).returncode
    if code not in (0, *KILLED):
        raise RuntimeError(f"the writer ended with {code}")
    return code != 0


def noted(notes: Path) -> Card:
    """What had been asked and answered."""
    card = Card({})
    for line in notes.read_bytes().splitlines() if notes.exists() else []:
        card.apply(Entry(Op.NOTE, 0, 0, line))
    return card


def run(every: int = 1) -> Tally:
    """All flushes, or every so many of them."""
    tally = Tally()
    work = {command.id: command for _, commands in batches(BATCHES) for command in commands}
    for flush in itertools.count(1, every):
        with tempfile.TemporaryDirectory(prefix="flushes-") as name:
            folder = Path(name)
            if not killed_at(flush, folder):
                return tally
            tally.runs += 1
            try:
                inspect(folder / "data", noted(folder / "notes"), work, tally)
            except Exception as error:  # noqa: BLE001 - outermost loop: whatever stops core is a finding
                tally.broken += 1
                tally.tell(f"killed at flush {flush}: {error!r}")
    raise AssertionError("not reached")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.flushes", description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    tally = run(parser.parse_args().every)
    print(*tally.stories, f"{tally.runs} runs, {tally.lost} lost, {tally.doubled} doubled", sep="\n")
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
