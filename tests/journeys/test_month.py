"""HR runs November of the demo plant in the browser: from the facts, through what is missing, to a payroll that is
closed, and to a correction of it.

The sums in yuan are worked out here by hand from what was made, not by the rules of pay.
"""

from __future__ import annotations

import io
import os
import re
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from hr.accounts import Keys
from hr.config import Server as Settings
from hr.pay.terms.lists import PayList
from hr.people.csv_import import Kind
from hr.service import HrService, Plant
from hr.store import engine, upgrade
from hr.web import create_app
from pages.serve import Server
from simulators.plant import load_plant
from simulators.site import HR_PASSWORD, HR_USER, SECOND_HR_PASSWORD, SECOND_HR_USER
from sync.wire.envelope import fingerprint, public_text
from sync.wire.facts import Direction
from tests.browser.chromium import chromium
from tests.unit.hr_web.plant import Journal, Made, moment

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
MONTH = "2026-11"
DAYS = tuple(day.isoformat() for day in (date(2026, 11, 1) + timedelta(days=n) for n in range(30)) if day.weekday() < 5)
HINGE, BRACKET, BASE = ("MO-261123-01", "H-40", "P10"), ("MO-261123-02", "B-12", "T20"), ("MO-261123-03", "D-7", "P20")
LONG_EVENING, FORGOTTEN, SCRAPPED, UNSEALED, COUNTED_LATE = (
    "2026-11-12",
    "2026-11-11",
    "2026-11-20",
    "2026-11-30",
    "2026-11-27",
)
TERMS = "number,valid_from,contract_month\n1011,2026-01-01,2600\n1013,2026-01-01,2600\n1016,2026-01-01,2600\n"

NO_MINIMUM_WAGE = "月最低工资（元）：11月2日起没有录入，影响 3 人\n 录入设置"
UNREVIEWED, UNSEALED_PIECES, OPEN_DAY = "还没有审核。", "9,000 件班长没盖章。", "有考勤日待处理：1 项"
NO_HOURS, NO_PRICE = "当日有计件但没有工时：1 项", "当日没有生效的单价：20 项"
UNDECIDED = "下班后生产，加班尚未决定：1 项"

WAGES = {
    # 21 days of 14,000 pieces, and 3,000 more on one evening at 150 %.
    "1011": 21 * 14_000 * Decimal("0.0118") + 3_000 * Decimal("0.0118") * Decimal("1.5"),
    # 21 days of 7,000 counts, two pieces each.
    "1013": 21 * 14_000 * Decimal("0.0096"),
    # 21 days of 9,000 pieces; 100 of one day are scrap.
    "1016": (21 * 9_000 - 100) * Decimal("0.0145"),
}
LATE_WAGE = 1_000 * Decimal("0.0096")


@dataclass(frozen=True)
class House:
    """HR on a free port, and what a test tells it behind the pages' back: facts, as boxes send them."""

    service: HrService
    url: str
    keys: dict[str, str]

    def receive(self, journal: Journal) -> None:
        key = Ed25519PrivateKey.generate().public_key()
        self.service.kiosks.enrol(journal.device, key)
        self.service.kiosks.accept(fingerprint(key))
        self.service.inbox.receive(journal.facts, "nonce")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's lists but for the price of one product, no minimum wage, and a month of facts with holes in it."""
    store = engine(f"sqlite:///{tmp_path_factory.mktemp('month') / 'hr.db'}")
    upgrade(store)
    service = HrService(store, Keys.generate(), lambda: moment("2026-12-02", "09:00:00"), Plant("顺达五金"))
    for user, password in ((HR_USER, HR_PASSWORD), (SECOND_HR_USER, SECOND_HR_PASSWORD)):
        service.add_user(user, password)
    for name, file in load_plant().csv_files():
        lines = file.read_text("utf-8-sig").splitlines(keepends=True)
        kept = "".join(line for line in lines if name != "prices" or BASE[1] not in line)
        service.catalogue.import_csv(Kind(name), kept.encode())
    service.terms.import_list(PayList.TERMS, TERMS.encode(), HR_USER)
    keys = {each.number: each.id for each in service.people.listed()}
    service.roster.set_team([keys[number] for number in WAGES], list(DAYS), ("DAY",), HR_USER)
    app = create_app(service, Settings(database="", keys=""))
    server = Server(app, "127.0.0.1:0", 4)
    thread = threading.Thread(target=server.run)
    thread.start()
    made = House(service, server.url, keys)
    made.receive(november(keys))
    yield made
    server.stop()
    thread.join(10)
    service.close()


