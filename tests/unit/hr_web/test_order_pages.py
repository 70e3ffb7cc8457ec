"""Orders at machines, prices, machines, shifts."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hr.people.records import OrderView
from hr.web.orders import priced_work
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.plant import USER, Factory

ORDER = {"order": "1130", "product": "H-40", "operation": "punch", "quantity": "900", "pieces_per_count": "1"}
PRICE = {"product": "D-7", "operation": "press", "price": "0.1855", "valid_from": "2026-11-01", "why": "工价核定"}


def order(factory: Factory, number: str) -> OrderView:
    return next(each for each in factory.service.catalogue.orders() if each.id == number)


def test_a_new_order_waits_without_a_machine(factory, own_desk):
    assert "Order 1130 is saved." in words(own_desk.post("/orders/", **ORDER))
    assert (order(factory, "1130").machine, order(factory, "1130").product_name) == (None, "铰链 H-40")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"quantity": "many"}, "a whole number from 1 up"),
        ({"pieces_per_count": "0"}, "a whole number from 1 to 1000"),
        ({"product": "X-1"}, "one that is known, or its product_name beside it"),
        ({"order": "1118"}, "This order number is taken already"),
        ({"order": ""}, "a value"),
    ],
)
def test_an_order_that_cannot_be_taken_says_why_beside_its_field(factory, own_desk, change, sentence):
    before = factory.service.catalogue.orders()
    answer = own_desk.post("/orders/", **{**ORDER, **change})
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert factory.service.catalogue.orders() == before


def test_editing_an_order_leaves_it_at_its_machine(factory, own_desk):
    own_desk.post("/orders/", **{**ORDER, "order": "1118", "quantity": "6000", "known": "1"})
    assert (order(factory, "1118").machine, order(factory, "1118").quantity) == ("press-03", 6000)


def test_switching_sets_the_running_order_aside_and_starts_the_chosen_one(factory, own_desk):
    own_desk.post("/orders/switch", machine="press-03", order="1124")
    assert (order(factory, "1124").machine, order(factory, "1118").machine) == ("press-03", None)
    assert {each.machine: each.id for each in factory.service.editions.reference().orders} == {
        "press-03": "1124",
        "tap-02": "1121",
    }


def test_an_order_that_runs_elsewhere_moves_with_all_its_settings(factory, own_desk):
    own_desk.post("/orders/switch", machine="press-04", order="1121")
    assert (order(factory, "1121").machine, order(factory, "1121").quantity) == ("press-04", 3000)


def test_switching_without_a_choice_changes_nothing(factory, own_desk):
    before = factory.service.catalogue.orders()
    assert "Choose an order." in words(own_desk.post("/orders/switch", machine="press-04", order=""))
    assert "Choose an order." in words(own_desk.post("/orders/switch", machine="press-03", order=""))
    assert factory.service.catalogue.orders() == before


def test_a_machine_that_is_not_known_cannot_get_an_order(factory, own_desk):
    before = factory.service.catalogue.orders()
    answer = own_desk.post("/orders/switch", machine="press-99", order="1124")
    assert "a machine that is known: import the machines first" in words(answer)
    assert factory.service.catalogue.orders() == before


def test_an_order_is_closed_and_opened_again(factory, own_desk):
    own_desk.post("/orders/state", order="1124", state="CLOSED")
    assert order(factory, "1124").state == "CLOSED"
    own_desk.post("/orders/state", order="1124", state="OPEN")
    assert order(factory, "1124").state == "OPEN"


def test_a_price_prices_the_lines_that_waited(factory, own_desk):
    own_desk.post("/orders/prices", **PRICE)
    line = factory.service.pay.line("gate-1", 1, factory.unpriced_line)
    assert (line.unit_price, line.amount) == (Decimal("0.1855"), Decimal("49.53"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"price": "0,18"}, "CNY per piece such as"),
        ({"valid_from": "1 Nov"}, "a date such as"),
        ({"price": "-1"}, "CNY"),
    ],
)
def test_a_price_that_cannot_be_taken_says_why(own_desk, change, sentence):
    answer = own_desk.post("/orders/prices", **{**PRICE, **change})
    assert (answer.status_code, sentence in words(answer)) == (422, True)


def test_the_price_in_force_is_the_latest_that_has_begun(shown):
    work = priced_work(shown.service.catalogue.prices(), shown.service.catalogue.orders(), "2026-09-30")
    hinge = next(each for each in work if each.product == "H-40")
    assert hinge.in_force is not None
    assert hinge.in_force.price == Decimal("0.2100")
    assert [other.valid_from for other in hinge.others] == ["2026-10-01"]


def test_work_without_a_price_stands_first(desk):
    text = desk.text("/orders/prices")
    assert text.index("no price in force: its pieces wait") < text.index("CNY 0.2600")


def test_a_machine_is_added_and_renamed(factory, own_desk):
    own_desk.post("/orders/machines", machine="drill-01", name="钻床 01")
    own_desk.post("/orders/machines", machine="drill-01", name="钻床一号")
    assert {each.id: each.name for each in factory.service.catalogue.machines()}["drill-01"] == "钻床一号"
    assert own_desk.post("/orders/machines", machine="a b", name="x").status_code == 422


def test_a_shift_over_midnight_says_so(own_desk):
    assert "20:00 05:00 on the next day" in own_desk.text("/orders/shifts")
    own_desk.post("/orders/shifts", shift="late", name="晚班", start="16:00", end="00:30")
    assert "16:00 00:30 on the next day" in own_desk.text("/orders/shifts")
    assert own_desk.post("/orders/shifts", shift="x", name="x", start="noon", end="18:00").status_code == 422


def test_a_shift_that_is_known_is_not_overwritten_by_adding_it_again(factory, own_desk):
    answer = own_desk.post("/orders/shifts", shift="day", name="白班", start="07:00", end="16:00")
    assert answer.status_code == 422
    assert "a change is typed on its own page" in answer.text
    assert factory.service.attendance.shift_rules.one("day").start_min == 8 * 60


def test_the_list_of_shifts_says_what_they_become_next(factory, own_desk):
    later = replace(factory.service.attendance.shift_rules.one("day"), start_min=7 * 60, end_min=16 * 60)
    factory.service.attendance.shift_rules.save(later, "2027-01-01", USER, "winter")
    text = own_desk.text("/orders/shifts")
    assert "08:00 17:00" in text
    assert text.index("from 1 January 2027") < text.index("07:00 16:00")
