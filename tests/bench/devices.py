"""The budgets of the devices: what polling costs, how soon a reading is durable, how much of a serial line is used.

The devices are programs in C beside this module, so that what they cost is not what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from database import open_reader
from edge.bootstrap import BoxFiles
from edge.devices.modbus_counter.codec import Block
from edge.devices.modbus_counter.rtu import LineSettings, serial_line
from edge.field import run_field
from edge.link.client import LinkClient
from edge.link.messages import Answer, Command, CounterSamples
from tests.bench.disk import Card, card, p99, written_by
from tests.bench.rows import Row

HERE = Path(__file__).parent
DEVICES, REGISTERS, POLL_MS = 32, 10, 100
COUNTS_PER_S = 20
"""Each poll finds another value."""

CPU_S = 20.0
LATENESS_S = 15.0
URGENT_S, RESTART_EACH_S = 20.0, 2.0
RTU_S = 5.0
CARD_S = 305.0
"""What moves makes a fact each 300 s."""

DAY_S = 86_400
SERVICES = ("core", "devices")
NICE_OF_SYNC = 10
"""As its unit has it."""


def compiled(folder: Path, name: str, *libraries: str) -> str:
    program = folder / name
    subprocess.run(["gcc", "-O2", "-o", program, HERE / f"{name}.c", *libraries], check=True)
    return str(program)


class ModbusDevices:
    """The simulated devices, running from construction until `close`."""

    def __init__(self, folder: Path, restart_each_s: float = 0) -> None:
        command = [
            compiled(folder, "modbus_devices", "-lm"),
            *map(str, (DEVICES, COUNTS_PER_S, restart_each_s, POLL_MS)),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.ports = [int(port) for port in self._line().split()]

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def requests_since(self) -> dict[str, float]:
        """Since the last time: how many, and how late they were after their tick, in ms."""
        self._process.send_signal(signal.SIGUSR1)
        answer: dict[str, float] = json.loads(self._line())
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Box:
    """The services `core` and `devices` with a counter on each device; `devices` may be left to whoever measures."""

    def __init__(self, data: Path, ports: list[int], services: tuple[str, ...] = SERVICES) -> None:
        # Not below the data folder: the path of a Unix socket has at most 107 bytes.
        self.run_folder = Path(tempfile.mkdtemp(prefix="cp-bench-", dir="/tmp"))
        config = self.run_folder / "clockpiece.toml"
        config.write_text(_config(data, ports))
        (self.run_folder / "key").write_text(bytes(range(32)).hex())
        self.files = BoxFiles.read(config)
        self._log = (self.run_folder / "log").open("w")
        command = [sys.executable, "-m", "clockpiece", "run"]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in services:
            self.processes[name] = subprocess.Popen([*command, name, "--config", config], stderr=self._log)
        self.until(self.files.core_socket.exists)

    def until(self, there: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 60
        while not there():
            if time.monotonic() > deadline_s:
                raise RuntimeError((self.run_folder / "log").read_text())
            time.sleep(0.05)

    def cpu_s(self) -> float:
        """Used so far, by all of them."""
        files = [Path(f"/proc/{each.pid}/schedstat") for each in self.processes.values()]
        return sum(int(file.read_text("ascii").split()[0]) for file in files) / 1e9

    def written(self) -> dict[str, int]:
        return {name: written_by(each.pid) for name, each in self.processes.items()}

    def journal_bytes(self) -> int:
        """Its pages, those included that are still in the log."""
        with contextlib.closing(open_reader(self.files.data / "facts.db", self.files.key())) as journal:
            pages, size = (journal.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return int(pages) * int(size)

    def close(self) -> None:
        for each in reversed(self.processes.values()):
            each.terminate()
            each.wait()
        self._log.close()
        shutil.rmtree(self.run_folder)


def _config(data: Path, ports: list[int]) -> str:
    box = f'[box]\nname = "bench"\ndata = "{data}"\nrun = "."\nkey = "key"\n\n[[station]]\nname = "gate"\n'
    counters = [
        f'\n[[counter]]\nname = "c{number}"\nmachine = "m{number}"\nfamily = "modbus_counter"\nhost = "127.0.0.1"\n'
        f"port = {port}\naddress = 0\nsession_address = {REGISTERS - 1}\nmax_rate_per_min = {COUNTS_PER_S * 120}\n"
        f"poll_ms = {POLL_MS}\n"
        for number, port in enumerate(ports)
    ]
    return box + "".join(counters)


# --- what polling costs -------------------------------------------------------------------------------


def poller(program: str, ports: list[int], seconds: float) -> dict[str, float]:
    command = [program, str(POLL_MS), str(seconds), *map(str, ports)]
    answer: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return answer


def polling_rows(folder: Path, own: Card | None) -> Iterator[Row]:
    devices = ModbusDevices(folder)
    box = Box(folder / "box" / "data", devices.ports)
    try:
        box.until(lambda: devices.requests_since()["requests"] > DEVICES)
        time.sleep(5)
        written = Written.now(box, own)
        yield _cpu_row(folder, devices, box)
        yield _lateness_row(devices)
        yield from _card_rows(box, own, written)
    finally:
        box.close()
        devices.close()


def _cpu_row(folder: Path, devices: ModbusDevices, box: Box) -> Row:
    """The poller's turns before and after ours, so that both meet the same moments of the machine."""
    program = compiled(folder, "modbus_poller")
    limits = [poller(program, devices.ports, CPU_S / 2)]
    devices.requests_since()
    used_s, began_s = box.cpu_s(), time.monotonic()
    time.sleep(CPU_S)
    ours = (box.cpu_s() - used_s) / (time.monotonic() - began_s)
    asked = devices.requests_since()["requests"]
    limits.append(poller(program, devices.ports, CPU_S / 2))
    limit = sum(each["cpu_s"] for each in limits) / sum(each["seconds"] for each in limits)
    wanted = CPU_S * 1000 / POLL_MS * DEVICES
    figures = f"core and devices {ours:.2%} of a core, the poller {limit:.2%}; {asked / wanted:.1%} of all polls"
    return Row("32 devices x 10 registers each 100 ms, CPU / a C poller", figures, ours / limit, 12.0)


