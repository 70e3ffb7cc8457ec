"""`make pictures`: docs/pictures from the running demo, on a fixed date, so that they show what is there today.

Each set is a process of its own, so that the factories of two languages run at the same time. `--only month` takes one.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import kill
from pathlib import Path

from playwright.sync_api import Browser, Page

from pages import HTML_LANG
from pages.serve import Server
from simulators.newcomer import BADGE_AWAY_S
from simulators.office import Supervisor
from simulators.panel import create_panel
from simulators.people import Patience, Watcher
from simulators.plant import NEWCOMER, UNKNOWN_BADGE
from simulators.scenes import DATE, clock
from simulators.site import HR_PASSWORD, HR_USER, Site, SiteOptions
from simulators.timetable import Timetable
from tests import picture_month
from tests.browser.chromium import chromium

FOLDER = Path(os.environ.get("PICTURES", "docs/pictures"))
KIOSK, WIDE, TABLET, DESKTOP = (800, 480), (1280, 800), (1280, 800), (1440, 900)


class Camera:
    """A browser and a running factory."""

    def __init__(self, browser: Browser, site: Site, timetable: Timetable, language: str) -> None:
        self.browser, self.site, self.time = browser, site, timetable
        self.locale, self.suffix = HTML_LANG[language], "" if language == "zh" else f"-{language}"
        self.taken: list[str] = []

    def page(self, size: tuple[int, int]) -> Page:
        page = self.browser.new_page(
            viewport={"width": size[0], "height": size[1]}, locale=self.locale, reduced_motion="reduce"
        )
        page.set_default_timeout(15_000)
        return page

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> None:
        file = FOLDER / f"{name}{self.suffix}.png"
        page.screenshot(path=str(file), full_page=whole)
        self.taken.append(file.name)

    def tap(self, station: str, number: str) -> None:
        """A person taps and the screen answers him."""
        person = self.site.plant.person(number)
        tag = self.site.plant.tag_of(number)
        watcher = Watcher(self.site.kiosk_url, station, Patience(3, 2))
        assert watcher.visit(lambda: self.site.readers[station].tap(tag), person.name).answered

    def answer(self, page: Page, station: str, name: str, number: str) -> None:
        """Taps, waits for the panel in the browser, and takes its picture."""
        tag = self.site.plant.tag_of(number) if number else UNKNOWN_BADGE
        self.site.readers[station].tap(tag)
        page.wait_for_selector(".result", state="visible")
        self.shoot(page, name)
        page.wait_for_selector(".idle", state="visible", timeout=30_000)


@contextmanager
def camera(browser: Browser, language: str) -> Iterator[Camera]:
    with tempfile.TemporaryDirectory(prefix="clockpiece-pictures-") as folder:
        timetable = Timetable(Path(folder) / "timetable.json", clock("07:56"))
        options = SiteOptions(Path(folder), language, timetable.now_us, timetable.file)
        with Site(options) as site:
            timetable.go(1)
            yield Camera(browser, site, timetable, language)


def kiosk(shot: Camera) -> None:
    page = shot.page(KIOSK)
    page.goto(f"{shot.site.kiosk_url}/station/gate")
    page.wait_for_selector(".idle")
    shot.shoot(page, "kiosk-idle")
    shot.answer(page, "gate", "kiosk-in", "1011")
    shot.answer(page, "gate", "kiosk-already-in", "1011")
    shot.answer(page, "gate", "kiosk-in-vi", "1017")
    shot.answer(page, "gate", "kiosk-in-long-name", "1018")
    shot.answer(page, "gate", "kiosk-unknown", "")
    for person in shot.site.plant.people:
        if person.number not in {"1011", "1017", "1018", "1020"}:
            shot.tap("gate", person.number)
    shot.site.readers["gate"].unplug()
    page.wait_for_selector(".result.ask", state="visible")
    shot.shoot(page, "kiosk-out-of-order")
    shot.site.readers["gate"].plug()
    page.wait_for_selector(".idle", state="visible")
    core = shot.site.processes.pid("core")
    kill(core, signal.SIGSTOP)
    try:
        page.wait_for_selector(".result.stop", state="visible")
        shot.shoot(page, "kiosk-cannot-record")
    finally:
        kill(core, signal.SIGCONT)
    page.close()


def joining(shot: Camera) -> None:
    """A newcomer at the gate, from the notice to her first tap."""
    page, gate = shot.page(WIDE), shot.site.readers["gate"]
    page.goto(f"{shot.site.kiosk_url}/station/gate")
    page.click("[data-join=start]")
    for state, go_on in (
        ("join-notice", lambda: page.click("[data-join=next]")),
        ("join-card", lambda: shot.site.id_cards.place(NEWCOMER.card)),
        ("join-confirm", lambda: page.click("[data-join=confirm]")),
        ("join-badge", lambda: gate.tap(NEWCOMER.badge)),
        ("join-badge-again", lambda: time.sleep(BADGE_AWAY_S)),
        ("", lambda: gate.tap(NEWCOMER.badge)),
        ("join-welcome", lambda: shot.site.id_cards.lift()),
    ):
        if state:
            page.wait_for_selector(f"main[data-state={state}]", state="visible")
            shot.shoot(page, f"kiosk-{state}")
        go_on()
    time.sleep(BADGE_AWAY_S)
    gate.tap(NEWCOMER.badge)
    page.wait_for_selector("main[data-state=in]", state="visible")
    shot.shoot(page, "kiosk-newcomer-in")
    page.close()


def machines(shot: Camera) -> None:
    page = shot.page(KIOSK)
    page.goto(f"{shot.site.kiosk_url}/station/press")
    page.wait_for_selector(".idle")
    shot.time.leap(clock("08:01"), 300, 1)
    shot.answer(page, "press", "kiosk-logged-on", "1011")
    shot.site.plcs["M02"].mill.run(24)
    shot.time.leap(clock("08:04"), 100, 1)
    shot.tap("tapping", "1013")
    shot.site.plcs["M03"].mill.run(62)
    shot.time.leap(clock("11:58"), 1_000, 1)
    shot.site.readers["press"].tap(NEWCOMER.badge)
    page.wait_for_selector(".result", state="visible")
    shot.shoot(page, "kiosk-not-cleared")
    page.wait_for_selector(".idle", state="visible", timeout=30_000)
    shot.answer(page, "press", "kiosk-handed-over", "1012")
    shot.time.leap(clock("16:58"), 1_000, 1)
    for machine in ("M02", "M03"):
        shot.site.plcs[machine].mill.stand()
    shot.answer(page, "press", "kiosk-logged-off", "1012")
    shot.tap("tapping", "1013")
    gate = shot.page(KIOSK)
    gate.goto(f"{shot.site.kiosk_url}/station/gate")
    gate.wait_for_selector(".idle")
    shot.answer(gate, "gate", "kiosk-out", "1011")
    for number in ("1012", "1013", "1014", "1016", "1017"):
        shot.tap("gate", number)
    gate.close()
    page.close()


def supervisor(shot: Camera) -> None:
    page = shot.page(TABLET)
    page.goto(f"{shot.site.kiosk_url}/line")
    shot.shoot(page, "supervisor-log-in")
    person = shot.site.plant.supervisors[0]
    page.fill("[name=number]", person.number)
    page.fill("[name=pin]", person.pin)
    page.keyboard.press("Enter")
    page.wait_for_url("**/line/live")
    page.goto(f"{shot.site.kiosk_url}/line/live")
    shot.shoot(page, "supervisor-live")
    page.goto(f"{shot.site.kiosk_url}/line/unowned")
    shot.shoot(page, "supervisor-unowned")
    page.click("a[href*='lot='] >> nth=0")
    shot.shoot(page, "supervisor-assign", whole=True)
    page.goto(f"{shot.site.kiosk_url}/line/badges")
    shot.shoot(page, "supervisor-badges")
    page.goto(f"{shot.site.kiosk_url}/line/confirm?date=2026-11-23")
    shot.shoot(page, "supervisor-confirm")
    Supervisor(shot.site, random.Random(1)).seal_all(DATE)
    page.reload()
    shot.shoot(page, "supervisor-confirmed")
    page.close()


def office(shot: Camera) -> None:
    page = shot.page(DESKTOP)
    page.goto(f"{shot.site.hr_url}/log-in")
    shot.shoot(page, "hr-log-in")
    page.fill("[name=user]", HR_USER)
    page.fill("[name=password]", HR_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".side")
    day = "start=2026-11-23&end=2026-11-23"
    for name, path in (
        ("hr-today", "/"),
        ("hr-people", "/people"),
        ("hr-newcomers", "/newcomers/"),
        ("hr-orders", "/orders"),
        ("hr-attendance", "/attendance?date=2026-11-23"),
        ("hr-output", "/output?date=2026-11-23"),
        ("hr-pay", f"/pay?{day}"),
        ("hr-kiosks", "/kiosks"),
        ("hr-counters", "/counters/"),
        ("hr-clearances", "/clearances/"),
    ):
        page.goto(shot.site.hr_url + path)
        shot.shoot(page, name)
    page.goto(f"{shot.site.hr_url}/newcomers/")
    page.click("main a[href*='/newcomers/0']")
    shot.shoot(page, "hr-newcomer")
    page.goto(f"{shot.site.hr_url}/pay?{day}")
    page.click("a[href*='/pay/of/'] >> nth=0")
    shot.shoot(page, "hr-pay-of-one")
    page.click("a[href*='/pay/line/'] >> nth=0")
    shot.shoot(page, "hr-wage-line", whole=True)
    page.close()


def panel(shot: Camera) -> None:
    app = create_panel(
        shot.site.factory(), shot.site.links(), secret=secrets.token_bytes(32), language=shot.site.plant.language
    )
    server = Server(app, "127.0.0.1:0", 4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    page = shot.page(DESKTOP)
    page.goto(server.url)
    time.sleep(1.5)
    shot.shoot(page, "panel", whole=True)
    page.close()
    server.stop()
    thread.join(10)


SCENES: dict[str, tuple[Callable[[Camera], None], ...]] = {
    "zh": (kiosk, joining, machines, supervisor, office, panel),
    "en": (kiosk, joining, machines, supervisor, office, panel),
}


MONTH = "month"
SETS = (*SCENES, MONTH)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--only", choices=SETS)
    only = parser.parse_args().only
    FOLDER.mkdir(parents=True, exist_ok=True)
    return _all() if only is None else _take(only)


def _all() -> int:
    taken = [subprocess.Popen([sys.executable, "-m", "tests.pictures", "--only", each]) for each in SETS]
    return max(each.wait() for each in taken)


def _take(chosen: str) -> int:
    with chromium() as browser:
        if chosen == MONTH:
            print(f"{chosen}: {picture_month.shoot(browser, FOLDER)} pictures in {FOLDER}")
            return 0
        with camera(browser, chosen) as shot:
            for scene in SCENES[chosen]:
                scene(shot)
            print(f"{chosen}: {len(shot.taken)} pictures in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
