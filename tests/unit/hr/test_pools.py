"""What a team earned together is shared out to the fen, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Hold, Item, Kind, proven
from hr.pay.rules.money import FEN, apportioned
from hr.pay.rules.pools import Member, Method, Pool, Share, Unshared, by_literal_formula, shared

D = Decimal


def pool(amount: str, *members: Member, method: Method = Method.HOURS_X_COEFFICIENT) -> Pool:
    return Pool("team", "2026-03-02", TimeClass.NORMAL, D(amount), members, method, (("box", 1, 7),))


def hours(person: str, number: str, coefficient: str = "1") -> Member:
    return Member(person, D(number), D(coefficient))


def shares_of(whole: Pool) -> tuple[Share, ...]:
    made = shared(whole)
    assert not isinstance(made, Unshared)
    return made


def test_of_equal_remainders_the_smallest_key_gets_the_fen_whatever_the_order():
    members = [hours(person, "8") for person in "BCA"]
    assert {each.person: each.amount for each in shares_of(pool("0.02", *members))} == {
        "A": D("0.01"),
        "B": D("0.01"),
        "C": D("0.00"),
    }


def test_a_share_shows_how_it_came_about_and_rests_on_the_teams_facts():
    (first, _second) = shares_of(pool("100.00", hours("A", "7.5", "1.2"), hours("B", "8")))
    item = Item(Kind.POOL_SHARE, "team", first.formula, first.amount)
    assert [factor.value for factor in first.formula.terms[0]] == [D("100.00"), D("7.5"), D("1.2"), D(17)]
    assert proven(item)
    assert first.facts == (("box", 1, 7),)


@pytest.mark.parametrize("members", [[hours("A", "0"), hours("B", "0")], [], [hours("A", "-1"), hours("B", "3")]])
def test_a_pool_that_nobody_has_hours_in_is_not_shared(members):
    made = shared(pool("500.00", *members))
    assert isinstance(made, Unshared)
    assert (made.why, made.held.documents) == (Hold.NO_WEIGHT, ("team",))


@pytest.mark.parametrize(("coefficient", "leak"), [("1.2", "10.00"), ("0.8", "-10.00")])
def test_a_formula_that_leaks_is_refused_and_says_by_how_much(coefficient, leak):
    members = hours("A", "8", coefficient), hours("B", "8")
    made = shared(pool("100.00", *members, method=Method.PER_HOUR_X_COEFFICIENT))
    assert isinstance(made, Unshared)
    assert (made.why, made.leak) == (Hold.LEAKY_POOL, D(leak))


def test_even_a_leaky_formula_does_not_divide_by_nothing():
    assert by_literal_formula(pool("100.00", hours("A", "0"))) == {}


quarters = st.integers(1, 1000).map(lambda each: D(each) / 4)
coefficients = st.integers(50, 200).map(lambda each: D(each) / 100)
teams = st.lists(st.builds(Member, st.uuids().map(str), quarters, coefficients), min_size=1, max_size=9)


@settings(max_examples=60)
@given(st.integers(0, 10_000_000), teams, st.randoms())
def test_shares_add_up_to_the_pool_none_is_a_fen_off_and_the_order_of_members_means_nothing(fen, members, random):
    amount = str(D(fen) / 100)
    first = shares_of(pool(amount, *members))
    random.shuffle(members)
    assert shares_of(pool(amount, *members)) == first
    assert sum(each.amount for each in first) == D(amount)
    assert all(proven(Item(Kind.POOL_SHARE, "", each.formula, each.amount)) for each in first)


@settings(max_examples=60)
@given(st.integers(0, 100_000), st.lists(st.integers(0, 500), min_size=1, max_size=8).filter(any))
def test_the_larger_weight_never_gets_less(fen, weights):
    parts = apportioned(D(fen) * FEN, [D(each) for each in weights], FEN)
    assert sum(parts) == D(fen) * FEN
    ordered = [part for _weight, part in sorted(zip(weights, parts, strict=True))]
    assert ordered == sorted(ordered)
