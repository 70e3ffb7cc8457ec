"""The README's first command, as a newcomer gives it: the factory comes up, a badge reaches HR, all of it goes away."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import requests

from simulators import site
from simulators.browsing import Visitor
from simulators.site import HR_PASSWORD, HR_USER

pytestmark = pytest.mark.slow

PLANT_ZONE = ZoneInfo("Asia/Shanghai")
AT_HR_WITHIN_S = 5.0
STOPS_WITHIN_S = 20.0
UP_WITHIN_S = 120.0


class Demo(NamedTuple):
    """The running command and what it printed: panel, kiosk, supervisor, HR, the month to close."""

    folder: Path
    process: subprocess.Popen[str]
    urls: list[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "clockpiece", "demo", "--lang", "en", "--fresh", "--data", str(folder / "data")]
    command.append("--month")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls: list[str] = []
        while len(urls) < 5 and (line := process.stdout.readline()):
            urls += re.findall(r"http://\S+", line)
        yield Demo(folder, process, urls)
        process.send_signal(signal.SIGTERM)
        process.wait(STOPS_WITHIN_S)


def test_it_prints_where_the_four_pages_and_the_month_are(demo: Demo) -> None:
    assert len(demo.urls) == 5
    assert demo.urls[4] == f"{demo.urls[3]}/payroll/{_month_before()}"


def test_every_printed_page_answers(demo: Demo) -> None:
    for url in demo.urls:
        assert "<html" in Visitor(url).open(url)


def test_the_month_before_waits_for_hr_with_its_holes(demo: Demo) -> None:
    office = Visitor(demo.urls[3])
    log_in = next(form for form in office.forms("/log-in") if "password" in form.fields)
    office.submit(log_in, user=HR_USER, password=HR_PASSWORD)
    page = office.open(f"/payroll/{_month_before()}")
    for hole in (
        "pieces that no supervisor has sealed",
        ": 10 people",
        "1 × made after the shift, and nobody has decided on the overtime",
        "1 × an attendance day is open",
    ):
        assert hole in page
    assert "Zhang Sanfeng" in page


def test_a_badge_held_to_the_reader_is_at_hr_within_five_seconds(demo: Demo) -> None:
    panel, _, _, hr, _ = demo.urls
    office = Visitor(hr)
    log_in = next(form for form in office.forms("/log-in") if "password" in form.fields)
    office.submit(log_in, user=HR_USER, password=HR_PASSWORD)
    assert "Zhang Sanfeng" not in _who_is_in(office)

    visitor = Visitor(panel)
    tap = next(form for form in visitor.forms("/") if form.action.endswith("/tap"))
    begin = time.monotonic()
    visitor.submit(tap, at="gate", badge="1011")

    while "Zhang Sanfeng" not in _who_is_in(office):
        assert time.monotonic() - begin < AT_HR_WITHIN_S
    assert time.monotonic() - begin < AT_HR_WITHIN_S


def test_another_month_than_the_one_that_a_folder_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / site.MARKER).touch()
    (tmp_path / "data" / "month-before").write_text("2025-03", "ascii")
    command = [sys.executable, "-m", "clockpiece", "demo", "--data", str(tmp_path / "data"), "--month", "2025-04"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=STOPS_WITHIN_S)
    assert answer.returncode == 2
    assert "this demo has 2025-03 already; --fresh begins anew with 2025-04" in answer.stderr


def _month_before() -> str:
    return (datetime.now(PLANT_ZONE).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def _who_is_in(office: Visitor) -> str:
    """The last two days as HR downloads them: a tap after midnight may belong to yesterday's shift."""
    today = datetime.now(PLANT_ZONE).date()
    days = f"start={today - timedelta(days=1)}&end={today}"
    return office.download(f"/attendance.csv?{days}").decode("utf-8-sig")


def test_ctrl_c_leaves_no_process_and_no_socket_behind(demo: Demo) -> None:
    """The last one that needs it running."""
    assert _mentioning(demo.folder)
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(STOPS_WITHIN_S) == 0
    assert not _mentioning(demo.folder)


def test_sigterm_before_it_is_up_leaves_no_process_behind_either(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clockpiece", "demo", "--lang", "en", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + UP_WITHIN_S
        while not any("run devices" in line for line in _mentioning(tmp_path)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        process.wait(STOPS_WITHIN_S)
    assert not _mentioning(tmp_path)


def _mentioning(folder: Path) -> list[str]:
    """The command lines of running processes that name this folder, the demo's children among them."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = each.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if str(folder) in line:
            found.append(line)
    return found


def test_a_port_that_is_taken_at_the_last_moment_is_given_up_for_another(tmp_path, monkeypatch):
    honest = site.free_address
    with socket.create_server(("127.0.0.1", 0)) as others:
        taken = f"127.0.0.1:{others.getsockname()[1]}"
        offered = iter([taken])
        monkeypatch.setattr(site, "free_address", lambda preferred: next(offered, None) or honest(preferred))
        site.prepare_folder(tmp_path / "plant", fresh=True)
        options = site.SiteOptions(tmp_path / "plant", "zh", lambda: time.time_ns() // 1000)
        with site.Site(options) as running:
            assert taken not in running.hr_url
            assert requests.get(running.hr_url, timeout=10).ok
