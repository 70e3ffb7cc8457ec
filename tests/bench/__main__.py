"""`make bench`: the budgets that the spine answers for, each as a ratio to a limit taken in the same run.

Absolute times drift with the machine; ratios to the same machine's own disk are what is promised.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import platform
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from edge.bootstrap import BoxFiles
from edge.link.codec import decode_reply, encode
from edge.link.messages import Answer, BadgeTapped, new_id
from simulators.processes import heed_sigterm
from simulators.site import Site, SiteOptions
from tests.bench.devices import device_rows
from tests.bench.disk import Card, card, flush_s_of_child, flushes, p99, slow_flushes, written_by
from tests.bench.ingest import ingest_rows
from tests.bench.pay import pay_rows
from tests.bench.reference import reference_rows
from tests.bench.rows import Row

TAPS = 400
LOADED_TAPS = 150
FLUSH_US = 25_000
"""A flush of a middling memory card."""

SPACED_TAPS, TAP_EVERY_S = 30, 0.7
"""Far enough apart that each tap is sent to HR by itself, as on an ordinary day."""

IDLE_S = 310.0
"""Long enough for what happens each five minutes."""
DAY_S = 86_400
SERVICES = ("core", "devices", "kiosk", "sync")
FIGURES = Path(__file__).resolve().parents[2] / "docs" / "figures.md"
BEGIN, END = "<!-- bench:begin -->\n", "<!-- bench:end -->"


class Tapper:
    """A connection to core that taps badges one after another: unknown ones, or those given."""

    def __init__(self, files: BoxFiles, badges: Iterator[str] | None = None) -> None:
        self._clock = files.clock()
        self._badges = badges or (f"{number:010X}" for number in itertools.count(1))
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._link.connect(str(files.core_socket))
        self._lines = self._link.makefile("rb")

    def tap(self) -> tuple[float, float]:
        """Seconds from command to durable, and the moment it was answered."""
        tap = BadgeTapped(new_id(), self._clock.stamp(), "gate", "bench", f"EM4100:{next(self._badges)}")
        begin = time.perf_counter()
        self._link.sendall(encode(tap))
        reply = decode_reply(self._lines.readline())
        assert isinstance(reply, Answer)
        now = time.perf_counter()
        return now - begin, now

    def close(self) -> None:
        self._lines.close()
        self._link.close()


class Streams(threading.Thread):
    """Open event streams on raw sockets; `arrived` has the moment of every screen at any of them."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(daemon=True)
        host, port = url.removeprefix("http://").split(":")
        self._poll = selectors.DefaultSelector()
        self.number = number
        self.arrived: list[float] = []
        self._open = True
        for _ in range(number):
            each = socket.create_connection((host, int(port)), timeout=10)
            each.sendall(f"GET /station/gate/events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            self._poll.register(each, selectors.EVENT_READ)
        self.start()

    def run(self) -> None:
        while self._open:
            for key, _ in self._poll.select(0.1):
                stream = key.fileobj
                assert isinstance(stream, socket.socket)
                if b"event: screen" in stream.recv(262_144):
                    self.arrived.append(time.perf_counter())

    def close(self) -> None:
        self._open = False
        self.join()
        for key in list(self._poll.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()


def tap_rows(files: BoxFiles) -> Iterator[Row]:
    tapper = Tapper(files)
    for _ in range(20):
        tapper.tap()
    # One after the other, so that both meet the same moments of a disk that others use too.
    with flushes(files.data) as flush:
        pairs = [(tapper.tap()[0], flush()) for _ in range(TAPS)]
    tapper.close()
    taps, limit = [tap for tap, _ in pairs], p99([flush for _, flush in pairs])
    figures = (
        f"p50 {statistics.median(taps) * 1e3:.2f} ms, p99 {p99(taps) * 1e3:.2f} ms, flush p99 {limit * 1e3:.2f} ms"
    )
    yield Row("tap: command to durable, p99 / this disk's flush p99", figures, p99(taps) / limit, 3.0)


def screen_rows(site: Site, files: BoxFiles) -> Iterator[Row]:
    eight = Streams(site.kiosk_url, 8)
    tapper = Tapper(files)
    tapper.tap()
    time.sleep(0.5)
    delays = []
    for _ in range(60):
        eight.arrived.clear()
        _, answered = tapper.tap()
        time.sleep(0.12)
        delays += [moment - answered for moment in eight.arrived[: eight.number]]
    missing = 60 * eight.number - len(delays)
    figures = (
        f"p50 {statistics.median(delays) * 1e3:.1f} ms, p99 {p99(delays) * 1e3:.1f} ms, {missing} of {60 * 8} missing"
    )
    yield Row("tap: durable to browser event, 8 pages open, p99 / 10 ms", figures, p99(delays) / 0.010, 1.0)

    more = Streams(site.kiosk_url, 8)
    pages = []
    for _ in range(50):
        begin = time.perf_counter()
        requests.get(f"{site.kiosk_url}/station/gate", timeout=5).raise_for_status()
        pages.append(time.perf_counter() - begin)
    yield Row("kiosk page with 16 streams open, p99 / 50 ms", f"p99 {p99(pages) * 1e3:.1f} ms", p99(pages) / 0.050, 1.0)
    for each in (eight, more):
        each.close()
    tapper.close()


def memory_rows(site: Site) -> Iterator[Row]:
    total_kb = 0
    for name in SERVICES:
        rollup = Path(f"/proc/{site.processes.pid(name)}/smaps_rollup").read_text("ascii")
        total_kb += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    yield Row("core, devices, kiosk and sync, PSS / 160 MB", f"{total_kb / 1000:.0f} MB", total_kb / 160_000, 1.0)


# --- what is written to the card --------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """Bytes so far: on the card, the file system's own included, or as the kernel counts them for each process."""

    whole: int
    by_service: dict[str, int]

    @classmethod
    def now(cls, site: Site, card: Card | None) -> Written:
        by_service = {name: written_by(site.processes.pid(name)) for name in SERVICES}
        return cls(card.written() if card else sum(by_service.values()), by_service)

    def since(self, before: Written) -> Written:
        return Written(
            self.whole - before.whole,
            {name: number - before.by_service[name] for name, number in self.by_service.items()},
        )

    def each(self, unit: float) -> str:
        return ", ".join(f"{name} {number / unit:.1f}" for name, number in self.by_service.items() if number)


def card_rows(site: Site, files: BoxFiles, card: Card | None) -> Iterator[Row]:
    where = "on an ext4 of its own" if card else "as counted by the kernel; without what the file system adds"
    badges = (row.badge.removeprefix("EM4100:") for row in site.plant.badges)
    tapper = Tapper(files, itertools.cycle(badges))
    tapper.tap()
    time.sleep(2)
    before = Written.now(site, card)
    for _ in range(SPACED_TAPS):
        tapper.tap()
        time.sleep(TAP_EVERY_S)
    taps = Written.now(site, card).since(before)
    tapper.close()
    kb = taps.whole / SPACED_TAPS / 1000
    figures = f"{kb:.1f} kB {where}; kB by process: {taps.each(SPACED_TAPS * 1000)}"
    yield Row("written to the card for a tap and its receipt / 45 kB", figures, kb / 45, 1.0)

    before, began = Written.now(site, card), time.perf_counter()
    time.sleep(IDLE_S)
    idle = Written.now(site, card).since(before)
    scale = DAY_S / (time.perf_counter() - began)
    mb = idle.whole * scale / 1e6
    figures = f"{mb:.1f} MB a day, from {IDLE_S:.0f} s {where}; MB by process: {idle.each(1e6 / scale)}"
    yield Row("written to the card in a day without taps / 20 MB", figures, mb / 20, 1.0)


# --- a slow disk ------------------------------------------------------------------------------------


class Visitors(threading.Thread):
    """Ask for the kiosk's page again and again."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url, self._stop_now = url, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._stop_now.wait(0.05):
            requests.get(f"{self._url}/station/gate", timeout=10).raise_for_status()

    def close(self) -> None:
        self._stop_now.set()
        self.join()


def loaded_rows(site: Site, files: BoxFiles) -> Iterator[Row]:
    """Machines run and are polled, pages are read and streamed, all taps go to HR, and one flush takes 25 ms."""
    for plc in site.plcs.values():
        plc.mill.run(500)
    streams, visitors, tapper = Streams(site.kiosk_url, 8), Visitors(site.kiosk_url), Tapper(files)
    for _ in range(5):
        tapper.tap()
    times = []
    for _ in range(LOADED_TAPS):
        times.append(tapper.tap()[0])
        time.sleep(0.05)
    for each in (tapper, visitors, streams):
        each.close()
    flush = flush_s_of_child(files.data, 60)
    figures = (
        f"p50 {statistics.median(times) * 1e3:.0f} ms, p99 {p99(times) * 1e3:.0f} ms, "
        f"longest {max(times) * 1e3:.0f} ms, flush p99 {flush * 1e3:.1f} ms"
    )
    yield Row("tap with 25 ms flushes and every process loaded, p99 / a flush", figures, p99(times) / flush, 3.5)


# --- all of it --------------------------------------------------------------------------------------


def tap_and_screen_rows(folder: Path) -> Iterator[Row]:
    (folder / "slow").mkdir()
    with slow_flushes(folder / "slow", FLUSH_US), Site(_options(folder / "slow" / "site")) as site:
        slow = list(loaded_rows(site, BoxFiles.read(site.box_config)))
    with card(folder / "site" / "box", folder / "card.img") as own, Site(_options(folder / "site")) as site:
        files = BoxFiles.read(site.box_config)
        yield from tap_rows(files)
        yield from slow
        yield from screen_rows(site, files)
        yield from memory_rows(site)
        yield from card_rows(site, files, own)


PARTS = {
    "taps": tap_and_screen_rows,
    "devices": device_rows,
    "ingest": ingest_rows,
    "reference": reference_rows,
    "pay": pay_rows,
}


def measured(folder: Path, parts: Iterable[str]) -> Iterator[Row]:
    """Printed as they come: some take minutes."""
    for part in parts:
        (folder / part).mkdir()
        for row in PARTS[part](folder / part):
            print(line(row), flush=True)
            yield row


def _options(folder: Path) -> SiteOptions:
    return SiteOptions(folder, "zh", lambda: time.time_ns() // 1000)


def line(row: Row) -> str:
    verdict = "met" if row.met else "MISSED"
    return f"{row.what:<70}{row.ratio:>6.2f}  (budget {row.budget:.2f}, {verdict}; {row.measured})"


def keep(text: str) -> None:
    """Replaces what stands between the marks in docs/figures.md."""
    before, _, rest = FIGURES.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    FIGURES.write_text(f"{before}{BEGIN}\n```text\n{text}```\n\n{END}{after}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="these rows alone; docs/figures.md stays as it is")
    only: str | None = parser.parse_args().only
    heed_sigterm()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{today}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(machine)
    with tempfile.TemporaryDirectory(prefix="clockpiece-bench-", dir=".") as folder:
        rows = list(measured(Path(folder).absolute(), [only] if only else PARTS))
    if not only:
        keep("\n".join([f"make bench on {machine}", *map(line, rows), ""]))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