def _lateness_row(devices: ModbusDevices) -> Row:
    devices.requests_since()
    time.sleep(LATENESS_S)
    idle = devices.requests_since()
    with busy_core():
        time.sleep(LATENESS_S)
    busy = devices.requests_since()
    figures = f"p99 idle {idle['late_p99_ms']:.1f} ms, busy {busy['late_p99_ms']:.1f} ms"
    ratio = busy["late_p99_ms"] / idle["late_p99_ms"]
    return Row("polls after their tick, with a core as busy as sync can be / idle", figures, ratio, 1.5)


@contextlib.contextmanager
def busy_core() -> Iterator[None]:
    """A process that computes and never waits, with the rights to the processor that `sync` has."""
    spinning = f"import os\nos.nice({NICE_OF_SYNC})\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", spinning])
    try:
        yield
    finally:
        process.kill()
        process.wait()


# --- what is written ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """Bytes so far, and when."""

    at_s: float
    whole: int
    by_service: dict[str, int]
    journal: int

    @classmethod
    def now(cls, box: Box, own: Card | None) -> Written:
        by_service = box.written()
        whole = own.written() if own else sum(by_service.values())
        return cls(time.monotonic(), whole, by_service, box.journal_bytes())


def _card_rows(box: Box, own: Card | None, before: Written) -> Iterator[Row]:
    where = "on an ext4 of its own" if own else "as counted by the kernel; without what the file system adds"
    time.sleep(max(0.0, before.at_s + CARD_S - time.monotonic()))
    after = Written.now(box, own)
    seconds = after.at_s - before.at_s
    day = DAY_S / seconds / 1e6
    whole, journal = (after.whole - before.whole) * day, (after.journal - before.journal) * day
    each = ", ".join(
        f"{name} {(after.by_service[name] - number) * day:.1f}" for name, number in before.by_service.items()
    )
    figures = f"{whole:.1f} MB a day, from {seconds:.0f} s {where}; MB by process: {each}"
    yield Row("written to the card in a day with 32 moving counters / 100 MB", figures, whole / 100, 1.0)
    yield Row(
        "the journal grows in a day with 32 moving counters / 10 MB", f"{journal:.1f} MB a day", journal / 10, 1.0
    )


