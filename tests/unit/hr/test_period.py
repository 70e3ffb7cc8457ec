"""A month of pay as rules: its states, what keeps it open, its sums, and what somebody should look at."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr.calendar.day_class import TimeClass
from hr.pay.periods.period import (
    _COLUMN,
    Column,
    Entry,
    Obstacle,
    Row,
    State,
    Step,
    Why,
    WorkTime,
    after,
    canonical,
    days_of,
    linked,
    next_month,
    of_rows,
    of_time,
    open_month,
    row_of,
    sums_of,
)
from hr.pay.periods.review import Remark, differences
from hr.pay.rules.items import Held, Hold, Kind
from tests.unit.hr.ledgers import MONTH, entry, pieces, statement


def test_a_month_is_reviewed_before_it_is_closed():
    assert after(State.DRAFT, Step.REVIEW) is State.REVIEW
    assert after(State.REVIEW, Step.BACK) is State.DRAFT
    assert after(State.REVIEW, Step.CLOSE) is State.CLOSED
    assert after(State.DRAFT, Step.CLOSE) is None


@pytest.mark.parametrize("step", Step)
def test_nothing_leads_out_of_a_closed_month(step: Step):
    assert after(State.CLOSED, step) is None


def test_months_go_on_over_the_end_of_a_year():
    assert next_month("2026-12") == "2027-01"
    assert next_month("2026-01", -1) == "2025-12"
    assert days_of("2028-02") == ("2028-02-01", "2028-02-29")


def test_a_correction_goes_to_the_first_month_that_is_open():
    assert open_month(["2026-10", "2026-11"], "2026-10") == "2026-12"
    assert open_month([], "2026-10") == "2026-10"


def test_a_month_is_closed_once_it_is_over():
    assert Why.NOT_OVER in {each.why for each in of_time(MONTH, "2026-10-31", State.REVIEW, [])}
    assert of_time(MONTH, "2026-11-01", State.REVIEW, []) == []


def test_months_are_closed_in_their_order():
    assert of_time(MONTH, "2026-12-01", State.REVIEW, ["2026-08"]) == [Obstacle(Why.EARLIER_OPEN, month="2026-09")]
    assert of_time(MONTH, "2026-12-01", State.REVIEW, ["2026-08", "2026-09"]) == []


def test_what_is_held_keeps_a_month_open_and_is_counted_by_its_reason():
    rows = [row_of(entry("a", [], held=True)), row_of(entry("b", [], held=True)), row_of(entry("c", []))]
    assert of_rows(rows) == [Obstacle(Why.HELD, 2, Hold.UNPRICED)]
    assert of_rows([]) == [Obstacle(Why.NOBODY)]


def test_a_setting_that_is_missing_is_one_obstacle_with_its_people_and_hides_no_other():
    lines = [Held(Hold.NO_SETTINGS, work_date=f"2026-10-{day:02d}") for day in (20, 9, 12)]
    minimum = Held(Hold.NO_MINIMUM_WAGE, work_date="2026-10-31", setting="minimum_month")
    night = Held(Hold.NO_AMOUNT, work_date="2026-10-14", setting="night")
    rows = [
        row_of(Entry("a", "A", "", WorkTime(), statement("a", [], [*lines, Held(Hold.UNPRICED)]))),
        row_of(Entry("b", "B", "", WorkTime(), statement("b", [], [minimum, night]))),
    ]
    assert of_rows(rows[:1])[0].since == "2026-10-09"
    assert of_rows(rows) == [
        Obstacle(Why.NO_SETTING, 2, setting="minimum_month", since="2026-10-01"),
        Obstacle(Why.NO_SETTING, 1, setting="night", since="2026-10-14"),
        Obstacle(Why.HELD, 1, Hold.UNPRICED),
    ]
    assert [row.waits for row in rows] == [2, 2]


def test_every_kind_of_amount_has_a_column():
    assert set(_COLUMN) == set(Kind)


items = st.lists(
    st.builds(
        pieces,
        st.integers(1, 31).map(lambda day: f"2026-10-{day:02d}"),
        st.integers(0, 5000),
        st.sampled_from(["0.0125", "0.4000", "1.2345"]),
        st.sampled_from(TimeClass),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(st.lists(items, max_size=5))
def test_the_columns_of_a_row_are_its_net_and_the_rows_are_the_last_line(months: list[Any]):
    rows = [row_of(entry(f"p{place}", made)) for place, made in enumerate(months)]
    for row in rows:
        assert sum(row.amounts.values(), Decimal(0)) == row.net == row.gross
    sums = sums_of(rows)
    assert sum(sums.amounts.values(), Decimal(0)) == sums.net == sum((row.net for row in rows), Decimal(0))


def test_overtime_has_a_column_of_its_own():
    made = [pieces("2026-10-09", 100), pieces("2026-10-10", 10, time_class=TimeClass.OT_RESTDAY)]
    row = row_of(entry("a", made))
    assert (row.amount(Column.PIECES), row.amount(Column.OVERTIME), row.pieces) == (
        Decimal(40),
        Decimal(4),
        Decimal(110),
    )


def test_an_entry_is_the_same_after_it_was_kept():
    kept = entry("a", [pieces("2026-10-09", 100)], held=True)
    assert msgspec.json.decode(canonical(kept), type=Entry) == kept
    assert msgspec.json.decode(canonical(row_of(kept)), type=Row) == row_of(kept)
    assert canonical(msgspec.json.decode(canonical(kept), type=Entry)) == canonical(kept)


def test_each_hash_is_over_the_one_before_and_the_content():
    first = linked("", b"{}")
    assert first == sha256(b"{}").hexdigest()
    assert linked(first, b"{}") == sha256(first.encode() + b"{}").hexdigest() != first


# --- the review -------------------------------------------------------------------------------------


def row(person: str, net: int, **more: Any) -> Row:
    made = row_of(entry(person, [pieces("2026-10-09", net, "1.0000")]))
    return replace(made, **more)


def remarks(before: list[Row], now: list[Row]) -> dict[str, set[Remark]]:
    return {each.row.person: set(each.remarks) for each in differences(before, now)}


def test_a_month_that_is_a_third_more_or_less_is_named():
    before = [row("a", 1000), row("b", 1000), row("c", 1000)]
    assert remarks(before, [row("a", 1300), row("b", 700), row("c", 1299)]) == {
        "a": {Remark.MORE},
        "b": {Remark.LESS},
        "c": set(),
    }


def test_who_came_and_who_went_is_named():
    assert remarks([row("a", 1000)], [row("b", 1000)]) == {"a": {Remark.GONE}, "b": {Remark.NEW}}


def test_without_a_month_before_nobody_is_new():
    assert remarks([], [row("a", 1000)]) == {"a": set()}


def test_an_hour_worth_twice_the_middle_of_the_team_is_named_in_a_team_of_five():
    team = [row(name, 1000) for name in "abcd"]
    assert remarks([], [*team, row("e", 2000)])["e"] == {Remark.HIGH_HOUR}
    assert remarks([], [*team, row("e", 500)])["e"] == {Remark.LOW_HOUR}
    assert remarks([], [*team[1:], row("e", 2000)])["e"] == set()
    assert remarks([], [*team, row("e", 2000, team="B")])["e"] == set()


def test_an_hours_worth_is_of_the_time_that_it_took():
    team = [row(name, 1000) for name in "abcd"]
    assert remarks([], [*team, row("e", 1000, work=WorkTime(22, {TimeClass.NORMAL: 5_000}))])["e"] == {Remark.HIGH_HOUR}
    assert remarks([], [*team, row("e", 1000, work=WorkTime(22, {TimeClass.NORMAL: 20_000}))])["e"] == {Remark.LOW_HOUR}


def test_what_moved_is_told_by_column_of_who_came_and_who_went_too():
    found = differences([row("a", 1000)], [row("b", 300)])
    assert {each.row.person: (each.by(Column.PIECES), each.net) for each in found} == {
        "a": (Decimal(-1000), Decimal(-1000)),
        "b": (Decimal(300), Decimal(300)),
    }


def test_top_up_long_hours_and_money_without_hours_are_named():
    long_hours = WorkTime(26, {TimeClass.NORMAL: 9000, TimeClass.OT_WORKDAY: 36 * 60 + 1})
    assert remarks([], [row("a", 1000, work=long_hours)])["a"] == {Remark.LONG_HOURS}
    assert remarks([], [row("a", 1000, work=WorkTime())])["a"] == {Remark.NO_HOURS}
    assert remarks([], [row("a", 1000, amounts={Column.TOPUP: Decimal(1)})])["a"] == {Remark.TOPPED_UP}


def test_who_is_named_comes_first_and_then_who_moved_most():
    before = [row("a", 1000), row("b", 1000), row("c", 1000)]
    found = differences(before, [row("a", 1010), row("b", 1100), row("c", 2000)])
    assert [each.row.person for each in found] == ["c", "b", "a"]
