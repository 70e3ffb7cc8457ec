"""Whatever a counter and the people at its machine do, every believed count lands in exactly one place."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.counting import Profile, Seen, judge
from edge.domain.state import BoxState, decode_state, encode_state
from sync.facts import CounterReading, MaterialActualRecorded, body_of
from sync.wire import Fact
from tests.cast import LI_BADGE, LOST_BADGE, STRANGERS_BADGE, WANG_BADGE, ZHANG_BADGE
from tests.moments import moment
from tests.unit.domain.press import Press

MODULUS, RATE_PER_MIN = 10_000, 120
BADGES = (WANG_BADGE, LI_BADGE, ZHANG_BADGE, LOST_BADGE, STRANGERS_BADGE)
STARTS_S = 21.9 * 3600
"""Shortly before ten at night, so that class boundaries and midnight come into it."""


class Event(NamedTuple):
    """`what` happens `after_s` seconds later; `value` is the counter's, the badge's place or nothing."""

    what: str
    after_s: int
    value: int = 0


def events(*kinds: st.SearchStrategy[Event]) -> st.SearchStrategy[list[Event]]:
    return st.lists(st.one_of(*kinds), min_size=1, max_size=40)


GAPS = st.sampled_from([0, 1, 4, 30, 70, 400, 4_000])
ANY_SAMPLE = st.builds(Event, st.just("sample"), GAPS, st.integers(0, MODULUS - 1))
SMALL_SAMPLE = st.builds(Event, st.just("sample"), GAPS, st.integers(0, 40))
COUNTED_ON = st.builds(Event, st.just("counts"), GAPS, st.integers(0, 60))
RESTART = st.builds(Event, st.just("restart"), GAPS, st.integers(0, 40))
TAP = st.builds(Event, st.just("tap"), GAPS, st.integers(0, len(BADGES) - 1))
CLOCK = st.builds(Event, st.just("clock"), GAPS, st.integers(0, len(BADGES) - 1))
OTHERS = st.builds(Event, st.sampled_from(["missed", "silent", "orders", "late sample", "reload"]), GAPS)
ANYTHING = events(ANY_SAMPLE, SMALL_SAMPLE, COUNTED_ON, RESTART, TAP, CLOCK, OTHERS)


def play(script: list[Event], reload: bool) -> Press:
    press, now, value, session = Press(MODULUS, RATE_PER_MIN), STARTS_S, 0, 1
    for event in script:
        now += event.after_s
        match event.what:
            case "sample" | "counts" | "restart":
                session += event.what == "restart"
                value = (value + event.value) % MODULUS if event.what == "counts" else event.value
                press.sample(moment(now), value, session)
            case "late sample":
                press.sample(moment(now - 20), value, session)
            case "tap" | "clock":
                press.tap(moment(now), BADGES[event.value], "press-1" if event.what == "tap" else None)
            case "missed":
                press.miss_snapshot(moment(now))
            case "silent":
                press.go_silent(moment(now))
            case "orders":
                press.take_orders(moment(now))
            case "reload" if reload:
                press.ledger.state = decode_state(encode_state(press.ledger.state))
    return press


def of_kind(facts: list[Fact], kind: type[Any]) -> list[tuple[int, Any]]:
    return [(fact.seq, body_of(fact.kind, fact.body)) for fact in facts if fact.kind == kind.__name__]


def believed(facts: list[Fact]) -> dict[tuple[int, int], int]:
    """From the readings alone: what each believed step between two of them is worth."""
    last: Seen | None = None
    held: Seen | None = None
    found: dict[tuple[int, int], int] = {}
    for fact in facts:
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
