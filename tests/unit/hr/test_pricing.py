"""From sealed quantities to priced lines: prices, grades, tiers, time classes, and what has no price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hr.calendar.day_class import Calendar, DayClass, TimeClass, YearTable
from hr.pay.rules.items import Hold, Item, Kind, Name, proven
from hr.pay.rules.month import Book
from hr.pay.rules.overtime import OUTSIDE_US, ClassSegment, basis, beyond_quota, by_class, spread, time_class
from hr.pay.rules.pricing import of_team, pooled, priced
from hr.pay.rules.rates import Band, Made, Mode, Tariff
from hr.pay.rules.settings import Gate, Grade, HoursSystem, MidnightSplit, Per
from hr.pay.rules.statement import Statement, statement
from hr.pay.rules.tiers import Cliff, TariffFault, cliffs, faults, sliced
from tests.wages import DATE, ITEM, LONG_AGO, SETTINGS, TERMS, line, month, of

D = Decimal
HOUR_US = 3_600_000_000
PRICE = Tariff(LONG_AGO, D("0.3500"))
BANDS = (Band(D(500), D("0.50")), Band(D(800), D("0.60")), Band(None, D("0.70")))
NORMAL, OT, REST, HOLIDAY = TimeClass


def pieces(made: Statement) -> list[Item]:
    return of(made, Kind.PIECE)


def made(*parts: tuple[TimeClass | None, int], **more: Any) -> tuple[Made, ...]:
    return tuple(replace(Made(each, D(number), DATE), **more) for each, number in parts)


# --- a line -----------------------------------------------------------------------------------------


def test_a_line_says_every_factor_of_its_amount():
    terms = replace(TERMS, training_ratio=D("0.80"), training_until=DATE)
    tariffs = [Tariff(LONG_AGO, D("35.0000"), price_per=D(100))]
    grades = [Grade(LONG_AGO, "B", D("1.15"))]
    own = line(D(480), made=made((OT, 480)))
    (item,) = pieces(statement(month(own, tariffs=tariffs, terms=terms, grades=grades)))
    assert {factor.name: (factor.value, factor.over) for factor in item.formula.terms[0]} == {
        Name.QUANTITY: (D(480), False),
        Name.UNIT_PRICE: (D("35.0000"), False),
        Name.SKILL_COEFFICIENT: (D("1.15"), False),
        Name.TRAINING_RATIO: (D("0.80"), False),
        Name.MULTIPLIER: (D("1.5"), False),
        Name.PRICE_PER: (D(100), True),
    }
    assert item.amount == D("231.84")
    assert proven(item)
    assert (item.facts, item.since, item.work_date) == ((own.fact,), LONG_AGO, DATE)


def test_sealed_quantities_of_one_day_and_price_are_one_line_rounded_once():
    own = [line(D(33), number) for number in range(3)]
    (item,) = pieces(statement(month(*own, tariffs=[Tariff(LONG_AGO, D("0.0350"))])))
    assert item.amount == D("3.47")
    assert item.facts == tuple(each.fact for each in own)


@pytest.mark.parametrize("price", ["0.03505", "0.0001", "0.123456"])
def test_a_price_keeps_all_its_decimals(price: str):
    (item,) = pieces(statement(month(line(D(100_000)), tariffs=[Tariff(LONG_AGO, D(price))])))
    assert item.amount == D(price) * 100_000


@pytest.mark.parametrize(
    ("settings", "paid"),
    [(SETTINGS, "380.00"), (replace(SETTINGS, pay_material_scrap=True), "392.00")],
    ids=["only good", "and scrap by material"],
)
def test_scrap_by_labour_and_pending_rework_are_never_paid(settings, paid):
    own = line(D(950), material_scrap=D(30), labour_scrap=D(20), rework=D(15), made=made((NORMAL, 1015)))
    (item,) = pieces(statement(month(own, tariffs=[Tariff(LONG_AGO, D("0.40"))], settings=settings)))
    assert item.amount == D(paid)


def test_a_sealed_quantity_without_a_good_piece_makes_no_line():
    done = statement(month(line(D(0), labour_scrap=D(20), made=made((NORMAL, 20))), tariffs=[PRICE]))
    assert (pieces(done), done.held) == ([], ())


def test_a_grade_counts_from_its_date_on():
    grades = [Grade("2026-03-03", "A", D("1.20")), Grade("2026-01-01", "B", D("1.10"))]
    own = [line(D(100), number, date) for number, date in enumerate(("2026-03-02", "2026-03-03"))]
    made_of = pieces(statement(month(*own, tariffs=[Tariff(LONG_AGO, D(1))], grades=grades)))
    assert [item.amount for item in made_of] == [D("110.00"), D("120.00")]


def test_a_price_of_its_work_date_counts_even_if_the_piece_was_made_after_midnight():
    tariffs = [PRICE, Tariff("2026-03-03", D("0.4000"))]
    after = replace(line(D(10)), made=(Made(NORMAL, D(10), "2026-03-03"),))
    (item,) = pieces(statement(month(after, tariffs=tariffs)))
    assert (item.since, item.amount) == (LONG_AGO, D("3.50"))


# --- what is held -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "more", "why"),
    [
        (line(D(7)), {"tariffs": [Tariff("2026-03-03", D(1))]}, Hold.UNPRICED),
        (line(D(7), made=made((None, 7), hold=Hold.UNCLASSIFIED)), {}, Hold.UNCLASSIFIED),
        (line(D(7), made=made((OT, 7), hold=Hold.OVERTIME_UNDECIDED)), {}, Hold.OVERTIME_UNDECIDED),
        (line(D(7), made=()), {}, Hold.NO_ATTENDANCE),
        (line(D(7), proven=False), {}, Hold.UNPROVEN),
        (line(D(7)), {"terms": replace(TERMS, valid_from="2026-03-03")}, Hold.NO_TERMS),
        (line(D(7)), {"settings": replace(SETTINGS, valid_from="2026-03-03")}, Hold.NO_SETTINGS),
        (line(D(7)), {"grades": [Grade("2026-03-03", "A", D(2))]}, Hold.NO_GRADE),
        (line(D(7), made=made((OT, 7))), {"settings": replace(SETTINGS, gate=Gate.QUOTA)}, Hold.NO_QUOTA),
    ],
    ids=lambda each: each.value if isinstance(each, Hold) else "",
)
def test_pieces_that_cannot_be_priced_are_held_with_their_number_and_not_paid(own, more, why):
    done = statement(month(own, **({"tariffs": [PRICE]} | more)))
    held = [each for each in done.held if own.fact in each.facts]
    assert [(each.why, each.quantity, each.work_date) for each in held] == [(why, D(7), DATE)]
    assert pieces(done) == []
    assert not done.payable


def test_only_the_pieces_without_a_class_are_held_and_the_others_priced():
    own = line(D(10), made=(Made(NORMAL, D(6), DATE), Made(None, D(4), "2027-01-01", hold=Hold.UNCLASSIFIED)))
    done = statement(month(own, tariffs=[Tariff(LONG_AGO, D(1))]))
    assert [item.amount for item in pieces(done)] == [D("6.00")]
    assert [(each.why, each.quantity) for each in done.held] == [(Hold.UNCLASSIFIED, D(4))]


@pytest.mark.parametrize("system", [HoursSystem.UNTIMED, HoursSystem.COMPREHENSIVE])
def test_where_hours_have_no_daily_overtime_pieces_have_the_plain_price(system):
    own = line(D(10), made=(*made((HOLIDAY, 4)), Made(None, D(6), DATE, hold=Hold.UNCLASSIFIED)))
    done = statement(month(own, tariffs=[Tariff(LONG_AGO, D(1))], terms=replace(TERMS, hours=system)))
    assert [item.amount for item in pieces(done)] == [D("10.00")]
    assert done.payable


# --- tiers and quotas -------------------------------------------------------------------------------


def test_marginal_bands_are_filled_by_normal_pieces_first_and_overtime_goes_on_from_there():
    tariff = Tariff(LONG_AGO, D(0), mode=Mode.MARGINAL, bands=BANDS)
    own = [line(D(300), 1, made=made((OT, 300))), line(D(600), 2, made=made((NORMAL, 600)))]
    normal, overtime = pieces(statement(month(*own, tariffs=[tariff])))
    assert normal.amount == D("250") + D("60")
    assert overtime.amount == (200 * D("0.60") + 100 * D("0.70")) * D("1.5")


def test_each_quantity_goes_on_in_the_band_where_the_last_one_ended():
    cut = sliced(Tariff(LONG_AGO, D(0), mode=Mode.MARGINAL, bands=BANDS), [D(300), D(0), D(300), D(300)])
    assert [[(each.quantity, each.price) for each in slices] for slices in cut] == [
        [(D(300), D("0.50"))],
        [],
        [(D(200), D("0.50")), (D(100), D("0.60"))],
        [(D(200), D("0.60")), (D(100), D("0.70"))],
    ]


@pytest.mark.parametrize(("per", "paid"), [(Per.DAY, "400.00"), (Per.MONTH, "430.00")])
def test_bands_count_the_day_or_the_month(per, paid):
    tariff = Tariff(LONG_AGO, D(0), mode=Mode.MARGINAL, bands=BANDS, per=per)
    own = [line(D(400), 1, "2026-03-02"), line(D(400), 2, "2026-03-03")]
    items = pieces(statement(month(*own, tariffs=[tariff])))
    assert sum(item.amount for item in items) == D(paid)
    assert [item.work_date for item in items] == ["2026-03-02", "2026-03-03"]


def test_the_base_of_a_quota_is_due_once_a_day_and_the_pieces_within_it_are_seen():
    tariff = Tariff(LONG_AGO, D("0.45"), mode=Mode.OVER_QUOTA, quota=D(400), base=D(120))
    own = [line(D(300), 1), line(D(185), 2), line(D(100), 3, "2026-03-03")]
    done = statement(month(*own, tariffs=[tariff]))
    assert [item.amount for item in of(done, Kind.BASE)] == [D("120.00"), D("120.00")]
    assert [item.amount for item in pieces(done)] == [D("38.25"), D("0.00")]
    assert [[term[0].value for term in item.formula.terms] for item in pieces(done)] == [[400, 85], [100]]
    assert [item.kind for item in done.items] == [Kind.PIECE, Kind.PIECE, Kind.BASE, Kind.BASE]


def test_a_whole_price_says_where_it_jumps():
    tariff = Tariff(LONG_AGO, D(0), mode=Mode.WHOLE, bands=BANDS)
    assert cliffs(tariff) == [Cliff(D(500), D("250.00"), D("300.60")), Cliff(D(800), D("480.00"), D("560.70"))]
    assert cliffs(tariff)[1].jump == D("80.70")
    assert cliffs(replace(tariff, mode=Mode.MARGINAL)) == []


@pytest.mark.parametrize(
    ("tariff", "fault"),
    [
        (Tariff(LONG_AGO, D(0)), TariffFault.PRICE_NOT_ABOVE_ZERO),
        (Tariff(LONG_AGO, D(1), price_per=D(0)), TariffFault.PRICE_PER_NOT_ABOVE_ZERO),
        (Tariff(LONG_AGO, D(1), mode=Mode.WHOLE), TariffFault.BANDS_MISSING),
        (Tariff(LONG_AGO, D(1), mode=Mode.WHOLE, bands=BANDS[:2]), TariffFault.BANDS_NOT_RISING),
        (Tariff(LONG_AGO, D(1), mode=Mode.WHOLE, bands=(*BANDS[1::-1], BANDS[2])), TariffFault.BANDS_NOT_RISING),
        (Tariff(LONG_AGO, D(1), mode=Mode.MARGINAL, bands=(BANDS[0], *BANDS)), TariffFault.BANDS_NOT_RISING),
        (Tariff(LONG_AGO, D(1), mode=Mode.MARGINAL, bands=(BANDS[2], *BANDS)), TariffFault.BANDS_NOT_RISING),
        (Tariff(LONG_AGO, D(1), mode=Mode.CAPPED), TariffFault.QUOTA_MISSING),
        (Tariff(LONG_AGO, D(1), mode=Mode.OVER_QUOTA, quota=D(1), base=D(-1)), TariffFault.BASE_BELOW_ZERO),
    ],
)
def test_a_price_that_cannot_be_used_says_why(tariff, fault):
    assert fault in faults(tariff)


def test_good_prices_have_no_fault():
    good = [PRICE, Tariff(LONG_AGO, D(0), mode=Mode.WHOLE, bands=BANDS), replace(PRICE, mode=Mode.CAPPED, quota=D(9))]
    assert [faults(each) for each in good] == [[], [], []]


def test_each_slice_of_a_capped_quantity_is_there():
    ((first, beyond),) = sliced(replace(PRICE, mode=Mode.CAPPED, quota=D(500)), [D(530)])
    assert (first.quantity, first.price, beyond.quantity, beyond.price) == (D(500), D("0.3500"), D(30), D(0))


# --- time classes -----------------------------------------------------------------------------------

SHIFT = [
    ClassSegment(8 * HOUR_US, 12 * HOUR_US, NORMAL, DATE),
    ClassSegment(13 * HOUR_US, 17 * HOUR_US, NORMAL, DATE),
    ClassSegment(18 * HOUR_US, 20 * HOUR_US, OT, DATE),
]


@pytest.mark.parametrize(
    ("at_us", "time_class"),
    [
        (8 * HOUR_US, NORMAL),
        (17 * HOUR_US, NORMAL),
        (18 * HOUR_US, NORMAL),
        (18 * HOUR_US + 1, OT),
        (20 * HOUR_US + OUTSIDE_US, OT),
        (8 * HOUR_US - OUTSIDE_US, NORMAL),
    ],
    ids=["at the start", "at the end", "counted when overtime begins", "in it", "a late log-off", "an early start"],
)
def test_a_record_is_of_the_class_in_which_it_ended(at_us, time_class):
    (found,) = by_class([(at_us, 5)], SHIFT[::-1], DATE)
    assert (found.time_class, found.quantity, found.hold) == (time_class, D(5), None)


@pytest.mark.parametrize("at_us", [8 * HOUR_US - OUTSIDE_US - 1, 20 * HOUR_US + OUTSIDE_US + 1])
def test_a_record_far_outside_the_working_time_has_no_class(at_us):
    (found,) = by_class([(at_us, 5)], SHIFT, DATE)
    assert (found.time_class, found.hold) == (None, Hold.NO_ATTENDANCE)


def test_pieces_of_one_seal_fall_on_several_classes():
    found = by_class([(9 * HOUR_US, 40), (19 * HOUR_US, 7), (10 * HOUR_US, 2)], SHIFT, DATE)
    assert [(each.time_class, each.quantity) for each in found] == [(NORMAL, D(42)), (OT, D(7))]


def test_undecided_and_unclassified_stretches_say_why():
    odd = [replace(SHIFT[0], time_class=None), replace(SHIFT[2], undecided=True)]
    found = by_class([(9 * HOUR_US, 1), (19 * HOUR_US, 1)], odd, DATE)
    assert [each.hold for each in found] == [Hold.UNCLASSIFIED, Hold.OVERTIME_UNDECIDED]


@pytest.mark.parametrize(
    ("payable", "counted", "parts"),
    [
        ("100", (60, 40), [60, 40]),
        ("98", (60, 40), [59, 39]),
        ("1", (50, 50), [1, 0]),
        ("0", (60, 40), [0, 0]),
        ("12.345", (2, 1), [D("8.230"), D("4.115")]),
        ("5", (0, 0), [3, 2]),
    ],
)
def test_good_pieces_are_spread_like_the_counted_ones_and_none_is_lost(payable, counted, parts):
    found = spread(D(payable), made((NORMAL, counted[0]), (OT, counted[1])))
    assert [part for _made, part in found] == parts


def test_who_made_half_of_two_quotas_has_made_one():
    normal = [(D(200), D(400)), (D(45), D(100))]
    assert beyond_quota(normal, [(D(15), D(100)), (D(30), D(400))]) == [(D(5), D(10)), (D(0), D(30))]


def test_what_completes_a_quota_is_taken_off_what_the_next_operation_may_complete():
    assert beyond_quota([(D(50), D(100))], [(D(60), D(200)), (D(60), D(100))]) == [(D(60), D(0)), (D(20), D(40))]


def test_what_was_made_beyond_the_quota_before_is_not_taken_off_again():
    assert beyond_quota([(D(500), D(400))], [(D(60), D(400))]) == [(D(0), D(60))]


def test_the_piece_that_completes_a_quota_is_not_cut():
    assert beyond_quota([(D(1), D(3))], [(D(10), D(10))]) == [(D(7), D(3))]


def test_a_rest_day_for_which_another_is_given_is_paid_plainly_and_is_normal_work():
    own = line(D(350), made=made((REST, 350), comp_leave=True))
    (item,) = pieces(statement(month(own, tariffs=[Tariff(LONG_AGO, D("0.5"))])))
    assert (item.amount, item.comparable) == (D("175.00"), True)


@pytest.mark.parametrize(("each", "comparable"), [(NORMAL, True), (OT, False), (REST, False), (HOLIDAY, False)])
def test_overtime_does_not_count_towards_the_minimum_wage(each, comparable):
    (item,) = pieces(statement(month(line(D(1), made=made((each, 1))), tariffs=[PRICE])))
    assert item.comparable is comparable


YEAR = Calendar((YearTable(2026, {"2026-10-01": "国庆节"}, frozenset({"2026-10-02"}), frozenset()),))


@pytest.mark.parametrize(
    ("work_date", "calendar_date", "split", "day_class"),
    [
        ("2026-09-30", "2026-10-01", MidnightSplit.CALENDAR, DayClass.STATUTORY),
        ("2026-09-30", "2026-10-01", MidnightSplit.WORK_DATE, DayClass.WORKDAY),
        ("2026-10-01", "2026-10-02", MidnightSplit.CALENDAR, DayClass.RESTDAY),
        ("2026-10-01", "2026-10-02", MidnightSplit.WORK_DATE, DayClass.STATUTORY),
        ("2026-12-31", "2027-01-01", MidnightSplit.CALENDAR, None),
        ("2026-12-31", "2027-01-01", MidnightSplit.WORK_DATE, DayClass.WORKDAY),
    ],
)
def test_midnight_ends_a_statutory_day_unless_the_rule_is_the_date_of_the_shift(
    work_date, calendar_date, split, day_class
):
    assert basis(YEAR, work_date, calendar_date, split) is day_class


def test_time_beyond_the_hours_of_a_work_day_is_overtime_and_an_unknown_day_has_no_class():
    assert time_class(DayClass.WORKDAY, beyond=True) is OT
    assert time_class(DayClass.WORKDAY, beyond=False) is NORMAL
    assert {time_class(DayClass.RESTDAY, beyond=each) for each in (True, False)} == {REST}
    assert time_class(None, beyond=True) is None


# --- what a team's pool holds -----------------------------------------------------------------------


def test_a_pool_holds_the_plain_price_of_its_lines_by_date_and_class():
    own = [line(D(10), 1), line(D(20), 2, made=made((OT, 20))), line(D(30), 3)]
    found = priced(own, Book({ITEM: (Tariff(LONG_AGO, D(1)),)}, (SETTINGS,)), of_team)
    assert pooled(found.items) == {
        (DATE, NORMAL): (D("40.00"), (own[0].fact, own[2].fact)),
        (DATE, OT): (D("30.00"), (own[1].fact,)),
    }
