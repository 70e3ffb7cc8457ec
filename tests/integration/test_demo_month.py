"""October of the demo's plant at HR, with work on its first holiday: the sums are worked out here by hand, from what
the simulated machines made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from hr.accounts import Keys
from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Item, Kind
from hr.pay.rules.statement import Statement
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind as Listed
from hr.service import HrService, Plant
from hr.store import engine, upgrade
from simulators.past_month import facts_of
from simulators.plant import IMPORT_ORDER, PAY_LISTS, load_plant
from simulators.roster import roster_csv
from tests.unit.hr_web.conftest import desk_of
from tests.unit.hr_web.plant import moment

MONTH, HOLIDAY = "2026-10", "2026-10-01"
ON_DUTY = "1013"

PRESSED = "86.40 95.60 90.34 99.55 94.29 89.03 98.23 92.97 87.71 96.92 91.66 86.40 95.60 90.34 99.55 94.29 89.03"
"""What his seventeen work days are worth, at 0.0096 yuan apiece and rounded by the day."""

ON_THE_HOLIDAY = Decimal("274.98")
"""9,548 pieces x 0.0096 x 300 % = 274.9824."""

PAID_HOLIDAYS = Decimal("358.62")
"""1, 2 and 3 October, by 2,600 a month and 21.75 days: 358.6207."""

MINIMUM = Decimal(2300)


@pytest.fixture(scope="module")
def hr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HrService]:
    plant, folder = load_plant(), tmp_path_factory.mktemp("october")
    store = engine(f"sqlite:///{folder / 'hr.db'}")
    upgrade(store)
    service = HrService(store, Keys.generate(), lambda: moment("2026-11-24", "10:00:00"), Plant(plant.name))
    for name in IMPORT_ORDER:
        service.catalogue.import_csv(Listed(name), (plant.folder / f"{name}.csv").read_bytes())
    for name in PAY_LISTS:
        service.terms.import_list(PayList(name), (plant.folder / f"{name}.csv").read_bytes(), "wang")
    october = date(2026, 10, 1)
    numbers = [person.number for person in plant.people]
    roster = roster_csv(numbers, date(2026, 11, 24), october, plant.closed, plant.holidays)
    service.catalogue.import_csv(Listed.ROSTER, roster.encode())
    service.terms.enter_setting("minimum_month", "2026-01-01", str(MINIMUM), "wang")
    keys = {person.number: person.id for person in service.people.listed()}
    service.inbox.receive(facts_of(plant, keys, october), "nonce")
    yield service
    service.close()


def statement(hr: HrService, number: str) -> Statement:
    (person,) = (each.id for each in hr.people.listed() if each.number == number)
    entry = hr.periods.entry(MONTH, person)
    assert entry is not None
    return entry.statement


def of_holiday(made: Statement) -> Item:
    (found,) = (each for each in made.items if each.work_date == HOLIDAY)
    return found


def test_pieces_of_a_statutory_holiday_are_paid_three_times_and_the_formula_says_so(hr: HrService) -> None:
    item = of_holiday(statement(hr, ON_DUTY))
    assert (item.kind, item.time_class, item.amount) == (Kind.PIECE, TimeClass.OT_HOLIDAY, ON_THE_HOLIDAY)
    (factors,) = item.formula.terms
    assert [str(each.value) for each in factors] == ["9548", "0.0096", "3"]


def test_the_month_adds_up_to_what_was_made_the_holidays_and_the_minimum_wage(hr: HrService) -> None:
    made = statement(hr, ON_DUTY)
    worked = sum(map(Decimal, PRESSED.split()))
    top_up = MINIMUM - worked - PAID_HOLIDAYS
    by_kind = {kind: sum(each.amount for each in made.items if each.kind is kind) for kind in Kind}
    assert {kind: amount for kind, amount in by_kind.items() if amount} == {
        Kind.PIECE: worked + ON_THE_HOLIDAY,
        Kind.PAID_HOLIDAY: PAID_HOLIDAYS,
        Kind.MINIMUM_TOPUP: top_up,
    }
    assert made.net == MINIMUM + ON_THE_HOLIDAY


def test_the_statement_and_the_line_both_show_the_class_with_its_formula(hr: HrService) -> None:
    desk, item = desk_of(hr), of_holiday(statement(hr, ON_DUTY))
    device, epoch, seq = item.facts[0]
    shown = desk.text(f"/pay/statement/{MONTH}/{statement(hr, ON_DUTY).person}")
    assert "statutory holiday" in shown
    assert "pieces 9,548 × price 0.0096 × time class 300%" in shown
    line = desk.text(f"/pay/line/{device}/{epoch}/{seq}")
    assert "The statement of the month pays this work by its time class:" in line
    assert "statutory holiday: pieces 9,548 × price 0.0096 × time class 300% = CNY 274.98" in line


def test_a_line_of_normal_work_says_nothing_of_classes(hr: HrService) -> None:
    normal = next(each for each in statement(hr, ON_DUTY).items if each.work_date == "2026-10-09")
    device, epoch, seq = normal.facts[0]
    assert "by its time class" not in desk_of(hr).text(f"/pay/line/{device}/{epoch}/{seq}")
