"""What the first page says of the end of a month, and where the way goes on."""

from __future__ import annotations

import pytest

from hr.attendance.repairs import Request
from hr.pay.terms.lists import PayList
from hr.web.fact_words import FIELDS
from sync.wire.facts import KINDS, Direction
from tests.unit.hr_web.conftest import Desk, desk_of
from tests.unit.hr_web.plant import FRIDAY, USER, Factory, moment

OTHER = "another"
NOT_CLOSED = "2026-10 is not closed"


@pytest.fixture
def paid(factory: Factory) -> Factory:
    """Somebody has terms of pay."""
    factory.service.terms.import_list(PayList.TERMS, b"number,valid_from\n0317,2026-01-01\n", USER)
    return factory


def test_the_month_that_is_over_and_not_closed_is_a_task_and_leads_to_its_ledger(paid: Factory):
    page = desk_of(paid.service).get("/").text
    assert NOT_CLOSED in page
    assert 'href="/payroll/2026-10"' in page


def test_where_nobody_has_terms_of_pay_no_month_waits(factory: Factory):
    assert NOT_CLOSED not in desk_of(factory.service).text("/")


def test_a_repair_waits_for_everybody_but_for_whoever_asked(factory: Factory):
    wanted = Request(factory.keys["0317"], FRIDAY, Direction.OUT, moment(FRIDAY, "21:00:00"), "forgot")
    factory.service.attendance.repairs.ask(wanted, USER)
    waits = "1 repair of a punch waits for you"
    assert waits not in desk_of(factory.service).text("/")
    page = desk_of(factory.service, user=OTHER).get("/").text
    assert waits in page
    assert "/attendance/exceptions/?month=2026-11&amp;team=*" in page


def test_the_menu_leads_to_the_ledger_of_the_month_to_work_on(desk: Desk):
    assert 'href="/payroll/"' in desk.get("/").text
    assert desk.get("/payroll/").request.path == "/payroll/2026-10"


@pytest.mark.parametrize(
    "path", ["/pay", "/pay/papers/2026-11", "/charts?month=2026-11", "/compare/", "/payroll/2026-11"]
)
def test_every_page_of_pay_leads_to_every_other(desk: Desk, path: str):
    page = desk.get(path).text
    for link in (
        "/payroll/2026-11",
        "/pay?start=2026-11-01",
        "/charts?month=2026-11",
        "/pay/papers/2026-11",
        "/compare/",
    ):
        assert f'href="{link}"' in page, link


@pytest.mark.parametrize(
    "path", ["/pay/held?month=2026-09", "/payroll/2026-09/unconfirmed", "/attendance/exceptions/?month=2026-08"]
)
def test_a_page_where_nothing_waits_any_more_leads_back_to_the_ledger(desk: Desk, path: str):
    text = desk.text(path)
    assert "Go on in the wage ledger of 2026-0" in text


def test_the_ledger_names_the_review_last(paid: Factory):
    text = desk_of(paid.service).text("/payroll/2026-10").split("It cannot be closed yet:")[1]
    assert text.index("Nobody has reviewed it yet.") > text.index("is missing since")


def test_where_a_tap_was_is_the_place_that_hr_has_given_the_box(factory: Factory):
    desk, link = desk_of(factory.service), f"/attendance/of/{factory.keys['0317']}?date=2026-11-20"
    assert "gate-1, gate" in desk.text(link)
    factory.service.fleet.place("gate-1", "East gate", "")
    assert "East gate, gate" in desk.text(link)
    assert "East gate (gate-1)" in desk.text("/fact/gate-1/1/1")


def test_every_field_of_every_fact_has_a_name():
    fields = {field for kind in KINDS.values() for field in kind.__struct_fields__}
    assert fields <= set(FIELDS)


def test_a_fact_is_read_in_words_with_the_name_on_the_wire_beside_them(desk: Desk):
    text = desk.text("/fact/gate-1/1/1")
    assert "Direction direction" in text
    assert "It counts effective" in text
    assert "yes True" in text
