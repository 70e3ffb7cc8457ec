"""docs/verify.html in a browser without a network: the right paper is green, one changed digit is red."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page, expect

from hr.calendar.day_class import TimeClass
from hr.pay.payslips.head import Standing, hours_head, pay_head, signed
from hr.pay.rules.items import Kind
from hr.web import verifying
from pages.serve import Server
from sync.wire.envelope import fingerprint, public_text
from tests.browser.layout import layout_faults
from tests.unit.hr.months import entry

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MADE = "2026-11-23T12:00:00+08:00"
PAY = signed(KEY, pay_head("顺达五金厂", entry(), Standing.DRAFT, MADE))
HOURS = signed(KEY, hours_head("顺达五金厂", entry(), [], Standing.CLOSED, MADE))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Opened from the disk, as somebody at home does, and every request noted."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((ROOT / "docs" / "verify.html").as_uri())
    page.fill("#key", public_text(KEY.public_key()))
    yield page
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    context.close()


def judged(page: Page, text: str, verdict: str) -> str:
    """What the page says of it; the verdict must come, or the test fails."""
    page.fill("#text", text)
    page.click("button.do")
    expect(page.locator("#result")).to_have_class(verdict)
    return page.locator("#result").inner_text()


def faults(page: Page) -> list[str]:
    return layout_faults(page, smallest_text=14, smallest_target=40, scrolls=True)


def changed(text: str, old: bytes, new: bytes) -> str:
    protected, payload, signature = text.split(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert raw.count(old) >= 1
    return f"{protected}.{base64.urlsafe_b64encode(raw.replace(old, new)).decode().rstrip('=')}.{signature}"


def photo(text: str, scale: int = 5) -> FilePayload:
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(drawn, kind="png", scale=scale, border=4)
    return {"name": "payslip.png", "mimeType": "image/png", "buffer": drawn.getvalue()}


def test_the_right_text_is_green_and_shows_what_was_signed(page: Page):
    said = judged(page, PAY, "right")
    assert all(each in said for each in ("真实", "张敏", "1017", "2026-11", "493.00", "草稿", "计件", "483.00"))
    assert page.locator("#fingerprint").inner_text() == fingerprint(KEY.public_key())
    assert faults(page) == []


def test_one_changed_digit_is_red_and_shows_no_figures(page: Page):
    assert "498" not in judged(page, changed(PAY, b'"493.00"', b'"498.00"'), "wrong")


def test_a_months_hours_are_checked_the_same_way(page: Page):
    said = judged(page, HOURS, "right")
    assert all(each in said for each in ("18:00", "16:00", "2:00", "已结账"))
    judged(page, changed(HOURS, b"1080", b"1088"), "wrong")


def test_a_picture_of_the_code_is_as_good_as_its_text(page: Page):
    page.set_input_files("#photo", files=[photo(PAY)])
    expect(page.locator("#result")).to_have_class("right")
    page.set_input_files("#photo", files=[photo(changed(PAY, b'"60.00"', b'"90.00"'))])
    expect(page.locator("#result")).to_have_class("wrong")


def test_another_factorys_key_is_red_and_says_that_it_is_another(page: Page):
    page.fill("#key", public_text(Ed25519PrivateKey.generate().public_key()))
    assert "另一把公钥" in judged(page, PAY, "wrong")


@pytest.mark.parametrize(("key", "text"), [("abc", PAY), (None, "hello"), (None, "")])
def test_what_cannot_be_judged_is_neither_green_nor_red(page: Page, key: str | None, text: str):
    if key is not None:
        page.fill("#key", key)
    judged(page, text, "unsure")


@pytest.mark.parametrize("language", ["en", "vi", "zh"])
def test_it_speaks_three_languages_and_fits_a_telephone(page: Page, language: str):
    judged(page, PAY, "right")
    page.click(f'[data-lang="{language}"]')
    assert page.locator("html").get_attribute("lang") == language
    assert faults(page) == []


def test_every_kind_of_amount_and_class_of_time_has_its_word_there():
    source = (ROOT / "docs" / "verify.html").read_text("utf-8")
    assert [each.name for each in (*Kind, *TimeClass) if f" {each.name}: {{ zh:" not in source] == []


def test_as_hr_serves_it_its_policy_lets_it_work_and_nothing_is_refused(browser: Browser):
    app = Flask(__name__)
    app.register_blueprint(verifying.blueprint)
    server = Server(app, "127.0.0.1:0", 2)
    thread = threading.Thread(target=server.run)
    thread.start()
    complaints: list[str] = []
    try:
        page = browser.new_page(locale="zh-CN")
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{server.url}/verify")
        page.fill("#key", public_text(KEY.public_key()))
        assert "493.00" in judged(page, PAY, "right")
        page.set_input_files("#photo", files=[photo(changed(PAY, b'"60.00"', b'"90.00"'))])
        expect(page.locator("#result")).to_have_class("wrong")
        page.close()
    finally:
        server.stop()
        thread.join(10)
    assert [each for each in complaints if "favicon" not in each and "404" not in each] == []
