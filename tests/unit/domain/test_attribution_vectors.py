"""The worked examples of attribution that a box decides (tests/fixtures/vectors/attribution.json)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sync.facts import Basis, Bucket, CounterReading, Ended, PersonnelLogOff, Step
from sync.reference_data import Badge, Directory, Person, Reference
from sync.wire import Stamp
from tests.moments import at
from tests.unit.domain.press import Press

FILE = Path(__file__).parents[2] / "fixtures" / "vectors" / "attribution.json"
VECTORS = {vector["id"]: vector for vector in json.loads(FILE.read_text("utf-8"))["vectors"]}

DECIDED_HERE = (
    "AB-001", "AB-003", "AB-005", "AB-007", "AB-013", "AB-014", "AB-015", "AB-017", "AB-018",
    "AB-020", "AB-022", "AB-024", "AB-025", "AB-040",
)  # fmt: skip
"""Not among them: two operators of one machine (its second tap is a hand-over here), set-up, defect counters."""

WORKERS = ("W1", "W2")
REFERENCE = Reference(
    1, "", people=[Person(each, each, each) for each in WORKERS], badges=[Badge(each, each) for each in WORKERS]
)
FLAG_OF_STEP = {
    Step.ROLLOVER: "ROLLOVER",
    Step.RESET: "RESET",
    Step.RESET_INFERRED: "RESET_INFERRED",
    Step.IMPLAUSIBLE: "IMPLAUSIBLE_DELTA",
}


def play(vector: dict[str, Any]) -> Press:
    """The vector's events as samples and taps; a change that no reading follows at once has missed its snapshot."""
    counters, events = vector["input"]["counters"], vector["input"]["events"]
    (modulus,) = {each.get("modulus", 2**32) for each in counters.values()}
    press = Press(modulus, max_rate_per_min=60, directory=Directory(REFERENCE))
    sessions = {boot: number for number, boot in enumerate(sorted({each.get("boot", "") for each in events}))}
    for event in events:
        if event["type"] == "CLOCK_OUT":
            press.tap(at("07:00"), event["person"], machine=None)
    for event in events:
        moment = at(event["t"])
        if event["type"] == "READING":
            name = event["counter"]
            machine = counters[name]["equipment"]
            miss_what_is_overdue(press, machine, moment)
            press.sample(moment, event["value"], sessions[event.get("boot", "")], machine, name)
        else:
            press.tap(moment, event["person"], event.get("equipment"))
    for name, counter in counters.items():
        press.go_silent(at("23:00"), counter["equipment"], name)
    return press


def miss_what_is_overdue(press: Press, machine: str, moment: Stamp) -> None:
    changes = [each.timeline[-1].at for each in press.ledger.state.counters_of(machine) if each.pending]
    if any(moment.seconds_since(change) > 3 for change in changes):
        press.miss_snapshot(moment, machine)


def flags(press: Press) -> set[str]:
    found = {FLAG_OF_STEP[each.step] for made in press.actuals() for each in made.readings if each.step in FLAG_OF_STEP}
    found |= {"ESTIMATED" for made in press.actuals() if made.basis is Basis.ESTIMATED}
    found |= {"GLITCH_DISCARDED" for reading in press.bodies(CounterReading) if reading.glitch}
    return found | {"AUTO_LOG_OFF" for off in press.bodies(PersonnelLogOff) if off.ended_by is Ended.CLOCK_OUT}


@pytest.mark.parametrize("name", DECIDED_HERE)
def test_the_box_decides_as_the_worked_example_says(name: str) -> None:
    press, expected = play(VECTORS[name]), VECTORS[name]["expected"]
    workers: Counter[str] = Counter()
    buckets: Counter[Bucket] = Counter()
    for actual in press.actuals():
        buckets[actual.bucket] += actual.quantity
        workers.update({share.person: share.quantity for share in actual.shares})
    assert dict(workers) == expected["workers"]
    assert buckets[Bucket.UNATTRIBUTED] == expected["unattributed"]
    assert buckets[Bucket.QUARANTINED] == expected["quarantined"]
    assert sorted(flags(press)) == sorted(expected["flags"])
