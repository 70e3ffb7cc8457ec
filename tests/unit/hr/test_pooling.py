"""Whose pieces go into which pool, what a pool comes to in a day or a month, and with what each member is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Hold, Item, Kind, Name, proven
from hr.pay.rules.month import Agreed, Book
from hr.pay.rules.pooling import Pooled, pool_on, pooled_month
from hr.pay.rules.pools import Method
from hr.pay.rules.rates import Made, PieceLine, Tariff
from hr.pay.rules.settings import Grade, Per, Scheme
from hr.pay.terms.teams import Membership, PoolVersion
from tests.wages import DATE, ITEM, LONG_AGO, SETTINGS, TERMS, line

D = Decimal
NEXT = "2026-03-03"
BOOK = Book({ITEM: (Tariff(LONG_AGO, D(1)),)}, (SETTINGS,))
IN_POOLS = replace(TERMS, scheme=Scheme.TEAM_POOL)
BY_DAY, BY_MONTH = PoolVersion("team", LONG_AGO), PoolVersion("team", LONG_AGO, per=Per.MONTH)
PEOPLE = ("chen", "li")


def member(person: str, since: str = LONG_AGO, pool: str = "team", day_wage: str = "0") -> Membership:
    return Membership(person, since, pool, D(day_wage))


def team(*memberships: Membership) -> dict[str, list[Membership]]:
    """Chen and Li, and what else is known of where they belong."""
    listed = [*(member(each) for each in PEOPLE), *memberships]
    return {person: [each for each in listed if each.person == person] for person in PEOPLE}


def shared_out(
    minutes: dict[tuple[str, str], int],
    *lines: PieceLine,
    versions: Sequence[PoolVersion] = (BY_DAY,),
    memberships: dict[str, list[Membership]] | None = None,
    grades: Mapping[str, tuple[Grade, ...]] | None = None,
) -> Pooled:
    """A pool of pieces that Chen has sealed; `minutes` are normal ones by person and date."""
    return pooled_month(
        {"chen": lines or (line(D(100), pool="team"),)},
        {(person, date, TimeClass.NORMAL): number for (person, date), number in minutes.items()},
        versions,
        team() if memberships is None else memberships,
        {person: Agreed((IN_POOLS,), (grades or {}).get(person, ())) for person in PEOPLE},
        BOOK,
    )


def amounts(of: Pooled) -> dict[str, list[tuple[str, Decimal]]]:
    return {person: [(each.work_date, each.amount) for each in shares] for person, shares in of.shares.items()}


@pytest.mark.parametrize(
    ("scheme", "memberships", "pool"),
    [
        (Scheme.TEAM_POOL, [member("li")], "team"),
        (Scheme.TEAM_POOL, [member("li"), member("li", DATE, "other")], "other"),
        (Scheme.TEAM_POOL, [member("li"), member("li", NEXT, "other")], "team"),
        (Scheme.TEAM_POOL, [], "?"),
        (Scheme.TEAM_POOL, [member("li", pool="")], "?"),
        (Scheme.PIECE, [member("li")], ""),
        (Scheme.GUARANTEED, [member("li")], ""),
    ],
)
def test_pieces_go_into_the_pool_of_their_date_and_into_none_that_nobody_shares(scheme, memberships, pool):
    assert pool_on(memberships, Agreed((replace(TERMS, scheme=scheme),)), DATE) == pool


def test_without_terms_of_the_date_no_pool_is_said():
    assert pool_on([member("li")], Agreed(()), DATE) == ""


def test_a_member_who_sealed_nothing_has_his_share_by_his_hours():
    made = shared_out({("chen", DATE): 180, ("li", DATE): 540})
    assert amounts(made) == {"chen": [(DATE, D("25.00"))], "li": [(DATE, D("75.00"))]}
    assert not made.held


def test_pieces_of_ones_own_are_in_no_pool():
    lines = line(D(100), pool="team"), line(D(7), 2)
    assert amounts(shared_out({("chen", DATE): 60}, *lines)) == {"chen": [(DATE, D("100.00"))]}


def test_each_day_is_a_pool_of_its_own():
    lines = line(D(100), pool="team"), line(D(10), 2, NEXT, pool="team")
    made = shared_out({("chen", DATE): 60, ("li", NEXT): 60}, *lines)
    assert amounts(made) == {"chen": [(DATE, D("100.00"))], "li": [(NEXT, D("10.00"))]}


def test_a_pool_of_the_month_is_shared_by_the_hours_of_all_its_days():
    """Li was there on a day on which the team sealed nothing."""
    made = shared_out({("chen", DATE): 60, ("li", NEXT): 180}, versions=[BY_MONTH])
    assert amounts(made) == {"chen": [("", D("25.00"))], "li": [("", D("75.00"))]}


def test_days_of_another_version_are_not_of_the_months_pool():
    versions = [BY_MONTH, PoolVersion("team", NEXT)]
    made = shared_out({("chen", DATE): 60, ("li", NEXT): 180}, versions=versions)
    assert amounts(made) == {"chen": [("", D("100.00"))]}


def test_who_has_left_the_pool_has_no_part_in_it():
    made = shared_out({("chen", DATE): 60, ("li", DATE): 60}, memberships=team(member("li", DATE, "other")))
    assert amounts(made) == {"chen": [(DATE, D("100.00"))]}


REST = TimeClass.OT_RESTDAY


def on_a_rest_day(
    time_off: dict[tuple[str, str], int], sealed_by: str = "chen", minutes: int = 480, method: Method | None = None
) -> dict[str, list[tuple[Decimal, bool]]]:
    """100 pieces for 1 yuan each, at 200 per cent; Chen and Li both worked all day. Each share, and whether time off is
    given for it."""
    off = bool(time_off.get((sealed_by, DATE)))
    made = pooled_month(
        {sealed_by: [line(D(100), pool="team", made=(Made(REST, D(100), DATE, comp_leave=off),))]},
        {(person, DATE, REST): minutes for person in PEOPLE},
        [BY_DAY if method is None else replace(BY_DAY, method=method)],
        {person: [member(person, day_wage="90")] for person in PEOPLE},
        {person: Agreed((IN_POOLS,)) for person in PEOPLE},
        BOOK,
        time_off,
    )
    assert not made.held
    return {person: [(each.amount, each.comp_leave) for each in found] for person, found in made.shares.items()}


@pytest.mark.parametrize("method", [Method.HOURS_X_COEFFICIENT, Method.DAY_WAGE_X_DAYS])
@pytest.mark.parametrize("sealed_by", PEOPLE)
def test_time_off_takes_the_uplift_of_his_own_share_and_of_nobody_elses(sealed_by: str, method: Method):
    """Whoever the team's pieces were counted under."""
    assert on_a_rest_day({}, sealed_by, method=method) == {"chen": [(D(100), False)], "li": [(D(100), False)]}
    made = on_a_rest_day({("li", DATE): 480}, sealed_by, method=method)
    assert made == {"chen": [(D(100), False)], "li": [(D(50), True)]}
    made = on_a_rest_day({("li", DATE): 120}, sealed_by, method=method)
    assert made == {"chen": [(D(100), False)], "li": [(D(75), False), (D("12.50"), True)]}


