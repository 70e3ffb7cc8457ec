"""Every screen of a station in every language and on both panels, measured in a real browser."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from edge.link.messages import Alive, Answer, Committed
from kiosk_ui import create_app, live_of
from kiosk_ui.live import Live
from kiosk_ui.ports import Contact
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.paying import LineAsked
from kiosk_ui.stations import MAX_STREAMS, Streams
from sync.wire.facts import AttendanceTap, LineQuestioned, Outcome, QuantityConfirmed, QuestionReply
from sync.wire.payslip import PayslipAnswer, PayslipQuestion
from sync.wire.reference_data import Badge, Directory, Reference
from tests.browser.layout import layout_faults
from tests.browser.served import served
from tests.unit.kiosk_ui.fakes import DAY, PIN, FakeBox, wall_us
from tests.unit.kiosk_ui.line_scene import busy_day
from tests.unit.kiosk_ui.payslips import line, payslip
from tests.unit.kiosk_ui.scenes import Stage, bring_about

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

PANELS = [(800, 480), (1280, 800)]
KNOWN, OTHER_READER = "EM4100:100086F444", "WIEGAND:86F444"
SEAL = "gate-1/1/42"


@pytest.fixture(scope="module")
def tab(browser):
    """For whoever needs one page at a time: a new one takes as long as all else of a short test."""
    return browser.new_page(reduced_motion="reduce")


@contextmanager
def opened(tab, url, size, refusals=0):
    """A page that must stay silent on the console, but for so many answers with which the server refuses a form."""
    said: list[str] = []
    listeners = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
    }
    tab.context.clear_cookies()
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    for event, listener in listeners.items():
        tab.on(event, listener)
    try:
        tab.goto(url)
        yield tab
    finally:
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)
        tab.goto("about:blank")
    assert len([each for each in said if "409 (CONFLICT)" in each]) == refusals
    assert len(said) == refusals


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize("screen", Screen)
def test_a_screen_can_be_read_and_touched(tab, screen, language):
    box = FakeBox(language)
    stage = Stage(box)
    app = create_app(box.ports, monotonic=stage.monotonic)
    bring_about(screen, language, live_of(app), stage)
    with served(app) as url, opened(tab, f"{url}/station/gate", PANELS[0]) as page:
        assert page.locator("main").get_attribute("data-state") == screen.value
        for width, height in PANELS:
            page.set_viewport_size({"width": width, "height": height})
            assert layout_faults(page, smallest_text=16, smallest_target=56) == []


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize(
    "screen",
    [
        Screen.IN,
        Screen.OUT,
        Screen.ALREADY_IN,
        Screen.IN_OR_OUT,
        Screen.LOGGED_ON,
        Screen.LOGGED_OFF,
        Screen.HANDED_OVER,
    ],
)
def test_the_longest_names_still_fit(tab, screen, language):
    box = FakeBox(language)
    box.directory = Directory(long_names(box.directory.reference))
    stage = Stage(box)
    app = create_app(box.ports, monotonic=stage.monotonic)
    bring_about(screen, language, live_of(app), stage)
    with served(app) as url, opened(tab, f"{url}/station/gate", PANELS[0]) as page:
        assert layout_faults(page, smallest_text=16, smallest_target=56) == []


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize("screen", [Screen.IN, Screen.OUT])
def test_the_longest_plan_still_fits(tab, screen, language):
    box = FakeBox(language)
    box.directory = Directory(long_names(box.directory.reference))
    box.plan(["day", "late"], ["day", "late"])
    stage = Stage(box)
    app = create_app(box.ports, monotonic=stage.monotonic)
    bring_about(screen, language, live_of(app), stage)
    with served(app) as url, opened(tab, f"{url}/station/gate", PANELS[0]) as page:
        assert page.is_visible(".own")
        assert layout_faults(page, smallest_text=16, smallest_target=56) == []


def long_names(reference: Reference) -> Reference:
    """The same plant with names at the far end of what is real."""
    names = {"p-zhang": "欧阳建国", "p-hung": "Nguyễn Thị Phương Thảo", "p-adams": "Christopher Montgomery"}
    replace = msgspec.structs.replace
    return replace(
        reference,
        people=[replace(each, name=names.get(each.id, each.name)) for each in reference.people],
        machines=[replace(each, name="数控冲床 03 号机") for each in reference.machines],
        orders=[
            replace(each, product_name="不锈钢铰链 H-40/2 左", operation_name="二次冲孔") for each in reference.orders
        ],
    )


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)])
def test_the_supervisors_pages_can_be_read_and_touched(tab, language, size):
    box = FakeBox(language)
    busy_day(box)
    unknown_badge(box)
    questions(box)
    with served(create_app(box.ports)) as url, opened(tab, f"{url}/language/{language}?next=/line", size) as page:
        assert layout_faults(page, smallest_text=16, smallest_target=48) == []
        page.fill("[name=number]", "0101")
        page.fill("[name=pin]", PIN)
        page.click(".btn.do")
        page.wait_for_url("**/line/live")
        assert layout_faults(page, smallest_text=16, smallest_target=48, scrolls=True) == []
        page.goto(f"{url}/line/confirm")
        assert layout_faults(page, smallest_text=16, smallest_target=48, scrolls=True) == []
        page.click("a[href^='/line/readings']")
        page.click("summary")
        assert page.is_visible("details li")
        assert layout_faults(page, smallest_text=16, smallest_target=48, scrolls=True) == []
        page.goto(f"{url}/line/unowned?lot=2026-11-23~tap-02~QUARANTINED~~~")
        assert layout_faults(page, smallest_text=16, smallest_target=48, scrolls=True) == []
        page.goto(f"{url}/line/badges")
        assert page.is_visible("[type=radio]")
        assert layout_faults(page, smallest_text=16, smallest_target=48, scrolls=True) == []
        page.goto(f"{url}/line/questions")
        assert page.locator("[name=reply]").count() == 3 * len(QuestionReply)
        assert layout_faults(page, smallest_text=16, smallest_target=48, scrolls=True) == []


def unknown_badge(box: FakeBox) -> None:
    """The last three bytes of Zhang's badge, as another kind of reader sends them."""
    box.directory = Directory(msgspec.structs.replace(box.directory.reference, badges=[Badge(KNOWN, "p-zhang")]))
    body = AttendanceTap(Outcome.UNKNOWN_BADGE, "gate", "gate-reader", DAY, badge=OTHER_READER)
    box.views.add(body, "07:51:00")


