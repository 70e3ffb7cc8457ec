"""A badge at the gate: every tap is kept, the right ones make hours."""

from __future__ import annotations

import pytest

from edge.domain.rules import Decision
from sync.wire.envelope import Stamp
from sync.wire.facts import AttendanceTap, Direction, Ended, Outcome, PersonnelLogOff
from tests.cast import LI_BADGE, LOST_BADGE, NOBODY_KNOWN, PRESS, STRANGERS_BADGE, WANG, WANG_BADGE
from tests.moments import at, later
from tests.unit.domain.press import Press


@pytest.fixture
def gate() -> Press:
    return Press()


def tap(gate: Press, at: Stamp, badge: str | None = WANG_BADGE) -> Decision:
    return gate.tap(at, badge, machine=None)


def last(gate: Press) -> AttendanceTap:
    found: AttendanceTap = gate.bodies(AttendanceTap)[-1]
    return found


def test_the_first_tap_is_in_and_the_next_is_out(gate: Press) -> None:
    assert tap(gate, at("08:00")).outcome is Outcome.CLOCKED_IN
    assert tap(gate, at("20:00")).outcome is Outcome.CLOCKED_OUT
    assert [each.direction for each in gate.bodies(AttendanceTap)] == [Direction.IN, Direction.OUT]


def test_a_tap_says_whose_it_is_for_which_day_and_where(gate: Press) -> None:
    tap(gate, at("23:50"))
    body = last(gate)
    assert (body.person, body.badge, body.work_date, body.station) == (WANG.id, None, "2026-03-31", "station")
    assert body.effective


@pytest.mark.parametrize(
    ("first", "repeated"), [("08:00", Outcome.ALREADY_IN), ("20:00", Outcome.ALREADY_OUT)], ids=["in", "out"]
)
def test_a_second_tap_within_a_minute_only_shows_the_first(gate: Press, first: str, repeated: Outcome) -> None:
    if repeated is Outcome.ALREADY_OUT:
        tap(gate, at("08:00"))
    seq = tap(gate, at(first)).seq
    assert tap(gate, later(at(first), 59)).outcome is repeated
    assert (last(gate).effective, last(gate).repeats) == (False, seq)


def test_the_minute_counts_from_the_effective_tap_and_not_from_its_repeats(gate: Press) -> None:
    for seconds in (0, 40):
        tap(gate, later(at("08:00"), seconds))
    assert tap(gate, later(at("08:00"), 61)).outcome is Outcome.CLOCKED_OUT


def test_two_people_in_the_same_second_do_not_repeat_each_other(gate: Press) -> None:
    assert [tap(gate, at("08:00"), badge).outcome for badge in (WANG_BADGE, LI_BADGE)] == [Outcome.CLOCKED_IN] * 2


def test_a_strangers_badge_is_refused_and_its_number_kept(gate: Press) -> None:
    assert tap(gate, at("08:00"), STRANGERS_BADGE).outcome is Outcome.UNKNOWN_BADGE
    body = last(gate)
    assert (body.person, body.badge, body.direction, body.effective) == (None, STRANGERS_BADGE, None, True)


def test_a_strangers_second_tap_is_kept_as_a_repeat(gate: Press) -> None:
    first = tap(gate, at("08:00"), STRANGERS_BADGE)
    assert tap(gate, later(at("08:00"), 5), STRANGERS_BADGE).outcome is Outcome.UNKNOWN_BADGE
    assert (last(gate).effective, last(gate).repeats) == (False, first.seq)


def test_a_card_without_a_number_makes_no_hours_and_every_tap_of_one_stands_alone(gate: Press) -> None:
    for seconds in (0, 5):
        assert tap(gate, later(at("08:00"), seconds), None).outcome is Outcome.UNUSABLE_BADGE
        body = last(gate)
        assert (body.person, body.badge, body.direction) == (None, None, None)
        assert (body.effective, body.repeats) == (False, None)
    assert gate.ledger.state.taps == {}


def test_without_reference_data_every_tap_is_still_kept() -> None:
    gate = Press(directory=NOBODY_KNOWN)
    assert tap(gate, at("08:00")).outcome is Outcome.UNKNOWN_BADGE
    assert last(gate).work_date == "2026-03-31"


def test_a_blocked_badge_makes_no_hours_and_leaves_the_persons_own_tap_alone(gate: Press) -> None:
    tap(gate, at("08:00"))
    assert tap(gate, at("12:00"), LOST_BADGE).outcome is Outcome.BLOCKED_BADGE
    assert not last(gate).effective
    assert tap(gate, at("20:00")).outcome is Outcome.CLOCKED_OUT


@pytest.mark.parametrize(("hours", "outcome"), [(15.99, Outcome.CLOCKED_OUT), (16.01, Outcome.CLOCKED_IN)])
def test_after_sixteen_hours_a_clock_out_was_forgotten(gate: Press, hours: float, outcome: Outcome) -> None:
    tap(gate, at("08:00"))
    assert tap(gate, later(at("08:00"), hours * 3600)).outcome is outcome


def test_a_wall_clock_that_fell_back_between_two_boots_swallows_no_tap(gate: Press) -> None:
    tap(gate, at("08:00", boot="boot-1"))
    assert tap(gate, at("08:00", day=-2000, boot="boot-2")).outcome is Outcome.CLOCKED_OUT
    assert last(gate).effective


def test_clocking_out_ends_the_persons_sessions_and_nobody_elses(gate: Press) -> None:
    tap(gate, at("08:00"))
    gate.tap(at("08:05"), WANG_BADGE, PRESS)
    gate.tap(at("08:06"), LI_BADGE, "lathe-1")
    tap(gate, at("20:00"))
    (log_off,) = gate.bodies(PersonnelLogOff)
    assert (log_off.machine, log_off.person, log_off.ended_by) == (PRESS, WANG.id, Ended.CLOCK_OUT)
    assert gate.ledger.state.machine("lathe-1").sessions
