"""A box, its HR server and its devices in a short folder: real processes, started and killed at will."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from edge.link.doorbell import DoorbellListener
from edge.store.views import SqlViews
from hr.accounts import Installation, Keys
from hr.accounts import init as install
from hr.people.csv_import import Kind
from hr.service import HrService
from hr.store import engine
from simulators.mill import CounterSpec
from simulators.plc import SimulatedPlc
from simulators.rdm6300 import SimulatedReader
from sync.enrolling.keys import own_key
from sync.wire.envelope import Fact, fingerprint
from tests.faults.proxy import FaultProxy

REPO = Path(__file__).resolve().parents[2]
DEVICE = "box-1"
MACHINE = "press-1"
COUNTER = "press-1-strokes"
PIECES_PER_MIN = 600
DB_KEY = bytes(range(32))
STOP_WITHIN_S = 8.0

TOML = """
[box]
name = "{device}"
data = "data"
run = "run"
key = "box.key"

[[station]]
name = "gate"

[[reader]]
name = "gate-1"
station = "gate"
family = "rdm6300"
port = "{port}"

[[counter]]
name = "{counter}"
machine = "{machine}"
family = "modbus_counter"
host = "127.0.0.1"
port = {plc}
address = 0
words = 2
session_address = 2
max_rate_per_min = {rate}
poll_ms = 50

