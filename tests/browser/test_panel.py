"""The control panel in a real browser: fit to show on a laptop, a tablet and a telephone, in three languages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from simulators.panel import Factory, create_panel
from tests.unit.simulators.factory import LINKS, SECRET, FactTime, factory_in

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


SMALLEST_TEXT_PX = """Math.min(...[...document.querySelectorAll("body *")]
  .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .map(each => parseFloat(getComputedStyle(each).fontSize)))"""
SMALLEST_TARGET_PX = """Math.min(...[...document.querySelectorAll("button, a.btn")]
  .filter(each => each.checkVisibility())
  .map(each => each.offsetHeight))"""
SIDEWAYS_PX = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Factory]:
    with factory_in(tmp_path, FactTime()) as factory:
        yield factory


@pytest.fixture
def url(factory: Factory) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_panel(factory, LINKS, secret=SECRET), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Browser, url: str, width: int = 1440) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    return page, complaints


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_everything_fits_and_can_be_read_and_hit(browser: Browser, url: str, language: str, width: int):
    page, complaints = opened(browser, f"{url}/language/{language}?next=/", width)
    assert page.evaluate(SIDEWAYS_PX) <= 0
    assert page.evaluate(SMALLEST_TEXT_PX) >= 14
    assert page.evaluate(SMALLEST_TARGET_PX) >= 40
    assert complaints == []
    page.close()


def test_a_click_on_a_badge_says_what_was_done(browser: Browser, url: str):
    page, complaints = opened(browser, url)
    page.get_by_role("button", name="张三丰").click()
    page.get_by_role("status").get_by_text("张三丰的卡已放到读卡器上").wait_for()
    assert complaints == []
    page.close()


def test_the_figures_move_without_loading_the_page_again(browser: Browser, url: str, factory: Factory):
    page, _ = opened(browser, url)
    factory.plcs["M02"].edit(77_777)
    page.get_by_text("77,777").wait_for()
    page.close()


def test_an_open_page_shows_what_another_window_did(browser: Browser, url: str, factory: Factory):
    page, _ = opened(browser, url)
    factory.network.cut()
    page.get_by_text("已拔掉").wait_for()
    page.close()
