"""What a month comes to at least, and what may be taken from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from hr.calendar.day_class import TimeClass
from hr.pay.rules.allowances import night_minutes
from hr.pay.rules.conversions import CONSTANTS, leave_day_wage, of_year
from hr.pay.rules.deductions import deducted
from hr.pay.rules.items import Hold, Kind, Name, proven
from hr.pay.rules.month import Allowance, Bonus, Claim, LongStop, PaidLeave, PeriodHours, Waiting, WorkedDay
from hr.pay.rules.rates import Made
from hr.pay.rules.settings import (
    Fault,
    HoursSystem,
    LocalSettings,
    NightBasis,
    PartialMonth,
    Per,
    Scheme,
    Terms,
    faults,
    in_force,
    terms_faults,
)
from hr.pay.rules.statement import Statement, statement
from tests.wages import DATE, LAST_DAY, LONG_AGO, SETTINGS, STANDARD_MIN, TERMS, earning, line, month, of

D = Decimal
MINIMUM = replace(SETTINGS, minimum_month=D(2490))
NEXT = "2026-03-03"


def topup(made: Statement) -> Decimal:
    return sum((item.amount for item in of(made, Kind.MINIMUM_TOPUP, Kind.PROBATION_TOPUP)), D(0))


def floor(**more: object) -> Decimal:
    made = statement(month(line(D(1)), **({"settings": MINIMUM} | earning("100") | more)))
    assert made.floor is not None
    return made.floor.amount


# --- the minimum wage -------------------------------------------------------------------------------


def test_without_a_minimum_wage_the_month_is_held_and_nothing_is_taken_or_topped_up():
    claims = (Claim("c", D(10), "broken mould"),)
    made = statement(month(line(D(1)), settings=LocalSettings(LONG_AGO), claims=claims, **earning("100")))
    assert {(each.why, each.setting) for each in made.held} == {(Hold.NO_MINIMUM_WAGE, "minimum_month")}
    assert (made.floor, made.gross, made.deducted) == (None, D("100.00"), D(0))
    assert not made.carried


@pytest.mark.parametrize("days", [(), (WorkedDay(DATE, 0, 480),)], ids=["no days", "nothing due"])
def test_normal_pieces_without_a_roster_are_not_held_against_a_floor_of_nothing(days):
    made = statement(month(line(D(1)), days=days, settings=MINIMUM, **earning("100")))
    assert ([each.why for each in made.held], made.floor) == ([Hold.NO_HOURS], None)


def test_without_the_normal_hours_of_the_month_it_is_held_too():
    made = statement(month(line(D(1)), standard_min=None, **earning("100")))
    assert ([each.why for each in made.held], made.floor) == ([Hold.NO_HOURS], None)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([(STANDARD_MIN, STANDARD_MIN)], "2490.00"),
        ([(STANDARD_MIN // 2, STANDARD_MIN // 2)], "1245.00"),
        ([(STANDARD_MIN // 2, STANDARD_MIN // 2), (STANDARD_MIN // 2, 0)], "1245.00"),
        ([(STANDARD_MIN + 600, STANDARD_MIN + 600)], "2490.00"),
        ([(480, 900)], "120.00"),
    ],
    ids=[
        "whole",
        "came in the middle",
        "was away",
        "a longer roster",
        "overtime is not normal time",
    ],
)
def test_the_minimum_wage_is_for_the_normal_time_that_was_worked(days, expected):
    worked = tuple(WorkedDay(f"2026-03-{n + 2:02}", *minutes) for n, minutes in enumerate(days))
    assert floor(days=worked) == D(expected)


@pytest.mark.parametrize("days", [(), (WorkedDay(DATE, 0, 0),)], ids=["no days", "a rest day"])
def test_who_only_worked_overtime_has_no_floor_to_reach(days):
    overtime = line(D(1), made=(Made(TimeClass.OT_RESTDAY, D(1), DATE),))
    made = statement(month(overtime, days=days, settings=MINIMUM, **earning("100")))
    assert made.floor is not None
    assert (made.floor.amount, made.gross, made.payable) == (D("0.00"), D("200.00"), True)


def test_it_can_be_the_rule_that_it_does_not_apply_to_who_was_away_but_to_a_newcomer_it_does():
    none = replace(MINIMUM, partial_month=PartialMonth.NONE)
    half = STANDARD_MIN // 2
    assert floor(settings=none, days=(WorkedDay(DATE, STANDARD_MIN, half),)) == 0
    assert floor(settings=none, days=(WorkedDay(DATE, half, half),)) == D("1245.00")


def test_a_minimum_wage_that_rises_in_the_month_counts_by_the_days():
    book = replace(month().book, settings=(MINIMUM, replace(MINIMUM, valid_from=NEXT, minimum_month=D(2656))))
    days = (WorkedDay(DATE, STANDARD_MIN // 4, STANDARD_MIN // 4), WorkedDay(NEXT, *(STANDARD_MIN * 3 // 4,) * 2))
    made = statement(month(book=book, days=days))
    assert made.floor is not None
    assert made.floor.amount == D("622.50") + D("1992.00")


def test_a_day_without_normal_time_needs_no_minimum_wage():
    before = WorkedDay("2026-03-01", 0, 0)
    days = (before, WorkedDay(DATE, STANDARD_MIN, STANDARD_MIN))
    assert floor(settings=replace(MINIMUM, valid_from=DATE), days=days) == D("2490.00")


def test_of_part_time_it_is_one_by_the_hour():
    terms = replace(TERMS, hours=HoursSystem.PART_TIME)
    days = (WorkedDay(DATE, 240, 90), WorkedDay(NEXT, 240, 240))
    assert floor(terms=terms, days=days, settings=replace(SETTINGS, minimum_hour=D(24))) == D("132.00")
    assert [each.why for each in statement(month(terms=terms)).held] == [Hold.NO_MINIMUM_WAGE]


def test_what_counts_towards_it_is_pay_for_normal_time_and_bonus():
    made = statement(
        month(
            line(D(1), 1),
            line(D(1), 2, made=(Made(TimeClass.OT_WORKDAY, D(1), DATE),)),
            settings=replace(MINIMUM, night=NightBasis.PER_SHIFT, night_per_shift=D(15)),
            days=(WorkedDay(DATE, STANDARD_MIN, STANDARD_MIN, night_min=60),),
            waits=(Waiting("w", DATE, 60, "no material"),),
            bonuses=(Bonus("b", D(50), D(100)),),
            allowances=(Allowance("heat", D(7), "heat", special=True), Allowance("meal", D(9), "meal")),
            leave=(PaidLeave("l", NEXT, D(1), D(160)),),
            holidays=(LAST_DAY,),
            **earning("1000"),
        )
    )
    assert made.comparable == 1000 + 20 + 50 + 9 + 160 + 160
    assert topup(made) == 2490 - made.comparable
    assert made.gross == 2490 + 1500 + 15 + 7


@pytest.mark.parametrize(("insurance", "expected"), [(D(300), "2700.00"), (None, None)])
def test_a_place_may_leave_social_insurance_out_of_the_comparison(insurance, expected):
    settings = replace(MINIMUM, minimum_without_insurance=True)
    made = statement(month(line(D(1)), settings=settings, insurance=insurance, **earning("3000")))
    assert ([each.why for each in made.held] == [Hold.NO_INSURANCE]) is (expected is None)
    assert expected is None or made.comparable == D(expected)


# --- guarantees, base, probation --------------------------------------------------------------------


def test_a_days_guarantee_is_cut_for_a_day_that_was_not_worked_whole():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(120), fixed_per=Per.DAY)
    days = (WorkedDay(DATE, 480, 360), WorkedDay(NEXT, 480, 0))
    made = statement(month(line(D(1)), terms=terms, days=days, **earning("80")))
    assert [(each.work_date, each.amount) for each in of(made, Kind.GUARANTEE_TOPUP)] == [(DATE, D("10.00"))]


def test_overtime_and_bonus_fill_up_no_guarantee():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(3000))
    overtime = line(D(1), made=(Made(TimeClass.OT_WORKDAY, D(1), DATE),))
    made = statement(month(overtime, terms=terms, bonuses=(Bonus("b", D(50), D(100)),), **earning("100")))
    assert [each.amount for each in of(made, Kind.GUARANTEE_TOPUP)] == [D("3000.00")]


def test_overtime_of_a_day_fills_up_no_guarantee_of_that_day():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(120), fixed_per=Per.DAY)
    both = (Made(TimeClass.NORMAL, D(1), DATE), Made(TimeClass.OT_WORKDAY, D(1), DATE))
    days = (WorkedDay(DATE, 480, 480),)
    made = statement(month(line(D(2), made=both), terms=terms, days=days, **earning("100")))
    assert [each.amount for each in of(made, Kind.GUARANTEE_TOPUP)] == [D("20.00")]


@pytest.mark.parametrize("scheme", [Scheme.PIECE, Scheme.TEAM_POOL])
def test_an_amount_that_the_scheme_has_no_use_for_guarantees_nothing(scheme):
    made = statement(month(line(D(1)), terms=replace(TERMS, scheme=scheme, fixed=D(3000)), **earning("100")))
    assert of(made, Kind.GUARANTEE_TOPUP) == []


def test_a_month_guarantee_goes_by_the_time_that_was_worked():
    terms = replace(TERMS, scheme=Scheme.GUARANTEED, fixed=D(3000))
    days = (WorkedDay(DATE, STANDARD_MIN, STANDARD_MIN // 2),)
    made = statement(month(line(D(1)), terms=terms, days=days, **earning("900")))
    assert [each.amount for each in of(made, Kind.GUARANTEE_TOPUP)] == [D("600.00")]
    none = replace(SETTINGS, partial_month=PartialMonth.NONE)
    made = statement(month(line(D(1)), terms=terms, days=days, settings=none, **earning("900")))
    assert of(made, Kind.GUARANTEE_TOPUP) == []


@pytest.mark.parametrize(
    ("per", "days", "paid"),
    [
        (Per.DAY, [(480, 480), (480, 240), (480, 0), (0, 300)], "120.00"),
        (Per.MONTH, [(STANDARD_MIN, STANDARD_MIN // 4)], "20.00"),
    ],
)
def test_a_base_is_paid_beside_the_pieces_for_the_time_that_was_worked(per, days, paid):
    terms = replace(TERMS, scheme=Scheme.BASE_AND_PIECE, fixed=D(80), fixed_per=per)
    worked = tuple(WorkedDay(f"2026-03-{n + 2:02}", *minutes) for n, minutes in enumerate(days))
    made = statement(month(line(D(1)), terms=terms, days=worked, **earning("500")))
    assert [each.amount for each in of(made, Kind.BASE)] == [D(paid)]
    assert made.gross == 500 + D(paid)


def test_a_days_guarantee_in_training_is_for_the_first_days_only_and_the_higher_one_counts():
    terms = Terms(
        LONG_AGO, Scheme.GUARANTEED, fixed=D(100), fixed_per=Per.DAY, training_days=2, training_guarantee=D(130)
    )
    days = tuple(WorkedDay(f"2026-03-{n:02}", 480, 480, number=n) for n in (1, 2, 3))
    made = statement(month(terms=terms, days=(*days, WorkedDay("2026-03-04", 480, 480))))
    assert [each.amount for each in of(made, Kind.GUARANTEE_TOPUP)] == [D(130), D(130), D(100), D(100)]


def test_probation_counts_for_the_days_of_it():
    terms = replace(TERMS, contract_month=D(4000), probation_from="2026-01-01", probation_until=DATE)
    half = STANDARD_MIN // 2
    days = (WorkedDay(DATE, half, half), WorkedDay(NEXT, half, half))
    made = statement(month(line(D(1)), terms=terms, days=days, settings=MINIMUM, **earning("2000")))
    assert [(each.kind, each.amount) for each in of(made, Kind.PROBATION_TOPUP, Kind.MINIMUM_TOPUP)] == [
        (Kind.PROBATION_TOPUP, D("845.00"))
    ]
    assert [each.why for each in statement(month(terms=replace(terms, contract_month=None))).held] == [
        Hold.NO_CONTRACT_WAGE
    ]


# --- time that is paid ------------------------------------------------------------------------------


def test_waiting_is_paid_by_the_contracts_hour_with_its_reason():
    wait = Waiting("w", DATE, 100, "no material", (("box", 1, 9),))
    (item,) = of(statement(month(waits=(wait,))), Kind.WAITING)
    assert (item.amount, item.text, item.facts) == (D("33.33"), "no material", wait.facts)


@pytest.mark.parametrize("more", [{"waits": (Waiting("w", DATE, 60, ""),)}, {"holidays": (LAST_DAY,)}])
def test_without_a_contract_wage_such_time_is_held(more):
    made = statement(month(terms=Terms(LONG_AGO), **more))
    assert {each.why for each in made.held} == {Hold.NO_CONTRACT_WAGE}


def test_holidays_are_paid_together_and_a_monthly_base_has_its_own_part_of_them():
    piece = statement(month(holidays=("2026-10-01", "2026-10-02", "2026-10-02", "2026-10-03")))
    assert [each.amount for each in of(piece, Kind.PAID_HOLIDAY)] == [D("480.00")]
    based = replace(TERMS, scheme=Scheme.BASE_AND_PIECE, fixed=D(1740))
    for per, paid in ((Per.MONTH, "80.00"), (Per.DAY, "160.00")):
        made = statement(month(holidays=("2026-10-01",), terms=replace(based, fixed_per=per)))
        assert [each.amount for each in of(made, Kind.PAID_HOLIDAY)] == [D(paid)]


def test_a_long_stop_is_paid_by_a_part_of_the_minimum_wage_and_not_topped_up():
    half = STANDARD_MIN // 2
    days = (WorkedDay(DATE, STANDARD_MIN, half),)
    made = statement(
        month(
            line(D(1)), settings=MINIMUM, days=days, long_stops=(LongStop("s", half, "no orders"),), **earning("1245")
        )
    )
    assert [each.amount for each in of(made, Kind.LIVING_ALLOWANCE)] == [D("996.00")]
    assert (topup(made), made.gross) == (D(0), D("2241.00"))


def test_a_stop_is_no_absence_of_ones_own():
    half = STANDARD_MIN // 2
    none = replace(MINIMUM, partial_month=PartialMonth.NONE)
    stops = (LongStop("s", half, "no orders"),)
    assert floor(settings=none, days=(WorkedDay(DATE, STANDARD_MIN, half),), long_stops=stops) == D("1245.00")


def test_a_period_without_hours_beyond_its_own_has_no_line_of_overtime():
    hours = PeriodHours("2026-Q1", D(500), D(500), D(0))
    made = statement(month(period_hours=(hours,)))
    assert of(made, Kind.HOURS_OVERTIME) == []


def test_hours_of_a_period_whose_pieces_are_paid_already_get_what_is_missing():
    hours = PeriodHours("Q1", D(496), D(520), D(8))
    made = statement(month(period_hours=(hours,), terms=replace(TERMS, hours=HoursSystem.COMPREHENSIVE)))
    assert [each.amount for each in of(made, Kind.HOURS_OVERTIME)] == [D("160.00"), D("320.00")]
    assert made.comparable == 0


@pytest.mark.parametrize(
    ("begin", "end", "window", "minutes"),
    [
        ("02T20:00", "03T08:00", (1320, 360), 480),
        ("02T22:00", "03T06:00", (1320, 360), 480),
        ("02T08:00", "02T22:00", (1320, 360), 0),
        ("02T00:00", "02T08:00", (1320, 360), 360),
        ("02T20:00", "04T00:00", (1320, 360), 600),
        ("02T00:30", "02T08:00", (0, 300), 270),
        ("02T22:00:40", "02T22:01:30", (1320, 360), 0),
    ],
)
def test_night_minutes_are_those_in_the_window(begin, end, window, minutes):
    came, went = (datetime.fromisoformat(f"2026-03-{each}") for each in (begin, end))
    assert night_minutes([(came, went)], *window) == minutes


def test_a_night_shift_has_enough_night_in_it_and_an_amount_that_was_entered():
    settings = replace(SETTINGS, night=NightBasis.PER_SHIFT, night_at_least=60, night_per_shift=D(15))
    days = (WorkedDay(DATE, 480, 480, night_min=59), WorkedDay(NEXT, 480, 480, night_min=60))
    (item,) = of(statement(month(days=days, settings=settings)), Kind.NIGHT_ALLOWANCE)
    assert (item.amount, item.documents) == (D("15.00"), (NEXT,))
    held = statement(month(days=days, settings=replace(settings, night_per_shift=None))).held
    assert [each.why for each in held] == [Hold.NO_AMOUNT]


def test_both_sets_of_constants_are_kept_with_their_dates():
    assert in_force(CONSTANTS, "2024-12-31") == of_year(365, 104, 11, "2008-01-03")
    assert in_force(CONSTANTS, "2025-01-01") == of_year(365, 104, 13, "2025-01-01")
    assert [each.work_days_month for each in CONSTANTS] == [D("20.83"), D("20.67")]
    assert [each.work_days_quarter for each in CONSTANTS] == [D("62.5"), D(62)]


def test_a_day_of_leave_is_the_average_of_the_months_before():
    assert leave_day_wage([D(4000), D(4700)]) == D("200.00")
    with pytest.raises(ValueError, match="no month"):
        leave_day_wage([])


# --- deductions -------------------------------------------------------------------------------------


def test_claims_share_one_limit_in_the_order_of_their_keys_and_carry_the_rest():
    claims = [Claim("2", D(500), ""), Claim("1", D(700), ""), Claim("3", D(10), "")]
    items, carried = deducted(claims, D(5000), D("0.20"), D(2500))
    assert [(each.key, each.amount) for each in items] == [("1", D(-700)), ("2", D(-300)), ("3", D(0))]
    assert carried == {"2": D(200), "3": D(10)}
    assert all(proven(each) for each in items)


def test_all_claims_together_leave_the_minimum_wage():
    items, carried = deducted([Claim("1", D(300), ""), Claim("2", D(300), "")], D(2900), D("0.20"), D(2500))
    assert ([each.amount for each in items], carried) == ([D(-300), D(-100)], {"2": D(200)})


def test_no_part_of_a_fen_passes_the_limit():
    items, _carried = deducted([Claim("c", D(900), "")], D("1234.59"), D("0.20"), D(100))
    assert items[0].amount == D("-246.91")


def test_a_claim_says_which_limits_it_was_held_against():
    made = statement(
        month(line(D(1)), settings=MINIMUM, claims=(Claim("c", D(900), "broken mould"),), **earning("3000"))
    )
    (item,) = of(made, Kind.DEDUCTION)
    assert [term[0].name for term in item.formula.terms] == [Name.CLAIM, Name.GROSS, Name.ABOVE_MINIMUM]
    assert (item.amount, item.text, made.net) == (D("-510.00"), "broken mould", D("2490.00"))
    assert made.carried == {"c": D("390.00")}


# --- settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"ot_workday": D("1.4")}, Fault.MULTIPLIER_BELOW_LAW),
        ({"ot_holiday": D("2.99")}, Fault.MULTIPLIER_BELOW_LAW),
        ({"deduction_cap": D("0.21")}, Fault.CAP_ABOVE_LAW),
        ({"probation_ratio": D("0.70")}, Fault.PROBATION_BELOW_LAW),
        ({"minimum_month": D(0)}, Fault.NOT_ABOVE_ZERO),
        ({"living_ratio": D("1.1")}, Fault.RATIO_OUT_OF_RANGE),
        ({"night": NightBasis.PER_HOUR}, Fault.AMOUNT_MISSING),
    ],
)
def test_settings_below_the_law_or_without_an_amount_say_so(changed, fault):
    assert faults(replace(SETTINGS, **changed)) == [fault]
    assert faults(SETTINGS) == []


def test_a_plant_may_deduct_nothing_at_all():
    assert faults(replace(SETTINGS, deduction_cap=D(0))) == []


def test_unless_it_is_said_otherwise_the_night_is_from_ten_to_six():
    assert (SETTINGS.night_from, SETTINGS.night_to) == (22 * 60, 6 * 60)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"training_ratio": D("0.70")}, Fault.PROBATION_BELOW_LAW),
        ({"training_ratio": D("1.1")}, Fault.RATIO_OUT_OF_RANGE),
        ({"training_days": -1}, Fault.RATIO_OUT_OF_RANGE),
        ({"contract_month": D(-1)}, Fault.NOT_ABOVE_ZERO),
        ({"training_guarantee": D(-1)}, Fault.NOT_ABOVE_ZERO),
        ({"scheme": Scheme.GUARANTEED}, Fault.AMOUNT_MISSING),
    ],
)
def test_terms_that_cannot_be_meant_say_so(changed, fault):
    assert terms_faults(replace(TERMS, **changed)) == [fault]
    assert terms_faults(TERMS) == []
