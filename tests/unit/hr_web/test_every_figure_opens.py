"""Every figure opens to a page whose parts sum to it, down to records; every total is the sum of what stands above it.
The same walk finds links that lead nowhere, texts without a translation, and tables without a row."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from hr.accounts import Keys
from hr.attendance.approvals import Decision
from hr.attendance.rules.matters import Beyond
from hr.pay.terms.lists import PayList
from hr.store import engine, upgrade
from hr.web import drawing
from hr.web.month import Row
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import desk_of
from tests.unit.hr_web.crawling import Walk, walk
from tests.unit.hr_web.figures_of import Figures, faults
from tests.unit.hr_web.hall import OTHER, Hall

pytestmark = pytest.mark.slow

BEGIN = (
    "/",
    "/attendance?date=2026-11-20",
    "/output?date=2026-11-20",
    "/pay?start=2026-11-01&end=2026-11-30",
    "/charts?month=2026-11",
    "/payroll/2026-11",
    "/payroll/2026-11/review",
    "/pay/papers/2026-11",
    "/attendance/month/?month=2026-11&team=*",
    "/overtime/?month=2026-11",
)
KINDS = {
    "net", "good", "amount", "lines", "pieces", "people", "overtime", "late", "late-days", "arrivals", "late-arrivals",
    "in", "came", "listed", "taps", "present", "paid", "NORMAL", "OT_WORKDAY", "days", "classed", "beyond", "dates",
    "absent-days", "counted", "own-scrap", "material-scrap", "rework", "by-hand", "lost", "change", "paid-pieces",
    "PIECES", "OVERTIME", "BONUS", "ALLOWANCE", "change-BONUS",
}  # fmt: skip
"""Kinds of figures that the plant must show, so that a page that loses its marks is noticed."""
LISTS = {
    PayList.TERMS: "number,valid_from,scheme,contract_month\n0317,2026-01-01,计件,2600\n0288,2026-01-01,计件,2600\n",
    PayList.GRADES: "number,grade,coefficient,valid_from\n0317,L3,1.15,2026-01-01\n",
    PayList.BONUSES: "number,month,base,score,reason\n0317,2026-11,300.00,92,绩效\n0288,2026-10,300.00,88,绩效\n",
    PayList.ALLOWANCES: "number,month,amount,reason\n0288,2026-11,120.00,高温津贴\n",
}
MOST_PAGES = 500
TRANSLATIONS = Path("hr/web/translations")
_TEXT = re.compile(r">([^<>]+)<")
_NO_TEXT = re.compile(r"<(script|style|code|option)\b.*?</\1>", re.DOTALL)


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    """The workers have a roster, approved overtime and terms, and one waited at a machine: amounts of several kinds."""
    built = plant.build(tmp_path_factory.mktemp("figures"))
    office, people = built.service, [built.keys[number] for number in ("0317", "0392", "0288")]
    office.roster.set_team(people, [plant.FRIDAY, plant.MONDAY], ("day",), plant.USER)
    overtime = Decision(people[0], plant.FRIDAY, Beyond.OVERTIME, 120, "赶货")
    office.attendance.approvals.decide([overtime], plant.USER)
    for kind, text in LISTS.items():
        office.terms.import_list(kind, text.encode(), plant.USER)
    for name, value in (("minimum_month", "2490"), ("minimum_hour", "23.80")):
        office.terms.enter_setting(name, "2026-01-01", value, plant.USER)
    Hall(built)
    (waited,) = (each for each in office.waiting.proposed("2026-11") if each.waited.person == built.keys[OTHER])
    office.waiting.decide("2026-11", [waited.key], "换模", plant.USER, accept=True)
    yield built
    built.engine.dispose()


@pytest.fixture(scope="module")
def walked(factory):
    return walk(desk_of(factory.service), BEGIN, MOST_PAGES)


def test_every_figure_opens_to_a_page_that_sums_to_it(walked):
    assert faults(walked.pages) == []


def test_every_figure_opens_and_no_link_is_dead(walked):
    assert walked.dead == []
    assert len(walked.pages) < MOST_PAGES


def test_every_figure_opens_in_all_kinds_that_there_are(walked):
    assert {each.kind for figures in walked.pages.values() for each in figures.openings} >= KINDS


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_every_figure_opens_on_pages_that_are_translated(factory, walked, language):
    desk = desk_of(factory.service, language)
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        translated = {str(each.id): str(each.string) for each in read_po(file) if each.id and isinstance(each.id, str)}
    raw = {path: _raw(desk.get(path).text, translated) for path in walked.patterns.values()}
    assert {path: texts for path, texts in raw.items() if texts} == {}


def _raw(page: str, translated: dict[str, str]) -> list[str]:
    """English texts of the page that have, or should have, another one in its language."""
    texts = {unescape(each).strip() for each in _TEXT.findall(_NO_TEXT.sub("", page))}
    return sorted(each for each in texts if "%(" in each or translated.get(each, each) != each)


def test_every_figure_opens_and_an_empty_table_says_why_it_is_empty(walked, tmp_path):
    store = engine(f"sqlite:///{tmp_path / plant.DATABASE}")
    upgrade(store)
    fresh = walk(desk_of(plant.opened(store, Keys.generate())), BEGIN, MOST_PAGES)
    store.dispose()
    assert fresh.dead == []
    texts = [*walked.texts.items(), *fresh.texts.items()]
    assert [path for path, text in texts if re.search(r"<tbody>\s*</tbody>", text)] == []


# --- the walk itself --------------------------------------------------------------------------------


def _spoilt(walked: Walk, page: str, old: str, new: str) -> list[str]:
    """What is found when one text of one page is another."""
    text = walked.texts[page]
    assert old in text
    return faults(walked.pages | {page: Figures(text.replace(old, new, 1))})


def _first(walked: Walk, wanted: str) -> tuple[str, str]:
    """The first page with this, and the whole of what was found."""
    found = ((page, re.search(wanted, text)) for page, text in walked.texts.items())
    return next((page, match[0]) for page, match in found if match)


@pytest.mark.parametrize(
    ("wanted", "other", "said"),
    [
        (r' data-plain="typed"', "", "a number without a mark"),
        (r' data-plain="typed"', ' data-plain="whatever"', "a number without a mark"),
        (r'data-part="present:228', 'data-part="present:227', "whose parts give"),
        (r'data-opens="paid:540"', 'data-opens="paid:541"', "whose parts give"),
        (r'data-opens="amount:105.60"', 'data-opens="amount:105.61"', "whose parts give"),
        (r'data-sum="good:1142"', 'data-sum="good:1143"', "the sum of good says 1143"),
        (r">CNY 105\.60<", ">CNY 105.61<", "is marked"),
        (r">8:22<", ">8:24<", "is marked"),
        (r'(?<=data-opens="present:502" href=")/attendance/of/', "/attendance/off/", "which is no page"),
    ],
)
def test_every_figure_opens_fails_for_a_planted_defect(walked, wanted, other, said):
    page, old = _first(walked, wanted)
    assert any(said in each for each in _spoilt(walked, page, old, other))


def test_every_figure_opens_fails_when_the_office_adds_up_wrongly(factory, monkeypatch):
    right = Row.minutes
    monkeypatch.setattr(Row, "minutes", lambda row, time_class: right(row, time_class) + 1)
    found = walk(desk_of(factory.service), ["/attendance/month/?month=2026-11&team=*"], 40)
    assert any("whose parts give" in each for each in faults(found.pages))


def test_every_figure_opens_where_a_bar_is_drawn_too():
    drawn = drawing.rows(
        ["a", "b"], [drawing.Mark(2, "2", "a: 2", "/x"), drawing.Mark(1, "1", "b: 1", "/y", alarm=True)]
    )
    assert sorted(re.findall(r'href="([^"]+)"', drawn)) == ["/x", "/y"]
