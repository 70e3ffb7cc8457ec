"""A month adds up, proves itself, and is the same however its parts come in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import FactId, Factor, Formula, Held, Hold, Item, Kind, Name, added, proven
from hr.pay.rules.month import (
    Agreed,
    Allowance,
    Bonus,
    Book,
    Claim,
    LongStop,
    MonthInput,
    PaidLeave,
    Waiting,
    WorkedDay,
)
from hr.pay.rules.pools import Member, Pool, Share, shared
from hr.pay.rules.rates import Band, Made, Mode, PieceLine, Tariff
from hr.pay.rules.settings import Gate, Grade, LocalSettings, NightBasis, Per, Scheme, Terms
from hr.pay.rules.statement import Statement, statement
from tests.wages import DATE, LONG_AGO, SETTINGS, STANDARD_MIN, TERMS, earning, line, month, of

D = Decimal
ORDER = list(Kind)


def share_of(person: str, amount: str) -> tuple[Share, ...]:
    pool = Pool("team", DATE, TimeClass.NORMAL, D(amount), (Member(person, D(8)),), facts=(("box", 1, 5),))
    made = shared(pool)
    assert isinstance(made, tuple)
    return made


def test_pieces_of_a_team_are_paid_by_its_shares_and_not_again():
    own = line(D(10), 5, pool="team")
    made = statement(month(own, shares=share_of("li", "77.00"), tariffs=[Tariff(LONG_AGO, D(1))]))
    assert [(item.kind, item.amount, item.facts) for item in made.items] == [
        (Kind.POOL_SHARE, D("77.00"), (("box", 1, 5),))
    ]


def test_pieces_of_a_team_wait_for_the_shares():
    made = statement(month(line(D(10), 5, pool="team"), tariffs=[Tariff(LONG_AGO, D(1))]))
    assert [(each.why, each.quantity, each.documents) for each in made.held] == [(Hold.NO_POOL, D(10), ("team",))]


def test_what_others_hold_makes_the_month_not_payable():
    held = Held(Hold.OPEN_DAY, work_date=DATE)
    made = statement(month(line(D(1)), held=(held, held), **earning("100")))
    assert (made.held, made.payable, made.gross) == ((held,), False, D("100.00"))


def test_an_adjustment_is_in_gross_and_fills_up_no_minimum_wage():
    minimum = replace(SETTINGS, minimum_month=D(2500))
    made = statement(month(line(D(1)), adjustments=(ENTRY, ENTRY), settings=minimum, **earning("2400")))
    assert (made.comparable, added(of(made, Kind.MINIMUM_TOPUP)), made.gross) == (D(2400), D(100), D("2492.50"))


def test_an_amount_that_is_rounded_the_wrong_way_is_not_proven():
    of_half_a_fen = Formula(((Factor(Name.QUANTITY, D(1)), Factor(Name.UNIT_PRICE, D("0.125"))),))
    assert proven(Item(Kind.PIECE, "P", of_half_a_fen, D("0.13")))
    assert not proven(Item(Kind.PIECE, "P", of_half_a_fen, D("0.12")))


def test_a_training_price_below_the_floor_of_probation_is_made_up_for():
    """Some rules give a newcomer 70 % of the pieces' price, and the rest to his teacher."""
    terms = replace(TERMS, contract_month=D(4000), training_ratio=D("0.70"), training_until=DATE, probation_until=DATE)
    made = statement(month(line(D(1)), terms=terms, **earning("4000")))
    assert [(item.kind, item.amount) for item in made.items] == [
        (Kind.PIECE, D("2800.00")),
        (Kind.PROBATION_TOPUP, D("400.00")),
    ]


@pytest.mark.parametrize("missing", [Agreed(()), Agreed((Terms("2026-04-01"),))])
def test_somebody_without_terms_is_held_once_and_not_for_each_day(missing):
    days = tuple(WorkedDay(f"2026-03-{day:02}", 480, 480) for day in range(2, 22))
    made = statement(month(days=days, agreed=missing))
    assert {each.why for each in made.held} == {Hold.NO_TERMS}
    assert len(made.held) <= 2


# --- whatever comes in ------------------------------------------------------------------------------

PRODUCTS = "AB"
DATES = [f"2026-03-{day:02}" for day in range(2, 12)]
BANDS = (Band(D(70), D("0.5")), Band(None, D("0.77")))
TARIFFS = {
    ("A", "10"): (Tariff(LONG_AGO, D("0.3535"), quota=D(300)), Tariff("2026-03-05", D("0.4"), D(3), quota=D(250))),
    ("B", "10"): (Tariff("2026-03-03", D("1"), mode=Mode.MARGINAL, bands=BANDS, per=Per.MONTH),),
}
ENTRY = Item(Kind.ADJUSTMENT, "2026-02/x#1", Formula(((Factor(Name.AMOUNT, D("-7.5")),),)), D("-7.50"))
numbers = st.integers(0, 400).map(D)


