"""Guessing gets slower."""

import pytest

from pages import throttle
from pages.throttle import Steepness, Throttle
from tests.moments import Watch


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def guarded(watch):
    return Throttle(Steepness(free_failures=3, first_s=1.0, cap_s=60.0), watch)


def keys(name: str, address: str) -> tuple[str, str]:
    return f"name {name}", f"address {address}"


def fail(guarded: Throttle, times: int) -> None:
    for _ in range(times):
        guarded.failed(keys("zhou", "10.0.0.9"))


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, 0), (3, 0), (4, 1), (5, 2), (6, 4), (9, 32), (10, 60), (2000, 60)]
)
def test_the_wait_doubles_after_three_failures_up_to_a_minute(guarded, failures, wait_s):
    fail(guarded, failures)
    assert guarded.wait_s(keys("zhou", "10.0.0.9")) == wait_s


def test_the_wait_passes(guarded, watch):
    fail(guarded, 6)
    watch.now_s = 3
    assert guarded.wait_s(keys("zhou", "10.0.0.9")) == 1
    watch.now_s = 4
    assert guarded.wait_s(keys("zhou", "10.0.0.9")) == 0


def test_another_name_from_the_same_address_waits_too(guarded):
    fail(guarded, 4)
    assert guarded.wait_s(keys("li", "10.0.0.9")) == 1
    assert guarded.wait_s(keys("zhou", "10.0.0.1")) == 1
    assert guarded.wait_s(keys("li", "10.0.0.1")) == 0


def test_success_clears_the_name_and_not_the_address(guarded):
    fail(guarded, 4)
    guarded.succeeded("name zhou")
    assert guarded.wait_s(keys("zhou", "10.0.0.1")) == 0
    assert guarded.wait_s(keys("zhou", "10.0.0.9")) == 1


def test_a_quiet_hour_is_forgotten(guarded, watch):
    fail(guarded, 4)
    watch.now_s = throttle.FORGET_S + 1
    fail(guarded, 1)
    assert guarded.wait_s(keys("zhou", "10.0.0.9")) == 0


def test_a_flood_of_names_does_not_fill_the_memory(guarded, monkeypatch):
    monkeypatch.setattr(throttle, "MAX_KEYS", 4)
    for number in range(9):
        guarded.failed(keys(f"name{number}", "10.0.0.9"))
    assert len(guarded._records) == 4


def test_without_a_free_failure_the_first_one_waits_already(watch):
    strict = Throttle(Steepness(free_failures=0, first_s=2.0, cap_s=900.0), watch)
    for _ in range(30):
        strict.failed(["number 1"])
        strict.failed(["number 2"])
    assert strict.wait_s(["number 1"]) == 900
    strict.succeeded("number 2")
    strict.failed(["number 2"])
    assert strict.wait_s(["number 2"]) == 2
