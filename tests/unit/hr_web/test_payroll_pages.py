"""HR's months of pay in the browser: ledger, review, unconfirmed pieces, closing, corrections."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hr.pay.periods.desk import PeriodDesk
from hr.pay.periods.period import Column, State, Step
from hr.pay.periods.review import Remark
from hr.web import payroll
from hr.web.payroll_words import COLUMNS, REMARKS, STATES, STEPS
from tests.unit.hr.ledgers import MONTH, Books, pieces
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, desk_of
from tests.unit.hr_web.plant import FRIDAY, Factory, Journal, Made

PAGES = ("", "/review", "/unconfirmed", "/corrections")


@pytest.fixture
def books() -> Books:
    return Books.of(30)


@pytest.fixture
def office(factory: Factory, books: Books) -> Desk:
    """The desk of an HR whose months are these books; today is in November."""
    factory.service.periods = PeriodDesk(factory.service.office, books)
    return desk_of(factory.service)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_each_page_is_there_in_each_language(desk: Desk, page: str, language: str):
    desk.speak(language)
    assert desk.get(f"/payroll/2026-11{page}").status_code == 200
    desk.speak("en")


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1"])
def test_what_is_no_month_is_not_found(desk: Desk, month: str):
    assert desk.get(f"/payroll/{month}").status_code == 404


def test_the_ledger_says_what_keeps_the_month_open_and_where_it_is_mended(desk: Desk):
    answer = desk.get("/payroll/2026-11")
    assert "It cannot be closed yet:" in answer.text
    assert "no terms of pay are entered" in answer.text
    assert "/pay/held?month=2026-11" in answer.text
    assert "aria-disabled" not in answer.text, "a draft cannot even be tried to close"


def test_a_month_goes_from_the_draft_over_the_review_to_closed(office: Desk, books: Books):
    assert "Review this month" in office.text(f"/payroll/{MONTH}")
    office.post(f"/payroll/{MONTH}/step", step="REVIEW")
    assert "Close the month" in office.text(f"/payroll/{MONTH}")
    answer = office.post(f"/payroll/{MONTH}/close")
    assert "Closed: 30 people." in answer.text
    page = office.text(f"/payroll/{MONTH}")
    assert f"Closed by {plant.USER}" in page
    assert f"{books.net:,.2f}" in page
    for button in ("Close the month", "Back to the draft", "Review this month"):
        assert button not in page


def test_a_closing_that_takes_long_shows_how_far_it_is_and_goes_on(office: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(payroll, "AT_ONCE_S", -1.0)
    office.post(f"/payroll/{MONTH}/step", step="REVIEW")
    answer = office.post(f"/payroll/{MONTH}/close")
    assert re.search(r'<progress max="30" value="0">', answer.text)
    assert "data-go-on" in answer.text
    monkeypatch.setattr(payroll, "AT_ONCE_S", 60.0)
    assert "Closed: 30 people." in office.post(f"/payroll/{MONTH}/close").text


def test_with_something_held_it_is_not_closed(office: Desk, books: Books):
    books.held = {"p001"}
    office.post(f"/payroll/{MONTH}/step", step="REVIEW")
    assert 'aria-disabled="true"' in office.get(f"/payroll/{MONTH}").text
    assert "Not closed" in office.post(f"/payroll/{MONTH}/close").text


def test_nothing_but_the_two_steps_can_be_taken_by_hand(office: Desk):
    assert office.post(f"/payroll/{MONTH}/step", step="CLOSE").status_code == 400
    assert "a month in which this can be done" in office.post(f"/payroll/{MONTH}/step", step="BACK").text


def test_what_comes_late_is_proposed_posted_and_then_gone(office: Desk, books: Books):
    office.post(f"/payroll/{MONTH}/step", step="REVIEW")
    office.post(f"/payroll/{MONTH}/close")
    books.made["p001"] = [pieces("2026-10-09", 121)]
    path = f"/payroll/{MONTH}/corrections"
    assert "Compute everybody again" in office.text(path)
    page = office.text(f"{path}?all=1")
    assert "1 person would have another sum now." in page
    assert "+8.00" in page
    assert office.post(path, person="p001", all="1", reason="").status_code == 422
    assert "they are paid with 2026-11" in office.post(path, person="p001", all="1", reason="recount").text
    page = office.text(f"{path}?all=1")
    assert "nobody's sum is another" in page.replace("&#39;", "'")
    assert "recount" in page
    assert "recount" in office.text("/payroll/2026-11/corrections")


def test_entries_that_were_changed_by_hand_are_shouted_about(office: Desk, factory: Factory):
    office.post(f"/payroll/{MONTH}/step", step="REVIEW")
    office.post(f"/payroll/{MONTH}/close")
    with factory.service.office.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE closed_statement SET hash = '' WHERE position = 7")
    assert "not those that were closed" in office.text(f"/payroll/{MONTH}")


def test_what_no_supervisor_sealed_is_listed_by_team_and_confirmed_by_name(factory: Factory, own_desk: Desk):
    journal = Journal()
    journal.facts = list(_facts(factory))
    hinge = Made(FRIDAY, factory.keys["0392"], factory.keys["0003"], "press-03", ("1118", "H-40", "punch"))
    journal.stretch(hinge.with_readings(("16:59:00", 50000), ("17:00:00", 50040)))
    factory.service.inbox.receive(journal.facts[-3:], "nonce")
    page = own_desk.get("/payroll/2026-11/unconfirmed").text
    assert "冲压一组" in page
    assert "王建国" in page
    (record,) = re.findall(r'name="record" value="([^"]+)"', page)
    path = "/payroll/2026-11/unconfirmed"
    assert own_desk.post(path, record=record, reason="").status_code == 422
    assert own_desk.post(path, record=record + "0", reason="he is ill").status_code == 422
    assert "40 pieces are confirmed as counted." in own_desk.post(path, record=record, reason="he is ill").text
    page = own_desk.text(path)
    assert "Every piece of this month is sealed." in page
    assert f"HR ({plant.USER})" in page
    assert "he is ill" in page


def _facts(factory: Factory) -> list[Any]:
    service = factory.service
    last = max(line.seq for line in service.pay.lines("2026-11-01", "2026-11-30"))
    return service.inbox.facts(plant.DEVICE, plant.EPOCH, list(range(1, last + 100)))


def test_the_identity_card_shows_its_end_alone(office: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PeriodDesk, "identity_ends", lambda _self: {"p001": "123X"})
    assert "…123X" in office.text(f"/payroll/{MONTH}")


def test_every_word_of_a_month_has_a_text():
    assert set(STATES) == set(State)
    assert set(STEPS) == set(Step)
    assert set(COLUMNS) == set(Column)
    assert set(REMARKS) == set(Remark)
