"""Devices that babble, freeze, go, and come back under another number: what do the others notice?

    python -m tests.faults.babble --minutes 10

A real process `devices` with a device of each serial family whose line brings endless bytes at its full speed: noise,
pieces of frames, digits without an end. Beside them work a badge reader and two counters, and four readers are in turn
pulled out, plugged in under another number, frozen and thawed. Core is played here, and answers at once.

Ends with 1 when the process takes more than 30 % of a core, when its memory grows, when a tap is lost or late, when a
counter pauses, when a device is not back within 3 s, or when the log fills up.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge.link.codec import decode_command, encode
from edge.link.messages import (
    MAX_LINE_BYTES,
    Answer,
    BadgeTapped,
    CardWanted,
    Command,
    CounterSamples,
    DeviceState,
)
from simulators.loop_thread import LoopThread
from simulators.mill import CounterSpec
from simulators.plc import Plc, SimulatedPlc
from simulators.pn532 import SimulatedPn532
from simulators.rdm6300 import SimulatedReader
from simulators.rtu import SimulatedRtuLine
from simulators.samv import SimulatedIdCardReader
from simulators.serial_line import SerialDevice

CPU_SHARE: Final = 0.30
GROWTH_KB: Final = 1_500
"""Of the mean of the last third of the run over that of the first: what an allocator keeps, and not what leaks."""

BACK_S: Final = 3.0
AWAY_S: Final = (0.0, 4.0, 1.1)
"""A device is away for so long in turn: the longer, the more seldom it is looked for."""

TAP_S: Final = 1.0
PAUSE_S: Final = 3.0
LOG_LINES_A_MINUTE: Final = 5

WARM_UP_S: Final = 2.0
DEADLINE_S: Final = 20.0
TICK_S: Final = 0.02
BITS_A_BYTE: Final = 10

BABBLERS: Final = {
    "rdm6300": 9600,
    "wiegand_serial": 9600,
    "serial_scanner": 115_200,
    "pn532": 115_200,
    "samv": 115_200,
    "line_counter": 9600,
    "asked_line_counter": 9600,
    "modbus_counter": 9600,
}
"""Each family on a serial line, and the speed of its line in baud."""

PIECES: Final = (
    b"\x02",
    b"\x02100086F4",
    b"\xaa\xaa\xaa\x96\x69\x0a\x00",
    b"\x00\xff\x08\xf8",
    b"0123456789",
    b"\r",
    b">",
)
"""Beginnings of frames of all families: what is worse than noise."""

READER = """
[[reader]]
name = "{name}"
station = "gate"
family = "{family}"
port = "{port}"
"""
COUNTER = """
[[counter]]
name = "{name}"
machine = "{name}"
family = "{family}"
max_rate_per_min = 600
poll_ms = 500
{where}
"""


def noise(chance: random.Random, size: int) -> bytes:
    """At least so many bytes."""
    made = bytearray()
    while len(made) < size:
        made += chance.randbytes(chance.randrange(1, 40)) if chance.random() < 0.7 else chance.choice(PIECES)
    return bytes(made)


class PlayedCore:
    """Answers every command at once, and notes when it came."""

    def __init__(self, socket: Path) -> None:
        self.taps: dict[str, float] = {}
        self.made_of_noise: Counter[str] = Counter()
        self.up: dict[str, bool] = {}
        self.came_back: dict[str, float] = {}
        self.heard_of: dict[str, float] = {}
        self.longest_pause_s = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = LoopThread("played core")
        self._server = self._loop.call(asyncio.start_unix_server(self._serve, str(socket), limit=MAX_LINE_BYTES))

    def close(self) -> None:
        self._loop.call(self._stop())
        self._loop.stop()

    def open_card_step(self, for_s: int) -> None:
        for writer in self._writers:
            self._loop.loop.call_soon_threadsafe(writer.write, encode(CardWanted("gate", for_s)))

    async def _stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                command = decode_command(line)
                self._note(command, time.monotonic())
                writer.write(encode(Answer(command.id)))
        self._writers.discard(writer)
        writer.close()

    def _note(self, command: Command, now_s: float) -> None:
        match command:
            case BadgeTapped():
                if command.reader.startswith("mad-"):
                    self.made_of_noise[command.reader] += 1
                elif command.badge is not None:
                    self.taps[command.badge] = now_s
            case DeviceState():
                self.up[command.device] = command.up
                if command.up:
                    self.came_back[command.device] = now_s
            case CounterSamples():
                for sample in command.samples:
                    if sample.counter.startswith("mad-"):
                        continue
                    before_s = self.heard_of.get(sample.counter, now_s)
                    self.longest_pause_s = max(self.longest_pause_s, now_s - before_s)
                    self.heard_of[sample.counter] = now_s


@dataclass
class Floor:
    """All devices of the box. `babblers` are the lines that will bring endless bytes."""

    folder: Path
    babblers: dict[str, SerialDevice]
    gate: SimulatedReader
    leaves: SimulatedReader
    freezes: SimulatedPn532
    cards: SimulatedIdCardReader
    plc: SimulatedPlc
    line: SimulatedRtuLine
    core: PlayedCore

    @classmethod
    @contextlib.contextmanager
    def set_up(cls) -> Iterator[Floor]:
        # Unix sockets have short names.
        folder = Path(tempfile.mkdtemp(prefix="cp-"))
        with contextlib.ExitStack() as opened:
            opened.callback(shutil.rmtree, folder)
            enter = opened.enter_context
            rtu = Plc(CounterSpec(bits=32, address=10, unit=1), now_us)
            floor = cls(
                folder,
                {name: enter(SerialDevice(folder / f"mad-{name}")) for name in BABBLERS},
                enter(SimulatedReader(folder / "gate")),
                enter(SimulatedReader(folder / "leaves")),
                enter(SimulatedPn532(folder / "freezes")),
                enter(SimulatedIdCardReader(folder / "cards")),
                enter(SimulatedPlc(CounterSpec(bits=32, address=10), now_us)),
                enter(SimulatedRtuLine(folder / "line", [rtu])),
                PlayedCore(folder / "core.sock"),
            )
            opened.callback(floor.core.close)
            for plc in (floor.plc, rtu):
                plc.mill.run(600)
            (folder / "clockpiece.toml").write_text(floor.config(), "utf-8")
            (folder / "key").write_text(bytes(32).hex())
            yield floor

    def config(self) -> str:
        def port(name: str) -> Path:
            return self.folder / name

        text = '[box]\nname = "box-1"\ndata = "data"\nrun = "."\nkey = "key"\n\n[[station]]\nname = "gate"\n'
        readers = {"gate": "rdm6300", "leaves": "rdm6300", "freezes": "pn532", "cards": "samv"}
        readers |= {f"mad-{name}": name for name in ("rdm6300", "wiegand_serial", "serial_scanner", "pn532", "samv")}
        for name, family in readers.items():
            text += READER.format(name=name, family=family, port=port(name))
        registers = 'unit = 1\naddress = 10\nword_order = "hi-first"'
        counters = {
            "plc": ("modbus_counter", f'host = "{self.plc.host}"\nport = {self.plc.port}\n{registers}'),
            "line": ("modbus_counter", f'serial = "{port("line")}"\n{registers}'),
            "mad-modbus": ("modbus_counter", f'serial = "{port("mad-modbus_counter")}"\n{registers}'),
            "mad-pieces": ("line_counter", f'serial = "{port("mad-line_counter")}"\nprefix = "piece"'),
            "mad-asked": ("line_counter", f'serial = "{port("mad-asked_line_counter")}"\nask = "#120"\nprefix = ">"'),
        }
        for name, (family, where) in counters.items():
            text += COUNTER.format(name=name, family=family, where=where)
        return text


def now_us() -> int:
    return time.time_ns() // 1000


# --- what is measured ---------------------------------------------------------------------------------


class Process:
    """The process `devices`, and what it takes."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "devices.log"
        with self._log.open("wb") as log:
            command = [
                sys.executable,
                "-m",
                "clockpiece",
                "run",
                "devices",
                "--config",
                str(folder / "clockpiece.toml"),
            ]
            self._running = subprocess.Popen(command, stderr=log)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._running.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kb(self) -> int:
        pages = int(Path(f"/proc/{self._running.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024

    def log(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines()

    def stop(self) -> None:
        self._running.send_signal(signal.SIGTERM)
        self._running.wait(DEADLINE_S)


@dataclass
class Findings:
    """`back_s`: of each device that went, how long after it was mended core was told that it is back."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    resident_kb: list[int] = field(default_factory=list)
    taps: int = 0
    taps_s: list[float] = field(default_factory=list)
    back_s: dict[str, list[float]] = field(default_factory=dict)
    never_back: list[str] = field(default_factory=list)
    longest_pause_s: float = 0.0
    made_of_noise: int = 0
    log_lines: int = 0
    tracebacks: int = 0

    @property
    def share(self) -> float:
        return self.cpu_s / self.seconds

    @property
    def growth_kb(self) -> float:
        third = max(1, len(self.resident_kb) // 3)
        return _mean(self.resident_kb[-third:]) - _mean(self.resident_kb[:third])

    @property
    def lost(self) -> int:
        return self.taps - len(self.taps_s)

    @property
    def faults(self) -> int:
        return sum(map(len, self.back_s.values()))

    @property
    def most_log_lines(self) -> float:
        """One when a device goes, one when it is back, and those of the lines that babble from the beginning."""
        return 2 * self.faults + 40 + LOG_LINES_A_MINUTE * self.seconds / 60

    def broken(self) -> list[str]:
        """What was promised and not kept, as sentences."""
        slowest = max((each for times in self.back_s.values() for each in times), default=0.0)
        promises = {
            f"it took {self.share:.0%} of a core": self.share <= CPU_SHARE,
            f"it grew by {self.growth_kb:.0f} kB": self.growth_kb <= GROWTH_KB,
            f"{self.lost} taps were lost": self.lost == 0,
            f"a tap took {max(self.taps_s, default=0.0):.2f} s": max(self.taps_s, default=0.0) <= TAP_S,
            f"a counter paused for {self.longest_pause_s:.1f} s": self.longest_pause_s <= PAUSE_S,
            f"a device was back after {slowest:.1f} s": slowest <= BACK_S,
            f"never back: {', '.join(self.never_back)}": not self.never_back,
            f"{self.log_lines} lines in the log": self.log_lines <= self.most_log_lines,
            f"{self.tracebacks} tracebacks in the log": not self.tracebacks,
        }
        return [says for says, kept in promises.items() if not kept]

    def lines(self) -> Iterator[str]:
        grew = self.growth_kb * 60 / self.seconds
        yield f"{self.seconds:.0f} s of babble on {len(BABBLERS)} lines"
        yield f"CPU {self.share:.1%} of a core, at most {CPU_SHARE:.0%}"
        yield f"memory {self.resident_kb[0]:,} kB, then {self.resident_kb[-1]:,} kB: {grew:+.0f} kB a minute"
        yield f"{self.taps} taps at another reader, {self.lost} lost, the slowest {max(self.taps_s, default=0):.2f} s"
        yield f"the longest pause of another counter {self.longest_pause_s:.2f} s (asked each 0.5 s)"
        for how, times in self.back_s.items():
            yield f"{how}: {len(times)} times, back after {max(times):.2f} s at most"
        yield f"{self.made_of_noise} badges made of noise, {self.log_lines} lines in the log"


def _mean(numbers: list[int]) -> float:
    return sum(numbers) / len(numbers)


# --- what is done -------------------------------------------------------------------------------------


def until(true: Callable[[], bool], within_s: float = DEADLINE_S) -> bool:
    end_s = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.01)
    return True


@contextlib.contextmanager
def babbling(floor: Floor, chance: random.Random) -> Iterator[None]:
    """As many bytes as each line's speed brings."""
    over = threading.Event()

    def babble() -> None:
        blocks = {name: noise(chance, 65_536) for name in BABBLERS}
        begun_s, sent = time.monotonic(), Counter[str]()
        while not over.wait(TICK_S):
            for name, baud in BABBLERS.items():
                due = int((time.monotonic() - begun_s) * baud / BITS_A_BYTE)
                start = sent[name] % 65_536
                floor.babblers[name].say(blocks[name][start : start + due - sent[name]])
                sent[name] = due

    thread = threading.Thread(target=babble, name="babble")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Troubles:
    """One reader after another goes and comes back."""

    def __init__(self, floor: Floor, found: Findings, away_s: Sequence[float]) -> None:
        self._floor = floor
        self._found = found
        self._turn = itertools.cycle((self._pulled_out, self._renumbered, self._frozen, self._cards_pulled_out))
        self._away_s = itertools.cycle(away_s)

    def next(self) -> None:
        next(self._turn)()

    def _pulled_out(self) -> None:
        leaves = self._floor.leaves
        self._see("pulled out and plugged in", "leaves", leaves.unplug, leaves.plug)

    def _renumbered(self) -> None:
        leaves = self._floor.leaves
        with contextlib.ExitStack() as opened:

            def mend() -> None:
                opened.enter_context(SerialDevice(self._floor.folder / "another"))  # takes the number that is free now
                leaves.plug()

            self._see("back under another number", "leaves", leaves.unplug, mend)

    def _frozen(self) -> None:
        faults = self._floor.freezes.faults
        self._see(
            "frozen and thawed",
            "freezes",
            lambda: setattr(faults, "silent", True),
            lambda: setattr(faults, "silent", False),
        )

    def _cards_pulled_out(self) -> None:
        cards, core = self._floor.cards, self._floor.core

        def break_it() -> None:
            cards.unplug()
            core.open_card_step(1)

        self._see("pulled out while a card is wanted", "cards", break_it, cards.plug)

    def _see(self, how: str, device: str, break_it: Callable[[], None], mend: Callable[[], None]) -> None:
        core = self._floor.core
        break_it()
        if not until(lambda: not core.up[device]):
            self._found.never_back.append(f"{how}: not even noticed")
        time.sleep(next(self._away_s))
        mended_s = time.monotonic()
        mend()
        if until(lambda: core.came_back[device] > mended_s):
            self._found.back_s.setdefault(how, []).append(core.came_back[device] - mended_s)
        else:
            self._found.never_back.append(how)


def run(seconds: float, seed: int = 1, away_s: Sequence[float] = AWAY_S) -> Findings:
    found = Findings()
    with Floor.set_up() as floor:
        devices = Process(floor.folder)
        try:
            watched = ("gate", "leaves", "freezes", "cards", "plc", "line")
            assert until(lambda: all(floor.core.up.get(name) for name in watched)), "\n".join(devices.log())
            with babbling(floor, random.Random(seed)):
                time.sleep(WARM_UP_S)
                _measure(floor, devices, found, seconds, Troubles(floor, found, away_s))
        finally:
            devices.stop()
        found.longest_pause_s = floor.core.longest_pause_s
        found.made_of_noise = floor.core.made_of_noise.total()
        log = devices.log()
        found.log_lines, found.tracebacks = len(log), sum(line.startswith("Traceback") for line in log)
    return found


def _measure(floor: Floor, devices: Process, found: Findings, seconds: float, troubles: Troubles) -> None:
    over = threading.Event()

    def trouble() -> None:
        while not over.is_set():
            troubles.next()

    thread = threading.Thread(target=trouble, name="troubles")
    begun_s, begun_cpu_s = time.monotonic(), devices.cpu_s()
    thread.start()
    try:
        while time.monotonic() - begun_s < seconds:
            _tap(floor, found)
            found.resident_kb.append(devices.resident_kb())
            time.sleep(0.5)
    finally:
        over.set()
        thread.join()
    found.seconds, found.cpu_s = time.monotonic() - begun_s, devices.cpu_s() - begun_cpu_s


def _tap(floor: Floor, found: Findings) -> None:
    tag = f"{0x1000000000 + found.taps:010X}"
    found.taps += 1
    floor.gate.tap(tag, frames=1)
    sent_s = time.monotonic()
    taps = floor.core.taps
    if until(lambda: f"EM4100:{tag}" in taps, 5.0):
        found.taps_s.append(max(0.0, taps.pop(f"EM4100:{tag}") - sent_s))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.babble", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    found = run(chosen.minutes * 60, chosen.seed)
    print(*found.lines(), sep="\n")
    broken = found.broken()
    print(*(f"BROKEN: {each}" for each in broken), sep="\n", end="\n" if broken else "")
    print(f"{found.faults} faults, {found.lost} lost, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
