"""What is carried from a journal that cannot go on into the next."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.domain.continuity import Carried, opening
from edge.domain.state import BoxState
from sync.wire.envelope import Fact, Stamp
from sync.wire.facts import (
    AttendanceTap,
    BadgeBound,
    BadgeLinked,
    BadgeOffered,
    Body,
    CounterCommissioned,
    CounterReading,
    Direction,
    DirectionChosen,
    EpochOpened,
    FactCarried,
    LineQuestioned,
    Outcome,
    QuestionAnswered,
    QuestionReply,
    as_dict,
    body_of,
)
from tests import cast
from tests.moments import at

OPENED = EpochOpened(1, "cut", 8, 9)
NOW = at("17:00")
PROOF = CounterCommissioned(
    Outcome.COMMISSIONED, "press-1", "strokes", "register 1", "", 10, 10, "NOT_TRIED", [], cast.WANG.id, cast.ZHANG.id
)


def fact(seq: int, body: Body, time: str = "08:00", day: int = 0) -> Fact:
    stamp = at(time, day)
    return Fact("box-1", 1, seq, f"command-{seq}", 0, type(body).__name__, stamp, as_dict(body), "", f"hash-{seq}")


def tap(direction: Direction | None, **more: Any) -> AttendanceTap:
    outcome = Outcome.CLOCKED_OUT if direction is Direction.OUT else Outcome.CLOCKED_IN
    values: dict[str, Any] = {"person": cast.WANG.id, "effective": True} | more
    return AttendanceTap(outcome, "gate", "gate-1", "2026-03-31", direction=direction, **values)


IN, OUT = tap(Direction.IN), tap(Direction.OUT)


def opened(taps: list[Fact], rest: list[Fact], common: int, now: Stamp = NOW) -> list[Carried]:
    return opening(OPENED, "opening", now, common, taps, rest)


def test_the_new_journal_begins_with_what_was_lost_and_how_much_was_carried():
    rest = [fact(8, OUT)]
    first = opened(rest, rest, 7)[0]
    assert (first.command, first.part, first.at) == ("opening", 0, NOW)
    assert first.body == EpochOpened(1, "cut", 8, 9, carried=1)


def test_a_tap_that_hr_has_not_is_carried_as_it_was_but_for_what_it_repeats():
    rest = [fact(8, tap(Direction.IN, effective=False, repeats=3))]
    (carried,) = opened([], rest, 7)[1:]
    assert (carried.command, carried.part, carried.at) == ("command-8", 0, rest[0].at)
    assert carried.body == tap(Direction.IN, effective=False)


def test_who_is_in_stays_in_and_who_is_out_stays_out():
    li = {"person": cast.LI.id}
    taps = [fact(1, IN), fact(2, tap(Direction.IN, **li)), fact(3, tap(Direction.OUT, **li), "12:00")]
    assert [each.command for each in opened(taps, [], 9)[1:]] == ["command-1"]


def test_who_left_after_the_parting_is_out():
    taps = [fact(1, IN), fact(8, OUT, "16:00")]
    carried = opened(taps, taps[1:], 7)
    assert [each.command for each in carried[1:]] == ["command-1", "command-8"]
    state = BoxState()
    for seq, each in enumerate(carried, start=1):
        state.apply(fact(seq, each.body))
    assert state.taps[cast.WANG.id].direction is Direction.OUT


def test_a_forgotten_clock_in_of_yesterday_is_not_carried():
    assert opened([fact(1, IN)], [], 9, at("09:00", day=1))[1:] == []


def test_a_bound_badge_names_the_offer_by_its_new_number_or_the_opening_when_the_offer_stayed_behind():
    offered = fact(8, BadgeOffered(Outcome.BADGE_OFFERED, "gate", "gate-1", "p", "EM4100:1"))
    bound = fact(9, BadgeBound(Outcome.BADGE_BOUND, "gate", "gate-1", "p", "EM4100:1", 8))
    whole, half = opened([], [offered, bound], 7), opened([], [bound], 8)
    assert isinstance(whole[2].body, BadgeBound)
    assert whole[2].body.offered == 2
    assert isinstance(half[1].body, BadgeBound)
    assert half[1].body.offered == 1


def test_a_counter_stays_proven_by_its_last_proof_and_by_no_other():
    first, second = (msgspec.structs.replace(PROOF, meaning=each) for each in ("register 1", "register 2"))
    other = msgspec.structs.replace(PROOF, counter="other")
    before = [fact(2, first), fact(5, second), fact(4, other), fact(8, first)]
    carried = opened(before, before[3:], 7)
    assert [each.command for each in carried[1:]] == ["command-5", "command-4", "command-8"]
    state = BoxState()
    for seq, each in enumerate(carried, start=1):
        state.apply(fact(seq, each.body))
    assert state.commissioned == {"strokes": "register 1", "other": "register 1"}


ASKED = LineQuestioned(Outcome.QUESTION_ASKED, "gate", cast.WANG.id, "2026-03-31", "box-1/1/4")
REPLY = QuestionAnswered(
    Outcome.QUESTION_ANSWERED, cast.ZHANG.id, 5, cast.WANG.id, "2026-03-31", QuestionReply.EXPLAINED
)


def test_an_open_question_stays_open_whether_hr_has_it_or_not_and_an_answered_one_does_not():
    other, lost = (msgspec.structs.replace(ASKED, line=line) for line in ("box-1/1/3", "BONUS/2026-03"))
    asked = [fact(2, other), fact(5, ASKED), fact(6, REPLY), fact(8, lost)]
    carried = opened(asked, asked[3:], 7)
    assert [(each.command, each.at, each.body) for each in carried[1:]] == [
        ("command-2", asked[0].at, other),
        ("command-8", asked[3].at, lost),
    ]
    state = BoxState()
    for seq, each in enumerate(carried, start=1):
        state.apply(fact(seq, each.body))
    assert [(seq, each.line) for seq, each in state.questions.items()] == [(2, "box-1/1/3"), (3, "BONUS/2026-03")]


def test_an_answer_that_hr_has_not_names_its_question_by_the_new_number():
    for common in (4, 5):
        asked = [fact(5, ASKED), fact(8, REPLY)]
        carried = opened(asked, [each for each in asked if each.seq > common], common)
        assert [each.body for each in carried[1:]] == [ASKED, msgspec.structs.replace(REPLY, question=2)]


def test_an_answer_whose_question_is_nowhere_is_carried_whole():
    (carried,) = opened([], [fact(8, REPLY)], 7)[1:]
    assert isinstance(carried.body, FactCarried)


def test_a_linked_badge_goes_with_the_journal():
    linked = fact(8, BadgeLinked(Outcome.BADGE_LINKED, cast.ZHANG.id, cast.WANG.id, "EM4100:1", "hers"))
    (carried,) = opened([], [linked], 7)[1:]
    assert carried.body == body_of(linked.kind, linked.body)


def test_what_rests_on_the_old_state_is_carried_whole_and_changes_nothing():
    reading = fact(8, CounterReading("press-1", "strokes", 40, "0028", "start", 65_536))
    (carried,) = opened([], [reading], 7)[1:]
    assert isinstance(carried.body, FactCarried)
    assert carried.body.fact["hash"] == "hash-8"
    state = BoxState()
    state.apply(fact(2, carried.body))
    assert (state.counters, state.machines, state.taps) == ({}, {}, {})


# --- what people have said of their taps --------------------------------------------------------------


def chosen(of: int, direction: Direction) -> DirectionChosen:
    outcome = Outcome.CLOCKED_IN if direction is Direction.IN else Outcome.CLOCKED_OUT
    return DirectionChosen(outcome, "gate", cast.WANG.id, of, direction, "2026-03-31")


def test_who_said_that_he_went_is_not_in_and_who_said_that_he_came_is():
    assert opened([fact(4, IN), fact(5, chosen(4, Direction.OUT))], [], 7)[1:] == []
    carried = opened([fact(4, OUT), fact(5, chosen(4, Direction.IN))], [], 7)[1]
    assert isinstance(carried.body, AttendanceTap)
    assert (carried.body.direction, carried.body.outcome) == (Direction.IN, Outcome.CLOCKED_IN)


def test_a_choice_that_was_lost_goes_along_with_its_tap():
    rest = [fact(8, IN), fact(9, chosen(8, Direction.OUT))]
    carried = opened(rest, rest, 7)
    assert carried[2].body == chosen(2, Direction.OUT)


def test_a_choice_whose_tap_hr_has_under_its_old_number_is_for_a_person():
    rest = [fact(8, chosen(7, Direction.OUT))]
    assert isinstance(opened([fact(7, IN), *rest], rest, 7)[-1].body, FactCarried)
