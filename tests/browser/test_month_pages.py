"""A closed month at HR, in a real browser: every table is seen whole at 1440 x 900, in every language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.layout import layout_faults
from tests.picture_month import log_in, served
from tests.unit.hr_web.october import MONTH
from tests.unit.hr_web.plant import Factory

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

PAGES = (
    f"/payroll/{MONTH}",
    f"/payroll/{MONTH}/review",
    f"/attendance/month/?month={MONTH}&team=*",
    f"/overtime/?month={MONTH}",
    f"/pay/statement/{MONTH}/{{worker}}",
)
CUT_OFF = """() => [...document.querySelectorAll(".sheet, .scroll")].filter(
  (each) => each.offsetParent && each.scrollWidth > each.clientWidth + 1
).map((each) => each.className)"""


@pytest.fixture(scope="module")
def october() -> Iterator[tuple[Factory, str]]:
    with served() as (factory, url):
        yield factory, url


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_no_column_of_a_month_is_cut_off_and_nothing_covers_anything(
    browser: Browser, october: tuple[Factory, str], language: str
):
    factory, url = october
    page = browser.new_page(viewport={"width": 1440, "height": 900}, base_url=url, reduced_motion="reduce")
    log_in(page, language)
    found = {}
    for path in PAGES:
        page.goto(path.format(worker=factory.keys["0317"]))
        cut = page.evaluate(CUT_OFF)
        page.evaluate("() => document.querySelector('.skip').remove()")  # out of sight until it has the focus
        found[path] = cut + layout_faults(page, smallest_text=12, smallest_target=16, scrolls=True)
    page.context.close()
    assert {path: faults for path, faults in found.items() if faults} == {}
