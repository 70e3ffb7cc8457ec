"""In at one door and out at the other, with and without a link: two boxes and HR as processes, one day at HR."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from edge.clock import Segment, TableClock
from edge.link.ask import CoreSilent, ask
from edge.link.messages import Answer, BadgeTapped, ChooseDirection, new_id
from hr.accounts import Installation, Keys
from hr.accounts import init as install
from hr.people.csv_import import Kind
from hr.service import HrService
from hr.store import engine
from sync.enrolling.keys import own_key
from sync.reference.store import ReferenceReader
from sync.wire.envelope import fingerprint
from sync.wire.facts import Direction, Outcome
from tests.faults.box import REPO
from tests.faults.proxy import Fault, FaultProxy
from tests.faults.proxy import Kind as Cut

pytestmark = pytest.mark.slow

KEY = bytes(range(32))
PLANT = ZoneInfo("Asia/Shanghai")
DAY = "2026-11-24"
IN, OUT = Direction.IN, Direction.OUT
PEOPLE = "number,name\n1001,王芳\n1002,李强\n"
SHIFTS = "shift,name,start,end\nD,白班,08:00,17:00\n"
WANG, LI = "EM4100:A500000001", "EM4100:A500000002"
BADGES = "badge,number\nA500000001,1001\nA500000002,1002\n"
WITHIN_S = 30.0

TOML = """
[box]
name = "{name}"
data = "data"
run = "run"
key = "box.key"
clock_table = "{table}"

[[station]]
name = "door"

[[reader]]
name = "door-reader"
station = "door"
family = "rdm6300"
port = "/dev/null"