[hr]
url = "{url}"
public_key = "{public_key}"
signing_key = "signing.key"
interval_s = 0.1
retry_max_s = 1.0
"""


class Service(StrEnum):
    CORE = "core"
    DEVICES = "devices"
    SYNC = "sync"
    HR = "hr"


def badge_of(number: int) -> str:
    """The ten hex digits of the badge of person `number`."""
    return f"{0xA500000000 + number:010X}"


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    starts: int


class FaultBox:
    """For a `with` block. `people` have one badge each; `faults` are those of tests.faults.armed, by service."""

    def __init__(self, people: int, faults: dict[Service, list[str]] | None = None) -> None:
        # Unix sockets have short names: a folder deep below a test's own would not do.
        self.folder = Path(tempfile.mkdtemp(prefix="cp-"))
        with ExitStack() as opened:
            opened.callback(shutil.rmtree, self.folder)
            self._build(people, faults or {}, opened)
            self._opened = opened.pop_all()

    def _build(self, people: int, faults: dict[Service, list[str]], opened: ExitStack) -> None:
        self.died: list[str] = []
        self._children: dict[Service, _Child] = {}
        self._faults = {service: list(faults.get(service, [])) for service in Service}
        self._armed = self.folder / "die-after-commit"
        self._faults[Service.CORE].append(f"die-after-commit={self._armed}")
        self._orders = 0
        self.restarts: list[tuple[int, int]] = []
        for name in ("run", "data", "logs"):
            (self.folder / name).mkdir()
        self.reader = opened.enter_context(SimulatedReader(self.folder / "gate-1"))
        self.plc = opened.enter_context(SimulatedPlc(CounterSpec(bits=32, session=1), now_us))
        self.hr = self._installed_hr(opened)
        self._let_in()
        self._import_people(people)
        self.views = opened.enter_context(closing(SqlViews(self.folder / "data" / "facts.db", DB_KEY)))
        self.bell = opened.enter_context(closing(DoorbellListener(self.folder / "run" / "kiosk.bell")))
        self.person_of = {
            badge.removeprefix("EM4100:"): person.id for person in self.hr.people.listed() for badge in person.badges
        }

    def __enter__(self) -> FaultBox:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._opened.close()

    # --- processes ----------------------------------------------------------------------------------

    def start(self, service: Service) -> None:
        """Under the product's own command line. At most one of each runs."""
        child = self._children.get(service)
        if child is not None and child.process.poll() is None:
            return
        config = self.folder / "hr" / "hr.toml" if service is Service.HR else self.folder / "box.toml"
        arguments = ["run", str(service), "--config", str(config)]
        faults = self._faults[service]
        how = ["-m", "tests.faults.armed", *faults, "--"] if faults else ["-m", "clockpiece"]
        with (self.folder / "logs" / f"{service}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *how, *arguments],
                cwd=REPO,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._children[service] = _Child(process, child.starts + 1 if child else 1)

    def kill(self, service: Service) -> None:
        """SIGKILL, at whatever it is doing. One that is dead already by its own fault is noted in `died`."""
        process = self._children[service].process
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            self.died.append(f"{service} ended by itself ({process.returncode}): {self.log_of(service)}")

    def kill_core_after_commit(self, timeout_s: float) -> bool:
        """SIGKILL between the COMMIT of the next tap and its answer. False when there was no tap in time."""
        self._armed.touch()
        try:
            self._children[Service.CORE].process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        finally:
            self._armed.unlink(missing_ok=True)
        self.kill(Service.CORE)
        return True

    @contextlib.contextmanager
    def stopped(self, service: Service) -> Iterator[None]:
        """SIGSTOP for as long as the block runs: alive, and deaf to everything."""
        process = self._children[service].process
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def pid(self, service: Service) -> int:
        return self._children[service].process.pid

    def restart_plc(self) -> None:
        """The PLC loses its count; `restarts` notes what the register showed."""
        at_us = now_us()
        self.plc.restart()
        began_us = self.plc.register.presets[-1].at_us
        self.restarts.append((began_us, self.plc.value_at(max(at_us, began_us - 1))))

    def stop(self) -> None:
        """SIGTERM to all, and SIGKILL to what does not end in time."""
        running = {name: child.process for name, child in self._children.items() if child.process.poll() is None}
        for process in running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_S
        for name, process in running.items():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.died.append(f"{name} did not end within {STOP_WITHIN_S:.0f} s of SIGTERM")
                process.kill()
                process.wait()
        self._children.clear()

    def log_of(self, service: Service, lines: int = 6) -> str:
        """The end of its log."""
        text = (self.folder / "logs" / f"{service}.log").read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])

    def tracebacks(self) -> list[str]:
        """Services whose log holds a traceback."""
        logs = sorted((self.folder / "logs").iterdir())
        return [f"{log.name}: a traceback" for log in logs if "Traceback" in log.read_text("utf-8", "replace")]

    # --- HR -----------------------------------------------------------------------------------------

    def change_order(self) -> str:
        """At HR the machine's order is closed and another one opened; gives the new one's id."""
        self._orders += 1
        closed = f"WO-{self._orders - 1},P,Part,O,Op,1000,{MACHINE},CLOSED\n" if self._orders > 1 else ""
        opened = f"WO-{self._orders},P,Part,O,Op,1000,{MACHINE},OPEN\n"
        columns = "order,product,product_name,operation,operation_name,quantity,machine,state\n"
        self._import(Kind.ORDERS, columns + closed + opened)
        return f"WO-{self._orders}"

    def at_hr(self) -> list[Fact]:
        """All facts that HR holds for use, in order."""
        last = max((kiosk.last_seq or 0 for kiosk in self.hr.kiosks.listed()), default=0)
        found: list[Fact] = []
        for start in range(1, last + 1, 1000):
            found += self.hr.inbox.facts(DEVICE, 1, list(range(start, min(start + 1000, last + 1))))
        return found

    def _installed_hr(self, opened: ExitStack) -> HrService:
        with socket.create_server(("127.0.0.1", 0)) as free:
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        self.network = opened.enter_context(FaultProxy(int(listen.rpartition(":")[2])))
        made = install(self.folder / "hr", "harness", "never used here", Installation(listen=listen))
        (self.folder / "box.key").write_text(DB_KEY.hex(), "ascii")
        text = TOML.format(
            device=DEVICE,
            machine=MACHINE,
            counter=COUNTER,
            port=self.reader.link,
            plc=self.plc.port,
            rate=PIECES_PER_MIN * 2,
            url=self.network.url,
            public_key=made.public_key,
        )
        (self.folder / "box.toml").write_text(text, "utf-8")
        store = engine(f"sqlite:///{self.folder / 'hr' / 'hr.db'}")
        opened.callback(store.dispose)
        return HrService(store, Keys.load(self.folder / "hr" / "keys"), now_us)

    def _let_in(self) -> None:
        key = own_key(self.folder / "signing.key").public_key()
        self.hr.kiosks.enrol(DEVICE, key)
        self.hr.kiosks.accept(fingerprint(key))

    def _import_people(self, people: int) -> None:
        self._import(Kind.PEOPLE, "number,name\n" + "".join(f"{1000 + each},P{each}\n" for each in range(people)))
        badges = "".join(f"{badge_of(each)},{1000 + each}\n" for each in range(people))
        self._import(Kind.BADGES, "badge,number\n" + badges)
        self._import(Kind.MACHINES, f"machine,name\n{MACHINE},Press\n")

    def _import(self, kind: Kind, text: str) -> None:
        self.hr.catalogue.import_csv(kind, text.encode())
