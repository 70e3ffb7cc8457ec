"""A worker looks at his pay at a real kiosk process, line by line: what he saw is then searched for on the box."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import requests

from edge.link.ask import ask
from edge.link.messages import BadgeTapped, new_id
from hr.people.csv_import import Kind
from sync.wire.envelope import ClockState, Stamp
from tests.faults.box import REPO, FaultBox, badge_of, now_us
from tests.unit.hr.cast import Box, actual, confirmation, reading, span

PAY = {
    "order": "CANARY-0815",
    "reason": "金丝雀掉进料斗",
    "operation": "金丝雀冲孔",
    "amount": "7341.57",
    "amount as shown": "7,341.57",
}
"""What HR says of him and nobody else on the box knows."""

PIECES, PRICE = 400, "18.353925"
DEADLINE_S = 30.0


def earn(box: FaultBox) -> str:
    """His seal at another box, in HR's database; his person key."""
    person, today = box.person_of[badge_of(0)], box.hr.office.today()
    prices = "product,product_name,operation,operation_name,price,valid_from\n"
    box.hr.catalogue.import_csv(Kind.PRICES, f"{prices}CNR,CNR,CNRO,{PAY['operation']},{PRICE},2020-01-01\n".encode())
    other, replace = Box("press-9"), msgspec.structs.replace
    dated: dict[str, Any] = {"order": PAY["order"], "product": "CNR", "operation": "CNRO", "work_date": today}
    first, last = other.write(reading(500), now_us()).seq, other.write(reading(600), now_us()).seq
    part = replace(actual([span(first, last, 100)], {person: PIECES}), calendar_date=today, **dated)
    seal = confirmation([other.write(part, now_us()).seq], PIECES, person, reason=PAY["reason"])
    other.write(replace(seal, **dated), now_us())
    box.hr.inbox.receive(other.journal, "nonce")
    return person


def look(box: FaultBox) -> str:
    """Two taps with a touch between them, the list and its one line: all that the screen has shown."""
    with kiosk(box.folder) as url, contextlib.closing(requests.Session()) as browser:
        station, shown = f"{url}/station/gate", ""
        csrf = _found(r'data-csrf="([^"]+)"', browser.get(station, timeout=DEADLINE_S).text)

        def screen(state: str, act: Callable[[], object]) -> str:
            act()
            until_s = time.monotonic() + DEADLINE_S
            while (payload := browser.get(f"{station}/screen", timeout=DEADLINE_S).json())["state"] != state:
                assert time.monotonic() < until_s, (state, payload["state"])
                time.sleep(0.05)
            return str(payload["html"])

        def touch(action: str) -> None:
            form, ours = {"csrf": csrf, "action": action}, {"Sec-Fetch-Site": "same-origin"}
            browser.post(f"{station}/pay", data=form, headers=ours, timeout=DEADLINE_S).raise_for_status()

        screen("in", lambda: _tap(box))
        screen("pay-badge", lambda: touch("want"))
        shown += screen("pay", lambda: _tap(box))
        shown += screen("pay-line", lambda: touch("line"))
        left = screen("idle", lambda: touch("leave"))
        assert not any(each in left for each in PAY.values())
        return shown


@contextlib.contextmanager
def kiosk(folder: Path) -> Iterator[str]:
    """The real process; its address."""
    command = [sys.executable, "-m", "clockpiece", "run", "kiosk", "--config", str(folder / "box.toml")]
    file = folder / "logs" / "kiosk.log"
    with file.open("wb") as log:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0"], cwd=REPO, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    try:
        until_s = time.monotonic() + DEADLINE_S
        while "kiosk is ready at" not in file.read_text("utf-8"):
            assert time.monotonic() < until_s, file.read_text("utf-8")
            assert process.poll() is None, file.read_text("utf-8")
            time.sleep(0.05)
        yield _found(r"kiosk is ready at (\S+)", file.read_text("utf-8"))
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def _tap(box: FaultBox) -> None:
    at = Stamp("boot-canary", time.clock_gettime_ns(time.CLOCK_BOOTTIME), now_us(), ClockState.NTP)
    ask(box.folder / "run" / "core.sock", BadgeTapped(new_id(), at, "gate", "gate-1", f"EM4100:{badge_of(0)}"), 10)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]