@st.composite
def lines_(draw: st.DrawFn) -> PieceLine:
    date = draw(st.sampled_from(DATES))
    classes = draw(st.lists(st.sampled_from(TimeClass), max_size=3, unique=True))
    made = tuple(Made(each, draw(numbers), date, draw(st.booleans())) for each in classes)
    fact = ("box", 1, draw(st.integers(1, 10_000)))
    return PieceLine(fact, date, draw(st.sampled_from(PRODUCTS)), "10", draw(numbers), made, draw(numbers))


@st.composite
def months(draw: st.DrawFn) -> MonthInput:
    local = LocalSettings(
        LONG_AGO,
        minimum_month=draw(st.sampled_from([None, D(2500), D(100)])),
        gate=draw(st.sampled_from(Gate)),
        pay_material_scrap=draw(st.booleans()),
        night=NightBasis.PER_HOUR,
        night_per_hour=D("3.33"),
    )
    terms = Terms(
        draw(st.sampled_from([LONG_AGO, "2026-03-04"])),
        draw(st.sampled_from(Scheme)),
        contract_month=draw(st.sampled_from([None, D("3456.78")])),
        fixed=D("81.5"),
        fixed_per=draw(st.sampled_from(Per)),
        training_ratio=D("0.9"),
        training_until="2026-03-06",
        probation_until=draw(st.sampled_from(["", "2026-03-07"])),
    )
    lines = {each.fact: each for each in draw(st.lists(lines_(), max_size=12))}
    days = tuple(WorkedDay(date, 480, draw(st.integers(0, 480)), night_min=draw(st.integers(0, 90))) for date in DATES)
    claims = draw(st.lists(st.integers(1, 300_000), max_size=3))
    return MonthInput(
        "li",
        "2026-03",
        "2026-03-31",
        Book(TARIFFS, (local,)),
        Agreed((terms,), (Grade(LONG_AGO, "B", D("1.05")), Grade("2026-03-06", "A", D("1.15")))),
        STANDARD_MIN,
        tuple(lines.values()),
        days=days,
        waits=(Waiting("w1", DATES[0], 37, "no material"), Waiting("w2", DATES[8], 11, "no mould")),
        long_stops=(LongStop("s", 480, "no orders"),),
        holidays=(DATES[3],),
        leave=(PaidLeave("l", DATES[2], D("0.5"), D("171.33")),),
        bonuses=(Bonus("b1", D(333), D("92.5")), Bonus("b2", D(10), D(100))),
        allowances=(Allowance("heat", D("12.34"), "heat", special=True),),
        adjustments=(ENTRY,),
        claims=tuple(Claim(str(place), D(fen) / 100, "") for place, fen in enumerate(claims)),
    )


def shaken(given: MonthInput, seed: int) -> MonthInput:
    """The same, in another order, and with things that come twice."""
    random = Random(seed)

    def again(each: tuple[Any, ...]) -> tuple[Any, ...]:
        twice = [*each, *random.sample(each, random.randint(0, len(each)))]
        random.shuffle(twice)
        return tuple(twice)

    lists: dict[str, Any] = {name: again(value) for name, value in vars(given).items() if isinstance(value, tuple)}
    return replace(given, **lists)


UNPRICED = replace(line(D(10), 2), product="NEW")
CLAIM = Claim("c", D(10), "broken")
POOR: dict[str, Any] = {"tariffs": [Tariff(LONG_AGO, D(1))], "settings": replace(SETTINGS, minimum_month=D(2490))}


@pytest.mark.parametrize(
    ("more", "filled"),
    [
        pytest.param({}, [Kind.MINIMUM_TOPUP, Kind.DEDUCTION], id="all is known"),
        pytest.param({"held": (Held(Hold.OPEN_DAY, work_date=DATE),)}, [Kind.MINIMUM_TOPUP, Kind.DEDUCTION], id="open"),
        pytest.param({"held": (Held(Hold.UNPRICED, D(10), DATE),)}, [], id="a price is missing"),
        pytest.param({"held": (Held(Hold.OVERTIME_UNDECIDED, D(10), DATE),)}, [], id="overtime is not decided"),
        pytest.param({"lines": (line(D(100)), UNPRICED)}, [], id="a line without a price"),
    ],
)
def test_while_pay_is_withheld_nothing_is_filled_up_or_deducted_from_it(more: dict[str, Any], filled: list[Kind]):
    """The difference to a wage that is not known yet would be a guess; the piece pay itself is shown."""
    made = statement(replace(month(line(D(100)), claims=(CLAIM,), **POOR), **more))
    assert [item.kind for item in of(made, *FROM_ALL_OF_IT)] == filled
    assert [item.amount for item in of(made, Kind.PIECE)] == [D(100)]
    assert (made.top_up_waits, made.carried) == (not filled, {} if not filled else {"c": D(10)})