def november(keys: dict[str, str]) -> Journal:
    journal = Journal("floor-1")
    boss = keys["1001"]
    for day in DAYS:
        for number in WAGES:
            journal.tap(day, "07:52:00", keys[number], Direction.IN)
            if (number, day) != ("1013", FORGOTTEN):
                leaves = "19:02:00" if (number, day) == ("1011", LONG_EVENING) else "17:04:00"
                journal.tap(day, leaves, keys[number], Direction.OUT)
        hinges = Made(day, keys["1011"], boss, "M03", HINGE, sealed_at="19:20:00")
        actuals, counted = [journal.stretch(hinges.with_readings(("08:05:00", 0), ("11:55:00", 14_000)))], 14_000
        if day == LONG_EVENING:
            actuals.append(journal.stretch(hinges.with_readings(("17:10:00", 14_000), ("18:55:00", 17_000))))
            counted += 3_000
        journal.seal(hinges, actuals, counted)
        brackets = replace(hinges, person=keys["1013"], machine="M02", work=BRACKET, pieces_per_count=2)
        journal.seal(brackets, [journal.stretch(brackets.with_readings(("08:05:00", 0), ("16:25:00", 7_000)))], 14_000)
        bases = replace(hinges, person=keys["1016"], work=BASE)
        pressed = journal.stretch(bases.with_readings(("12:35:00", 17_000), ("16:55:00", 26_000)))
        scrap = 100 if day == SCRAPPED else 0
        if day != UNSEALED:
            journal.seal(bases, [pressed], 9_000, good=9_000 - scrap, scrap_labour=scrap)
    return journal