def test_more_time_off_than_he_worked_in_the_class_is_his_whole_share():
    assert on_a_rest_day({("li", DATE): 999}) == {"chen": [(D(100), False)], "li": [(D(50), True)]}


def test_a_share_at_the_plain_price_says_so_and_is_what_its_formula_says():
    made = pooled_month(
        {"chen": [line(D(101), pool="team", made=(Made(REST, D(101), DATE),))]},
        {("chen", DATE, REST): 60, ("li", DATE, REST): 120},
        [BY_DAY],
        team(),
        {person: Agreed((IN_POOLS,)) for person in PEOPLE},
        BOOK,
        {("li", DATE): 60},
    )
    shares = [share for of_person in made.shares.values() for share in of_person]
    given_back = [[each.value for each in share.formula.terms[0] if each.name is Name.MULTIPLIER] for share in shares]
    assert given_back == [[D(2)] if share.comp_leave else [] for share in shares]
    for share in shares:
        item = Item(Kind.POOL_SHARE, "", share.formula, share.amount)
        assert proven(item), share
    whole = sum(share.amount * (2 if share.comp_leave else 1) for share in shares)
    assert abs(whole - D(202)) <= D("0.01"), "the pool, but for the rounding of what is given back"


def test_normal_pieces_are_not_shared_by_hours_of_overtime():
    overtime = line(D(10), 2, pool="team", made=(Made(TimeClass.OT_WORKDAY, D(10), DATE),))
    made = shared_out({("chen", DATE): 60, ("li", DATE): 60}, overtime)
    assert {each.why for each in made.held["chen"]} == {Hold.NO_WEIGHT}
    assert not made.shares


