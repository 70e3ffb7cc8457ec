"""A counter of rejects is attributed like one of pieces, and adds nothing to anybody's output (AB-R13)."""

from __future__ import annotations

import pytest

from edge.link.messages import AssignPieces, ConfirmOutput
from sync.wire.facts import CounterRole, CounterStateChanged, EquipmentState, MaterialActualRecorded, Outcome, as_dict
from tests.cast import LI, LI_BADGE, PRESS, WANG, WANG_BADGE, ZHANG
from tests.moments import at
from tests.unit.domain.press import Press

REJECTS = "reject-counter"


class Sorting(Press):
    """A press with a counter of what it makes and one of what it throws out."""

    def shows(self, time: str, made: int, rejects: int) -> None:
        self.sample(at(time), made)
        self.sample(at(time), rejects, counter=REJECTS, role=CounterRole.DEFECTIVE)

    def of(self, role: CounterRole) -> list[tuple[str, list[str], int]]:
        return [
            (each.bucket.value, [share.person for share in each.shares], each.quantity)
            for each in self.actuals()
            if each.role is role
        ]


@pytest.fixture
def press() -> Sorting:
    """Wang until 09:00, then nobody until 09:30, then Li: 60 made each time, of which 2, 1 and 4 are rejects."""
    press = Sorting()
    press.take_orders(at("07:00"))
    press.shows("07:50", 100, 10)
    press.tap(at("08:00"), WANG_BADGE)
    press.shows("08:00:01", 100, 10)
    press.tap(at("09:00"), WANG_BADGE)
    press.shows("09:00:01", 160, 12)
    press.tap(at("09:30"), LI_BADGE)
    press.shows("09:30:01", 190, 13)
    press.tap(at("10:30"), LI_BADGE)
    press.shows("10:30:01", 250, 17)
    return press


def test_rejects_are_in_the_contexts_that_the_pieces_are_in(press: Sorting) -> None:
    assert press.of(CounterRole.PRODUCED) == [
        ("ATTRIBUTED", [WANG.id], 60),
        ("UNATTRIBUTED", [], 30),
        ("ATTRIBUTED", [LI.id], 60),
    ]
    assert press.of(CounterRole.DEFECTIVE) == [
        ("ATTRIBUTED", [WANG.id], 2),
        ("UNATTRIBUTED", [], 1),
        ("ATTRIBUTED", [LI.id], 4),
    ]


@pytest.mark.parametrize("role", [CounterRole.PRODUCED, CounterRole.DEFECTIVE])
def test_of_each_role_the_buckets_add_up_to_what_was_counted(press: Sorting, role: CounterRole) -> None:
    press.set_up(at("10:31"), EquipmentState.SETUP)
    press.shows("10:31:01", 250, 17)
    press.shows("10:40", 255, 19)
    press.shows("10:40:10", 9_000, 9_000)
    press.shows("10:40:20", 9_001, 9_001)
    counted = {CounterRole.PRODUCED: 9_001 - 100, CounterRole.DEFECTIVE: 9_001 - 10}
    press.set_up(at("10:41"), EquipmentState.EXECUTE)
    press.shows("10:41:01", 9_001, 9_001)
    assert sum(quantity for _bucket, _people, quantity in press.of(role)) == counted[role]
    assert {bucket for bucket, _, _ in press.of(role)} >= {"ATTRIBUTED", "UNATTRIBUTED", "SETUP", "QUARANTINED"}


def test_what_a_worker_has_to_be_sealed_are_the_pieces_and_nothing_is_taken_off(press: Sorting) -> None:
    unsealed = press.ledger.state.output.unsealed
    assert [each.quantity for rows in unsealed.values() for each in rows] == [60, 60]
    made, thrown_out = (
        fact.seq for fact in press.ledger.facts if [each["person"] for each in fact.body.get("shares", [])] == [WANG.id]
    )
    order = press.ledger.state.machine(PRESS).context.order or ""
    seal = ConfirmOutput("", at("11:00"), ZHANG.id, WANG.id, order, at_date(press), [made, thrown_out], good=62)
    assert press.say(seal).outcome is Outcome.CHANGED_MEANWHILE
    seal = ConfirmOutput("", at("11:00"), ZHANG.id, WANG.id, order, at_date(press), [made], good=58, scrap_material=2)
    assert press.say(seal).outcome is Outcome.CONFIRMED


def at_date(press: Sorting) -> str:
    return press.actuals()[0].work_date


def test_rejects_that_nobody_was_there_for_cannot_be_given_away(press: Sorting) -> None:
    (waits,) = press.ledger.state.output.unassigned.values()
    assert waits.left == 30
    seq = next(
        fact.seq
        for fact in press.ledger.facts
        if (fact.body.get("bucket"), fact.body.get("role")) == ("UNATTRIBUTED", "DEFECTIVE")
    )
    said = press.say(AssignPieces("", at("11:00"), ZHANG.id, PRESS, [seq], {WANG.id: 1}, "was there"))
    assert said.outcome is Outcome.CHANGED_MEANWHILE


def test_more_rejects_than_pieces_are_shown_as_they_are() -> None:
    press = Sorting()
    press.tap(at("07:00"), WANG_BADGE)
    press.shows("07:50", 100, 10)
    press.shows("08:00", 101, 15)
    press.shows("08:10", 101, 16)
    press.go_silent(at("08:11"))
    press.go_silent(at("08:11"), counter=REJECTS)
    assert sum(each[2] for each in press.of(CounterRole.PRODUCED)) == 1
    assert sum(each[2] for each in press.of(CounterRole.DEFECTIVE)) == 6


def test_a_counter_that_is_ignored_makes_no_fact() -> None:
    press = Press()
    for minute in range(20):
        press.sample(at(f"08:{minute:02d}"), minute * 10, role=CounterRole.IGNORED)
    assert press.ledger.facts == []


def test_a_counter_that_counts_otherwise_from_here_on_begins_with_a_baseline() -> None:
    press = Press()
    for time, value, role in [
        ("08:00", 100, CounterRole.PRODUCED),
        ("08:10", 150, CounterRole.PRODUCED),
        ("08:20", 200, CounterRole.DEFECTIVE),
        ("08:30", 201, CounterRole.DEFECTIVE),
        ("08:40", 300, CounterRole.IGNORED),
        ("08:50", 400, CounterRole.PRODUCED),
        ("09:00", 450, CounterRole.PRODUCED),
    ]:
        press.sample(at(time), value, meaning="register 7", role=role)
    assert [(each.role.value, each.quantity) for each in press.actuals()] == [
        ("PRODUCED", 50),
        ("DEFECTIVE", 1),
        ("PRODUCED", 50),
    ]
    assert [(each.state, each.detail) for each in press.bodies(CounterStateChanged)] == [
        ("COUNTED", "register 7"),
        ("COUNTED", "register 7 DEFECTIVE"),
        ("NOT_COUNTED", "ignored"),
        ("COUNTED", "register 7"),
    ]


def test_what_counts_pieces_is_written_as_it_ever_was(press: Sorting) -> None:
    written = [as_dict(each) for each in press.bodies(MaterialActualRecorded)]
    assert [each.get("role") for each in written] == [None, "DEFECTIVE"] * 3
