"""Guessing gets slower."""

import pytest

from hr.web import throttle
from hr.web.throttle import Throttle


class Watch:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def guarded(watch):
    return Throttle(watch)


def fail(guarded: Throttle, times: int, name: str = "zhou", address: str = "10.0.0.9") -> None:
    for _ in range(times):
        guarded.failed(name, address)


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, 0), (3, 0), (4, 1), (5, 2), (6, 4), (9, 32), (10, 60), (2000, 60)]
)
def test_the_wait_doubles_after_three_failures_up_to_a_minute(guarded, failures, wait_s):
    fail(guarded, failures)
    assert guarded.wait_s("zhou", "10.0.0.9") == wait_s


def test_the_wait_passes(guarded, watch):
    fail(guarded, 6)
    watch.now_s = 3
    assert guarded.wait_s("zhou", "10.0.0.9") == 1
    watch.now_s = 4
    assert guarded.wait_s("zhou", "10.0.0.9") == 0


def test_another_name_from_the_same_address_waits_too(guarded):
    fail(guarded, 4)
    assert guarded.wait_s("li", "10.0.0.9") == 1
    assert guarded.wait_s("zhou", "10.0.0.1") == 1
    assert guarded.wait_s("li", "10.0.0.1") == 0


def test_success_clears_the_name_and_not_the_address(guarded):
    fail(guarded, 4)
    guarded.succeeded("zhou")
    assert guarded.wait_s("zhou", "10.0.0.1") == 0
    assert guarded.wait_s("zhou", "10.0.0.9") == 1


def test_a_quiet_hour_is_forgotten(guarded, watch):
    fail(guarded, 4)
    watch.now_s = throttle.FORGET_S + 1
    fail(guarded, 1)
    assert guarded.wait_s("zhou", "10.0.0.9") == 0


def test_a_flood_of_names_does_not_fill_the_memory(guarded, monkeypatch):
    monkeypatch.setattr(throttle, "MAX_KEYS", 4)
    for number in range(9):
        guarded.failed(f"name{number}", "10.0.0.9")
    assert len(guarded._records) == 4