def late_pieces(keys: dict[str, str]) -> Journal:
    """What a box without a network sends when the month is closed already."""
    journal = Journal("floor-2")
    late = Made(COUNTED_LATE, keys["1013"], keys["1001"], "M02", BRACKET, pieces_per_count=2)
    journal.seal(late, [journal.stretch(late.with_readings(("16:30:00", 0), ("16:50:00", 500)))], 1_000)
    return journal


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def signed_in(browser: Browser, house: House, user: str, password: str) -> Page:
    context = browser.new_context(base_url=house.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/log-in")
    page.fill("input[name=user]", user)
    page.fill("input[name=password]", password)
    page.click("form:has(input[name=password]) button")
    expect(page.locator("input[name=password]")).to_have_count(0)
    return page


def press(button: Locator) -> None:
    """Presses it and waits for the page that comes: going on at once would cut the form off on its way."""
    with button.page.expect_navigation():
        button.click()


def look(page: Page, name: str) -> None:
    """Keeps a picture of this step where MONTH_PICTURES says."""
    if folder := os.environ.get("MONTH_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def obstacles(page: Page) -> set[str]:
    """What the ledger says keeps the month open."""
    page.goto(f"/payroll/{MONTH}")
    return set(page.locator("ul.obstacles li").all_inner_texts())


def total(page: Page) -> Decimal:
    """The month's net as the ledger has it."""
    return Decimal((page.locator("[data-sum^='net:']").get_attribute("data-sum") or "").removeprefix("net:"))


def test_a_month_is_run_from_facts_to_a_closed_payroll_in_the_browser(browser: Browser, house: House) -> None:
    clerk = signed_in(browser, house, HR_USER, HR_PASSWORD)
    second = signed_in(browser, house, SECOND_HR_USER, SECOND_HR_PASSWORD)
    rest = {UNREVIEWED, UNSEALED_PIECES, OPEN_DAY, NO_HOURS, NO_PRICE, UNDECIDED}
    assert obstacles(clerk) == rest | {NO_MINIMUM_WAGE}
    clerk.locator("ul.obstacles summary").click()
    assert clerk.locator("ul.obstacles details a").count() == len(WAGES)
    look(clerk, "1-obstacles")
    _enters_the_minimum_wage(clerk)
    assert obstacles(clerk) == {UNREVIEWED, UNSEALED_PIECES, OPEN_DAY, NO_HOURS, NO_PRICE, UNDECIDED}
    look(clerk, "2-more-obstacles")
    clerk.goto(f"/pay/held?month={MONTH}")
    look(clerk, "2b-held")
    _mends_the_punch(clerk, second)
    assert obstacles(clerk) == {UNREVIEWED, UNSEALED_PIECES, NO_PRICE, UNDECIDED}
    _decides_overtime(clerk)
    assert obstacles(clerk) == {UNREVIEWED, UNSEALED_PIECES, NO_PRICE}
    _enters_the_price(clerk)
    assert obstacles(clerk) == {UNREVIEWED, UNSEALED_PIECES}
    _confirms_as_counted(clerk)
    assert obstacles(clerk) == {UNREVIEWED}
    look(clerk, "8-mended")

    press(clerk.locator("button[value=REVIEW]"))
    expect(clerk).to_have_url(f"{house.url}/payroll/{MONTH}/review")
    look(clerk, "9-review")
    clerk.goto(f"/payroll/{MONTH}")
    assert total(clerk) == sum(WAGES.values())
    press(clerk.locator(f"form[action='/payroll/{MONTH}/close'] button"))
    expect(clerk.locator(".banner.done").first).to_be_visible(timeout=20_000)
    _shows_what_was_closed(clerk)
    _refuses_to_change_it(clerk, house)
    assert _payroll(clerk) == _payroll(second)
    _checks_a_payslip(browser, clerk, house)
    _corrects_in_the_next_month(clerk, house)


def _shows_what_was_closed(clerk: Page) -> None:
    clerk.goto(f"/payroll/{MONTH}")
    look(clerk, "a-closed")
    assert total(clerk) == sum(WAGES.values())
    for number, wage in WAGES.items():
        row = clerk.locator("table.ledger tbody tr", has_text=number)
        assert row.locator("[data-part^='net:']").get_attribute("data-part") == f"net:{wage:.2f}"


def _mends_the_punch(clerk: Page, second: Page) -> None:
    """One asks for it, and only another one can approve it."""
    clerk.goto(f"/attendance/exceptions/?month={MONTH}&team=*")
    look(clerk, "3-exceptions")
    repair = clerk.locator("form[action='/attendance/exceptions/repair']")
    expect(repair).to_have_count(1)
    repair.locator("[name=time]").fill("17:00")
    repair.locator("[name=reason]").fill("忘记打卡，班长看见他下班")
    press(repair.locator("button"))
    clerk.goto(f"/attendance/exceptions/?month={MONTH}&team=*")
    look(clerk, "4-repair-waits")
    assert clerk.locator("button[value=APPROVED]").count() == 0
    second.goto(f"/attendance/exceptions/?month={MONTH}&team=*")
    approval = second.locator("form:has(button[value=APPROVED])")
    approval.locator("[name=why]").fill("与班长核实")
    press(approval.locator("button[value=APPROVED]"))


def _decides_overtime(clerk: Page) -> None:
    clerk.goto(f"/attendance/exceptions/?month={MONTH}&team=*")
    minutes = clerk.locator("form:has(input[name=kind][value=OVERTIME])")
    minutes.locator("input[name=day]").check()
    minutes.locator("[name=why]").fill("赶订单")
    look(clerk, "5-overtime")
    press(minutes.locator("button[value=approve]"))


def _enters_the_minimum_wage(clerk: Page) -> None:
    clerk.goto("/pay/settings?name=minimum_month")
    form = clerk.locator("form.form:has(input[name=value])")
    form.locator("[name=value]").fill("2300")
    form.locator("[name=why]").fill("当地最低工资")
    form.locator("[name=valid_from]").fill("2026-01-01")
    look(clerk, "6-minimum-wage")
    press(form.locator("button.do"))


def _enters_the_price(clerk: Page) -> None:
    clerk.goto(f"/orders/prices?product={BASE[1]}&operation={BASE[2]}")
    form = clerk.locator("form.form:has(input[name=price])")
    form.locator("[name=price]").fill("0.0145")
    form.locator("[name=why]").fill("新工序定价")
    form.locator("[name=valid_from]").fill("2026-01-01")
    look(clerk, "7-price")
    press(form.locator("button.do"))


def _confirms_as_counted(clerk: Page) -> None:
    """Not without a reason."""
    clerk.goto(f"/payroll/{MONTH}/unconfirmed")
    clerk.locator("input[name=record]").check()
    clerk.locator("[name=reason]").fill("班长已离职")
    look(clerk, "7b-unconfirmed")
    press(clerk.locator("button.do").last)
    expect(clerk.locator("input[name=record]")).to_have_count(0)


def _refuses_to_change_it(clerk: Page, house: House) -> None:
    """Neither page offers it, and the server takes no form that somebody has kept open."""
    assert clerk.locator(f"form[action^='/payroll/{MONTH}/']").count() == 0
    token = clerk.locator("input[name=csrf]").first.get_attribute("value") or ""
    kept_open: dict[str, str | float | bool] = {
        "csrf": token,
        "month": MONTH,
        "person": house.keys["1011"],
        "date": LONG_EVENING,
        "direction": "OUT",
        "time": "20:00",
        "reason": "又记起来了",
    }
    answer = clerk.request.post(
        "/attendance/exceptions/repair", form=kept_open, headers={"Origin": house.url, "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.ok
    assert house.service.attendance.repairs.between(LONG_EVENING, LONG_EVENING) == []


def _payroll(page: Page) -> bytes:
    answer = page.request.get(f"/pay/papers/{MONTH}/payroll.zip?form=xlsx")
    assert answer.ok
    return answer.body()


def _checks_a_payslip(browser: Browser, clerk: Page, house: House) -> None:
    """The code on the paper, in a browser without a network: the signed sum is what was worked out by hand."""
    answer = clerk.request.get(f"/pay/papers/{MONTH}/payslips.pdf?person={house.keys['1011']}")
    (code,) = zxingcpp.read_barcodes(drawn_in(answer.body()))
    context = browser.new_context(locale="zh-CN", offline=True)
    page = context.new_page()
    page.goto((ROOT / "docs" / "verify.html").as_uri())
    page.fill("#key", public_text(house.service.office.keys.signing.public_key()))
    page.fill("#text", code.text)
    page.click("button.do")
    expect(page.locator("#result")).to_have_class("right")
    look(page, "e-verified")
    assert f"{WAGES['1011']:.2f}" in page.locator("#result").inner_text().replace(",", "")
    context.close()


def drawn_in(pdf: bytes) -> Image.Image:
    """The one picture of a PDF, which is packed as telefaxes are (ITU-T T.6): a TIFF is the same bytes with a head."""
    found = re.search(rb"/Columns (\d+)[^>]*/Rows (\d+)[^>]*>>.*?/Length (\d+).*?stream\r?\n", pdf, re.DOTALL)
    assert found is not None
    width, height, length = map(int, found.groups())
    entries = ((256, width), (257, height), (258, 1), (259, 4), (262, 0), (273, 110), (278, height), (279, length))
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    packed = pdf[found.end() : found.end() + length]
    return Image.open(io.BytesIO(head + tags + bytes(4) + packed)).convert("L")


def _corrects_in_the_next_month(clerk: Page, house: House) -> None:
    house.receive(late_pieces(house.keys))
    clerk.goto(f"/payroll/{MONTH}/corrections")
    look(clerk, "c-corrections")
    assert f"+{LATE_WAGE:.2f}" in clerk.locator("main").inner_text()
    clerk.locator("[name=reason]").fill("盒子断网，产量迟到")
    press(clerk.locator("form.stack button.do"))
    clerk.goto(f"/payroll/{MONTH}")
    assert total(clerk) == sum(WAGES.values())
    clerk.goto("/payroll/2026-12")
    look(clerk, "d-next-month")
    assert total(clerk) == LATE_WAGE
