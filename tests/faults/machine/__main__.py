"""Plays the house as often as one likes, and counts.

    python -m tests.faults.machine --examples 500 --seed 1

Prints `500 runs, 0 lost, 0 doubled`; exits 1 when something was lost, doubled or broken.
"""

from __future__ import annotations

import argparse
import logging
import sys

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.evidence import Findings
from tests.faults.machine.rules import House

SHOWN = 10


def play(examples: int, number: int, steps: int) -> list[Findings]:
    """What each run found; the same for the same numbers."""

    class Counted(House):
        counting = True
        found: list[Findings] = []  # noqa: RUF012 - of this call alone

    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    run_state_machine_as_test(seed(number)(Counted), settings=profile)
    return Counted.found


def main() -> int:
    parser = argparse.ArgumentParser(description="plays the house as often as one likes, and counts")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found = play(wanted.examples, wanted.seed, wanted.steps)
    lost, doubled = sum(bool(each.lost) for each in found), sum(bool(each.doubled) for each in found)
    print(f"{len(found)} runs, {lost} lost, {doubled} doubled")
    troubles = [sentence for each in found for sentence in (*each.lost, *each.doubled, *each.broken)]
    for sentence in troubles[:SHOWN]:
        print(f"  {sentence}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
