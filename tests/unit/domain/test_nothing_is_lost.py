"""Whatever a counter and the people at its machine do, every believed count lands in exactly one place.

Nothing here says what is right for a single event: that is in the other files. Here anything comes in any order, late
and more than once, and what must hold is that no piece is lost and none is made.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.domain.counting import Profile, Seen, judge
from edge.domain.state import BoxState, decode_state, encode_state
from edge.link.messages import AssignPieces
from sync.wire.envelope import Fact
from sync.wire.facts import (
    Bucket,
    CounterReading,
    EquipmentState,
    MaterialActualAssigned,
    MaterialActualRecorded,
    body_of,
)
from sync.wire.reference_data import Directory, Machine
from tests.cast import (
    CAPS,
    DIRECTORY,
    LI,
    LI_BADGE,
    LOST_BADGE,
    NGUYEN,
    PRESS,
    REFERENCE,
    STRANGERS_BADGE,
    WANG,
    WANG_BADGE,
    ZHANG,
    ZHANG_BADGE,
)
from tests.moments import moment
from tests.unit.domain.press import Press

MODULUS, RATE_PER_MIN = 10_000, 120
BADGES = (WANG_BADGE, LI_BADGE, ZHANG_BADGE, LOST_BADGE, STRANGERS_BADGE)
WEIGHTS = {WANG.id: 60, LI.id: 45, NGUYEN.id: 0}
TWO_PLACES = Directory(
    replace(
        REFERENCE,
        people=[replace(each, weight=WEIGHTS.get(each.id, 100)) for each in REFERENCE.people],
        machines=[Machine(PRESS, "1号冲床", operators=2)],
        orders=[replace(CAPS, pieces_per_count=3)],
    )
)
STARTS_S = 21.9 * 3600
"""Shortly before ten at night, so that class boundaries and midnight come into it."""


class Event(NamedTuple):
    """`what` happens `after_s` seconds later; `value` is the counter's, the badge's place or nothing."""

    what: str
    after_s: int
    value: int = 0


def events(*kinds: st.SearchStrategy[Event]) -> st.SearchStrategy[list[Event]]:
    return st.lists(st.one_of(*kinds), min_size=1, max_size=40)


GAPS = st.sampled_from([0, 1, 4, 30, 70, 400, 4_000, 40_000])
ANY_SAMPLE = st.builds(Event, st.just("sample"), GAPS, st.integers(0, MODULUS - 1))
SMALL_SAMPLE = st.builds(Event, st.just("sample"), GAPS, st.integers(0, 40))
COUNTED_ON = st.builds(Event, st.just("counts"), GAPS, st.integers(0, 60))
RESTART = st.builds(Event, st.just("restart"), GAPS, st.integers(0, 40))
TAP = st.builds(Event, st.just("tap"), GAPS, st.integers(0, len(BADGES) - 1))
CLOCK = st.builds(Event, st.just("clock"), GAPS, st.integers(0, len(BADGES) - 1))
OTHERS = st.builds(Event, st.sampled_from(["missed", "silent", "orders", "late sample", "reload", "shift end"]), GAPS)
SET_UP = st.builds(Event, st.just("set-up"), GAPS, st.integers(0, 1))
READ_AS = st.builds(Event, st.just("read as"), GAPS, st.integers(0, 3))
GIVEN = st.builds(Event, st.just("assign"), GAPS, st.integers(1, 500))
ANYTHING = events(ANY_SAMPLE, SMALL_SAMPLE, COUNTED_ON, RESTART, TAP, CLOCK, OTHERS, SET_UP, READ_AS, GIVEN)


class Floor:
    """A press, and what it has counted so far."""

    def __init__(self, directory: Directory = DIRECTORY) -> None:
        self.press = Press(MODULUS, RATE_PER_MIN, directory)
        self.value, self.session, self.read_as = 0, 1, 0

    def happens(self, event: Event, now: float, reload: bool) -> None:
        match event.what:
            case "sample" | "counts" | "restart":
                self.session += event.what == "restart"
                self.value = (self.value + event.value) % MODULUS if event.what == "counts" else event.value
                self.sample(now)
            case "late sample":
                self.sample(now - 20)
            case "read as":
                self.read_as = event.value
                self.sample(now)
            case "tap" | "clock":
                self.press.tap(moment(now), BADGES[event.value], PRESS if event.what == "tap" else None)
            case "reload" if reload:
                self.press.ledger.state = decode_state(encode_state(self.press.ledger.state))
            case _:
                self.is_told(event, now)

    def is_told(self, event: Event, now: float) -> None:
        match event.what:
            case "missed":
                self.press.miss_snapshot(moment(now))
            case "silent":
                self.press.go_silent(moment(now))
            case "orders":
                self.press.take_orders(moment(now))
            case "shift end":
                self.press.end_shifts(moment(now))
            case "set-up":
                self.press.set_up(moment(now), EquipmentState.SETUP if event.value else EquipmentState.EXECUTE)
            case "assign":
                waiting = self.press.ledger.state.output.unassigned
                oldest = list(waiting)[:1]
                shares = {WANG.id: event.value, LI.id: 1}
                self.press.say(AssignPieces("", moment(now), ZHANG.id, PRESS, oldest, shares, "forgot to log on"))

    def sample(self, now: float) -> None:
        """`read_as` 3: it is not known what the value means."""
        known = self.read_as < 3
        meaning = f"register {self.read_as}" if self.read_as else ""
        self.press.sample(moment(now), self.value, self.session, commissioned=known, meaning=meaning)


def play(script: list[Event], reload: bool, directory: Directory = DIRECTORY) -> Press:
    floor, now = Floor(directory), STARTS_S
    for event in script:
        now += event.after_s
        floor.happens(event, now, reload)
    return floor.press


def of_kind(facts: list[Fact], kind: type[Any]) -> list[tuple[int, Any]]:
    return [(fact.seq, body_of(fact.kind, fact.body)) for fact in facts if fact.kind == kind.__name__]


def believed(facts: list[Fact]) -> dict[tuple[int, int], int]:
    """From the readings alone: what each believed step between two of them is worth."""
    last: Seen | None = None
    held: Seen | None = None
    found: dict[tuple[int, int], int] = {}
    meaning = ""
    for fact in facts:
        if fact.kind == "CounterStateChanged" and fact.body["state"] in {"COUNTED", "NOT_COUNTED"}:
            if meaning or fact.body["state"] == "NOT_COUNTED":
                last = held = None
            meaning = fact.body["detail"] if fact.body["state"] == "COUNTED" else meaning
        if fact.kind != "CounterReading":
            continue
        new = Seen(fact.seq, fact.at, fact.body["value"], fact.body.get("session"))
        verdict = judge(last, held, new, Profile(MODULUS, RATE_PER_MIN))
        found |= {(step.earlier.seq, step.later.seq): step.counts for step in verdict.steps if step.counts}
        if verdict.held is None:
            last, held = new, None
        else:
            last, held = held or last, new
    return found


@given(ANYTHING)
@settings(max_examples=120)
def test_every_believed_count_is_in_exactly_one_bucket(script: list[Event]) -> None:
    facts = play(script, reload=False).ledger.facts
    placed: dict[tuple[int, int], int] = {}
    for _, made in of_kind(facts, MaterialActualRecorded):
        (reading,) = made.readings
        placed[reading.from_seq, reading.to_seq] = placed.get((reading.from_seq, reading.to_seq), 0) + made.counts
        assert reading.counts == believed(facts)[reading.from_seq, reading.to_seq]
    assert placed == believed(facts)


@given(ANYTHING)
@settings(max_examples=60)
def test_every_actual_rests_on_readings_that_exist_and_shares_what_it_says(script: list[Event]) -> None:
    facts = play(script, reload=False).ledger.facts
    readings = {seq for seq, _ in of_kind(facts, CounterReading)}
    for seq, made in of_kind(facts, MaterialActualRecorded):
        (reading,) = made.readings
        assert {reading.from_seq, reading.to_seq} <= readings
        assert reading.from_seq < reading.to_seq < seq
        assert made.quantity == made.counts * made.pieces_per_count
        assert sum(share.quantity for share in made.shares) == (made.quantity if made.shares else 0)


@given(ANYTHING)
@settings(max_examples=60)
def test_the_state_folded_from_the_facts_is_the_state_that_decided(script: list[Event]) -> None:
    press, folded = play(script, reload=False), BoxState()
    for fact in press.ledger.facts:
        folded.apply(fact)
    assert folded == press.ledger.state
    assert decode_state(encode_state(folded)) == folded


@given(ANYTHING)
@settings(max_examples=60)
def test_a_state_that_was_saved_and_read_again_decides_the_same(script: list[Event]) -> None:
    assert play(script, reload=True).ledger.facts == play(script, reload=False).ledger.facts


@given(events(COUNTED_ON, TAP, RESTART, st.builds(Event, st.sampled_from(["missed", "orders"]), GAPS)))
@settings(max_examples=120)
def test_a_machine_that_keeps_to_its_rate_has_every_piece_counted(script: list[Event]) -> None:
    """The counter is seen before each restart, wraps at will, and never runs faster than it can."""
    possible = [event._replace(after_s=event.after_s + 31) for event in script]
    press = play([Event("counts", 1), *possible], reload=False)
    press.go_silent(moment(STARTS_S + 10**6))
    made = sum(event.value for event in script if event.what in ("counts", "restart"))
    assert sum(actual.counts for actual in press.actuals()) == made


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, Event]]:
    """Events with the moment of each, in the order in which they come: some late, some more than once."""
    script, now = draw(ANYTHING), 0
    happened: list[tuple[int, Event]] = []
    for event in script:
        now += event.after_s
        happened.append((now, event))
    late = draw(st.lists(st.integers(0, 300), min_size=len(happened), max_size=len(happened)))
    again = [(now + 1, each) for each in draw(st.lists(st.sampled_from(happened), max_size=10))]
    come = [(at_s + late_s, each) for late_s, each in zip(late, happened, strict=True) for at_s in [each[0]]]
    return [each for _, each in sorted([*come, *again], key=lambda each: each[0])]


@pytest.mark.slow
@given(arrivals())
@settings(max_examples=400)
def test_in_any_order_of_arrival_the_four_buckets_are_what_was_counted(arrived: list[tuple[int, Event]]) -> None:
    floor = Floor(TWO_PLACES)
    for after_s, event in arrived:
        floor.press.end_shifts(moment(STARTS_S + after_s))
        floor.happens(event, STARTS_S + after_s, reload=True)
    facts = floor.press.ledger.facts
    made = [body for _, body in of_kind(facts, MaterialActualRecorded)]
    in_buckets = {bucket: sum(each.counts for each in made if each.bucket is bucket) for bucket in Bucket}
    assert sum(in_buckets.values()) == sum(believed(facts).values())
    for each in made:
        assert each.quantity == each.counts * each.pieces_per_count
        shared = sum(share.quantity for share in each.shares)
        assert shared == (each.quantity if each.bucket is Bucket.ATTRIBUTED else 0)


@pytest.mark.slow
@given(arrivals())
@settings(max_examples=200)
def test_in_any_order_of_arrival_no_piece_is_given_out_twice(arrived: list[tuple[int, Event]]) -> None:
    floor = Floor(TWO_PLACES)
    for after_s, event in arrived:
        floor.happens(event, STARTS_S + after_s, reload=False)
    facts = floor.press.ledger.facts
    quantities = dict(of_kind(facts, MaterialActualRecorded))
    given_out: Counter[int] = Counter()
    for _, body in of_kind(facts, MaterialActualAssigned):
        assert sum(share.quantity for share in body.shares) == body.quantity > 0
        assert quantities[body.actual].bucket in {Bucket.UNATTRIBUTED, Bucket.QUARANTINED}
        given_out[body.actual] += body.quantity
    left = {seq: each.left for seq, each in floor.press.ledger.state.output.unassigned.items()}
    for seq, body in quantities.items():
        if body.bucket in {Bucket.UNATTRIBUTED, Bucket.QUARANTINED}:
            assert given_out[seq] + left.get(seq, 0) == body.quantity
