"""Whole parts that add up to the whole (AB-R4, AB-R6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.shares import split

WEIGHTS = st.dictionaries(st.text(max_size=3), st.integers(0, 10**6), min_size=1, max_size=8).filter(
    lambda weights: sum(weights.values()) > 0
)


@given(st.integers(0, 10**9), WEIGHTS)
def test_the_parts_add_up_and_none_is_a_piece_away_from_its_due(total: int, weights: dict[str, int]) -> None:
    parts, whole = split(total, weights), sum(weights.values())
    assert sum(parts.values()) == total
    assert parts.keys() == weights.keys()
    assert all(abs(parts[key] * whole - total * weight) < whole for key, weight in weights.items())


@given(st.integers(0, 10**6), WEIGHTS)
def test_the_order_of_the_names_given_changes_nothing(total: int, weights: dict[str, int]) -> None:
    assert split(total, weights) == split(total, dict(reversed(weights.items())))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        pytest.param(101, {"W2": 1, "W1": 1}, {"W1": 51, "W2": 50}, id="AB-008, the odd piece to the smaller id"),
        pytest.param(101, {"W1": 60, "W2": 40}, {"W1": 61, "W2": 40}, id="AB-009, by weight"),
        pytest.param(100, {"W1": 4, "W2": 6}, {"W1": 40, "W2": 60}, id="AB-005, by time"),
        pytest.param(7, {"W1": 0, "W2": 3}, {"W1": 0, "W2": 7}, id="no weight, no piece"),
    ],
)
def test_the_largest_remainder_gets_the_odd_piece(total: int, weights: dict[str, int], parts: dict[str, int]) -> None:
    assert split(total, weights) == parts


@pytest.mark.parametrize("weights", [{}, {"W1": 0}, {"W1": 2, "W2": -1}])
def test_weights_that_mean_nothing_are_an_error(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="cannot split"):
        split(5, weights)
