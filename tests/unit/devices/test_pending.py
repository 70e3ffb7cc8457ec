"""Samples that wait for core stay few and keep every count."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.link.messages import CounterSample
from edge.pending import PendingSamples, goes_on
from sync.wire.envelope import ClockState, Stamp


def sample(
    value: int, session: int | None = None, snapshot: bool = False, second: int = 0, counter: str = "c"
) -> CounterSample:
    at = Stamp("boot", second * 10**9, 0, ClockState.RTC)
    return CounterSample("m", counter, at, value, f"{value:04X}", 65536, 60, session, snapshot)


def compacted(*values: int) -> list[int]:
    pending = PendingSamples()
    for value in values:
        pending.add(sample(value))
    return [each.value for each in pending.take(100)]


def test_a_rising_counter_waits_as_its_first_and_its_last_sample():
    assert compacted(10, 11, 11, 15) == [10, 15]


def test_a_rising_counter_that_core_has_heard_of_waits_as_one_sample():
    pending = PendingSamples()
    pending.add(sample(10))
    pending.take(1)
    for value in (11, 11, 15):
        pending.add(sample(value))
    assert [each.value for each in pending.take(9)] == [15]


def test_both_sides_of_a_drop_stay():
    assert compacted(10, 90, 0, 3, 200) == [10, 90, 0, 200]


def test_the_low_side_stays_when_the_high_side_was_taken_before():
    pending = PendingSamples()
    pending.add(sample(90))
    pending.take(1)
    for value in (2, 7, 200):
        pending.add(sample(value))
    assert [each.value for each in pending.take(9)] == [2, 200]


def test_a_new_session_does_not_replace_the_old_one():
    pending = PendingSamples()
    for value, session in ((10, 1), (50, 1), (60, 2), (70, 2)):
        pending.add(sample(value, session))
    assert [(each.value, each.session) for each in pending.take(9)] == [(10, 1), (50, 1), (70, 2)]


def test_a_snapshot_is_never_replaced():
    pending = PendingSamples()
    for value, snapshot in ((10, False), (11, True), (12, False), (13, False)):
        pending.add(sample(value, snapshot=snapshot))
    assert [each.value for each in pending.take(9)] == [10, 11, 13]


def test_the_earliest_captures_are_taken_first_over_all_counters():
    pending = PendingSamples()
    for second, (value, counter) in enumerate(((5, "a"), (1, "b"), (4, "a"), (0, "b"))):
        pending.add(sample(value, counter=counter, second=second))
    assert [(each.counter, each.value) for each in pending.take(3)] == [("a", 5), ("b", 1), ("a", 4)]
    assert [(each.counter, each.value) for each in pending.take(3)] == [("b", 0)]
    assert len(pending) == 0


def test_a_counter_at_its_cap_overwrites_its_newest_and_says_so():
    pending = PendingSamples(cap=3)
    for value in (9, 8, 7, 6, 5):
        pending.add(sample(value))
    assert pending.overwritten == 2
    assert [each.value for each in pending.take(9)] == [9, 8, 5]


def counts(samples: list[CounterSample]) -> int:
    """The upward movements, with a restart from 0 at each drop and at each new session."""
    total = 0
    for earlier, later in pairwise(samples):
        rises = earlier.session == later.session and earlier.value <= later.value
        total += later.value - earlier.value if rises else later.value
    return total


steps = st.tuples(st.integers(0, 40), st.sampled_from([None, 1, 2]), st.booleans(), st.integers(0, 3))


@given(st.lists(steps, max_size=60))
def test_no_upward_movement_is_lost_however_often_core_takes(story):
    pending, everything, taken = PendingSamples(), list[CounterSample](), list[CounterSample]()
    for second, (value, session, snapshot, take) in enumerate(story):
        each = sample(value, session, snapshot, second)
        everything.append(each)
        pending.add(each)
        taken += pending.take(take) if take else []
    taken += pending.take(1000)
    first = everything[:1]
    assert counts(first + taken) == counts(first + everything)
    assert taken[-1:] == everything[-1:]
    assert [each for each in everything if each.snapshot] == [each for each in taken if each.snapshot]


@pytest.mark.parametrize(
    ("later", "waits"),
    [
        pytest.param(sample(102, 1, second=2), True, id="it counted on"),
        pytest.param(sample(100, 1, second=2), True, id="it stood"),
        pytest.param(sample(99, 1, second=2), False, id="it dropped"),
        pytest.param(sample(5000, 1, second=2), False, id="it jumped"),
        pytest.param(sample(101, 2, second=2), False, id="it restarted"),
        pytest.param(sample(102, 1, snapshot=True, second=2), False, id="somebody asked for it"),
    ],
)
def test_only_what_says_no_more_than_that_the_machine_went_on_can_wait(later, waits):
    assert goes_on(sample(100, 1), later) is waits
