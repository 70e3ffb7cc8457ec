"""`clockpiece demo`: the whole factory on this machine, and a panel to play with."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from pages.serve import serve
from simulators.panel import create_panel
from simulators.past_box import BEFORE, People, asked_for, brought, prepare
from simulators.processes import Failed, heed_sigterm
from simulators.site import HR_ACCOUNTS, Site, SiteOptions, free_address, prepare_folder
from simulators.timetable import Timetable

WORDS = {
    "zh": (
        "演示工厂已经开工。按 Ctrl-C 停止。",
        "操作台（从这里开始）",
        "工人刷卡屏",
        "班长确认产量",
        "人事",
        "工号 {number}，密码 {pin}",
        "用户 {user}，密码 {password}",
        "待关账的月份",
    ),
    "en": (
        "The demo factory is running. Ctrl-C stops it.",
        "Panel (begin here)",
        "Worker kiosk",
        "Supervisor",
        "HR",
        "number {number}, PIN {pin}",
        "user {user}, password {password}",
        "The month to close",
    ),
}


def run(
    folder: Path, language: str, people: People, *, fresh: bool, month: str | None, say: Callable[[str], None]
) -> None:
    """Until Ctrl-C or SIGTERM. `month`: the month that is brought along, see `asked_for`. Raises Failed when a service
    does not come up, or for another month than the folder has."""
    heed_sigterm()
    wanted = None if month is None else asked_for(month, time.time_ns() // 1000)
    prepare_folder(folder, fresh=fresh)
    _is_the_one(folder, month)
    # At the pace and the hour of this machine, but with a clock that the box believes: a guest need not have set one.
    timetable = Timetable(folder.absolute() / "timetable.json", time.time_ns() // 1000)
    timetable.go(1)
    with Site(SiteOptions(folder, language, timetable.now_us, timetable.file, known_ports=True)) as site:
        prepare(site, people, wanted)
        panel = create_panel(site.factory(), site.links(), secret=secrets.token_bytes(32), language=language)
        serve(panel, free_address(8060), threads=4, ready=lambda url: _announce(site, url, say))


def _is_the_one(folder: Path, month: str | None) -> None:
    """Failed when a month is named and the folder has another one already: its box has been put away."""
    has = brought(folder)
    if has and month not in (None, BEFORE, has):
        raise Failed(f"this demo has {has} already; --fresh begins anew with {month}")


def _announce(site: Site, panel_url: str, say: Callable[[str], None]) -> None:
    words = WORDS[site.plant.language]
    supervisor = site.plant.supervisors[0]
    rows = [
        (words[1], panel_url, ""),
        (words[2], f"{site.kiosk_url}/station/gate", ""),
        (words[3], f"{site.kiosk_url}/line", words[5].format(number=supervisor.number, pin=supervisor.pin)),
    ]
    accounts = [words[6].format(user=user, password=password) for user, password in HR_ACCOUNTS]
    rows += [(words[4], site.hr_url, accounts[0]), *(("", "", each) for each in accounts[1:])]
    if month := brought(site.folder):
        rows.append((words[7], f"{site.hr_url}/payroll/{month}", ""))
    say(words[0])
    for title, url, hint in rows:
        # Chinese characters are two columns wide.
        width = 24 - sum(1 for character in title if ord(character) > 0x2E80)
        say(f"  {title:<{width}}{url:<40}{hint}".rstrip())
