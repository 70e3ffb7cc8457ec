"""Devices that share a line: one that does not answer leaves the others more than nine tenths of it."""

import pytest

from edge.devices.shared.patience import SHORT_S, Patience

WHOLE_S = 1.0


@pytest.fixture
def patience() -> Patience:
    patience = Patience(credit_s=2.0)
    answers(patience, "lively", 0.02)
    return patience


def answers(patience: Patience, device: str, took_s: float) -> None:
    patience.asked(device)
    patience.answered(device, took_s)


def misses(patience: Patience, device: str, now_s: float) -> float:
    """How long it was waited for."""
    waited_s = patience.timeout_s(device, WHOLE_S)
    patience.asked(device)
    patience.missed(now_s + waited_s, waited_s)
    return waited_s


def test_one_answer_that_is_lost_costs_nothing_more(patience):
    assert misses(patience, "mute", 0.0) == WHOLE_S
    assert patience.wait_s("mute", 1.0, SHORT_S) == 0.0


@pytest.mark.parametrize("mutes", [1, 3])
def test_in_the_long_run_the_neighbours_keep_nine_tenths_of_the_line(patience, mutes):
    now_s = wasted_s = 0.0
    names = [f"mute {number}" for number in range(mutes)]
    while now_s < 1000.0:
        for name in names:
            now_s += patience.wait_s(name, now_s, patience.timeout_s(name, WHOLE_S))
            waited_s = misses(patience, name, now_s)
            now_s, wasted_s = now_s + waited_s, wasted_s + waited_s
    assert wasted_s / now_s < 0.1
    assert wasted_s / now_s > 0.05, "and is asked as often as that allows"


def test_on_a_noisy_line_whoever_misses_one_answer_is_asked_again_as_ever(patience):
    for second in range(100):
        misses(patience, "noisy", float(second))
        assert patience.wait_s("noisy", second + 0.5, WHOLE_S) == 0.0
        answers(patience, "noisy", 0.02)


def test_one_that_is_alone_on_its_line_is_asked_at_once():
    alone = Patience(credit_s=2.0)
    for second in range(10):
        misses(alone, "mute", float(second))
    assert alone.wait_s("mute", 10.0, WHOLE_S) == 0.0


def test_after_a_miss_less_is_waited_and_never_less_than_it_needs(patience):
    answers(patience, "slow", 0.9)
    waited = {name: [misses(patience, name, 0.0) for _ in range(11)] for name in ("unknown", "slow")}
    assert waited["unknown"] == [1.0, *[SHORT_S] * 4, 1.0, *[SHORT_S] * 4, 1.0]
    assert waited["slow"] == [1.0] * 11


def test_an_answer_ends_it(patience):
    for _ in range(3):
        misses(patience, "mute", 0.0)
    answers(patience, "mute", 0.01)
    assert patience.wait_s("mute", 0.1, WHOLE_S) == 0.0
    assert patience.timeout_s("mute", WHOLE_S) == WHOLE_S
