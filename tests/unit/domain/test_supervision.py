"""What a supervisor says: set-up, whose pieces these are, whose badge (AB-R5, AB-R7, AB-R10)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from edge.domain import output
from edge.link.messages import AssignPieces, ConfirmOutput, LinkBadge
from sync.wire.facts import (
    BadgeLinked,
    Bucket,
    EquipmentState,
    EquipmentStateChanged,
    MaterialActualAssigned,
    Outcome,
    QuantityConfirmed,
    SupervisorRefused,
)
from sync.wire.reference_data import Directory
from tests.cast import (
    CAPS,
    LI,
    LI_BADGE,
    LOST_BADGE,
    PRESS,
    REFERENCE,
    STRANGER,
    STRANGERS_BADGE,
    WANG,
    WANG_BADGE,
    ZHANG,
)
from tests.ledgers import rules
from tests.moments import at
from tests.unit.domain.press import Press

ASSIGN = AssignPieces("assign", at("15:00"), ZHANG.id, PRESS, [], {WANG.id: 20, LI.id: 15}, "forgot to log on")
LINK = LinkBadge("link", at("15:00"), ZHANG.id, STRANGERS_BADGE, WANG.id, "her card at the other reader", WANG_BADGE)


@pytest.fixture
def press() -> Press:
    """The counter is known, and the machine has its order."""
    press = Press()
    press.take_orders(at("07:59"))
    press.sample(at("08:00"), 0)
    return press


@pytest.fixture
def unmanned(press: Press) -> Press:
    """35 pieces that nobody was logged on for, in two facts: 30 and 5."""
    press.sample(at("08:30"), 30)
    press.sample(at("09:00"), 35)
    press.go_silent(at("09:01"))
    return press


def unassigned(press: Press) -> dict[int, int]:
    return {seq: each.left for seq, each in press.ledger.state.output.unassigned.items()}


def assigning(press: Press, **changes: Any) -> AssignPieces:
    return replace(ASSIGN, **({"actuals": list(unassigned(press))} | changes))


# --- set-up --------------------------------------------------------------------------------------


def test_pieces_of_a_set_up_are_counted_and_are_nobodys_output(press: Press) -> None:
    press.tap(at("08:01"), WANG_BADGE)
    press.sample(at("08:01:01"), 0)
    press.sample(at("10:00"), 80)
    assert press.set_up(at("10:00:01")).outcome is Outcome.SETUP_BEGAN
    press.sample(at("10:00:02"), 80)
    press.sample(at("10:19"), 95)
    assert press.set_up(at("10:20"), EquipmentState.EXECUTE).outcome is Outcome.SETUP_ENDED
    press.sample(at("10:20:01"), 95)
    press.sample(at("11:00"), 155)
    assert press.counted() == [(WANG.id, "EXACT", 80), ("SETUP", "EXACT", 15), (WANG.id, "EXACT", 60)]
    assert list(press.ledger.state.output.unassigned) == []


def test_each_change_of_state_wants_a_snapshot(press: Press) -> None:
    change = press.set_up(at("10:00"))
    press.sample(at("10:00:01"), 12)
    assert press.readings()[-1].changes == [change.seq]


def test_saying_what_holds_already_changes_nothing(press: Press) -> None:
    press.set_up(at("10:00"))
    press.sample(at("10:00:01"), 12)
    again = press.set_up(at("10:01"))
    assert again.outcome is Outcome.SETUP_BEGAN
    assert press.ledger.state.counters["press-counter"].pending == []
    assert len(press.bodies(EquipmentStateChanged)) == 2


def test_an_impossible_jump_during_set_up_is_set_aside_for_a_person(press: Press) -> None:
    press.set_up(at("08:00:01"))
    press.sample(at("08:00:02"), 0)
    press.sample(at("08:00:10"), 9_000)
    press.sample(at("08:00:20"), 9_005)
    assert press.counted() == [("QUARANTINED", "EXACT", 9_000), ("SETUP", "EXACT", 5)]


@pytest.mark.parametrize("by", [WANG.id, STRANGER])
def test_only_a_supervisor_begins_a_set_up(press: Press, by: str) -> None:
    assert press.set_up(at("10:00"), by=by).outcome is Outcome.NOT_A_SUPERVISOR
    (refused,) = press.bodies(SupervisorRefused)
    assert (refused.action, refused.by, refused.subject) == ("SetEquipmentState", by, PRESS)
    assert press.ledger.state.machine(PRESS).context.state is EquipmentState.EXECUTE


def test_pieces_per_count_are_those_in_force_when_the_count_was_made(press: Press) -> None:
    press.sample(at("09:00"), 100)
    cavities = [replace(CAPS, pieces_per_count=4)]
    press.rules = rules(Directory(replace(REFERENCE, version=2, orders=cavities)))
    assert press.take_orders(at("09:00:01")) == [PRESS]
    press.sample(at("09:00:02"), 100)
    press.sample(at("10:00"), 150)
    assert press.counted() == [("UNATTRIBUTED", "EXACT", 100), ("UNATTRIBUTED", "EXACT", 200)]


# --- whose pieces ----------------------------------------------------------------------------------


def test_pieces_are_given_out_in_the_order_they_were_made_and_none_is_lost(unmanned: Press) -> None:
    first, second = unassigned(unmanned)
    decision = unmanned.say(assigning(unmanned))
    assert decision.outcome is Outcome.ASSIGNED
    given = unmanned.bodies(MaterialActualAssigned)
    assert [(each.actual, each.quantity, each.bucket) for each in given] == [
        (first, 30, Bucket.UNATTRIBUTED),
        (second, 5, Bucket.UNATTRIBUTED),
    ]
    by_person: Counter[str] = Counter()
    for each in given:
        by_person.update({share.person: share.quantity for share in each.shares})
    assert by_person == {WANG.id: 20, LI.id: 15}
    assert {(each.assigned_by, each.reason, each.order) for each in given} == {(ZHANG.id, "forgot to log on", CAPS.id)}
    assert unassigned(unmanned) == {}
    assert decision.seq == unmanned.ledger.facts[-2].seq


def test_a_part_can_be_given_out_and_the_rest_later(unmanned: Press) -> None:
    first, second = unassigned(unmanned)
    unmanned.say(assigning(unmanned, shares={WANG.id: 12}))
    assert unassigned(unmanned) == {first: 18, second: 5}
    unmanned.say(assigning(unmanned, shares={LI.id: 23}))
    assert unassigned(unmanned) == {}
    assert sum(each.quantity for each in unmanned.bodies(MaterialActualAssigned)) == 35


def test_pieces_set_aside_can_be_given_out(press: Press) -> None:
    press.sample(at("08:00:10"), 9_000)
    press.sample(at("08:00:20"), 9_000)
    assert press.say(assigning(press, shares={WANG.id: 40})).outcome is Outcome.ASSIGNED
    assert press.bodies(MaterialActualAssigned)[0].bucket is Bucket.QUARANTINED


def test_assigned_pieces_are_sealed_like_counted_ones_each_persons_apart(unmanned: Press) -> None:
    unmanned.say(assigning(unmanned))
    date = unmanned.bodies(MaterialActualAssigned)[0].work_date
    open_ones = unmanned.ledger.state.output.unsealed[output.sealing_key(WANG.id, CAPS.id, date)]
    seal = ConfirmOutput("seal", at("20:00"), ZHANG.id, WANG.id, CAPS.id, date, [each.seq for each in open_ones], 20)
    assert unmanned.say(seal).outcome is Outcome.CONFIRMED
    assert unmanned.bodies(QuantityConfirmed)[0].counted == 20
    assert [key.partition("|")[0] for key in unmanned.ledger.state.output.unsealed] == [LI.id]


@pytest.mark.parametrize(
    ("changes", "outcome", "detail"),
    [
        ({"supervisor": WANG.id}, Outcome.NOT_A_SUPERVISOR, ""),
        ({"shares": {WANG.id: 36}}, Outcome.SUM_DIFFERS, "36 of 35"),
        ({"shares": {WANG.id: 40, LI.id: -5}}, Outcome.SUM_DIFFERS, "35 of 35"),
        ({"shares": {}}, Outcome.SUM_DIFFERS, "0 of 35"),
        ({"shares": {WANG.id: 0}}, Outcome.SUM_DIFFERS, "0 of 35"),
        ({"reason": " \n"}, Outcome.SUM_DIFFERS, "no reason"),
        ({"actuals": []}, Outcome.CHANGED_MEANWHILE, "they are somebody's already, or too old"),
        ({"actuals": [1]}, Outcome.CHANGED_MEANWHILE, "they are somebody's already, or too old"),
        ({"machine": "lathe-1"}, Outcome.CHANGED_MEANWHILE, "pieces of another machine"),
        ({"shares": {STRANGER: 5}}, Outcome.CHANGED_MEANWHILE, "a person is not known here"),
    ],
)
def test_what_cannot_be_assigned_is_refused_and_changes_nothing(
    unmanned: Press, changes: dict[str, Any], outcome: Outcome, detail: str
) -> None:
    before = unassigned(unmanned)
    assert unmanned.say(assigning(unmanned, **changes)).outcome is outcome
    (refused,) = unmanned.bodies(SupervisorRefused)
    assert (refused.action, refused.detail) == ("AssignPieces", detail)
    assert unassigned(unmanned) == before


def test_what_was_given_out_meanwhile_is_not_given_out_again(unmanned: Press) -> None:
    command = assigning(unmanned)
    unmanned.say(command)
    assert unmanned.say(command).outcome is Outcome.CHANGED_MEANWHILE


def test_nothing_is_given_out_when_one_of_the_pieces_named_is_gone(unmanned: Press) -> None:
    command = assigning(unmanned, shares={WANG.id: 1})
    unmanned.say(replace(command, actuals=command.actuals[:1], shares={WANG.id: 30}))
    assert unmanned.say(command).outcome is Outcome.CHANGED_MEANWHILE


def test_pieces_of_two_days_are_not_given_out_as_one(press: Press) -> None:
    press.sample(at("23:50"), 100)
    press.sample(at("09:00", day=1), 130)
    assert press.say(assigning(press)).outcome is Outcome.CHANGED_MEANWHILE


def test_the_oldest_of_very_many_can_no_longer_be_given_out(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "MOST_UNASSIGNED", 3)
    for minutes in range(6, 40, 6):
        press.sample(at(f"09:{minutes:02}"), minutes)
    assert len(unassigned(press)) == 3
    assert press.bodies(MaterialActualAssigned) == []


# --- whose badge -----------------------------------------------------------------------------------


def test_a_linked_badge_is_the_persons_from_here_on(press: Press) -> None:
    assert press.say(LINK).outcome is Outcome.BADGE_LINKED
    (linked,) = press.bodies(BadgeLinked)
    assert (linked.linked_by, linked.person, linked.like) == (ZHANG.id, WANG.id, WANG_BADGE)
    assert press.tap(at("15:01"), STRANGERS_BADGE).outcome is Outcome.LOGGED_ON
    assert press.ledger.state.machine(PRESS).context.operators == {WANG.id: 100}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"supervisor": LI.id}, Outcome.NOT_A_SUPERVISOR),
        ({"badge": LI_BADGE}, Outcome.CHANGED_MEANWHILE),
        ({"badge": LOST_BADGE}, Outcome.CHANGED_MEANWHILE),
        ({"badge": ""}, Outcome.CHANGED_MEANWHILE),
        ({"person": STRANGER, "like": None}, Outcome.CHANGED_MEANWHILE),
        ({"like": LI_BADGE}, Outcome.CHANGED_MEANWHILE),
        ({"like": "EM4100:FFFFFFFFFF"}, Outcome.CHANGED_MEANWHILE),
        ({"reason": ""}, Outcome.CHANGED_MEANWHILE),
    ],
)
def test_what_cannot_be_linked_is_refused(press: Press, changes: dict[str, Any], outcome: Outcome) -> None:
    assert press.say(replace(LINK, **changes)).outcome is outcome
    assert press.ledger.state.bound == {}
    assert press.bodies(SupervisorRefused)[0].action == "LinkBadge"


def test_a_badge_is_linked_once(press: Press) -> None:
    press.say(LINK)
    assert press.say(replace(LINK, person=LI.id, like=None)).outcome is Outcome.CHANGED_MEANWHILE
    assert press.ledger.state.bound == {STRANGERS_BADGE: WANG.id}


def test_a_supervisor_may_know_a_badge_without_a_likeness(press: Press) -> None:
    assert press.say(replace(LINK, like=None)).outcome is Outcome.BADGE_LINKED