[hr]
url = "{url}"
public_key = "{public_key}"
signing_key = "signing.key"
interval_s = 0.05
retry_max_s = 1.0
presence_s = 0.05
"""


class PlantTime:
    """The one clock of all processes: it runs at the speed of real time, and is put forward by hand."""

    def __init__(self, file: Path) -> None:
        self.file, self._segments = file, [Segment(0, 0, 1)]
        self._put(7.5)
        self.clock = TableClock(file)

    def _put(self, hour: float) -> None:
        fact_us = round((datetime.fromisoformat(DAY).replace(tzinfo=PLANT).timestamp() + hour * 3600) * 1e6)
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self._segments = [*self._segments[1:], Segment(now_ns, fact_us, 1)]
        fresh = self.file.with_suffix(".next")
        fresh.write_bytes(msgspec.json.encode(self._segments))
        fresh.replace(self.file)

    def reach(self, hour: float) -> None:
        """Later today, at once."""
        self._put(hour)

    def now_us(self) -> int:
        return self.clock.stamp().wall_us


class Door:
    """A box at a door: core and sync as processes, its line to HR to be cut."""

    def __init__(self, name: str, folder: Path, town: Town) -> None:
        self.name, self.folder, self.time = name, folder, town.time
        for each in ("data", "run"):
            (folder / each).mkdir(parents=True)
        self.line = FaultProxy(town.port)
        (folder / "box.key").write_text(KEY.hex(), "ascii")
        text = TOML.format(name=name, table=town.time.file, url=self.line.url, public_key=town.public_key)
        (folder / "box.toml").write_text(text, "utf-8")
        key = own_key(folder / "signing.key").public_key()
        town.hr.kiosks.enrol(name, key)
        town.hr.kiosks.accept(fingerprint(key))
        self.reference = ReferenceReader(folder / "data" / "reference.db", KEY)
        self.processes = [run(folder / "box.toml", service, folder) for service in ("core", "sync")]

    def tap(self, badge: str) -> Answer:
        """Somebody holds his badge there; what core answers."""
        command = BadgeTapped(new_id(), self.time.clock.stamp(), "door", "door-reader", badge)
        return self._told(command)

    def says(self, tap: Answer, direction: Direction) -> Answer:
        """He touches one of the two buttons."""
        assert tap.seq is not None
        return self._told(ChooseDirection(new_id(), self.time.clock.stamp(), "door", tap.seq, direction))

    def _told(self, command: BadgeTapped | ChooseDirection) -> Answer:
        until_s = time.monotonic() + WITHIN_S
        while time.monotonic() < until_s:
            try:
                answer = ask(self.folder / "run" / "core.sock", command, 5.0)
            except CoreSilent:
                continue
            assert isinstance(answer, Answer)
            return answer
        raise AssertionError(f"core of {self.name} does not answer: {logs(self.folder)}")

    def knows_the_other(self) -> bool:
        return len(self.reference.elsewhere().presence.boxes) == 1

    def knows_all(self) -> bool:
        """Whether HR has told it by now of all that happens elsewhere."""
        return self.reference.elsewhere().unknown_since_us(self.time.now_us()) is None

    def cut(self) -> None:
        self.line.set(Fault(Cut.REFUSE))
        wait_for(lambda: not self.reference.elsewhere().in_touch, self.folder)

    def mend(self) -> None:
        self.line.set(Fault(Cut.PASS))

    def close(self) -> None:
        self.reference.close()
        self.line.close()


class Town:
    """HR as a process, and two doors."""

    def __init__(self, folder: Path, stop: contextlib.ExitStack) -> None:
        self.folder, self.time = folder, PlantTime(folder / "time.json")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        choices = Installation(listen=f"127.0.0.1:{self.port}", clock_table=str(self.time.file))
        made = install(folder / "hr", "harness", "never used here", choices)
        self.public_key = made.public_key
        store = engine(f"sqlite:///{folder / 'hr' / 'hr.db'}")
        stop.callback(store.dispose)
        self.hr = HrService(store, Keys.load(folder / "hr" / "keys"), self.time.now_us)
        for kind, text in ((Kind.PEOPLE, PEOPLE), (Kind.SHIFTS, SHIFTS), (Kind.BADGES, BADGES)):
            self.hr.catalogue.import_csv(kind, text.encode())
        self.processes = [run(made.config, "hr", folder)]
        stop.callback(self.stop)
        self.doors = [Door(name, folder / name, self) for name in ("door-a", "door-b")]
        self.a, self.b = self.doors
        for door in self.doors:
            stop.callback(door.close)
            wait_for(door.knows_the_other, folder)

    def stop(self) -> None:
        running = [*self.processes, *(each for door in getattr(self, "doors", []) for each in door.processes)]
        for each in running:
            each.terminate()
        for each in running:
            each.wait(15)

    def day(self, number: str) -> tuple[int, bool] | None:
        found = [each for each in self.hr.attendance.days(DAY, DAY) if each.person_number == number]
        return (found[0].minutes, found[0].open) if found else None


def run(config: Path, service: str, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{service}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "clockpiece", "run", service, "--config", str(config)],
            cwd=REPO, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=dict(os.environ),
        )  # fmt: skip


def logs(folder: Path) -> str:
    return "\n".join(f"{each}:\n{each.read_text('utf-8')[-800:]}" for each in sorted(folder.rglob("*.log")))


def wait_for(holds: Callable[[], bool], folder: Path) -> None:
    until_s = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < until_s, logs(folder)
        time.sleep(0.02)


@pytest.fixture
def town() -> Iterator[Town]:
    # Unix sockets have short names: a folder deep below a test's own would not do.
    folder = Path(tempfile.mkdtemp(prefix="doors-"))
    with contextlib.ExitStack() as stop:
        stop.callback(shutil.rmtree, folder)
        yield Town(folder, stop)


def knows(door: Door, direction: Direction) -> Callable[[], bool]:
    """Whether the box has been told of somebody whose last tap elsewhere had this direction."""
    return lambda: any(each.direction is direction for each in door.reference.elsewhere().presence.seen)


def test_in_at_one_door_and_out_at_the_other_with_the_link_up_and_down(town: Town):
    a, b = town.a, town.b
    town.time.reach(8)
    assert a.tap(WANG).outcome is Outcome.CLOCKED_IN
    wait_for(knows(b, IN), town.folder)
    wait_for(b.knows_all, town.folder)
    town.time.reach(8 + 4 / 60)
    assert b.tap(WANG).outcome is Outcome.CLOCKED_OUT
    assert b.tap(LI).outcome is Outcome.CLOCKED_IN
    wait_for(knows(a, IN), town.folder)

    a.cut()
    town.time.reach(14)
    assert a.tap(LI).outcome is Outcome.DIRECTION_OFFERED
    back = a.tap(WANG)
    assert back.outcome is Outcome.DIRECTION_OFFERED
    assert a.says(back, IN).outcome is Outcome.CLOCKED_IN
    town.time.reach(17)
    assert a.tap(WANG).outcome is Outcome.CLOCKED_OUT
    assert (town.day("1001"), town.day("1002")) == ((4, False), (0, True))

    a.mend()
    wanted = ((4 + 3 * 60, False), (5 * 60 + 56, False))
    wait_for(lambda: (town.day("1001"), town.day("1002")) == wanted, town.folder)
