"""A badge at a machine: on, off, hand-over, refused (AB-R11)."""

from __future__ import annotations

import msgspec
import pytest

from sync.wire.facts import Ended, JobOrderStarted, LogOnShown, Outcome, PersonnelLogOff, PersonnelLogOn
from sync.wire.reference_data import Directory
from tests.cast import (
    CAPS,
    LI,
    LI_BADGE,
    LOST_BADGE,
    NOBODY_KNOWN,
    PRESS,
    REFERENCE,
    STRANGERS_BADGE,
    WANG,
    WANG_BADGE,
    ZHANG_BADGE,
)
from tests.ledgers import rules
from tests.moments import at, later
from tests.unit.domain.press import Press


@pytest.fixture
def press() -> Press:
    press = Press()
    press.sample(at("07:59"), 100)
    press.take_orders(at("07:59:30"))
    return press


def test_a_badge_logs_on_for_the_machines_order(press: Press) -> None:
    assert press.tap(at("08:00"), WANG_BADGE).outcome is Outcome.LOGGED_ON
    (log_on,) = press.bodies(PersonnelLogOn)
    assert (log_on.person, log_on.machine, log_on.order) == (WANG.id, PRESS, CAPS.id)
    assert press.ledger.state.machine(PRESS).context.operators == {WANG.id: 100}


def test_the_same_badge_later_logs_off(press: Press) -> None:
    on = press.tap(at("08:00"), WANG_BADGE)
    assert press.tap(at("12:00"), WANG_BADGE).outcome is Outcome.LOGGED_OFF
    (log_off,) = press.bodies(PersonnelLogOff)
    assert (log_off.ended_by, log_off.log_on, log_off.person) == (Ended.LOG_OFF, on.seq, WANG.id)
    assert press.ledger.state.machine(PRESS).sessions == []


def test_another_operator_takes_over_in_one_tap(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    decision = press.tap(at("08:00:10"), LI_BADGE)
    assert decision.outcome is Outcome.HANDED_OVER
    assert press.ledger.kinds()[-2:] == ["PersonnelLogOff", "PersonnelLogOn"]
    assert press.bodies(PersonnelLogOff)[0].ended_by is Ended.HAND_OVER
    assert press.ledger.state.machine(PRESS).context.operators == {LI.id: 100}


@pytest.mark.parametrize(
    ("badge", "outcome"),
    [
        (STRANGERS_BADGE, Outcome.UNKNOWN_BADGE),
        (None, Outcome.UNUSABLE_BADGE),
        (LOST_BADGE, Outcome.BLOCKED_BADGE),
        (ZHANG_BADGE, Outcome.NOT_AN_OPERATOR),
    ],
)
@pytest.mark.parametrize("somebody_works", [True, False])
def test_who_may_not_operate_changes_nothing_at_the_machine(
    press: Press, badge: str | None, outcome: Outcome, somebody_works: bool
) -> None:
    if somebody_works:
        press.tap(at("08:00"), WANG_BADGE)
    before = msgspec.to_builtins(press.ledger.state.machines)
    assert press.tap(at("09:00"), badge).outcome is outcome
    assert msgspec.to_builtins(press.ledger.state.machines) == before
    assert press.bodies(LogOnShown)[-1].outcome is outcome


def test_a_strangers_number_is_kept_and_a_known_persons_is_not(press: Press) -> None:
    press.tap(at("09:00"), STRANGERS_BADGE)
    press.tap(at("09:01"), LOST_BADGE)
    stranger, blocked = press.bodies(LogOnShown)
    assert (stranger.badge, stranger.person) == (STRANGERS_BADGE, None)
    assert (blocked.badge, blocked.person) == (None, WANG.id)


def test_tapping_again_within_a_minute_does_not_log_off(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    assert press.tap(later(at("08:00"), 59), WANG_BADGE).outcome is Outcome.ALREADY_ON
    assert press.tap(later(at("08:00"), 61), WANG_BADGE).outcome is Outcome.LOGGED_OFF
    assert press.tap(later(at("08:00"), 100), WANG_BADGE).outcome is Outcome.ALREADY_OFF
    assert press.tap(later(at("08:00"), 122), WANG_BADGE).outcome is Outcome.LOGGED_ON


def test_a_wall_clock_that_fell_back_between_two_boots_lets_people_log_off(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    assert press.tap(at("08:00", day=-400, boot="boot-2"), WANG_BADGE).outcome is Outcome.LOGGED_OFF


def test_clocking_out_logs_off_and_whoever_comes_next_logs_on(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE, machine=None)
    press.tap(at("08:01"), WANG_BADGE)
    press.tap(at("20:00"), WANG_BADGE, machine=None)
    assert press.bodies(PersonnelLogOff)[0].ended_by is Ended.CLOCK_OUT
    assert press.tap(at("20:00:05"), LI_BADGE).outcome is Outcome.LOGGED_ON


def test_one_person_may_work_at_two_machines(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    assert press.tap(at("08:01"), WANG_BADGE, machine="lathe-1").outcome is Outcome.LOGGED_ON
    assert press.ledger.state.machine(PRESS).session_of(WANG.id)


def test_hrs_open_order_is_followed_once() -> None:
    press = Press()
    assert press.take_orders(at("08:00")) == [PRESS]
    assert press.take_orders(at("08:01")) == []
    (order,) = press.bodies(JobOrderStarted)
    assert (order.order, order.product, order.pieces_per_count) == (CAPS.id, "cap-40", 1)


def test_an_order_that_hr_closed_is_no_longer_counted_for(press: Press) -> None:
    press.rules = rules(Directory(msgspec.structs.replace(REFERENCE, version=2, orders=[])))
    assert press.take_orders(at("09:00")) == [PRESS]
    assert press.ledger.state.machine(PRESS).context.order is None


def test_a_box_that_lost_sight_of_hr_goes_on_with_its_order(press: Press) -> None:
    press.rules = rules(NOBODY_KNOWN)
    assert press.take_orders(at("09:00")) == []
    assert press.ledger.state.machine(PRESS).context.order == CAPS.id


def test_who_has_just_left_may_take_the_machine_back_from_the_next(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("09:00"), WANG_BADGE)
    press.tap(at("09:00:10"), LI_BADGE)
    assert press.tap(at("09:00:20"), WANG_BADGE).outcome is Outcome.HANDED_OVER


def test_who_was_taken_over_from_may_come_back_as_soon_as_the_machine_is_free(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:30"), LI_BADGE, machine=None)
    press.tap(at("09:00"), LI_BADGE)
    press.tap(at("09:00:10"), LI_BADGE, machine=None)
    assert press.tap(at("09:00:20"), WANG_BADGE).outcome is Outcome.LOGGED_ON


def test_of_several_ends_within_a_minute_the_last_one_says_what_a_tap_is(press: Press) -> None:
    press.tap(at("08:00"), WANG_BADGE)
    press.tap(at("08:30"), LI_BADGE, machine=None)
    press.tap(at("09:00"), WANG_BADGE)
    press.tap(at("09:00:10"), LI_BADGE)
    press.tap(at("09:00:20"), WANG_BADGE)
    press.tap(at("09:00:30"), LI_BADGE)
    press.tap(at("09:00:40"), LI_BADGE, machine=None)
    assert press.tap(at("09:00:50"), WANG_BADGE).outcome is Outcome.LOGGED_ON