def test_hours_weigh_by_the_grade_of_their_day_in_a_month_too():
    """Li's two hours are 1 and 1.5 of Chen's."""
    grades = {"li": (Grade(LONG_AGO, "B", D(1)), Grade(NEXT, "A", D("1.5")))}
    made = shared_out({("chen", DATE): 60, ("li", DATE): 60, ("li", NEXT): 60}, versions=[BY_MONTH], grades=grades)
    assert amounts(made) == {"chen": [("", D("28.57"))], "li": [("", D("71.43"))]}


def test_a_grade_that_stays_is_shown_as_a_coefficient_of_its_own():
    grades = {"li": (Grade(LONG_AGO, "A", D("1.5")),)}
    made = shared_out({("chen", DATE): 60, ("li", DATE): 120}, grades=grades)
    assert amounts(made) == {"chen": [(DATE, D("25.00"))], "li": [(DATE, D("75.00"))]}
    assert [factor.value for factor in made.shares["li"][0].formula.terms[0]] == [D("100.00"), D(2), D("1.5"), D(4)]


def test_by_day_wages_a_month_is_shared_by_the_days_and_the_wage_of_each():
    by_wage = PoolVersion("team", LONG_AGO, Method.DAY_WAGE_X_DAYS, Per.MONTH)
    own = {
        "chen": [member("chen", day_wage="100")],
        "li": [member("li", day_wage="100"), member("li", NEXT, day_wage="200")],
    }
    minutes = {("chen", DATE): 1, ("li", DATE): 480, ("li", NEXT): 480}
    made = shared_out(minutes, versions=[by_wage], memberships=own)
    assert amounts(made) == {"chen": [("", D("25.00"))], "li": [("", D("75.00"))]}
    same = {person: [member(person, day_wage="100")] for person in PEOPLE}
    made = shared_out(minutes, versions=[by_wage], memberships=same)
    assert amounts(made) == {"chen": [("", D("33.33"))], "li": [("", D("66.67"))]}


@pytest.mark.parametrize(
    ("versions", "why"),
    [
        ([], Hold.NO_WEIGHT),
        ([PoolVersion("team", NEXT)], Hold.NO_WEIGHT),
        ([PoolVersion("other", LONG_AGO)], Hold.NO_WEIGHT),
        ([PoolVersion("team", LONG_AGO, Method.PER_HOUR_X_COEFFICIENT)], Hold.LEAKY_POOL),
    ],
)
def test_a_pool_that_cannot_be_shared_is_held_of_who_sealed_it(versions, why):
    made = shared_out({("chen", DATE): 60, ("li", DATE): 60}, versions=versions)
    assert not made.shares
    assert [(each.why, each.documents) for each in made.held["chen"]] == [(why, ("team",))]


def test_a_pool_that_leaks_is_held_of_all_its_members():
    versions = [PoolVersion("team", LONG_AGO, Method.PER_HOUR_X_COEFFICIENT)]
    made = shared_out({("chen", DATE): 60, ("li", DATE): 60}, versions=versions)
    assert sorted(made.held) == ["chen", "li"]


def test_a_line_without_a_price_is_held_of_who_sealed_it_and_the_rest_is_shared():
    unpriced = replace(line(D(5), 2, pool="team"), product="Q")
    made = shared_out({("chen", DATE): 60}, line(D(100), pool="team"), unpriced)
    assert [(each.why, each.quantity) for each in made.held["chen"]] == [(Hold.UNPRICED, D(5))]
    assert amounts(made) == {"chen": [(DATE, D("100.00"))]}