def questions(box: FakeBox) -> None:
    """About a line sealed here, about an amount without a seal, and about a line of another box."""
    seal = next(fact for fact in box.views.journal if fact.kind == QuantityConfirmed.__name__)
    for about in (f"{seal.device}/{seal.epoch}/{seal.seq}", "GUARANTEE_TOPUP/2026-11", "gate-9/12/123456"):
        box.views.add(LineQuestioned(Outcome.QUESTION_ASKED, "gate", "p-zhang", DAY, about), "16:40:00")


def logged_in(page: Any, url: str) -> None:
    page.fill("[name=number]", "0101")
    page.fill("[name=pin]", PIN)
    page.click(".btn.do")
    page.wait_for_url("**/line/live")


def test_a_supervisor_gives_pieces_that_nobody_owns_to_a_person(tab):
    box = FakeBox()
    busy_day(box)
    box.core.reply = Answer("", Outcome.ASSIGNED, 1)
    with served(create_app(box.ports)) as url, opened(tab, f"{url}/line", PANELS[1], refusals=1) as page:
        logged_in(page, url)
        page.click("text=是谁的？")
        page.click("tr:has-text('冲床 04') >> text=核对")
        page.select_option("[name=person0]", "p-li")
        page.fill("[name=pieces0]", "60")
        page.click("text=以我的名义指派")
        page.wait_for_selector("text=请选择或填写原因")
        assert page.input_value("[name=pieces0]") == "60"
        page.select_option("[name=reason]", "忘记刷卡上机")
        page.click("text=以我的名义指派")
        page.wait_for_selector(".banner.ok")
    assert [(each.shares, each.reason) for each in box.core.commands] == [({"p-li": 60}, "忘记刷卡上机")]


def test_a_supervisor_links_a_badge_after_choosing_whose_it_is(tab):
    box = FakeBox()
    unknown_badge(box)
    box.core.reply = Answer("", Outcome.BADGE_LINKED, 1)
    with served(create_app(box.ports)) as url, opened(tab, f"{url}/line", PANELS[1], refusals=1) as page:
        logged_in(page, url)
        page.click("text=未知卡")
        page.select_option("[name=reason]", "同一张卡，另一种读卡器")
        page.click("text=以我的名义关联")
        page.wait_for_selector("text=请选择这张卡是谁的")
        page.check(f"[value='{KNOWN}']")
        page.select_option("[name=reason]", "同一张卡，另一种读卡器")
        page.click("text=以我的名义关联")
        page.wait_for_selector(".banner.ok")
    assert [(each.badge, each.person, each.like) for each in box.core.commands] == [(OTHER_READER, "p-zhang", KNOWN)]


