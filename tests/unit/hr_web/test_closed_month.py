"""A month that is closed: its hours open to the dates they were closed with, whatever has become known since."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hr.pay.periods.desk import PeriodDesk
from sync.wire.facts import Direction
from tests.unit.hr.ledgers import MONTH as BOOKS_MONTH
from tests.unit.hr.ledgers import Books
from tests.unit.hr_web import october, plant
from tests.unit.hr_web.conftest import Desk, desk_of
from tests.unit.hr_web.figures_of import Figures, faults
from tests.unit.hr_web.october import MONTH
from tests.unit.hr_web.plant import Factory, Journal

pytestmark = pytest.mark.slow

LEDGER = f"/payroll/{MONTH}"
LATE, LATE_ON = "0407", "2026-10-26"
"""Who came 31 minutes late, or so it seemed."""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """After the closing, a box that had no network sends a tap that makes him punctual."""
    factory = plant.build(tmp_path_factory.mktemp("closed"))
    october.october(factory)
    october.close(factory)
    journal = Journal("gate-9")
    journal.tap(LATE_ON, "07:52:00", factory.keys[LATE], Direction.IN)
    october.send(factory, journal)
    yield factory
    factory.engine.dispose()


@pytest.fixture(scope="module")
def office(closed: Factory) -> Desk:
    return desk_of(closed.service)


def hours_page(factory: Factory, number: str) -> str:
    return f"{LEDGER}/hours/{factory.keys[number]}"


def figures(office: Desk, *paths: str) -> dict[str, Figures]:
    return {path: Figures(office.get(path).text) for path in paths}


def test_every_figure_opens_from_the_hours_of_a_closed_month_to_the_dates_it_was_closed_with(
    closed: Factory, office: Desk
):
    hours = [hours_page(closed, number) for number in october.WORKERS]
    (ledger,) = figures(office, LEDGER).values()
    to_hours = [each for each in ledger.openings if each.kind in ("days", "classed", "beyond")]
    assert {each.href for each in to_hours} == set(hours)
    ledger.openings = to_hours
    pages = {LEDGER: ledger, **figures(office, *hours)}
    # Of two of them the days too: overtime and Saturdays, and a holiday.
    for each in hours[:1] + hours[2:3]:
        pages |= figures(office, *{mark.href for mark in pages[each].openings})
    for each in hours[1:2] + hours[3:]:
        pages[each].openings = []
    assert [each for each in faults(pages) if each.startswith("/payroll/")] == []


def test_what_came_since_stands_beside_the_date_and_leads_to_the_corrections(closed: Factory, office: Desk):
    text = office.text(hours_page(closed, LATE))
    assert "1 date comes to something else since the month was closed." in text
    row = next(each for each in office.get(hours_page(closed, LATE)).text.split("<tr") if LATE_ON in each)
    assert [re.sub(r"<[^>]+>", "", each).split() for each in re.findall(r"<td class=\"n\".*?</td>", row)] == [
        ["7:29", "now", "8:00"], [], [], [], ["7:29", "now", "8:00"],
    ]  # fmt: skip
    assert f'href="/payroll/{MONTH}/corrections?all=1"' in office.get(hours_page(closed, LATE)).text


def test_whose_dates_are_as_they_were_is_told_nothing(closed: Factory, office: Desk):
    assert "since the month was closed" not in office.text(hours_page(closed, "0317"))


def test_hours_of_a_month_that_is_open_are_the_days_as_they_are(closed: Factory, office: Desk):
    person = closed.keys["0317"]
    assert office.get(f"/payroll/2026-11/hours/{person}").request.path == f"/attendance/month/of/{person}"
    assert office.get(f"/payroll/november/hours/{person}").status_code == 404


def test_the_dates_of_a_closed_entry_add_up_to_its_hours(closed: Factory):
    for entry in closed.service.periods.entries(MONTH):
        assert sum(each.paid for each in entry.days) == entry.work.paid
        assert len(entry.days) == entry.work.days


def test_a_month_that_was_closed_before_dates_were_kept_opens_to_the_days_as_they_are(factory: Factory):
    factory.service.periods = PeriodDesk(factory.service.office, Books.of(2))
    desk = desk_of(factory.service)
    desk.post(f"/payroll/{BOOKS_MONTH}/step", step="REVIEW")
    desk.post(f"/payroll/{BOOKS_MONTH}/close")
    assert factory.service.periods.intact(BOOKS_MONTH)
    person = factory.keys["0317"]
    assert desk.get(f"/payroll/{BOOKS_MONTH}/hours/{person}").request.path == f"/attendance/month/of/{person}"