def test_a_day_is_filled_up_to_its_guarantee_unless_pay_of_that_day_is_withheld():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(50), fixed_per=Per.DAY)
    days = (WorkedDay(DATE, 480, 480), WorkedDay("2026-03-03", 480, 480))
    made = statement(month(terms=terms, days=days, held=(Held(Hold.UNPRICED, D(10), DATE),)))
    assert [each.work_date for each in of(made, Kind.GUARANTEE_TOPUP)] == ["2026-03-03"]


def test_a_month_is_not_filled_up_to_its_guarantee_while_pay_is_withheld():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(3000), fixed_per=Per.MONTH)
    assert of(statement(month(terms=terms)), Kind.GUARANTEE_TOPUP)
    assert not of(statement(month(terms=terms, held=(Held(Hold.UNPRICED, D(1), DATE),))), Kind.GUARANTEE_TOPUP)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(months(), st.integers(0, 1000))
def test_the_order_of_what_comes_in_and_repetitions_change_nothing(given, seed):
    assert statement(shaken(given, seed)) == statement(given)


FROM_ALL_OF_IT = (Kind.MINIMUM_TOPUP, Kind.PROBATION_TOPUP, Kind.DEDUCTION)


def fails(made: Statement, given: MonthInput) -> list[str]:
    """What is wrong with a statement, whatever is in it."""
    minimum = given.book.settings[0].minimum_month
    topups = [item for item in made.items if item.kind.endswith("TOPUP")]
    checks = {
        "an amount is not its formula": all(proven(item) for item in made.items),
        "the items do not add up to net": added(made.items) == made.net,
        "they are not in the order of the calculation": kinds(made) == sorted(kinds(made), key=ORDER.index),
        "a top-up is below zero": all(item.amount > 0 for item in topups),
        "a deduction gives something": all(item.amount <= 0 for item in of(made, Kind.DEDUCTION)),
        "more than a fifth is taken": made.deducted * 5 <= made.gross,
        "less than the minimum is left": not made.deducted or made.net >= (minimum or 0),
        "what is not known yet is filled up or cut": not made.top_up_waits or not of(made, *FROM_ALL_OF_IT),
        "a claim is lost": minimum is None
        or made.top_up_waits
        or made.deducted + sum(made.carried.values()) == claimed(given),
        "a floor is not reached": made.floor is None or made.top_up_waits or reached(made),
        "a fact is nowhere": {line.fact for line in given.lines if line.good} <= facts_of(made),
        "an amount has parts of a fen": all(item.amount == item.amount.quantize(D("0.01")) for item in made.items),
    }
    return [text for text, right in checks.items() if not right]


def kinds(made: Statement) -> list[Kind]:
    return [item.kind for item in made.items]


def claimed(given: MonthInput) -> Decimal:
    return sum((claim.amount for claim in given.claims), D(0))


def reached(made: Statement) -> bool:
    topup = added(of(made, Kind.MINIMUM_TOPUP, Kind.PROBATION_TOPUP))
    return made.floor is not None and made.comparable + topup >= made.floor.amount


def facts_of(made: Statement) -> set[FactId]:
    of_items = {fact for item in made.items for fact in item.facts}
    return of_items | {fact for held in made.held for fact in held.facts}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(months())
def test_every_month_adds_up_proves_itself_and_loses_nothing(given):
    assert fails(statement(given), given) == []


@settings(max_examples=80)
@given(
    st.integers(0, 10**7),
    st.integers(1, 10**7),
    st.sampled_from([1, 3, 7, 12, 100]),
    st.integers(50, 300),
    st.sampled_from(TimeClass),
)
def test_a_line_is_the_exact_product_rounded_half_up(quantity, ten_thousandths, per, percent, time_class):
    price, coefficient = D(ten_thousandths) / 10_000, D(percent) / 100
    own = line(D(quantity), made=(Made(time_class, D(quantity), DATE),))
    tariff = Tariff(LONG_AGO, price, D(per))
    made = statement(month(own, tariffs=[tariff], grades=[Grade(LONG_AGO, "", coefficient)]))
    multiplier = Fraction(SETTINGS.multiplier(time_class))
    exact = Fraction(quantity) * Fraction(price) * Fraction(coefficient) * multiplier / per
    assert added(of(made, Kind.PIECE)) == D(int(exact * 100 + Fraction(1, 2))) / 100
