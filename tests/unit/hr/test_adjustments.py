"""A closed month stays as it is; what it should have been becomes entries of an open one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr.pay.periods.adjustments import differences, entries
from hr.pay.rules.items import Item, Kind, Name, added, proven
from hr.pay.rules.month import Claim, MonthInput
from hr.pay.rules.rates import Tariff
from hr.pay.rules.settings import Grade, Scheme
from hr.pay.rules.statement import statement
from tests.wages import DATE, LONG_AGO, SETTINGS, TERMS, line, month, of

D = Decimal
MINIMUM = replace(SETTINGS, minimum_month=D(2500))


def march(*quantities: int, price: str = "1.0000", **more: Any) -> MonthInput:
    own = [line(D(quantity), number, f"2026-03-{number + 2:02}") for number, quantity in enumerate(quantities)]
    given: dict[str, Any] = {"tariffs": [Tariff(LONG_AGO, D(price))], "settings": MINIMUM}
    return month(*own, **(given | more))


def posted(then: MonthInput, now: MonthInput, before: tuple[Item, ...] = ()) -> tuple[Item, ...]:
    return entries(statement(then), statement(now), before)


def amounts(made: tuple[Item, ...]) -> dict[str, Decimal]:
    return {each.key.split("/")[1]: each.amount for each in made}


def test_nothing_is_posted_where_nothing_has_changed():
    assert posted(march(2600), march(2600)) == ()


def test_an_entry_says_the_month_the_pieces_and_their_old_price():
    (entry,) = posted(march(2600), march(2620))
    assert (entry.kind, entry.amount, entry.documents, entry.comparable) == (
        Kind.ADJUSTMENT,
        D("20.00"),
        ("2026-03",),
        False,
    )
    assert {factor.name: factor.value for factor in entry.formula.terms[0]} == {
        Name.QUANTITY: D(20),
        Name.UNIT_PRICE: D("1.0000"),
    }
    assert (entry.work_date, entry.product, entry.facts) == (DATE, "P", (("box", 1, 0),))


def test_a_raised_price_is_one_entry_for_the_pieces_of_a_day():
    tariffs = [Tariff(LONG_AGO, D("0.40")), Tariff(DATE, D("0.42"))]
    (entry,) = posted(march(9000, price="0.40"), march(9000, tariffs=tariffs))
    assert (entry.amount, entry.since) == (D("180.00"), DATE)
    assert [factor.value for factor in entry.formula.terms[0]] == [D(9000), D("0.02")]


def test_a_late_grade_is_the_difference_of_the_whole_line():
    (entry,) = posted(march(3000), march(3000, grades=[Grade(LONG_AGO, "A", D("1.1"))]))
    assert [term[0].name for term in entry.formula.terms] == [Name.CORRECTED, Name.CLOSED]
    assert entry.amount == D("300.00")


def test_a_forgotten_line_is_paid_and_one_that_was_wrong_is_taken_back():
    more, less = posted(march(2600), march(2600, 50)), posted(march(2600, 50), march(2600))
    found = [(each.amount, each.formula.terms[0][0].value) for each in (*more, *less)]
    assert found == [(D(50), D(50)), (D(-50), D(-50))]


def test_more_pieces_replace_the_topup_of_their_own_month():
    made = posted(march(2400), march(2460))
    assert amounts(made) == {"PIECE": D("60.00"), "MINIMUM_TOPUP": D("-60.00")}
    assert added(made) == 0


def test_a_guarantee_and_the_minimum_wage_are_corrected_each_for_itself():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(2450))
    made = posted(march(2400, terms=terms), march(2460, terms=terms))
    assert amounts(made) == {"PIECE": D(60), "GUARANTEE_TOPUP": D(-50), "MINIMUM_TOPUP": D(-10)}


def test_a_second_correction_starts_from_the_first():
    first = posted(march(2600), march(2620))
    assert posted(march(2600), march(2620), first) == ()
    (second,) = posted(march(2600), march(2650), first)
    assert (second.amount, second.key.rpartition("#")[2]) == (D("30.00"), "2")
    (back,) = posted(march(2600), march(2600), (*first, second))
    assert back.amount == D("-50.00")


def test_what_was_posted_for_a_line_that_is_gone_goes_back():
    first = posted(march(2600), march(2600, 50))
    (back,) = posted(march(2600), march(2600), first)
    assert (back.amount, proven(back)) == (D("-50.00"), True)


def test_deductions_and_entries_of_the_closed_month_are_not_computed_again():
    claims = (Claim("c", D(900), ""),)
    entry = posted(march(2600), march(2620))
    then, now = march(2600, claims=claims, adjustments=entry), march(3600, claims=claims)
    assert amounts(posted(then, now)) == {"PIECE": D("1000.00")}


def test_a_month_that_holds_something_back_makes_no_entries():
    with pytest.raises(ValueError, match="holds 1 things back"):
        posted(march(2600), march(2600, held=statement(march(1, tariffs=())).held))


def test_differences_show_both_sides():
    (each,) = [one for one in differences(statement(march(2600)), statement(march(2700))) if one.now != one.closed]
    assert each.closed is not None
    assert each.now is not None
    assert (each.closed.amount, each.now.amount) == (D("2600.00"), D("2700.00"))


pieces = st.lists(st.integers(0, 2000), min_size=1, max_size=5)
prices = st.integers(1, 30_000).map(lambda each: str(D(each) / 10_000))


@settings(max_examples=60, deadline=None)
@given(pieces, pieces, pieces, prices, prices)
def test_with_its_entries_a_closed_month_comes_to_what_it_should_have_been(then, second, third, price, other):
    closed, again = statement(march(*then, price=price)), statement(march(*second, price=price))
    before = closed.gross
    first = entries(closed, again)
    assert closed.gross + added(first) == again.gross
    last = statement(march(*third, price=other, terms=replace(TERMS, training_until=DATE, training_ratio=D("0.9"))))
    more = entries(closed, last, first)
    assert closed.gross + added(first) + added(more) == last.gross
    assert all(proven(each) for each in (*first, *more))
    assert len({each.key for each in (*first, *more)}) == len(first) + len(more)
    assert (closed.gross, of(closed, Kind.ADJUSTMENT)) == (before, [])
