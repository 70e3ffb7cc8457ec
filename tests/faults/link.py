"""The link between a box and HR, cut at any byte of a request or of an answer, again and again.

    python -m tests.faults.link --cuts 10000 --seed 1

The real sender and the real HR. After each cut HR must hold all that the box believes is there; at the end every fact,
hash for hash, once. `--lie` is a box that never sends anything twice: it must be found.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sync.policy import Verdict
from sync.reference.store import ReferenceStore
from sync.wire.envelope import Fact, fingerprint
from tests.contract.hr_servers import RealHr, real_hr
from tests.faults.counted import Counted
from tests.faults.proxy import PASS, Fault, FaultProxy, Kind
from tests.integration.sending_box import Box, ListSource, close, make_box
from tests.unit.sync.made import DEVICE, chained

CUTS = {Kind.CUT_REQUEST: 4, Kind.CUT_ANSWER: 4, Kind.LOST_ANSWER: 1, Kind.RESET: 1}
"""With their weights. An answer that is lost was cut before its first byte, after HR's commit."""

MOST_NEW_FACTS = 12
AT_ONCE = 1000
PASSES = 0.3
ROUNDS_AT_THE_END = 20
"""A batch may be short after trouble on the line, so the rest takes more than one round."""


class LongSource(ListSource):
    """Without looking at each of many thousand facts: all are of one epoch, and numbered from 1."""

    def epochs(self) -> list[int]:
        return [1]

    def of_epoch(self, epoch: int, seq: int, limit: int) -> list[Fact]:
        return self.facts[seq : seq + limit]


class SentOnce(LongSource):
    """A box that throws away what it has sent, answered or not."""

    sent = 0

    def of_epoch(self, epoch: int, seq: int, limit: int) -> list[Fact]:
        given = super().of_epoch(epoch, max(seq, self.sent), limit)
        self.sent = max([self.sent, *(fact.seq for fact in given)])
        return given


@dataclass(kw_only=True)
class Cutting(Counted):
    """What is asked for, and what was done: a run is a cut, `done` counts them by sort, `commits` are those that came
    after HR's commit."""

    cuts: int
    seed: int = 1
    lie: bool = False
    done: Counter[Kind] = field(default_factory=Counter)
    commits: int = 0


@contextmanager
def linked(folder: Path) -> Iterator[tuple[RealHr, FaultProxy, Box]]:
    """HR, a box that it has let in, and the proxy between them."""
    (folder / "hr").mkdir()
    (folder / "box").mkdir()
    with real_hr(folder / "hr") as hr, FaultProxy(int(hr.url.rpartition(":")[2])) as proxy:
        box = make_box(folder / "box", proxy.url, hr.service.office.keys.signing)
        hr.service.kiosks.enrol(DEVICE, box.client.public_key)
        hr.accept(fingerprint(box.client.public_key))
        yield hr, proxy, box
        close(box)


def run(cutting: Cutting, folder: Path) -> None:
    """Cuts, then lets everything through, then judges."""
    chance = Random(cutting.seed)
    with linked(folder) as (hr, proxy, box):
        box.worker._facts = (SentOnce if cutting.lie else LongSource)(box.source.facts)
        proxy.set(PASS, _plan(chance))
        while cutting.runs < cutting.cuts:
            box.source.facts += chained(chance.randint(0, MOST_NEW_FACTS), after=box.source.facts[-1])
            if chance.random() < PASSES:
                hr.change_reference()
            box.worker.round()
            _count(cutting, proxy)
            _believed(cutting, hr, box.store)
        proxy.set(PASS)
        rounds = [box.worker.round() for _ in range(ROUNDS_AT_THE_END)]
        if rounds[-1] is not Verdict.DONE:
            cutting.lost.append(f"the box is not done after the last cut: {rounds[-1]}")
        _judge(cutting, hr, box.source.facts)


def _plan(chance: Random) -> Iterator[Fault]:
    kinds, weights = list(CUTS), list(CUTS.values())
    while True:
        passes = chance.random() < PASSES
        yield PASS if passes else Fault(chance.choices(kinds, weights)[0], share=chance.random())


def _count(cutting: Cutting, proxy: FaultProxy) -> None:
    for exchange in proxy.log:
        if exchange.fault.kind is not Kind.PASS:
            cutting.runs += 1
            cutting.done[exchange.fault.kind] += 1
            cutting.commits += exchange.committed
    proxy.log.clear()


def _believed(cutting: Cutting, hr: RealHr, store: ReferenceStore) -> None:
    """A box that counts on more than HR has would never send it again."""
    there, believed = hr.service.kiosks.listed()[0].last_seq or 0, store.acknowledged()
    if believed > there:
        cutting.lost.append(f"after cut {cutting.runs} the box believes in {believed} facts, HR has {there}")


def _judge(cutting: Cutting, hr: RealHr, made: list[Fact]) -> None:
    held = [
        fact
        for first in range(1, len(made) + MOST_NEW_FACTS, AT_ONCE)
        for fact in hr.service.inbox.facts(DEVICE, 1, list(range(first, first + AT_ONCE)))
    ]
    counts = Counter(fact.hash for fact in held)
    cutting.lost += [f"fact {fact.seq} is not at HR" for fact in made if fact.hash not in counts]
    cutting.doubled += [f"{times} times at HR: {found}" for found, times in counts.items() if times > 1]
    cutting.doubled += [f"HR holds {fact.seq}, which was never made" for fact in held if fact.seq > len(made)]
    cutting.lost += [f"fact {seq} was set aside" for seq in sorted(hr.aside(DEVICE))]


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.link", description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lie", action="store_true")
    chosen = parser.parse_args(arguments)
    logging.disable(logging.ERROR)  # the sender says each time that HR is gone and back
    cutting = Cutting(cuts=chosen.cuts, seed=chosen.seed, lie=chosen.lie)
    with tempfile.TemporaryDirectory(prefix="clockpiece-link-") as folder:
        run(cutting, Path(folder))
    sorts = [f"{sort}: {times} cuts" for sort, times in sorted(cutting.done.items())]
    return cutting.told(*sorts, f"after HR's commit: {cutting.commits} cuts")


if __name__ == "__main__":
    sys.exit(main())
