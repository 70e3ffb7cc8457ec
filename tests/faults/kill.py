"""Kills the processes of a working box at random moments and then asks whether anything was lost or doubled.

    python -m tests.faults.kill --runs 200 --targets core,devices,sync --seed 1

One run is one SIGKILL. A person taps one badge after another and taps again when no tick comes; a machine counts;
HR changes its order. Half of the kills are aimed at a tap that is on its way, and half of core's at the moment
between the COMMIT and the answer. `--lie` builds a fault in that this program must find.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.box import FaultBox, Service
from tests.faults.evidence import Findings
from tests.faults.floor import TICK_WITHIN_S, Crowd, Stuck, at_work, judged, told

MEAN_PAUSE_S = 0.6
AIM_WITHIN_S = 0.04
ORDER_EVERY = 5
PEOPLE_PER_KILL = 6

LIES: dict[str, dict[Service, list[str]]] = {
    "forget-ids": {Service.DEVICES: ["forget-ids"]},
    "drop-a-tap": {Service.HR: ["drop-a-tap"]},
    "count-twice": {Service.CORE: ["count-twice"]},
}


@dataclass
class Shift:
    """`lie` names a fault that must be found."""

    runs: int
    targets: list[Service]
    seed: int = 1
    lie: str | None = None
    say: Callable[[str], None] = print


def run(shift: Shift) -> Findings:
    """All kills, then the judgement. Raises Stuck."""
    people = shift.runs * PEOPLE_PER_KILL + 100
    with at_work(people, shift.seed, LIES[shift.lie] if shift.lie else None) as (box, crowd):
        kills = _kill(shift, box, crowd)
        findings = judged(box, crowd)
        shift.say(f"kills: {', '.join(f'{name} {times}' for name, times in sorted(kills.items()))}")
        shift.say(told(crowd))
        return findings


def _kill(shift: Shift, box: FaultBox, crowd: Crowd) -> Counter[str]:
    chance = random.Random(shift.seed + 1)
    kills: Counter[str] = Counter()
    began_s = time.monotonic()
    while kills.total() < shift.runs and not crowd.trouble:
        target = chance.choice(shift.targets)
        crowd.stop.wait(chance.expovariate(1 / MEAN_PAUSE_S))
        if target is Service.CORE and chance.random() < 0.5:
            if not box.kill_core_after_commit(timeout_s=4 * TICK_WITHIN_S):
                continue
            kills["core after COMMIT"] += 1
        else:
            if chance.random() < 0.5:
                crowd.tapping.clear()
                crowd.tapping.wait(TICK_WITHIN_S)
                crowd.stop.wait(chance.uniform(0, AIM_WITHIN_S))
            box.kill(target)
            kills[target] += 1
        box.start(target)
        if kills.total() % ORDER_EVERY == 0:
            box.change_order()
        if kills.total() % 25 == 0:
            shift.say(f"{kills.total()} of {shift.runs} kills, {time.monotonic() - began_s:.0f} s")
    return kills


def main(arguments: list[str] | None = None) -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--targets", default="core,devices,sync")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lie", choices=sorted(LIES))
    chosen = parser.parse_args(arguments)
    targets = [Service(name) for name in chosen.targets.split(",")]
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the simulated PLC's side of a cut connection
    try:
        findings = run(Shift(chosen.runs, targets, chosen.seed, chosen.lie))
    except Stuck as stuck:
        print(f"stuck: {stuck}", file=sys.stderr)
        return 1
    findings.runs = chosen.runs
    return findings.told()


if __name__ == "__main__":
    sys.exit(main())
