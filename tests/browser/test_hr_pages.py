"""The HR pages in a real browser: what a person at the desk sees, in every language, at 1440 x 900."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hr.config import Server as Settings
from hr.web import create_app
from pages.serve import Server
from tests.browser.layout import layout_faults
from tests.unit.hr.joining import NEW_KEY
from tests.unit.hr_web import plant
from tests.unit.hr_web.newcomers import TAKEN_BADGE, come
from tests.unit.hr_web.supervision import supervise
from tests.unit.hr_web.troubled import get_into_trouble, write_from_paper

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

AS_MEASURED = """() => {
  document.querySelector(".skip").remove();  // meant to be out of sight until it has the focus
  for (const details of document.querySelectorAll("details")) details.open = true;
}"""
DESKTOP = {"width": 1440, "height": 900}
PAGES = [
    "/",
    "/newcomers/",
    "/newcomers/{newcomer}",
    "/newcomers/{newcomer}?forget=1",
    "/people",
    "/people?edit=0317",
    "/attendance?date=2026-11-20",
    "/attendance/of/{worker}?date=2026-11-20",
    "/attendance/month/?month=2026-11",
    "/attendance/exceptions/?month=2026-11",
    "/attendance/leave/",
    "/shifts/day",
    "/roster/?date=2026-11-23&team=冲压一组",
    "/calendar/",
    "/calendar/?year=2027",
    "/overtime/?month=2026-11",
    "/output?date=2026-11-20",
    "/pay",
    "/charts?month=2026-11",
    "/charts/arrivals?month=2026-11&at=-5",
    "/charts/pay?month=2026-11&at=140",
    "/compare/",
    "/pay/line/gate-1/1/{line}",
    "/pay/line/gate-1/1/{unpriced_line}",
    "/pay/line/gate-1/1/{wrong_line}",
    "/fact/gate-1/1/{line}",
    "/orders/",
    "/orders/prices",
    "/orders/machines",
    "/orders/shifts",
    "/clearances/",
    "/counters/",
    "/counters/press-box/1/{proof}",
    "/output?date=2026-11-23",
    "/pay/line/press-box/1/{seal}",
    "/fact/press-box/1/{assigned}",
    "/import/orders",
    "/kiosks",
    "/kiosks/of/gate-1?revoke={accepted}",
    "/kiosks/of/gate-5",
    "/reconciliation?end=2026-11-22",
    "/paper/",
    "/paper/{paper}",
    "/aside/",
    "/aside/gate-1/1/{aside}",
    "/aside/gate-6/1/1/command",
]


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    factory = plant.build(tmp_path_factory.mktemp("plant"))
    come(factory, TAKEN_BADGE)
    yield factory
    factory.engine.dispose()


@pytest.fixture(scope="module")
def said(factory):
    get_into_trouble(factory)
    return supervise(factory)


@pytest.fixture(scope="module")
def paper(factory):
    return write_from_paper(factory)


@pytest.fixture(scope="module")
def url(factory):
    server = Server(create_app(factory.service, Settings(database="", keys="")), "127.0.0.1:0", threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.url
    server.stop()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def page(browser, url):
    """A page of a new visitor; it must not have complained when it closes."""
    context = browser.new_context(viewport=DESKTOP, base_url=url, reduced_motion="reduce")
    page = context.new_page()
    complaints = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def log_in(page: Any, language: str = "en") -> None:
    page.goto(f"/language/{language}?next=/log-in")
    page.fill("[name=user]", plant.USER)
    page.fill("[name=password]", plant.PASSWORD)
    page.click("button.do")


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_every_page_can_be_read_and_nothing_covers_anything(page, factory, said, paper, language):
    page.goto(f"/language/{language}?next=/log-in")
    assert layout_faults(page, smallest_text=12, smallest_target=16, scrolls=True) == []
    log_in(page, language)
    faults = {}
    aside = next(each for each in factory.service.inbox.waiting() if each.device == "gate-1")
    for path in PAGES:
        numbers = {name: getattr(factory, name) for name in ("line", "unpriced_line", "wrong_line", "accepted")}
        numbers |= {"proof": said.proof, "seal": said.seal, "assigned": said.assigned}
        numbers |= {"aside": f"{aside.seq}/{aside.digest}"}
        numbers |= {"worker": factory.keys["0317"], "newcomer": NEW_KEY, "paper": paper}
        assert page.goto(path.format(**numbers)).status == 200
        page.evaluate(AS_MEASURED)
        faults[path] = layout_faults(page, smallest_text=12, smallest_target=16, scrolls=True)
    assert {path: found for path, found in faults.items() if found} == {}


def test_from_the_log_in_over_the_pay_of_a_person_down_to_one_record(page):
    log_in(page)
    page.click("nav.side >> text=People")
    assert page.locator("h1").inner_text() == "People"
    page.click("nav.side >> text=Pay")
    assert page.locator("h1").inner_text() == "Wage ledger"
    with page.expect_navigation():
        page.select_option("[name=month]", "2026-11")
    page.click("nav.sections >> text=Sealed lines")
    page.click("tr:has-text('张三丰') >> text=CNY 147.72")
    page.click("text=CNY 105.60")
    assert page.locator(".rung.top > .r .v").inner_text() == "CNY 105.60"
    page.locator(".reading").first.locator("summary").click()
    assert page.locator(".reading").first.locator("tbody tr").count() == 7
    page.locator(".reading").first.locator("tbody a", has_text="14").first.click()
    assert page.locator("h1").inner_text().startswith("Record 14")


def test_choosing_a_date_shows_that_day_at_once(page):
    log_in(page)
    page.goto("/attendance?date=2026-11-21")
    with page.expect_navigation():
        page.fill("[name=date]", "2026-11-20")
    assert page.locator("h1").inner_text() == "Friday 20 November"


def test_the_language_is_switched_on_the_page_one_is_on(page):
    log_in(page)
    page.goto("/orders/prices?product=D-7&operation=press")
    page.click("nav.languages >> text=中文")
    assert page.url.endswith("/orders/prices?product=D-7&operation=press")
    assert page.locator("h1").inner_text() == "工单和单价"


def test_a_narrow_window_scrolls_downwards_only(page):
    log_in(page, "vi")
    page.set_viewport_size({"width": 700, "height": 900})
    for path in ("/", "/people", "/pay", "/kiosks", "/orders/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
