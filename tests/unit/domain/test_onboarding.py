"""A newcomer's badge: held twice where he registered, it is his; every other badge there is served as always."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import onboarding
from edge.domain.onboarding import WAITS_FOR_BADGE_S, owner
from edge.domain.state import BoxState, decode_state, encode_state
from edge.link.messages import RegisterPerson
from sync.wire.envelope import Fact, Stamp
from sync.wire.facts import AttendanceTap, BadgeBound, BadgeOffered, Outcome, PersonnelLogOn, PersonRegistered
from sync.wire.identity import sealed_digest
from sync.wire.reference_data import Badge, Directory
from tests.cast import (
    DIRECTORY,
    LI_BADGE,
    LOST_BADGE,
    NOBODY_KNOWN,
    PRESS,
    REFERENCE,
    STRANGERS_BADGE,
    WANG,
    WANG_BADGE,
)
from tests.moments import at, later, moment
from tests.unit.domain.press import Press

NEWCOMER, NEXT = "0190a000-0000-7000-8000-00000000aaaa", "0190a000-0000-7000-8000-00000000bbbb"
NEW_BADGE, OTHER_BADGE = "EM4100:20000000A1", "EM4100:20000000B2"
EIGHT = at("08:00")


class Gate(Press):
    def register(self, at: Stamp = EIGHT, person: str = NEWCOMER, station: str = "station", minor: bool = False) -> int:
        command = RegisterPerson("any", at, station, person, "", "fedcba9876543210", "n" * 64, "zh", minor)
        return onboarding.register(self.ledger, command, b"sealed").seq

    def taps(self, *badges: str | None, start: Stamp = EIGHT, machine: str | None = None) -> list[Outcome]:
        """One badge after the other, two seconds apart."""
        return [
            self.tap(later(start, 2.0 * place), badge, machine).outcome for place, badge in enumerate(badges, start=1)
        ]


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_a_registration_says_who_but_not_what_the_card_says(gate: Gate) -> None:
    gate.register(minor=True)
    (body,) = gate.bodies(PersonRegistered)
    assert (body.outcome, body.person, body.station, body.minor) == (Outcome.REGISTERED, NEWCOMER, "station", True)
    assert (body.sealed, body.sealed_to, body.notice) == (sealed_digest(b"sealed"), "fedcba9876543210", "n" * 64)


def test_a_new_badge_held_twice_is_the_newcomers_and_his_next_tap_clocks_him_in(gate: Gate) -> None:
    gate.register()
    outcomes = gate.taps(NEW_BADGE, NEW_BADGE, NEW_BADGE)
    assert outcomes == [Outcome.BADGE_OFFERED, Outcome.BADGE_BOUND, Outcome.CLOCKED_IN]
    (bound,), (tap,) = gate.bodies(BadgeBound), gate.bodies(AttendanceTap)
    assert (bound.person, bound.badge, bound.offered) == (NEWCOMER, NEW_BADGE, 2)
    assert (tap.person, tap.badge, tap.effective) == (NEWCOMER, None, True)


def test_a_tap_of_his_badge_while_it_was_unknown_does_not_swallow_his_first_clock_in(gate: Gate) -> None:
    assert gate.taps(NEW_BADGE) == [Outcome.UNKNOWN_BADGE]
    gate.register(later(EIGHT, 10))
    outcomes = gate.taps(NEW_BADGE, NEW_BADGE, NEW_BADGE, start=later(EIGHT, 10))
    assert outcomes[-1] is Outcome.CLOCKED_IN


def test_another_new_badge_in_between_becomes_the_offered_one(gate: Gate) -> None:
    gate.register()
    outcomes = gate.taps(NEW_BADGE, OTHER_BADGE, NEW_BADGE, NEW_BADGE)
    assert outcomes == [Outcome.BADGE_OFFERED] * 3 + [Outcome.BADGE_BOUND]
    assert gate.bodies(BadgeBound)[0].badge == NEW_BADGE


def test_a_known_badge_is_served_while_a_newcomer_waits(gate: Gate) -> None:
    gate.register()
    outcomes = gate.taps(NEW_BADGE, WANG_BADGE, LOST_BADGE, NEW_BADGE)
    assert outcomes == [Outcome.BADGE_OFFERED, Outcome.CLOCKED_IN, Outcome.BLOCKED_BADGE, Outcome.BADGE_BOUND]


def test_a_card_without_a_number_is_given_to_nobody_and_he_goes_on_waiting(gate: Gate) -> None:
    gate.register()
    outcomes = gate.taps(NEW_BADGE, None, None, NEW_BADGE)
    assert outcomes == [Outcome.BADGE_OFFERED, *[Outcome.UNUSABLE_BADGE] * 2, Outcome.BADGE_BOUND]


@pytest.mark.parametrize(
    ("after_s", "outcome"),
    [
        (WAITS_FOR_BADGE_S, Outcome.BADGE_OFFERED),
        (WAITS_FOR_BADGE_S + 1, Outcome.UNKNOWN_BADGE),
        (-1, Outcome.UNKNOWN_BADGE),
    ],
)
def test_a_newcomer_is_waited_for_three_minutes(gate: Gate, after_s: float, outcome: Outcome) -> None:
    gate.register()
    assert gate.tap(later(EIGHT, after_s), NEW_BADGE, None).outcome is outcome


def test_each_offer_gives_him_three_minutes_more(gate: Gate) -> None:
    gate.register()
    gate.tap(later(EIGHT, 170), NEW_BADGE, None)
    assert gate.tap(later(EIGHT, 340), NEW_BADGE, None).outcome is Outcome.BADGE_BOUND


def test_a_new_badge_elsewhere_or_at_a_machine_is_not_given_to_him(gate: Gate) -> None:
    gate.register(station="other station")
    assert gate.taps(NEW_BADGE) == [Outcome.UNKNOWN_BADGE]
    gate.register()
    assert gate.taps(NEW_BADGE, machine=PRESS) == [Outcome.UNKNOWN_BADGE]


def test_who_registers_next_is_the_one_who_waits(gate: Gate) -> None:
    gate.register()
    gate.taps(NEW_BADGE)
    gate.register(later(EIGHT, 5), NEXT)
    assert gate.taps(NEW_BADGE, NEW_BADGE, start=later(EIGHT, 5)) == [Outcome.BADGE_OFFERED, Outcome.BADGE_BOUND]
    assert gate.bodies(BadgeBound)[0].person == NEXT


def test_a_badge_bound_here_is_not_offered_to_the_next(gate: Gate) -> None:
    gate.register()
    gate.taps(NEW_BADGE, NEW_BADGE)
    gate.register(later(EIGHT, 10), NEXT)
    assert gate.taps(NEW_BADGE, start=later(EIGHT, 10)) == [Outcome.CLOCKED_IN]


def test_who_has_a_badge_is_waited_for_no_longer(gate: Gate) -> None:
    gate.register()
    assert gate.taps(NEW_BADGE, NEW_BADGE, OTHER_BADGE)[-1] is Outcome.UNKNOWN_BADGE


def test_his_badge_logs_him_on_at_a_machine(gate: Gate) -> None:
    gate.register()
    gate.taps(NEW_BADGE, NEW_BADGE)
    assert gate.taps(NEW_BADGE, start=later(EIGHT, 60), machine=PRESS) == [Outcome.LOGGED_ON]
    assert gate.bodies(PersonnelLogOn)[0].person == NEWCOMER


def test_it_works_before_hr_has_ever_been_reached() -> None:
    gate = Gate(directory=NOBODY_KNOWN)
    gate.register()
    assert gate.taps(NEW_BADGE, NEW_BADGE, NEW_BADGE)[-1] is Outcome.CLOCKED_IN


@pytest.mark.parametrize("blocked", [False, True])
def test_hrs_word_on_a_badge_wins(gate: Gate, blocked: bool) -> None:
    gate.register()
    gate.taps(NEW_BADGE, NEW_BADGE)
    badges = [*REFERENCE.badges, Badge(NEW_BADGE, WANG.id, blocked)]
    reference = type(REFERENCE)(version=2, plant="", people=REFERENCE.people, badges=badges)
    assert owner(Directory(reference), gate.ledger.state, NEW_BADGE) == Badge(NEW_BADGE, WANG.id, blocked)
    assert owner(DIRECTORY, gate.ledger.state, NEW_BADGE) == Badge(NEW_BADGE, NEWCOMER)


class Event(NamedTuple):
    what: str
    after_s: float
    who: int


BADGES = (NEW_BADGE, OTHER_BADGE, STRANGERS_BADGE, WANG_BADGE, LI_BADGE)
SCRIPTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["register", "tap", "tap", "tap", "machine", "reload"]),
        st.sampled_from([0, 1, 5, 61, 170, 200]),
        st.integers(0, len(BADGES) - 1),
    ),
    max_size=40,
)


def play(script: list[Event]) -> Gate:
    gate, now = Gate(), 8 * 3600.0
    for place, event in enumerate(script):
        now += event.after_s
        match event.what:
            case "register":
                gate.register(moment(now), f"person-{place}", ("station", "other station")[event.who % 2])
            case "tap" | "machine":
                gate.tap(moment(now), BADGES[event.who], PRESS if event.what == "machine" else None)
            case "reload":
                gate.ledger.state = decode_state(encode_state(gate.ledger.state))
    return gate


@given(SCRIPTS)
def test_a_badge_is_bound_to_one_person_and_a_bound_persons_taps_are_his(script: list[Event]) -> None:
    facts = play(script).ledger.facts
    bound: dict[str, str] = {}
    offered: dict[int, Fact] = {fact.seq: fact for fact in facts if fact.kind == BadgeOffered.__name__}
    for fact in facts:
        body = fact.body
        if fact.kind == BadgeBound.__name__:
            assert body["badge"] not in bound
            first = offered[body["offered"]]
            assert (first.body["badge"], first.body["person"]) == (body["badge"], body["person"])
            bound[body["badge"]] = body["person"]
        elif body.get("outcome") in (Outcome.UNKNOWN_BADGE, Outcome.BADGE_OFFERED):
            assert body["badge"] not in bound
    assert not bound.keys() & {WANG_BADGE, LI_BADGE}
    assert len(set(bound.values())) == len(bound)
    folded = BoxState()
    for fact in facts:
        folded.apply(fact)
    assert folded.bound == bound
