"""A newcomer at the box, in a real browser: real core, real devices on ptys, a card and a badge; HR is away."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from edge.config import Box, BoxConfig, Station
from edge.devices.rdm6300.keys import Rdm6300Keys
from edge.devices.samv.keys import SamvKeys
from edge.field import run_field
from edge.link.ask import ask
from edge.link.client import LinkClient
from edge.link.messages import DeviceNotice
from kiosk_ui import KioskPorts, create_app, live_of
from kiosk_ui.screens.joining import Left
from simulators.rdm6300 import SimulatedReader
from simulators.samv import SimulatedIdCardReader, number_of, resident_text
from sync.wire.identity import sealing_text, unseal
from sync.wire.reference_data import Directory
from tests import cast
from tests.browser.layout import layout_faults
from tests.browser.served import served
from tests.newcomers import SEALING_KEY
from tests.unit.core.running import RunningCore

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

NAME, BADGE = "柳青青", "20000000A1"
NUMBER = number_of("110101", "20010506", 1)
CARD = resident_text(NAME, NUMBER)
REFERENCE = msgspec.structs.replace(cast.REFERENCE, sealing_key=sealing_text(SEALING_KEY.public_key()))
DEADLINE_S = 15.0


@contextlib.contextmanager
def devices(config: BoxConfig, core: RunningCore) -> Iterator[None]:
    """The process `devices` as a thread."""
    loop = asyncio.new_event_loop()
    link = LinkClient(core.socket)

    async def field() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.run())
            tasks.create_task(run_field(config, core.clock, link))

    task = loop.create_task(field())

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(DEADLINE_S)
        loop.close()


@pytest.fixture
def gate(short_folder: Path) -> Iterator[SimpleNamespace]:
    """A gate whose screen, core and readers run; `badges` and `cards` are its readers."""
    with (
        SimulatedReader(short_folder / "badges") as badges,
        SimulatedIdCardReader(short_folder / "cards") as cards,
        contextlib.closing(RunningCore(short_folder)) as core,
    ):
        readers = [
            Rdm6300Keys("gate-reader", "gate", "rdm6300", str(badges.link)),
            SamvKeys("gate-cards", "gate", "samv", str(cards.link)),
        ]
        config = BoxConfig(Box("box-1", "", "", ""), [Station("gate", "一号门")], readers)
        core.start()
        with devices(config, core):
            core.notice(DeviceNotice, device="gate-cards", up=True)
            ports = KioskPorts(
                views=core.views,
                directory=lambda: Directory(REFERENCE),
                ask=lambda command, timeout_s: ask(core.socket, command, timeout_s),
                notices=core.bell,
                clock=core.clock,
                stations=config.station,
                secret=b"a secret of the tests",
                readers=readers[:1],
                card_readers=readers[1:],
            )
            app = create_app(ports)
            live_of(app).start()
            with served(app) as url:
                yield SimpleNamespace(url=url, live=live_of(app), core=core, badges=badges, cards=cards)


@pytest.fixture
def page(browser: Browser, gate: SimpleNamespace) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.set_default_timeout(DEADLINE_S * 1000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{gate.url}/station/gate")
    yield page
    page.close()
    assert said == []


def press(page: Page, action: str) -> None:
    page.click(f"[data-join={action}]")


def shows(page: Page, screen: str) -> str:
    """Waits for this screen; its words."""
    page.wait_for_selector(f"main[data-state={screen}]")
    assert layout_faults(page, smallest_text=16, smallest_target=56) == []
    return page.inner_text("main")


def to_confirm(page: Page, gate: SimpleNamespace) -> None:
    shows(page, "idle")
    press(page, "start")
    shows(page, "join-notice")
    press(page, "next")
    shows(page, "join-card")
    gate.cards.place(CARD)
    assert NAME in shows(page, "join-confirm")


def test_a_newcomer_joins_and_clocks_in(page: Page, gate: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    to_confirm(page, gate)
    press(page, "confirm")
    words = shows(page, "join-badge")
    assert NAME not in words + page.content()
    gate.badges.tap(BADGE)
    assert "00A1" in shows(page, "join-badge-again")
    gone_for(1.1)
    gate.badges.tap(BADGE)
    shows(page, "join-welcome")
    gone_for(1.1)
    gate.badges.tap(BADGE)
    assert "新同事 00A1" in shows(page, "in")

    (registered,), (bound,) = gate.core.facts("PersonRegistered"), gate.core.facts("BadgeBound")
    (tap,) = gate.core.facts("AttendanceTap")
    person = registered.body["person"]
    assert (bound.body["person"], tap.body["person"], tap.body["effective"]) == (person, person, True)
    ((_, _, sealed),) = gate.core.views.sealed_records(10)
    card = unseal(sealed, person, SEALING_KEY).card
    assert (card.name, card.number) == (NAME, NUMBER)
    assert not [each for each in (NAME, NUMBER) if each in caplog.text]


def gone_for(seconds: float) -> None:
    """A badge is away from the reader: how long a reader takes to see that is real time."""
    time.sleep(seconds)


def test_a_known_badge_is_served_in_between_and_the_card_is_forgotten(page: Page, gate: SimpleNamespace) -> None:
    to_confirm(page, gate)
    gate.badges.tap(cast.WANG_BADGE.removeprefix("EM4100:"))
    assert cast.WANG.name in shows(page, "in")
    shows(page, "join-card")
    assert NAME not in page.content()


def test_going_back_shows_nothing_of_a_card(page: Page, gate: SimpleNamespace) -> None:
    to_confirm(page, gate)
    page.goto(f"{gate.url}/")
    gate.live.join("gate", Left())
    page.go_back()
    assert NAME not in page.content()
    shows(page, "idle")
    assert NAME not in page.content()


def test_a_page_that_the_browser_puts_aside_is_empty(page: Page, gate: SimpleNamespace) -> None:
    to_confirm(page, gate)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert NAME not in page.content()


def test_reloading_after_leaving_shows_nothing_of_a_card(page: Page, gate: SimpleNamespace) -> None:
    to_confirm(page, gate)
    press(page, "leave")
    shows(page, "idle")
    assert NAME not in page.content()
    page.reload()
    assert NAME not in page.content()
