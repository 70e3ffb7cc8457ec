"""The ground truth: what a machine really made, and what its register shows of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.mill import CounterSpec, Mill, Preset, Register, Stretch, pieces_at

MINUTE_US = 60_000_000

programmes = st.lists(
    st.tuples(st.integers(0, 10 * MINUTE_US), st.integers(0, 600)), min_size=1, max_size=6
)  # (how long, at what rate)


def mill_with(programme: list[tuple[int, int]]) -> Mill:
    mill = Mill(lambda: 0)
    at_us = 0
    for lasts_us, rate in programme:
        mill.run(rate, at_us=at_us)
        at_us += lasts_us
    mill.stand(at_us=at_us)
    return mill


def test_a_machine_at_thirty_a_minute_makes_a_piece_each_two_seconds():
    mill = mill_with([(MINUTE_US, 30)])
    assert [mill.count_at(second * 1_000_000) for second in (0, 1, 2, 3, 4, 60, 3600)] == [0, 0, 1, 1, 2, 30, 30]


@given(programmes, st.integers(0, 60 * MINUTE_US), st.integers(0, 60 * MINUTE_US))
def test_the_count_never_goes_down(programme: list[tuple[int, int]], first: int, second: int):
    mill = mill_with(programme)
    assert mill.count_at(min(first, second)) <= mill.count_at(max(first, second))


@given(programmes, st.integers(1, 10 * MINUTE_US))
def test_the_count_does_not_depend_on_how_the_time_was_cut_up(programme: list[tuple[int, int]], cut: int):
    pieces = [(part, rate) for lasts, rate in programme for part in (min(cut, lasts), max(0, lasts - cut))]
    end = sum(lasts for lasts, _ in programme)
    assert mill_with(pieces).count_at(end) == mill_with(programme).count_at(end)


@given(programmes)
def test_the_whole_programme_makes_exactly_rate_times_time(programme: list[tuple[int, int]]):
    end = sum(lasts for lasts, _ in programme)
    assert mill_with(programme).count_at(end) == sum(lasts * rate for lasts, rate in programme) // MINUTE_US


def test_a_piece_half_done_when_the_machine_stands_is_finished_after_the_break():
    stretches = (Stretch(0, 1_000_000, 30), Stretch(9_000_000, None, 30))
    assert [pieces_at(stretches, at_us) for at_us in (9_000_000, 9_999_999, 10_000_000)] == [0, 0, 1]


def test_a_change_before_the_last_one_is_refused():
    mill = mill_with([(MINUTE_US, 30)])
    with pytest.raises(ValueError, match="last change"):
        mill.run(10, at_us=5)


@given(programmes, st.integers(1, 2000), st.integers(1, 3_000_000))
def test_a_number_of_pieces_is_made_exactly_whatever_was_half_done_before(
    programme: list[tuple[int, int]], pieces: int, within_us: int
):
    before = mill_with(programme)
    end = sum(lasts for lasts, _ in programme)
    mill = Mill(lambda: end)
    for stretch in before.stretches:
        mill.run(stretch.rate_per_min, stretch.from_us)
    mill.make(pieces, within_us)
    assert mill.count_at(end + 2 * MINUTE_US) == before.count_at(end) + pieces


def test_the_rate_is_what_it_is_now():
    now = [0]
    mill = Mill(lambda: now[0])
    mill.run(40)
    assert mill.rate_per_min == 40
    now[0] = MINUTE_US
    mill.stand()
    assert mill.rate_per_min == 0


@pytest.mark.parametrize(
    ("spec", "value", "words"),
    [
        (CounterSpec(bits=16), 65535, [0xFFFF]),
        (CounterSpec(bits=32, word_order="hi-first"), 65538, [1, 2]),
        (CounterSpec(bits=32, word_order="lo-first"), 65538, [2, 1]),
        (CounterSpec(bits=32, word_order="lo-first"), 65530, [0xFFFA, 0]),
    ],
)
def test_the_words_lie_as_the_device_sends_them(spec: CounterSpec, value: int, words: list[int]):
    assert spec.encoded(value, None) == words
    assert spec.encoded(value, 7) == [*words, 7]


@given(st.integers(0, 65535), programmes, st.integers(0, 60 * MINUTE_US))
def test_the_register_is_start_plus_count_within_its_bits(start: int, programme: list[tuple[int, int]], at_us: int):
    mill = mill_with(programme)
    register = Register(CounterSpec(bits=16, start=start), (Preset(0, start, None),))
    assert register.at(mill.count_at, at_us)[0] == (start + mill.count_at(at_us)) % 65536


@given(programmes, st.integers(0, 10 * MINUTE_US), st.integers(0, 10 * MINUTE_US))
def test_a_restart_counts_from_zero_and_raises_the_session(programme: list[tuple[int, int]], before: int, after: int):
    mill = mill_with(programme)
    register = Register(CounterSpec(start=500, session=3), (Preset(0, 500, 3),)).preset(before, 0, restart=True)
    made = mill.count_at(before + after) - mill.count_at(before)
    assert register.at(mill.count_at, before + after) == (made, 4)
    assert register.at(mill.count_at, before - 1)[1] == 3


def test_a_hand_on_the_device_leaves_the_session_alone():
    register = Register(CounterSpec(session=3), (Preset(0, 0, 3),)).preset(10, 70_000)
    assert register.at(lambda _: 0, 10) == (70_000 - 65_536, 3)
