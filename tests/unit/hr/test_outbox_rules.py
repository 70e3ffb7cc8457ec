"""What must be sent, given the lines of now and what was queued before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hr.attendance.rules import judging as attendance
from hr.attendance.rules.judging import Record, Tap
from hr.outbox.rules import Newest, State, attendance_lines, changes, encoded, event_id, in_turn
from sync.connectors.port import AttendanceLine, Fault, Line
from sync.wire.facts import Direction, Outcome
from tests.unit.hr.cast import DAY, clock_us

KEY = "attendance/gate-1/1/1"


def mark(hours: int = 8) -> AttendanceLine:
    return AttendanceLine("0101", DAY, clock_us(hours), Direction.IN)


def queued(
    state: State,
    content: Line | None = None,
    *,
    tried: bool = True,
    withdrawn: bool = False,
    fault: Fault | None = None,
) -> Newest:
    reached = state is State.SENT or (tried and state is State.WAITING)
    return Newest(1, 1, content or mark(), withdrawn, state, fault, tried, reached)


def test_a_new_line_is_due():
    (due,) = changes({KEY: mark()}, {}).due
    assert (due.line, due.revision, due.withdrawn) == (KEY, 1, False)


@pytest.mark.parametrize("state", [State.WAITING, State.SENT, State.PARKED])
def test_a_line_that_is_queued_as_it_is_now_is_not_due_again(state: State):
    assert changes({KEY: mark()}, {KEY: queued(state)}) == changes({}, {})


def test_a_revision_that_was_never_tried_is_replaced():
    found = changes({KEY: mark(7)}, {KEY: queued(State.WAITING, tried=False)})
    assert (found.due[0].revision, found.superseded) == (2, (1,))


def test_a_revision_that_was_tried_stays_before_its_correction():
    found = changes({KEY: mark(7)}, {KEY: queued(State.WAITING)})
    assert (found.due[0].revision, found.superseded) == (2, ())


def test_a_line_that_was_never_sent_needs_no_withdrawal():
    found = changes({}, {KEY: queued(State.PARKED, fault=Fault.FINAL)})
    assert (found.due, found.superseded) == ((), (1,))


def test_a_line_that_may_be_there_is_withdrawn_once():
    (due,) = changes({}, {KEY: queued(State.WAITING)}).due
    assert due.withdrawn
    assert changes({}, {KEY: queued(State.SENT, withdrawn=True)}).due == ()


def test_what_was_withdrawn_or_dropped_comes_again_when_it_counts_again():
    for last in (queued(State.SENT, withdrawn=True), queued(State.SUPERSEDED)):
        (due,) = changes({KEY: mark()}, {KEY: last}).due
        assert (due.revision, due.withdrawn) == (2, False)


def test_lines_are_due_by_day_and_moment_whatever_their_names():
    found = changes({"attendance/z/1/1": mark(6), KEY: mark(8), "attendance/a/1/1": mark(7)}, {})
    assert [each.content for each in found.due] == [mark(6), mark(7), mark(8)]


def test_an_event_has_the_same_id_on_every_server_and_another_one_for_anything_else():
    same = event_id(KEY, 1, encoded(mark()), withdrawn=False)
    assert same == event_id(KEY, 1, encoded(mark()), withdrawn=False)
    others = [
        event_id(KEY, 2, encoded(mark()), withdrawn=False),
        event_id(KEY, 1, encoded(mark(7)), withdrawn=False),
        event_id(KEY, 1, encoded(mark()), withdrawn=True),
        event_id("attendance/gate-1/1/11", 1, encoded(mark()), withdrawn=False),
    ]
    assert len({same, *others}) == 5


def test_the_id_of_an_event_stays_what_earlier_releases_gave_it():
    assert event_id(KEY, 1, encoded(mark()), withdrawn=False) == "3b0960c4-9034-58e7-bf30-f714f599b894"


def test_one_call_carries_no_two_revisions_of_a_line():
    assert in_turn(["a", "b", "a", "c"], 10) == 2
    assert in_turn(["a", "b", "c"], 2) == 2


# --- attendance lines ---------------------------------------------------------------------------------


def tap(hours: int, direction: Direction | None, seq: int, effective: bool = True) -> Tap:
    return Tap("p", DAY, clock_us(hours), direction, effective, Record("gate-1", 1, seq, "gate", Outcome.CLOCKED_IN))


def directions(*taps: Tap) -> dict[str, str]:
    return {key: line.direction.value for key, line in attendance_lines("0101", attendance.placed(taps)).items()}


def test_taps_that_count_are_lines_named_after_their_facts():
    found = directions(tap(8, Direction.IN, 1), tap(9, Direction.IN, 2, effective=False), tap(17, Direction.OUT, 3))
    assert found == {KEY: "IN", "attendance/gate-1/1/3": "OUT"}


def test_a_direction_that_the_box_could_not_know_is_told_by_the_pairing():
    assert list(directions(tap(8, None, 1), tap(17, None, 2)).values()) == ["IN", "OUT"]


def test_a_day_without_its_first_tap_has_a_lonely_way_out():
    assert directions(tap(17, Direction.OUT, 1)) == {KEY: "OUT"}


def test_a_tap_that_is_not_dated_for_sure_waits_and_its_other_half_goes():
    unsure = replace(tap(8, Direction.IN, 1), unsure_us=1)
    assert directions(unsure, tap(17, Direction.OUT, 2)) == {"attendance/gate-1/1/2": "OUT"}


def test_amounts_are_exact_in_what_is_stored():
    from hr.outbox.service import LINE
    from tests.contract.connectors import pieces

    line = pieces(398)
    assert LINE.decode(encoded(line)) == line
    assert line.amount == Decimal("4.98")
