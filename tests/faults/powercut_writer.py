"""A morning of the box's real work, run under the recorder of tests/faults/powercut.py.

Two lives of core in one folder: the first creates the journal and ends cleanly, the second is cut off. What is asked
and what is answered goes to the notes file, the answer only after the recorder of facts has returned.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.core import recorder as core
from edge.core.recorder import Recorder
from edge.link.messages import Answer, BadgeTapped, CounterSample, CounterSamples, Recordable
from edge.store.errors import CannotRecord
from edge.store.journal import Journal
from tests import cast
from tests.moments import PLANT, StandingClock, moment

KEY = bytes(range(32))
DEVICE = "box-1"
CHECKPOINT_EVERY = 150
"""Facts between two folded states: often enough to be cut in the middle of one."""

TRIES = 10
"""Of a command that could not be stored: a client sends it again, with the same id."""

TURNS = (cast.WANG_BADGE, cast.LI_BADGE, cast.NGUYEN_BADGE, cast.STRANGERS_BADGE)


def open_recorder(folder: Path, clock: StandingClock) -> tuple[Journal, Recorder]:
    journal = Journal(folder / "facts.db", KEY, DEVICE)
    return journal, Recorder(journal, clock, lambda: cast.DIRECTORY, PLANT, [cast.PRESS])


def tap(name: str, seconds: float, badge: str, machine: str | None = None) -> BadgeTapped:
    return BadgeTapped(name, moment(seconds), "gate", "gate-reader", badge, machine)


def sample(seconds: float, value: int) -> CounterSample:
    return CounterSample(cast.PRESS, "press-counter", moment(seconds), value, f"{value:08x}", 65_536, 120)


def batches(count: int) -> Iterator[tuple[float, list[Recordable]]]:
    """The moment each batch is taken, and its commands: taps at the gate and the press, and readings between them."""
    for number in range(count):
        seconds = 8 * 3600.0 + 40 * number
        commands: list[Recordable] = [tap(f"tap-{number:05d}", seconds, TURNS[number % len(TURNS)])]
        if number % 3 == 0:
            commands.append(CounterSamples(f"count-{number:05d}", [sample(seconds + 1, 65_000 + 31 * number & 0xFFFF)]))
        if number % 7 == 0:
            badge = (cast.WANG_BADGE, cast.LI_BADGE)[number // 7 % 2]
            commands.append(tap(f"press-{number:05d}", seconds + 2, badge, cast.PRESS))
        yield seconds + 3, commands


def opened(folder: Path, clock: StandingClock) -> tuple[Journal, Recorder]:
    """As the service manager does: once more, when a flush has failed at the start."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(CannotRecord):
            return open_recorder(folder, clock)
    return open_recorder(folder, clock)


def main(folder: Path, notes: Path, count: int, synchronous: str) -> None:
    core.CHECKPOINT_EVERY = CHECKPOINT_EVERY
    clock, own_ids = StandingClock(), (f"own-{number:05d}" for number in itertools.count())
    journal, recorder = opened(folder, clock)
    journal._connection.execute(f"PRAGMA synchronous = {synchronous}")
    out = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, (seconds, commands) in enumerate(batches(count)):
        if number == count // 3:
            journal.close()
            journal, recorder = opened(folder, clock)
            journal._connection.execute(f"PRAGMA synchronous = {synchronous}")
        clock.now = moment(seconds)
        ids = " ".join(command.id for command in commands)
        os.write(out, f"asked {ids}\n".encode())
        for _ in range(TRIES):
            done = recorder.record(commands, lambda: next(own_ids))
            if not done.reason:
                break
        assert all(isinstance(answer, Answer) for answer in done.answers), done.reason
        os.write(out, f"answered {ids}\n".encode())
    os._exit(0)  # no closing, no last checkpoint: the plug is pulled


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
