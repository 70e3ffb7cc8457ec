"""A service that hangs is restarted, one that is started twice ends at once, and doctor knows who runs.

Real processes under the demo's own service manager, which speaks to them as systemd does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from database import NotThereYet
from edge.link.ask import ask
from edge.link.messages import Answer, Ping, new_id
from edge.store.views import SqlViews
from simulators.processes import Processes
from simulators.rdm6300 import SimulatedReader
from sync.wire.facts import AttendanceTap, Outcome

pytestmark = pytest.mark.slow

KEY = bytes(range(32))
SERVICES = ("core", "devices", "kiosk", "sync")
WATCHDOG_S = 2.0
DEADLINE_S = 30.0
TOML = """
[box]
name = "box-1"
data = "data"
run = "run"
key = "$CREDENTIALS_DIRECTORY/box.key"

[[station]]
name = "gate"

[[reader]]
name = "gate-1"
station = "gate"
family = "rdm6300"
port = "{port}"

[kiosk]
listen = "127.0.0.1:0"

[hr]
url = "http://127.0.0.1:9"
public_key = "gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q"
signing_key = "signing.key"
"""


@dataclass
class Box:
    """All four services of a box that HR never answers."""

    folder: Path
    processes: Processes
    reader: SimulatedReader
    views: SqlViews

    @property
    def config(self) -> Path:
        return self.folder / "box.toml"

    def taps_of(self, badge: str) -> list[dict[str, Any]]:
        try:
            facts = self.views.after(0, 1_000_000)
        except (NotThereYet, dbapi2.OperationalError):
            return []
        return [fact.body for fact in facts if fact.kind == AttendanceTap.__name__ and badge in fact.body["badge"]]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clockpiece", *arguments, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)

    def hang(self, *services: str) -> dict[str, int]:
        """Stops them where they stand; gives the pids that now hang."""
        pids = {service: self.processes.pid(service) for service in services}
        for pid in pids.values():
            os.kill(pid, signal.SIGSTOP)
        return pids

    def until_ready(self, service: str, another_than: int = 0) -> None:
        def back() -> bool:
            return self.processes.pid(service) != another_than and self.processes.ready(service)

        until(back, f"{service} does not come up: {self.processes.log_of(service)}")

    def await_restart_of(self, hung: dict[str, int]) -> None:
        for service, pid in hung.items():
            self.until_ready(service, another_than=pid)
            assert "watchdog: no sign of life" in self.processes.log_of(service)


def until(true: Callable[[], bool], complaint: str) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline_s, complaint
        time.sleep(0.02)


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    # Unix sockets have short names: a folder deep below a test's own would not do.
    folder = Path(tempfile.mkdtemp(prefix="cp-"))
    (folder / "box.key").write_text(KEY.hex())
    (folder / "box.key").chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDENTIALS_DIRECTORY", str(folder))
        with SimulatedReader(folder / "gate-1") as reader, closing(SqlViews(folder / "data/facts.db", KEY)) as views:
            (folder / "box.toml").write_text(TOML.format(port=reader.link))
            processes = Processes(folder / "logs")
            try:
                running = Box(folder, processes, reader, views)
                for service in SERVICES:
                    processes.start(service, "run", service, "--config", str(running.config), watchdog_s=WATCHDOG_S)
                for service in SERVICES:
                    running.until_ready(service)
                yield running
            finally:
                processes.stop()
    shutil.rmtree(folder)


@pytest.mark.fault("F32")
def test_a_second_one_of_each_service_ends_with_one_sentence_and_the_first_goes_on(box: Box):
    pids = [box.processes.pid(service) for service in SERVICES]
    bell = (box.folder / "run" / "kiosk.bell").stat().st_ino
    for service in SERVICES:
        second = box.run("run", service)
        assert second.returncode == 2
        assert "stop it first" in second.stderr.splitlines()[-1]
        assert "Traceback" not in second.stderr
    assert [box.processes.pid(service) for service in SERVICES] == pids
    assert (box.folder / "run" / "kiosk.bell").stat().st_ino == bell


def test_doctor_says_of_each_service_that_it_runs(box: Box):
    said = box.run("doctor", "--json")
    found = {each["check"]: each["level"] for each in map(json.loads, said.stdout.splitlines())}
    for check in ("configuration", "SQLite", "core", "devices", "kiosk", "sync", "journal", "port of gate-1"):
        assert found[check] == "ok", said.stdout
    assert found["HR"] == "look"


@pytest.mark.fault("F30")
def test_a_core_that_hangs_is_restarted_and_the_tap_made_meanwhile_is_stored_once(box: Box):
    hung = box.hang("core")
    box.reader.tap("A500000001")
    box.await_restart_of(hung)
    until(lambda: bool(box.taps_of("A500000001")), "the tap was lost")
    assert isinstance(ask(box.folder / "run" / "core.sock", Ping(new_id()), DEADLINE_S), Answer)
    assert [tap["outcome"] for tap in box.taps_of("A500000001")] == [Outcome.UNKNOWN_BADGE]


@pytest.mark.fault("F30")
def test_devices_kiosk_and_sync_that_hang_are_restarted_and_core_goes_on(box: Box):
    core = box.processes.pid("core")
    box.await_restart_of(box.hang("devices", "kiosk", "sync"))
    until(lambda: _tapped(box, "A500000002"), "the reader is not read again")
    assert box.processes.pid("core") == core
    doctor = box.run("doctor")
    assert doctor.returncode == 0, doctor.stdout


def _tapped(box: Box, badge: str) -> bool:
    """Nobody saw a tick for a tap while devices was down: people tap again."""
    if not box.taps_of(badge):
        box.reader.tap(badge)
    return bool(box.taps_of(badge))
