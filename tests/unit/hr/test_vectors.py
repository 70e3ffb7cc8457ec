"""The worked examples in tests/fixtures/vectors, as far as they are about rules that HR has."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr.attendance.rules.judging import Tap, Who, day
from hr.pay.rules.wage_line import amount
from hr.people.prices import PriceView, in_force
from sync.wire.facts import Direction
from tests.unit.hr.cast import DAY, LI_WEI, clock_us

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"


def cases(file: str, *names: str) -> list[Any]:
    found = {each["id"]: each for each in json.loads((VECTORS / file).read_text("utf-8"))["vectors"]}
    return [pytest.param(found[name], id=name) for name in names]


def at(minutes: int, direction: Direction | None) -> Tap:
    return Tap(LI_WEI, DAY, clock_us(6, minutes), direction, effective=True)


@pytest.mark.parametrize("case", cases("piece_rate.json", "PR-001", "PR-006"))
def test_lines_are_good_pieces_times_price_rounded_at_the_line(case: dict[str, Any]):
    amounts = [amount(int(line["good_qty"]), Decimal(line["unit_price"])) for line in case["input"]["lines"]]
    assert [str(each) for each in amounts] == case["expected"]["amounts"]
    assert str(sum(amounts)) == case["expected"]["total"]


def test_totals_add_rounded_lines():
    (case,) = cases("piece_rate.json", "PR-004")
    lines = case.values[0]["input"]["lines"]
    total = sum(amount(int(line["good_qty"]), Decimal(line["unit_price"])) for line in lines)
    assert str(total) == case.values[0]["expected"]["line"]


@pytest.mark.parametrize("case", cases("piece_rate.json", "PR-052"))
def test_pieces_before_the_first_price_are_held_unpriced(case: dict[str, Any]):
    versions = [PriceView("p", "", "o", "", each["from"], Decimal(each["price"])) for each in case["input"]["versions"]]
    dates = [segment["work_date"] for segment in case["input"]["segments"]]
    assert case["expected"]["error"] == "NO_RATE"
    assert [in_force(versions, "p", "o", date) for date in dates] == [None]


@pytest.mark.parametrize(("date", "price"), [("2026-03-31", "0.50"), ("2026-04-01", "0.55"), ("2026-12-31", "0.55")])
def test_the_version_that_started_last_is_in_force(date: str, price: str):
    starts = [("2026-04-01", "0.55"), ("2026-01-01", "0.50")]
    versions = [PriceView("p", "", "o", "", start, Decimal(each)) for start, each in starts]
    found = in_force(versions, "p", "o", date)
    assert found is not None
    assert found.price == Decimal(price)


@pytest.mark.parametrize("case", cases("attendance.json", "AT-016", "AT-018"))
def test_a_second_tap_within_a_minute_is_dropped(case: dict[str, Any]):
    taps = []
    for place, text in enumerate(case["input"]["taps"]):
        hours, minutes, seconds = (int(part) for part in text[11:].split(":"))
        # Two of the three taps are one mark, so the direction is what the person meant.
        direction = Direction.IN if hours < 12 else Direction.OUT
        taps.append(Tap(LI_WEI, DAY, clock_us(hours, minutes, seconds) + place, direction, effective=True))
    made = day(taps, Who())
    assert made.taps - made.revision == case["expected"]["dropped_taps"]
    assert (made.minutes, made.open) == (540, False)


@pytest.mark.parametrize("case", cases("attendance.json", "AT-057"))
def test_taps_without_a_direction_alternate(case: dict[str, Any]):
    made = day([at(minutes, None) for minutes, _direction in case["input"]["minutes_and_direction"]], Who())
    assert Decimal(made.minutes) / 60 == Decimal(case["expected"]["hours"])
    assert made.open
