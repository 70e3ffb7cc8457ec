"""Every figure that is marked opens to a page whose parts sum to it; every total is the sum of what stands above it."""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal
from html import unescape
from urllib.parse import urlsplit

import pytest

from hr.web import drawing
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import desk_of
from tests.unit.hr_web.figures_of import Figures, Opening

BEGIN = (
    "/",
    "/attendance?date=2026-11-20",
    "/output?date=2026-11-20",
    "/pay?start=2026-11-01&end=2026-11-30",
    "/charts?month=2026-11",
    "/payroll/2026-11",
)
KINDS = {
    "net",
    "good",
    "amount",
    "lines",
    "pieces",
    "people",
    "overtime",
    "late",
    "late-days",
    "arrivals",
    "late-arrivals",
}
"""Kinds of figures that the plant must show, so that a page that loses its marks is noticed."""
MOST_PAGES = 400


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Every page that figures lead to, by address. The workers have a roster, so that there is overtime."""
    factory = plant.build(tmp_path_factory.mktemp("figures"))
    people = [factory.keys[number] for number in ("0317", "0392", "0288")]
    factory.service.roster.set_team(people, [plant.FRIDAY, plant.MONDAY], ("day",), plant.USER)
    desk = desk_of(factory.service)
    found: dict[str, Figures] = {}
    waiting = deque(BEGIN)
    while waiting and len(found) < MOST_PAGES:
        path = waiting.popleft()
        if path in found:
            continue
        answer = desk.get(path)
        assert answer.status_code == 200, path
        found[path] = Figures(answer.text)
        waiting.extend(path_of(each) for each in found[path].openings)
    yield found
    factory.engine.dispose()


def path_of(opening: Opening) -> str:
    return urlsplit(unescape(opening.href))._replace(fragment="").geturl()


def test_every_figure_opens_to_a_page_that_sums_to_it(crawled):
    wrong = [
        (page, each, crawled[path_of(each)].page.parts[each.kind])
        for page, figures in crawled.items()
        for each in figures.openings
        if crawled[path_of(each)].page.parts[each.kind] != each.amount
    ]
    assert wrong == []


def test_every_figure_opens_and_every_total_is_the_sum_of_its_parts(crawled):
    wrong = {page: figures.wrong_sums for page, figures in crawled.items() if figures.wrong_sums}
    assert wrong == {}


def test_every_figure_opens_in_all_kinds_that_there_are(crawled):
    assert {each.kind for figures in crawled.values() for each in figures.openings} >= KINDS


def test_the_crawl_that_shows_that_every_figure_opens_would_notice_a_wrong_one():
    page = Figures('<table><td data-part="good:3"><td data-part="good:4"><tfoot><td data-sum="good:8"></table>')
    assert page.wrong_sums == [("good", Decimal(8), Decimal(7))]
    assert page.page.parts["good"] == 7


def test_every_figure_opens_where_a_bar_is_drawn_too():
    drawn = drawing.rows(
        ["a", "b"], [drawing.Mark(2, "2", "a: 2", "/x"), drawing.Mark(1, "1", "b: 1", "/y", alarm=True)]
    )
    assert sorted(re.findall(r'href="([^"]+)"', drawn)) == ["/x", "/y"]
