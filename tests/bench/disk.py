"""The disk below the box: how long a flush takes, how to make it as slow as a card, and what is written to it.

`python -m tests.bench.disk FOLDER` prints the p99 of a flush there, in seconds.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

FLUSHES = 400
WAL_BYTES = 16 * 1024
"""What one tap's commit writes: about four pages of 4 KiB."""

SECTOR = 512
CARD_MB = 512


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


@contextlib.contextmanager
def flushes(folder: Path) -> Iterator[Callable[[], float]]:
    """Gives a function that overwrites WAL_BYTES in place, flushes them, and says how many seconds that took."""
    with (folder / "flush.probe").open("wb+") as file:
        file.write(bytes(WAL_BYTES * 8))
        os.fdatasync(file.fileno())
        places = itertools.cycle(range(0, WAL_BYTES * 8, WAL_BYTES))

        def one() -> float:
            begin = time.perf_counter()
            os.pwrite(file.fileno(), os.urandom(WAL_BYTES), next(places))
            os.fdatasync(file.fileno())
            return time.perf_counter() - begin

        yield one
    (folder / "flush.probe").unlink()


def flush_s(folder: Path, times: int = FLUSHES) -> float:
    """p99 of so many flushes."""
    with flushes(folder) as one:
        return p99([one() for _ in range(times)])


def flush_s_of_child(folder: Path, times: int) -> float:
    """The same in a process of its own: one with the surroundings that the services have."""
    command = [sys.executable, "-m", "tests.bench.disk", str(folder), str(times)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@contextlib.contextmanager
def slow_flushes(folder: Path, flush_us: int) -> Iterator[None]:
    """Processes started in the block have a disk whose flushes take so long, one after another."""
    library = folder / "slow_flush.so"
    source = Path(__file__).with_name("slow_flush.c")
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    slow = {"LD_PRELOAD": str(library), "SLOW_US": str(flush_us), "SLOW_LOCK": str(folder / "slow_flush.lock")}
    os.environ.update(slow)
    try:
        yield
    finally:
        for name in slow:
            del os.environ[name]


@dataclass(frozen=True)
class Card:
    """A disk of its own for the box's data, so that what reaches it can be counted, the file system's own included."""

    device: str

    def written(self) -> int:
        """Bytes, after what waits in memory has been written too."""
        os.sync()
        fields = Path(f"/sys/block/{self.device}/stat").read_text("ascii").split()
        return int(fields[6]) * SECTOR


@contextlib.contextmanager
def card(mountpoint: Path, image: Path) -> Iterator[Card | None]:
    """An ext4 in a file; None where this user may not mount one."""
    mountpoint.mkdir(parents=True)
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        yield None
        return
    with image.open("wb") as file:
        file.truncate(CARD_MB * 1_000_000)
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, mountpoint], capture_output=True, text=True, check=False)
    if mounted.returncode:
        yield None
        return
    try:
        device = os.stat(mountpoint).st_dev
        yield Card(Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name)
    finally:
        subprocess.run(["umount", mountpoint], check=True)


def written_by(pid: int) -> int:
    """Bytes that a process caused to be written."""
    lines = Path(f"/proc/{pid}/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


if __name__ == "__main__":
    print(flush_s(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else FLUSHES))
