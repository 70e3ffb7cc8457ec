"""Makes so many histories, lets the box's own rules decide them, and says how many were counted wrong unnoticed.

What *decided*, *flagged*, *undecidable* and *wrong* mean is at the head of tests/histories/judged.py. Exits 1 when one
is wrong. The same seed gives the same histories, in any number of processes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from tests.histories.judged import Outcome, judged, recorded
from tests.histories.made import Event, Polled, made

CHUNK = 2_000
SHOWN = 20


@dataclass
class Tally:
    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    wrong: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.outcomes += other.outcomes
        self.wrong += other.wrong

    def total(self, outcome: Outcome) -> int:
        return sum(count for (_, each), count in self.outcomes.items() if each is outcome)

    def lines(self) -> Iterator[str]:
        yield f"{'event':<17}{'histories':>10}{'decided':>10}{'flagged':>10}{'undecid.':>10}{'wrong':>7}"
        for name in [*(each.value for each in Event), "two events"]:
            counts = [self.outcomes[name, each] for each in Outcome]
            yield f"{name:<17}{sum(counts):>10}" + "".join(f"{count:>10}" for count in counts[:3]) + f"{counts[3]:>7}"
        yield ""
        yield (
            f"{self.outcomes.total():,} histories: {self.total(Outcome.DECIDED):,} decided, "
            f"{self.total(Outcome.FLAGGED):,} flagged, {self.total(Outcome.UNDECIDABLE):,} undecidable, "
            f"wrong = {len(self.wrong)}"
        )


def tallied(seed: int, numbers: Iterable[int]) -> Tally:
    tally = Tally()
    for number in numbers:
        history = made(seed, number)
        finding = judged(history)
        name = history.events[0].value if len(history.events) == 1 else "two events"
        tally.outcomes[name, finding.outcome] += 1
        if finding.outcome is Outcome.WRONG:
            tally.wrong.append(number)
    return tally


def _chunk(work: tuple[int, int, int]) -> Tally:
    seed, first, last = work
    return tallied(seed, range(first, last))


def run(n: int, seed: int, jobs: int) -> Tally:
    chunks = [(seed, first, min(first + CHUNK, n)) for first in range(0, n, CHUNK)]
    tally = Tally()
    with multiprocessing.Pool(jobs) as pool:
        for each in pool.imap_unordered(_chunk, chunks):
            tally.add(each)
    return tally


def told(seed: int, number: int) -> Iterator[str]:
    """One history in full: its readings, the facts, and what came of it."""
    history = made(seed, number)
    yield f"{', '.join(history.events)}; modulus {history.modulus}, at most {history.max_rate_per_min} a minute"
    begin_us = history.arrivals[0].at.wall_us
    for each in history.arrivals:
        what = f"{each.value} session {each.session}" if isinstance(each, Polled) else "silent"
        yield f"{(each.at.wall_us - begin_us) / 1e6:12.3f} s  {each.at.boot_id}  {what}"
    for seq, body in enumerate(recorded(history).bodies, 1):
        yield f"{seq:4} {body}"
    yield f"{history.pieces} made; {judged(history)}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only-history", type=int, metavar="K", help="one history in full")
    chosen = parser.parse_args()
    if chosen.only_history is not None:
        print(*told(chosen.seed, chosen.only_history), sep="\n")
        return 0
    begun_s = time.monotonic()
    tally = run(chosen.n, chosen.seed, chosen.jobs)
    for number in islice(sorted(tally.wrong), SHOWN):
        print(f"wrong: python -m tests.histories --seed {chosen.seed} --only-history {number}")
    print(*tally.lines(), sep="\n")
    print(f"took {time.monotonic() - begun_s:.0f} s")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