LONGEST_WORDS = {
    "zh": "20日的480件已按490件更正，差额2.53元随12月工资一起发放。如有疑问请来人事办公室问",
    "en": "480 pieces of 20 November are now 490; CNY 2.53 come with the December pay slip.",
    "vi": "480 cái ngày 20/11 nay là 490 cái; 2,53 tệ được trả cùng lương tháng 12, cảm ơn.",
}
"""Nearly as wide as what HR may say of a question."""
HINT_WITHIN_FOOT = """() => {
  const [hint, foot] = [".foot .hint", ".foot"].map((each) => document.querySelector(each).getBoundingClientRect());
  return hint.top >= foot.top && hint.bottom <= foot.bottom;
}"""


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize("state", ["asked", "not-kept", "waits", "settled", *QuestionReply])
def test_a_line_that_was_asked_about_can_be_read_and_touched(tab, state, language):
    box = FakeBox(language)
    reply = state if state in set(QuestionReply) else ""
    settled = LONGEST_WORDS[language] if state == "settled" else ""
    known = [PayslipQuestion(SEAL, 1, reply, "Nguyễn Thị Phương Thảo", settled)] if reply or settled else []
    if state == "waits":
        known = [PayslipQuestion(SEAL, 1)]
    said = msgspec.structs.replace(payslip("p"), lines=[line(20, 1_020, fact=SEAL)], questions=known)
    box.ports = replace(box.ports, payslip=lambda asked: PayslipAnswer(said))
    stage = Stage(box)
    app = create_app(box.ports, monotonic=stage.monotonic)
    live = live_of(app)
    bring_about(Screen.PAY_LINE, language, live, stage)
    if state in ("asked", "not-kept"):
        live.pay("gate", LineAsked(SEAL, kept=state == "asked"))
    with served(app) as url, opened(tab, f"{url}/station/gate", PANELS[0]) as page:
        assert page.locator(".foot .hint").count() == 1
        for width, height in PANELS:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(HINT_WITHIN_FOOT)
            assert layout_faults(page, smallest_text=16, smallest_target=56) == []


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
@pytest.mark.parametrize("state", ["unreachable", "waiting"])
@pytest.mark.parametrize("screen", [Screen.IDLE, Screen.IN, Screen.OUT])
def test_a_box_without_network_can_be_read_and_touched(tab, screen, state, language):
    box = FakeBox(language)
    stage = Stage(box)
    app = create_app(box.ports, monotonic=stage.monotonic)
    offline(box, stage, live_of(app), state)
    bring_about(screen, language, live_of(app), stage)
    with served(app) as url:
        for size in PANELS:
            with opened(tab, f"{url}/station/gate", size) as page:
                assert page.is_visible(".banner" if screen is Screen.IDLE else ".kept")
                assert layout_faults(page, smallest_text=16, smallest_target=56) == []


def offline(box: FakeBox, stage: Stage, live: Live, state: str) -> None:
    """Leaves thousands of facts waiting for more than a minute."""
    stage.turn(live)
    box.contact = Contact(wall_us("14:10:00"), state, -12_000)
    box.made(1, "07:30:00", person="p-wang")
    for _ in range(62):
        stage.turn(live, 1.0)


def test_the_seal_appears_only_when_the_sum_fits_or_a_reason_is_given(tab):
    box = FakeBox()
    busy_day(box)
    with served(create_app(box.ports)) as url, opened(tab, f"{url}/line", PANELS[1]) as page:
        page.fill("[name=number]", "0101")
        page.fill("[name=pin]", PIN)
        page.click(".btn.do")
        page.goto(f"{url}/line/confirm")
        page.fill("[name=good]", "930")
        assert "少 10 件" in page.inner_text("#check")
        assert not page.is_visible(".sealing")
        page.fill("[name=reason]", "掉进料斗")
        assert page.is_visible(".sealing")
        page.fill("[name=rework]", "10")
        assert "合计相符" in page.inner_text("#check")
        page.click(".sealing")
        page.wait_for_selector(".banner.ok")
    assert [(each.good, each.rework, each.adjustment) for each in box.core.commands] == [(930, 10, 0)]


@pytest.mark.parametrize("streams", [MAX_STREAMS, 0])
def test_a_tap_appears_by_stream_and_where_there_is_none_by_polling(browser, monkeypatch, streams):
    monkeypatch.setattr(Streams.__init__, "__defaults__", (streams,))
    box = FakeBox()
    app = create_app(box.ports)
    with served(app) as url:
        page = browser.new_page(viewport={"width": 800, "height": 480})
        page.goto(f"{url}/station/gate")
        live_of(app).start()
        box.notices.send(Alive(0, recording=True))
        box.notices.send(Committed(box.tap(Outcome.CLOCKED_IN, "07:58:00")))
        page.wait_for_selector("main[data-state=in]", timeout=5000)
        assert "张三丰" in page.inner_text("main")
        page.close()


def test_a_page_that_has_lost_its_server_says_so(browser):
    box = FakeBox()
    with served(create_app(box.ports)) as url:
        page = browser.new_page(viewport={"width": 800, "height": 480})
        page.goto(f"{url}/station/gate")
        assert not page.is_visible("#reconnecting")
    page.wait_for_selector("#reconnecting:visible", timeout=10_000)
    page.close()
