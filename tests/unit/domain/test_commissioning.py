"""Why one pulse is one piece: the proof, the signatures, and what is counted from then on."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from edge.domain.commissioning import doubt_of
from edge.link.messages import CommissionCounter
from sync.wire.facts import CommissioningRefused, CounterCommissioned, CounterProof, CounterStateChanged, Outcome
from sync.wire.reference_data import Badge, Directory
from tests.cast import LI_BADGE as LI
from tests.cast import LOST_BADGE, PRESS, REFERENCE, STRANGERS_BADGE, WANG, WANG_BADGE, ZHANG, ZHANG_BADGE
from tests.ledgers import rules
from tests.moments import at
from tests.unit.domain.press import COUNTER, Press

AS_PROVEN, OTHERWISE = "plc:502 unit 1 holding 16 hi-first", "plc:502 unit 1 holding 18 hi-first"


def proof(*values: int, steps: tuple[str, ...] = ("before", "during", "after")) -> list[CounterProof]:
    return [
        CounterProof(step, place, f"{value:08x}", value)
        for place, (step, value) in enumerate(zip(steps, values, strict=True))
    ]


COMMAND = CommissionCounter(
    id="commission",
    at=at("07:30"),
    machine=PRESS,
    counter=COUNTER,
    meaning=AS_PROVEN,
    registers="holding register 16, two words, high first",
    pieces=10,
    counts=10,
    reset="NOT_TRIED",
    proof=proof(100, 104, 110),
    electrician_badge=WANG_BADGE,
    witness_badge=ZHANG_BADGE,
)


@pytest.fixture
def press() -> Press:
    return Press()


def poll(press: Press, time: str, value: int, meaning: str = AS_PROVEN, commissioned: bool = False) -> None:
    press.sample(at(time), value, commissioned=commissioned, meaning=meaning)


def states(press: Press) -> list[str]:
    return [each.state for each in press.bodies(CounterStateChanged)]


def test_a_proven_counter_counts_from_its_next_reading_on(press: Press) -> None:
    poll(press, "07:20", 100)
    poll(press, "07:29", 110)
    assert press.ledger.facts == []
    assert press.say(COMMAND).outcome is Outcome.COMMISSIONED
    poll(press, "08:00", 112)
    poll(press, "08:10", 152)
    assert press.counted() == [("UNATTRIBUTED", "EXACT", 40)]
    (fact,) = press.bodies(CounterCommissioned)
    assert (fact.electrician, fact.witness, fact.pieces) == (WANG.id, ZHANG.id, 10)


def test_what_is_read_otherwise_than_was_proven_is_not_counted(press: Press) -> None:
    press.say(COMMAND)
    poll(press, "08:00", 112, OTHERWISE)
    poll(press, "08:10", 152, OTHERWISE)
    assert press.readings() == []


def test_a_counter_that_stops_being_proven_keeps_what_it_had_and_begins_anew(press: Press) -> None:
    press.say(COMMAND)
    poll(press, "08:00", 0)
    poll(press, "08:00:30", 30)
    poll(press, "08:01", 5_000, OTHERWISE)
    poll(press, "08:02", 5_100, OTHERWISE)
    poll(press, "08:03", 60)
    poll(press, "08:20", 70)
    assert [pieces for _, _, pieces in press.counted()] == [30, 10]
    assert press.whys() == ["baseline", "before-change", "baseline", "start"]
    assert states(press) == ["COUNTED", "NOT_COUNTED"]


def test_a_restart_of_core_does_not_forget_that_it_was_not_counted(press: Press) -> None:
    press.say(COMMAND)
    poll(press, "08:00", 0)
    poll(press, "08:01", 5, OTHERWISE)
    press.waiting = {}
    poll(press, "08:03", 60)
    poll(press, "08:20", 70)
    assert [pieces for _, _, pieces in press.counted()] == [10]


def test_a_counter_that_is_no_longer_counted_waits_for_no_snapshot(press: Press) -> None:
    press.say(COMMAND)
    poll(press, "08:00", 0)
    press.tap(at("08:01"), WANG_BADGE)
    poll(press, "08:01:01", 5, OTHERWISE)
    assert press.ledger.state.counters[COUNTER].pending == []
    press.tap(at("08:05"), LI)
    poll(press, "08:06", 60)
    poll(press, "08:20", 70)
    assert [basis for _, basis, _ in press.counted()] == ["EXACT"]


def test_another_register_under_the_same_name_is_another_baseline(press: Press) -> None:
    """Both are said for sure by the configuration; the electrician has moved the address in between."""
    poll(press, "08:00", 0, AS_PROVEN, commissioned=True)
    poll(press, "08:00:30", 30, AS_PROVEN, commissioned=True)
    poll(press, "08:01", 60, OTHERWISE, commissioned=True)
    poll(press, "08:20", 75, OTHERWISE, commissioned=True)
    assert [pieces for _, _, pieces in press.counted()] == [30, 15]
    assert states(press) == ["COUNTED", "COUNTED"]


def test_a_counter_that_was_counted_before_meanings_were_written_down_loses_nothing(press: Press) -> None:
    poll(press, "08:00", 0, "", commissioned=True)
    poll(press, "08:05", 30, AS_PROVEN, commissioned=True)
    assert [pieces for _, _, pieces in press.counted()] == [30]
    assert press.ledger.state.counters[COUNTER].meaning == AS_PROVEN


def test_a_held_drop_is_not_settled_over_another_meaning(press: Press) -> None:
    poll(press, "08:00", 500, AS_PROVEN, commissioned=True)
    poll(press, "08:01", 3, AS_PROVEN, commissioned=True)
    poll(press, "08:02", 510, OTHERWISE, commissioned=True)
    poll(press, "08:10", 520, OTHERWISE, commissioned=True)
    assert [pieces for _, _, pieces in press.counted()] == [10]


@pytest.mark.parametrize(
    ("badges", "detail"),
    [
        ((STRANGERS_BADGE, ZHANG_BADGE), "a badge is blocked, or nobody's"),
        ((LOST_BADGE, ZHANG_BADGE), "a badge is blocked, or nobody's"),
        ((WANG_BADGE, ""), "a badge is blocked, or nobody's"),
        ((ZHANG_BADGE, ZHANG_BADGE), "both badges are one person's"),
        ((WANG_BADGE, LI), "neither is a supervisor"),
    ],
)
def test_two_people_sign_and_one_is_a_supervisor(press: Press, badges: tuple[str, str], detail: str) -> None:
    decision = press.say(replace(COMMAND, electrician_badge=badges[0], witness_badge=badges[1]))
    assert decision.outcome is Outcome.NOT_SIGNED
    assert press.bodies(CommissioningRefused)[0].detail == detail
    assert press.ledger.state.commissioned == {}


def test_two_badges_of_one_person_under_two_keys_are_one_signature(press: Press) -> None:
    """A box minted a key of its own for her before HR knew that it is she."""
    twice = replace(ZHANG, keys=["minted"])
    people = [*(each for each in REFERENCE.people if each.id != ZHANG.id), twice]
    badges = [*REFERENCE.badges, Badge("EM4100:2000000009", "minted")]
    press.rules = rules(Directory(replace(REFERENCE, people=people, badges=badges)))
    command = replace(COMMAND, electrician_badge="EM4100:2000000009")
    assert press.say(command).outcome is Outcome.NOT_SIGNED
    assert press.say(replace(command, witness_badge=WANG_BADGE)).outcome is Outcome.COMMISSIONED


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"counts": 11}, id="another sum"),
        pytest.param({"pieces": 7}, id="no whole number a piece"),
        pytest.param({"pieces": 0}, id="no pieces"),
        pytest.param({"counts": 0, "proof": proof(100, 100, 100)}, id="nothing moved"),
        pytest.param({"proof": proof(100, 112, 110)}, id="went down in between"),
        pytest.param({"proof": proof(65_530, 2, 4)}, id="went round"),
        pytest.param({"proof": proof(100, 110, steps=("during", "after"))}, id="none before"),
        pytest.param({"proof": proof(100, 110, steps=("before", "during"))}, id="none after"),
        pytest.param({"proof": []}, id="no readings"),
        pytest.param({"proof": COMMAND.proof[::-1]}, id="out of order"),
        pytest.param({"proof": [replace(each, at_us=-each.at_us) for each in COMMAND.proof]}, id="out of time"),
        pytest.param({"proof": proof(100, 104, 110, steps=("before", "now", "after"))}, id="unknown step"),
        pytest.param({"reset": "KEPT"}, id="a power cycle that was not tried"),
        pytest.param({"reset": "PERHAPS"}, id="unknown reset"),
    ],
)
def test_what_the_readings_do_not_show_is_not_proven(press: Press, changes: dict[str, Any]) -> None:
    assert press.say(replace(COMMAND, **changes)).outcome is Outcome.NOT_PROVEN
    assert press.bodies(CommissioningRefused)[0].detail
    assert press.ledger.state.commissioned == {}


@pytest.mark.parametrize(("back", "reset"), [(110, "KEPT"), (111, "KEPT"), (0, "LOST"), (40, "LOST")])
def test_what_a_power_cycle_did_is_read_from_the_proof(back: int, reset: str) -> None:
    steps = ("before", "during", "after", "power-off", "power-on")
    shown = proof(100, 104, 110, 0, back, steps=steps)
    assert [each for each in ("KEPT", "LOST", "NOT_TRIED") if not doubt_of(10, 10, each, shown)] == [reset]


@pytest.mark.parametrize(("pieces", "counts"), [(10, 10), (10, 20), (10, 5), (10, 1)])
def test_a_whole_number_of_counts_a_piece_or_of_pieces_a_count_will_do(pieces: int, counts: int) -> None:
    assert doubt_of(pieces, counts, "NOT_TRIED", proof(7, 7, 7 + counts)) == ""
