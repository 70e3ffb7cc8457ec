"""The parallel month: what a difference between a hand-kept sheet and ours is, by table."""

from decimal import Decimal
from typing import Any

import pytest

from hr.compare.comparison import Compared, Doubt, Field, Gap, OurDay, PaperRow, Verdict
from hr.compare.rules import compare

DAY = "2026-11-20"
WHOLE = OurDay(
    "key",
    "0317",
    "张三丰",
    DAY,
    pieces=100,
    minutes=480,
    amount=Decimal("22.00"),
    lines=(("gate-1", 1, 7),),
    has_taps=True,
)


def row(number: str = "0317", date: str = DAY, **figures: Any) -> PaperRow:
    return PaperRow(2, number, "", date, **figures)


def ours(**changes: Any) -> OurDay:
    return OurDay(**{**WHOLE.__dict__, **changes})


def one(paper: PaperRow, here: OurDay | None) -> Compared:
    (day,) = compare([paper], [] if here is None else [here], ["0317"]).days
    return day


@pytest.mark.parametrize(
    ("told", "here", "verdict", "gaps", "doubts"),
    [
        ({"pieces": 100}, WHOLE, Verdict.SAME, (), ()),
        ({"minutes": 480}, WHOLE, Verdict.SAME, (), ()),
        ({"amount": Decimal("22.00")}, WHOLE, Verdict.SAME, (), ()),
        ({}, WHOLE, Verdict.SAME, (), ()),
        ({"minutes": 495}, WHOLE, Verdict.SAME, (), ()),
        ({"minutes": 496}, WHOLE, Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 101}, WHOLE, Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 99}, WHOLE, Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 120}, ours(unsealed=20), Verdict.OURS_WRONG, (Gap.UNSEALED,), ()),
        ({"pieces": 90}, ours(unsealed=20), Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 110}, ours(unclaimed=10), Verdict.OURS_WRONG, (Gap.UNCLAIMED,), ()),
        ({"pieces": 111}, ours(unclaimed=10), Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 130}, ours(unsealed=20, unclaimed=10), Verdict.OURS_WRONG, (Gap.UNSEALED, Gap.UNCLAIMED), ()),
        ({"amount": Decimal("40.00")}, ours(unpriced=1), Verdict.OURS_WRONG, (Gap.UNPRICED,), ()),
        ({"pieces": 190}, ours(unproved=1), Verdict.OURS_WRONG, (Gap.DOES_NOT_ADD_UP,), ()),
        ({"minutes": 600}, ours(open=True), Verdict.OURS_WRONG, (Gap.OPEN_DAY,), ()),
        ({"pieces": 101}, ours(open=True), Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 101}, ours(estimated=True), Verdict.UNEXPLAINED, (), (Doubt.ESTIMATED,)),
        ({"pieces": 101}, ours(by_hand=True), Verdict.UNEXPLAINED, (), (Doubt.BY_HAND,)),
        ({"minutes": 600}, ours(unsure_time=True), Verdict.UNEXPLAINED, (), (Doubt.UNSURE_TIME,)),
        ({"pieces": 101}, ours(unsure_time=True), Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 100, "amount": Decimal("21.00")}, WHOLE, Verdict.UNEXPLAINED, (), (Doubt.PRICE,)),
        ({"amount": Decimal("21.00")}, ours(by_quantity=1), Verdict.UNEXPLAINED, (), (Doubt.BY_QUANTITY,)),
        ({"pieces": 101}, ours(by_quantity=1), Verdict.PAPER_WRONG, (), ()),
        ({"pieces": 50}, None, Verdict.UNEXPLAINED, (), (Doubt.NO_RECORD,)),
        ({"pieces": 0}, None, Verdict.SAME, (), ()),
        ({"minutes": 600}, ours(has_taps=False, minutes=0), Verdict.UNEXPLAINED, (), (Doubt.NO_RECORD,)),
    ],
)
def test_a_difference_is_what_the_record_allows_to_say(told, here, verdict, gaps, doubts):
    day = one(row(**told), here)
    assert day.verdict is verdict
    assert tuple(gap for each in day.differences for gap in each.gaps) == gaps
    assert tuple(doubt for each in day.differences for doubt in each.doubts) == doubts


def test_the_gravest_difference_of_a_day_is_its_verdict():
    day = one(row(pieces=120, minutes=600), ours(unsealed=20))
    assert [each.verdict for each in day.differences] == [Verdict.OURS_WRONG, Verdict.PAPER_WRONG]
    assert day.verdict is Verdict.OURS_WRONG


def test_rows_of_one_worker_and_day_are_added_up():
    made = compare([row(pieces=60), row(pieces=40)], [WHOLE], ["0317"])
    assert [(each.paper and each.paper.pieces, each.verdict) for each in made.days] == [(100, Verdict.SAME)]


def test_a_day_that_the_sheet_left_out_is_compared_with_nothing_made():
    other = ours(work_date="2026-11-19")
    made = compare([row(pieces=100), row(date="2026-11-18", pieces=0)], [WHOLE, other], ["0317"])
    left_out = {each.work_date: each for each in made.days}["2026-11-19"]
    assert left_out.paper is None
    assert [(each.field, each.paper, each.ours) for each in left_out.differences] == [(Field.PIECES, 0, 100)]


def test_people_and_dates_outside_the_sheet_are_left_out():
    strangers = [ours(number="0288", person="other"), ours(work_date="2026-12-01")]
    made = compare([row(pieces=100)], [WHOLE, *strangers], ["0317", "0288"])
    assert [each.number for each in made.days] == ["0317"]


def test_a_row_of_somebody_unknown_is_named_and_in_no_sum():
    made = compare([row(pieces=100), row("0999", amount=Decimal("5.00"))], [WHOLE], ["0317"])
    assert [each.number for each in made.unknown] == ["0999"]
    assert made.paper == 0


@pytest.mark.parametrize(
    ("people", "meant"),
    [
        (["0317"], "0317"),
        (["0317", "317"], "317"),
        (["0317", "00317"], None),
        (["0318"], None),
    ],
)
def test_a_number_that_has_lost_its_noughts_is_found_where_one_person_can_be_meant(people, meant):
    made = compare([row("317", pieces=100)], [], people)
    assert [each.number for each in made.days] == ([meant] if meant else [])
    assert [each.number for each in made.unknown] == ([] if meant else ["317"])


def test_the_sums_in_yuan_hold_every_worker_day_once():
    days = [ours(work_date=f"2026-11-{day}") for day in (18, 19, 20)]
    rows = [
        row(date="2026-11-18", amount=Decimal("22.00")),
        row(date="2026-11-19", amount=Decimal("25.00")),
        row(date="2026-11-20", amount=Decimal("30.00"), pieces=100),
    ]
    made = compare(rows, days, ["0317"])
    assert {each.verdict: (each.days, each.paper, each.ours, each.difference) for each in made.sums} == {
        Verdict.SAME: (1, Decimal("22.00"), Decimal("22.00"), Decimal("0.00")),
        Verdict.PAPER_WRONG: (1, Decimal("25.00"), Decimal("22.00"), Decimal("-3.00")),
        Verdict.OURS_WRONG: (0, 0, 0, 0),
        Verdict.UNEXPLAINED: (1, Decimal("30.00"), Decimal("22.00"), Decimal("-8.00")),
    }
    assert (made.paper, made.ours) == (Decimal("77.00"), Decimal("66.00"))


def test_an_empty_sheet_compares_nothing():
    assert compare([], [WHOLE], ["0317"]).days == ()
