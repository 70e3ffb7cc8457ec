"""Random histories of one counter: what was counted is what was made, or the journal says that it is unsure."""

from __future__ import annotations

import pytest

from edge.domain import counting, production
from edge.domain.counting import Counted, Profile, Seen, Verdict
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Step
from tests.histories.__main__ import tallied, told
from tests.histories.judged import Finding, Outcome, judged, twin
from tests.histories.made import Event, History, Polled, made

pytestmark = pytest.mark.fault("F28")


def polled(seconds: float, value: int, session: int | None = None) -> Polled:
    micros = round(seconds * 1e6)
    return Polled(Stamp("boot", micros * 1000, micros, ClockState.NTP), value, session)


def history(*arrivals: Polled, pieces: int, faults: int = 0) -> History:
    return History(0, (Event.NOTHING,), 65_536, 60, arrivals, pieces, faults)


def test_no_history_is_counted_wrong_unnoticed() -> None:
    tally = tallied(1, range(2_000))
    assert tally.wrong == []
    assert tally.outcomes.total() == 2_000
    assert tally.total(Outcome.DECIDED) > 1_000


def test_every_event_happens_and_a_counter_that_only_counts_on_is_always_decided() -> None:
    tally = tallied(2, range(1_000))
    for event in Event:
        assert any(name == event.value for name, _ in tally.outcomes), event
    for event in (Event.NOTHING, Event.WRAP, Event.REPEATED, Event.OUT_OF_ORDER):
        assert {outcome for name, outcome in tally.outcomes if name == event.value} == {Outcome.DECIDED}


def test_the_same_number_is_the_same_history() -> None:
    assert made(7, 123) == made(7, 123)
    assert made(7, 123) != made(8, 123)
    assert f"{made(7, 123).pieces} made" in list(told(7, 123))[-1]


def _believes_everything(last: Seen | None, _held: Seen | None, new: Seen, profile: Profile) -> Verdict:
    if last is None:
        return Verdict(())
    return Verdict((Counted(last, new, Step.NORMAL, (new.value - last.value) % profile.modulus, True),))


def _never_holds(last: Seen | None, _held: Seen | None, new: Seen, profile: Profile) -> Verdict:
    """An odd reading is believed at once, and no more is said of it."""
    verdict = counting.judge(last, None, new, profile)
    if verdict.held is None or last is None:
        return verdict
    return Verdict((Counted(last, new, Step.NORMAL, max(0, new.value - last.value), True),))


@pytest.mark.parametrize("rule", [_believes_everything, _never_holds])
def test_rules_that_believe_too_much_are_found_out(rule: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(production, "judge", rule)
    assert tallied(1, range(500)).wrong


def test_pieces_made_between_the_last_poll_and_a_reset_are_lost_and_said_to_be() -> None:
    reset = history(polled(0, 500), polled(10, 505), polled(20, 3), polled(30, 8), pieces=15, faults=1)
    assert judged(reset) == Finding(Outcome.FLAGGED, 13, 0, -2)


def test_a_reset_that_shows_what_a_roll_over_would_show_is_undecidable() -> None:
    reset = history(polled(0, 65_530), polled(10, 3), polled(20, 8), pieces=8, faults=1)
    assert judged(reset).outcome is Outcome.UNDECIDABLE


def test_a_difference_that_the_readings_do_show_is_wrong() -> None:
    steady = history(polled(0, 100), polled(10, 105), pieces=4)
    assert judged(steady).outcome is Outcome.UNDECIDABLE
    assert twin(steady, 4) is None
    assert twin(steady, 5) is not None


def test_a_twin_leaves_out_no_more_readings_than_there_were_faults() -> None:
    readings = (polled(0, 100), polled(10, 0), polled(20, 104))
    assert twin(history(*readings, pieces=4, faults=1), 4) == (readings[0], readings[2])
    assert twin(history(*readings, pieces=4, faults=0), 4) is None


def test_a_twin_does_not_know_what_came_too_late() -> None:
    early, late, last = polled(0, 100), polled(5, 50_000), polled(10, 104)
    assert twin(history(early, last, late, pieces=4), 4) == (early, last)
