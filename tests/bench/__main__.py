"""`make bench`: the budgets that the spine answers for, each as a ratio to a limit taken in the same run.

Absolute times drift with the machine; ratios to the same machine's own disk are what is promised.
"""

from __future__ import annotations

import os
import platform
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from edge.bootstrap import BoxFiles
from edge.link.codec import decode_reply, encode
from edge.link.messages import Answer, BadgeTapped, new_id
from simulators.site import Site, SiteOptions

TAPS = 400
WAL_BYTES = 16 * 1024
"""What one tap's commit writes: about four pages of 4 KiB."""


@dataclass(frozen=True)
class Row:
    """One budget: the ratio `measured / limit`, where the limit is a measurement or a plain number."""

    what: str
    measured: str
    ratio: float
    budget: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.budget


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def disk_flush_s(folder: Path, times: int = TAPS) -> float:
    """p99 of overwriting WAL_BYTES in place and flushing it."""
    found = []
    with (folder / "flush.probe").open("wb+") as file:
        file.write(bytes(WAL_BYTES * 8))
        os.fdatasync(file.fileno())
        for each in range(times):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), os.urandom(WAL_BYTES), WAL_BYTES * (each % 8))
            os.fdatasync(file.fileno())
            found.append(time.perf_counter() - begin)
    (folder / "flush.probe").unlink()
    return p99(found)


class Tapper:
    """A connection to core that taps unknown badges, one after another."""

    def __init__(self, files: BoxFiles) -> None:
        self._clock = files.clock()
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._link.connect(str(files.core_socket))
        self._lines = self._link.makefile("rb")
        self._count = 0

    def tap(self) -> tuple[float, float]:
        """Seconds from command to durable, and the moment it was answered."""
        self._count += 1
        tap = BadgeTapped(new_id(), self._clock.stamp(), "gate", "bench", f"EM4100:{self._count:010X}")
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
    before, times = disk_flush_s(files.data), [tapper.tap()[0] for _ in range(TAPS)]
    flush = (before + disk_flush_s(files.data)) / 2
    tapper.close()
    figures = f"p99 {p99(times) * 1e3:.2f} ms, flush p99 {flush * 1e3:.2f} ms"
    yield Row("tap: command to durable, p99 / this disk's flush p99", figures, p99(times) / flush, 3.0)


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
    for name in ("core", "devices", "kiosk", "sync"):
        rollup = Path(f"/proc/{site.processes.pid(name)}/smaps_rollup").read_text("ascii")
        total_kb += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    yield Row("core, devices, kiosk and sync, PSS / 160 MB", f"{total_kb / 1000:.0f} MB", total_kb / 160_000, 1.0)


def main() -> int:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="clockpiece-bench-", dir=".") as folder:
        options = SiteOptions(Path(folder), "zh", lambda: time.time_ns() // 1000)
        with Site(options) as site:
            files = BoxFiles.read(site.box_config)
            rows = [*tap_rows(files), *screen_rows(site, files), *memory_rows(site)]
    for row in rows:
        verdict = "met" if row.met else "MISSED"
        print(f"{row.what:<62}{row.ratio:>6.2f}  (budget {row.budget:.2f}, {verdict}; {row.measured})")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
