"""In or out, where people may have tapped at another box that this one knows nothing of."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.domain import taps
from edge.domain.direction import usual_direction
from edge.domain.rules import Decision
from edge.link.messages import ChooseDirection
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import AttendanceTap, Direction, DirectionChosen, Ended, Outcome, PersonnelLogOff
from sync.wire.presence import ClockingBox, Elsewhere, Seen, presence
from sync.wire.reference_data import Directory, Person, Shift
from tests.cast import LI_BADGE, REFERENCE, WANG, WANG_BADGE
from tests.moments import at, later
from tests.unit.domain.press import Press

IN, OUT = Direction.IN, Direction.OUT
OTHER_DOOR = ClockingBox("door-2")


def told(*seen: Seen, until: str | None = None, boxes: tuple[ClockingBox, ...] = (OTHER_DOOR,)) -> Elsewhere:
    """What HR has said; `until` is when it was heard last, without it HR answers now."""
    return Elsewhere(presence(boxes, seen), at(until or "00:00").wall_us, until is None)


def in_touch(elsewhere: Elsewhere, now: Stamp) -> Elsewhere:
    return replace(elsewhere, contact_us=now.wall_us) if elsewhere.in_touch else elsewhere


def gate(elsewhere: Elsewhere, directory: Directory | None = None) -> Press:
    made = Press(directory=directory) if directory else Press()
    made.rules = made.rules._replace(elsewhere=elsewhere)
    return made


def tap(gate: Press, at: Stamp, badge: str = WANG_BADGE) -> Outcome:
    gate.rules = gate.rules._replace(elsewhere=in_touch(gate.rules.elsewhere, at))
    return gate.tap(at, badge, machine=None).outcome


def choose(gate: Press, at: Stamp, tap: int, direction: Direction, station: str = "station") -> Decision | None:
    return taps.choose(gate.ledger, ChooseDirection("any", at, station, tap, direction), late=False)


def last(gate: Press) -> AttendanceTap:
    found: AttendanceTap = gate.bodies(AttendanceTap)[-1]
    return found


# --- what is known ------------------------------------------------------------------------------------


@pytest.mark.parametrize("time", ["08:00", "14:00", "19:59", "03:00"])
def test_a_plant_with_one_box_is_never_asked(time: str):
    alone = gate(Elsewhere(contact_us=0, in_touch=False))
    assert tap(alone, at(time)) is Outcome.CLOCKED_IN
    assert tap(alone, later(at(time), 3 * 3600)) is Outcome.CLOCKED_OUT


def test_who_came_in_at_another_door_goes_out_here_and_nobody_is_asked():
    here = gate(told(Seen(WANG.id, IN, at("08:00").wall_us, "door-2")))
    assert tap(here, at("14:00")) is Outcome.CLOCKED_OUT


def test_who_went_out_at_another_door_comes_in_here():
    here = gate(told())
    assert tap(here, at("08:00")) is Outcome.CLOCKED_IN
    here.rules = here.rules._replace(elsewhere=told(Seen(WANG.id, OUT, at("12:00").wall_us, "door-2")))
    assert tap(here, at("13:00")) is Outcome.CLOCKED_IN


def test_what_the_box_saw_after_that_counts_more():
    here = gate(told(Seen(WANG.id, IN, at("08:00").wall_us, "door-2")))
    assert tap(here, at("12:00")) is Outcome.CLOCKED_OUT
    assert tap(here, at("13:00")) is Outcome.CLOCKED_IN


def test_a_tap_elsewhere_in_the_same_minute_is_this_one_again():
    here = gate(told(Seen(WANG.id, IN, at("08:00").wall_us, "door-2")))
    assert tap(here, later(at("08:00"), 40)) is Outcome.CLOCKED_IN


def test_a_person_with_several_keys_is_known_by_any_of_them():
    merged = replace(WANG, keys=["0190a000-0000-7000-8000-00000000aaaa"])
    people: list[Person] = [merged if each.id == WANG.id else each for each in REFERENCE.people]
    seen = Seen("0190a000-0000-7000-8000-00000000aaaa", IN, at("08:00").wall_us, "door-2")
    here = gate(told(seen), Directory(replace(REFERENCE, people=people)))
    assert tap(here, at("14:00")) is Outcome.CLOCKED_OUT


def test_a_clock_in_elsewhere_that_nobody_ended_for_sixteen_hours_is_forgotten():
    here = gate(told(Seen(WANG.id, IN, at("08:00").wall_us, "door-2")))
    assert tap(here, at("01:00", day=1)) is Outcome.CLOCKED_IN


# --- what cannot be known -----------------------------------------------------------------------------


def test_without_hr_the_box_offers_both_in_the_middle_of_a_shift():
    here = gate(told(until="09:00"))
    assert tap(here, at("14:00")) is Outcome.DIRECTION_OFFERED
    assert (last(here).direction, last(here).effective) == (IN, True)


def test_the_likelier_direction_is_the_other_one_than_last_time():
    here = gate(told(Seen(WANG.id, IN, at("08:00").wall_us, "door-2"), until="09:00"))
    assert tap(here, at("14:00")) is Outcome.DIRECTION_OFFERED
    assert last(here).direction is OUT


@pytest.mark.parametrize(("silence_s", "outcome"), [(299, Outcome.CLOCKED_IN), (300, Outcome.DIRECTION_OFFERED)])
def test_five_minutes_without_hr_are_not_enough_to_ask(silence_s: int, outcome: Outcome):
    here = gate(told(until="14:00"))
    assert tap(here, later(at("14:00"), silence_s)) is outcome


def test_an_answer_that_was_noted_too_long_ago_is_no_touch():
    here = gate(told())
    here.rules = here.rules._replace(elsewhere=replace(told(), contact_us=at("13:50").wall_us))
    assert here.tap(at("14:00"), WANG_BADGE, machine=None).outcome is Outcome.DIRECTION_OFFERED


def test_another_box_that_is_silent_is_as_good_as_no_link():
    silent = ClockingBox("door-2", silent_since_us=at("09:00").wall_us)
    assert tap(gate(told(boxes=(silent,))), at("14:00")) is Outcome.DIRECTION_OFFERED


@pytest.mark.parametrize("time", ["06:31", "08:20"])
def test_the_first_tap_around_the_beginning_of_a_shift_is_an_arrival_all_the_same(time: str):
    day_only = Directory(replace(REFERENCE, shifts=[Shift("day", "白班", 8 * 60, 17 * 60)]))
    assert tap(gate(told(until="03:00"), day_only), at(time)) is Outcome.CLOCKED_IN


def test_who_is_in_and_taps_at_the_end_of_the_shift_goes():
    day_only = Directory(replace(REFERENCE, shifts=[Shift("day", "白班", 8 * 60, 17 * 60)]))
    here = gate(told(until="03:00"), day_only)
    assert tap(here, at("08:00")) is Outcome.CLOCKED_IN
    assert tap(here, at("17:01")) is Outcome.CLOCKED_OUT


def test_of_whom_nothing_is_known_at_the_end_of_a_shift_is_likelier_to_go_but_is_asked():
    day_only = Directory(replace(REFERENCE, shifts=[Shift("day", "白班", 8 * 60, 17 * 60)]))
    here = gate(told(until="03:00"), day_only)
    assert tap(here, at("17:01")) is Outcome.DIRECTION_OFFERED
    assert last(here).direction is OUT


def test_where_one_shift_ends_as_the_next_begins_the_time_of_day_says_nothing():
    assert tap(gate(told(until="03:00")), at("20:05")) is Outcome.DIRECTION_OFFERED
    assert usual_direction(20 * 60 + 5, REFERENCE.shifts) is None


def test_who_works_at_a_machine_here_is_leaving_and_is_not_asked():
    here = gate(told(until="09:00"))
    here.tap(at("10:00"), WANG_BADGE)
    assert tap(here, at("14:00")) is Outcome.CLOCKED_OUT


def test_without_the_time_nobody_can_tell_where_there_are_other_boxes():
    unset = replace(at("08:00"), clock=ClockState.NONE)
    assert gate(told()).tap(unset, WANG_BADGE, machine=None).outcome is Outcome.DIRECTION_OFFERED
    assert Press().tap(unset, WANG_BADGE, machine=None).outcome is Outcome.CLOCKED_IN


# --- the person says it -------------------------------------------------------------------------------


def offered(gate: Press) -> int:
    assert tap(gate, at("14:00")) is Outcome.DIRECTION_OFFERED
    return len(gate.ledger.facts)


@pytest.mark.parametrize(("direction", "outcome"), [(IN, Outcome.CLOCKED_IN), (OUT, Outcome.CLOCKED_OUT)])
def test_what_the_person_chooses_is_a_fact_of_its_own(direction: Direction, outcome: Outcome):
    here = gate(told(until="09:00"))
    seq = offered(here)
    assert choose(here, later(at("14:00"), 5), seq, direction) == Decision(outcome, seq + 1)
    chosen: DirectionChosen = here.bodies(DirectionChosen)[0]
    assert (chosen.tap, chosen.direction, chosen.person, chosen.work_date) == (seq, direction, WANG.id, "2026-03-31")
    assert last(here).direction is IN


def test_his_next_tap_follows_what_he_chose():
    here = gate(told(until="09:00"))
    choose(here, later(at("14:00"), 5), offered(here), OUT)
    assert tap(here, later(at("14:00"), 20)) is Outcome.ALREADY_OUT
    tap(here, at("16:00"))
    assert last(here).direction is IN


def test_a_box_that_knew_may_be_told_better_too():
    here = gate(told())
    tap(here, at("08:00"))
    assert tap(here, later(at("08:00"), 30)) is Outcome.ALREADY_IN
    assert choose(here, later(at("08:00"), 34), 1, OUT) is not None
    assert tap(here, at("08:10")) is Outcome.CLOCKED_IN


@pytest.mark.parametrize(("seconds", "stored"), [(0, True), (90, True), (91, False), (-1, False)])
def test_it_may_be_said_for_as_long_as_a_screen_can_offer_it(seconds: int, stored: bool):
    here = gate(told(until="09:00"))
    assert (choose(here, later(at("14:00"), seconds), offered(here), OUT) is not None) is stored


def test_it_may_be_said_only_where_he_tapped_and_only_of_his_last_tap():
    here = gate(told(until="09:00"))
    seq = offered(here)
    assert choose(here, later(at("14:00"), 5), seq, OUT, station="another") is None
    assert choose(here, later(at("14:00"), 5), seq + 1, OUT) is None
    tap(here, later(at("14:00"), 61))
    assert choose(here, later(at("14:00"), 65), seq, OUT) is None
    assert here.bodies(DirectionChosen) == []


def test_the_tap_of_another_in_between_takes_nothing_from_him():
    here = gate(told(until="09:00"))
    seq = offered(here)
    tap(here, later(at("14:00"), 2), LI_BADGE)
    assert choose(here, later(at("14:00"), 5), seq, OUT) is not None


def test_who_says_that_he_leaves_is_logged_off_at_his_machine():
    here = gate(told())
    tap(here, at("08:00"))
    here.tap(later(at("08:00"), 20), WANG_BADGE)
    choose(here, later(at("08:00"), 40), 1, OUT)
    ended: list[PersonnelLogOff] = here.bodies(PersonnelLogOff)
    assert [(each.person, each.ended_by) for each in ended] == [(WANG.id, Ended.CLOCK_OUT)]