# --- how soon a reading is durable --------------------------------------------------------------------


class Timed(LinkClient):
    """Notes how long after its answer came each reading of a new session was durable."""

    def __init__(self, socket_path: Path) -> None:
        super().__init__(socket_path)
        self.seconds: list[float] = []
        self._sessions: dict[str, int | None] = {}

    async def submit(self, command: Command) -> Answer:
        answer = await super().submit(command)
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        for each in command.samples if isinstance(command, CounterSamples) else []:
            if self._sessions.setdefault(each.counter, each.session) != each.session:
                self._sessions[each.counter] = each.session
                self.seconds.append((now_ns - each.at.boottime_ns) / 1e9)
        return answer


def urgent_rows(folder: Path) -> Iterator[Row]:
    """The field runs here, core in a process of its own; each counter restarts again and again."""
    devices = ModbusDevices(folder, RESTART_EACH_S)
    box = Box(folder / "urgent", devices.ports, ("core",))

    async def story() -> list[float]:
        link = Timed(box.files.core_socket)
        running = [
            asyncio.create_task(each) for each in (link.run(), run_field(box.files.config, box.files.clock(), link))
        ]
        await asyncio.sleep(URGENT_S)
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return link.seconds

    try:
        seconds = asyncio.run(story())
    finally:
        box.close()
        devices.close()
    ordered = sorted(seconds)
    figures = f"p50 {ordered[len(ordered) // 2] * 1e3:.1f} ms, p99 {p99(seconds) * 1e3:.1f} ms, {len(seconds)} readings"
    yield Row("a restarted counter's answer to durable, p99 / 10 ms", figures, p99(seconds) / 0.010, 1.0)


# --- a serial line ------------------------------------------------------------------------------------


def read_s(baud: int) -> float:
    """What a read of the registers takes on the wire: 10 bits a character, and two silences of 3.5 characters."""
    silence_s = max(3.5 * 10 / baud, 0.00175)
    return (8 + 5 + 2 * REGISTERS) * 10 / baud + 2 * silence_s


def rtu_rows(folder: Path) -> Iterator[Row]:
    program = compiled(folder, "rtu_line")
    figures, ratio = _rtu(program, 9600)
    yield Row("Modbus RTU at 9,600 baud, time of a read / the wire's", figures, ratio, 1.02)
    figures, ratio = _rtu(program, 115200)
    yield Row("Modbus RTU at 115,200 baud, time of a read / the wire's", figures, ratio, 1.02)


def _rtu(program: str, baud: int) -> tuple[str, float]:
    unit = subprocess.Popen([program, str(baud)], stdout=subprocess.PIPE, text=True)
    assert unit.stdout is not None
    try:
        took_s = asyncio.run(_mean_read_s(unit.stdout.readline().strip(), baud))
    finally:
        unit.kill()
        unit.communicate()
    possible_s = read_s(baud)
    return f"{1 / took_s:.1f} of {1 / possible_s:.1f} reads/s: {possible_s / took_s:.3f}", took_s / possible_s


async def _mean_read_s(path: str, baud: int) -> float:
    line = serial_line(path, LineSettings(baud, "N", 1))
    await line.join("bench")
    reads, began_s = 0, time.perf_counter()
    while time.perf_counter() - began_s < RTU_S:
        await line.read(3, 1, Block(0, REGISTERS))
        reads += 1
    took_s = time.perf_counter() - began_s
    line.leave("bench")
    return took_s / reads


def device_rows(folder: Path) -> Iterator[Row]:
    with card(folder / "box", folder / "devices.img") as own:
        (folder / "box" / "data").mkdir(parents=True, exist_ok=True)
        yield from polling_rows(folder, own)
    (folder / "urgent").mkdir()
    yield from urgent_rows(folder)
    yield from rtu_rows(folder)
