"""Several people at one machine, one person at several: places, weights, and who may not (AB-R6, AB-R12)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Ended, LogOnShown, Outcome, PersonnelLogOff, PersonnelLogOn
from sync.wire.reference_data import Clearance, Directory, Machine, Person
from tests.cast import LATHE, LI, LI_BADGE, NGUYEN, NGUYEN_BADGE, PRESS, REFERENCE, STRANGERS_BADGE, WANG, WANG_BADGE
from tests.ledgers import rules
from tests.moments import at
from tests.unit.domain.press import Press

CLEARED = [Clearance("SAFETY_L3", "2026-01-01", "2026-03-31"), Clearance("PRESS")]


def directory(operators: int = 2, needs: tuple[str, ...] = (), **people: dict[str, Any]) -> Directory:
    """The cast with a press of so many places; `people` by number, for example E001={"weight": 60}."""
    changed: list[Person] = [replace(each, **people.get(each.number, {})) for each in REFERENCE.people]
    press = Machine(PRESS, "1号冲床", operators, list(needs))
    return Directory(replace(REFERENCE, version=2, people=changed, machines=[press, Machine(LATHE, "1号车床")]))


def press_of(known: Directory) -> Press:
    press = Press(directory=known)
    press.sample(at("07:59"), 100)
    return press


@pytest.fixture
def press() -> Press:
    return press_of(directory())


def here(press: Press) -> dict[str, int]:
    return press.ledger.state.machine(PRESS).context.operators


def test_people_join_one_another_with_their_weight() -> None:
    press = press_of(directory(E001={"weight": 60}, E002={"weight": 40}))
    assert press.tap(at("08:00"), WANG_BADGE).outcome is Outcome.LOGGED_ON
    assert press.tap(at("08:01"), LI_BADGE).outcome is Outcome.LOGGED_ON
    assert here(press) == {WANG.id: 60, LI.id: 40}
    assert [each.weight for each in press.bodies(PersonnelLogOn)] == [60, 40]
    assert press.bodies(PersonnelLogOff) == []


def test_their_pieces_are_shared_by_weight_and_none_is_lost() -> None:
    press = press_of(directory(E001={"weight": 60}, E002={"weight": 40}))
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:00"), LI_BADGE)
    press.sample(at("08:00:01"), 100)
    press.sample(at("09:00"), 201)
    assert press.counted() == [(WANG.id, "EXACT", 61), (LI.id, "EXACT", 40)]


def test_a_full_machine_has_no_place_for_a_third(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:01"), LI_BADGE)
    assert press.tap(at("08:02"), NGUYEN_BADGE).outcome is Outcome.NO_PLACE
    assert here(press) == {WANG.id: 100, LI.id: 100}


def test_a_second_tap_logs_that_person_off_only(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:01"), LI_BADGE)
    assert press.tap(at("12:00"), WANG_BADGE).outcome is Outcome.LOGGED_OFF
    assert here(press) == {LI.id: 100}
    assert press.tap(at("12:00:30"), WANG_BADGE).outcome is Outcome.ALREADY_OFF
    assert press.tap(at("12:00:40"), LI_BADGE).outcome is Outcome.LOGGED_OFF
    assert press.tap(at("12:01:20"), NGUYEN_BADGE).outcome is Outcome.LOGGED_ON


def test_who_has_just_joined_is_not_logged_off_by_a_second_tap(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:01"), LI_BADGE)
    assert press.tap(at("08:01:30"), LI_BADGE).outcome is Outcome.ALREADY_ON
    assert here(press) == {WANG.id: 100, LI.id: 100}


def test_a_machine_that_has_one_place_again_is_taken_over_from_all(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:01"), LI_BADGE)
    press.rules = rules(directory(operators=1))
    assert press.tap(at("09:00"), NGUYEN_BADGE).outcome is Outcome.HANDED_OVER
    assert {each.ended_by for each in press.bodies(PersonnelLogOff)} == {Ended.HAND_OVER}
    assert here(press) == {NGUYEN.id: 100}


def test_somebody_of_no_weight_alone_makes_pieces_for_nobody() -> None:
    press = press_of(directory(E001={"weight": 0}))
    press.tap(at("08:00"), WANG_BADGE)
    press.sample(at("08:00:01"), 100)
    press.sample(at("09:00"), 130)
    assert press.counted() == [("UNATTRIBUTED", "EXACT", 30)]


def test_clocking_out_leaves_the_others_at_the_machine(press: Press) -> None:
    press.tap(at("07:50"), WANG_BADGE, machine=None)
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:00"), LI_BADGE)
    press.tap(at("12:00"), WANG_BADGE, machine=None)
    assert here(press) == {LI.id: 100}


@pytest.mark.parametrize(
    ("day", "missing"),
    [(-90, ["SAFETY_L3"]), (-89, []), (0, []), (1, ["SAFETY_L3"])],
    ids=["the day before it begins", "its first day", "its last day", "the day after it ends"],
)
def test_a_clearance_holds_from_its_first_to_its_last_day(day: int, missing: list[str]) -> None:
    press = press_of(directory(needs=("SAFETY_L3", "PRESS"), E001={"clearances": CLEARED}))
    outcome = press.tap(at("09:00", day=day), WANG_BADGE).outcome
    assert outcome is (Outcome.NOT_CLEARED if missing else Outcome.LOGGED_ON)
    assert [each.missing for each in press.bodies(LogOnShown)] == ([missing] if missing else [])


def test_the_day_is_the_plants_and_not_utcs() -> None:
    press = press_of(directory(needs=("SAFETY_L3",), E001={"clearances": CLEARED}))
    assert press.tap(at("00:30", day=1), WANG_BADGE).outcome is Outcome.NOT_CLEARED


def test_who_is_not_cleared_does_not_end_anybodys_session() -> None:
    press = press_of(directory(operators=1, needs=("PRESS",), E001={"clearances": CLEARED}))
    press.tap(at("08:00"), WANG_BADGE)
    assert press.tap(at("08:05"), LI_BADGE).outcome is Outcome.NOT_CLEARED
    assert here(press) == {WANG.id: 100}
    assert press.bodies(LogOnShown)[-1].missing == ["PRESS"]


def test_whose_clearance_has_ended_can_still_log_off() -> None:
    press = press_of(directory(needs=("SAFETY_L3",), E001={"clearances": CLEARED}))
    press.tap(at("23:00"), WANG_BADGE)
    assert press.tap(at("01:00", day=1), WANG_BADGE).outcome is Outcome.LOGGED_OFF


def test_a_clock_that_was_never_set_refuses_nobody_for_a_date() -> None:
    press = press_of(directory(needs=("SAFETY_L3",), E001={"clearances": CLEARED}))
    unset = Stamp("boot-1", at("08:00").boottime_ns, 0, ClockState.NONE)
    assert press.tap(unset, WANG_BADGE).outcome is Outcome.LOGGED_ON
    assert press.tap(unset, LI_BADGE).outcome is Outcome.NOT_CLEARED


def test_a_machine_that_needs_nothing_takes_somebody_hr_has_not_named_yet() -> None:
    press = press_of(directory())
    press.ledger.state.bound[STRANGERS_BADGE] = "newcomer"
    assert press.tap(at("08:00"), STRANGERS_BADGE).outcome is Outcome.LOGGED_ON
    assert here(press) == {"newcomer": 100}


def test_somebody_hr_has_not_named_yet_is_cleared_for_nothing() -> None:
    press = press_of(directory(needs=("PRESS",)))
    press.ledger.state.bound[STRANGERS_BADGE] = "newcomer"
    assert press.tap(at("08:00"), STRANGERS_BADGE).outcome is Outcome.NOT_CLEARED
