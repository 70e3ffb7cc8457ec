"""When memory runs out the browser dies and core lives: `python -m tests.faults.memory --runs 20`.

Core and a hog in the browser's place share a memory cgroup of their own, each with the score that its unit gives it.
The hog takes memory until the kernel kills somebody. Needs root and a memory controller.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.link.ask import CoreSilent, ask
from edge.link.messages import Answer, Ping, new_id

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "raspberrypi" / "units"
LIMIT_BYTES = 200_000_000
DEADLINE_S = 20.0
HOG = "import sys\nheld = []\nwhile True:\n    held.append(bytearray(4_000_000))"
TOML = """
[box]
name = "box-1"
data = "data"
run = "."
key = "key"

[[station]]
name = "gate"
"""


def score_of(service: str) -> int:
    """What its unit gives it: the lower, the later it is killed."""
    unit = (UNITS / f"clockpiece-{service}.service").read_text("utf-8")
    found = re.search(r"^OOMScoreAdjust=(-?\d+)$", unit, re.MULTILINE)
    assert found, f"clockpiece-{service}.service gives no OOMScoreAdjust"
    return int(found[1])


def allowed(core: int, browser: int) -> tuple[int, int]:
    """Both scores as this process may give them: without CAP_SYS_RESOURCE none may be lowered, so both are raised.

    The kernel kills whoever has the highest; the distance between the two stays as it is.
    """
    score = Path("/proc/self/oom_score_adj")
    try:
        score.write_text(str(int(score.read_text()) - 1))
    except OSError:
        least = min(core, browser)
        return core - least, browser - least
    score.write_text(str(int(score.read_text()) + 1))
    return core, browser


def cgroups() -> Path | None:
    """Where a memory cgroup can be made: version 1 has a tree for it, version 2 must have it switched on."""
    one, two = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    if os.geteuid() != 0:
        return None
    if (one / "memory.limit_in_bytes").exists():
        return one
    control = two / "cgroup.subtree_control"
    return two if control.exists() and "memory" in control.read_text().split() else None


@contextlib.contextmanager
def short_of_memory() -> Iterator[Path]:
    """A cgroup with little memory; gives its folder."""
    above = cgroups()
    assert above is not None
    group = Path(tempfile.mkdtemp(prefix="clockpiece-", dir=above))
    limit = "memory.limit_in_bytes" if (group / "memory.limit_in_bytes").exists() else "memory.max"
    (group / limit).write_text(str(LIMIT_BYTES))
    try:
        yield group
    finally:
        _until_empty(group)


def _until_empty(group: Path) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        try:
            group.rmdir()
        except OSError:
            assert time.monotonic() < deadline_s, f"{group} is still in use"
            time.sleep(0.05)
        else:
            return


@dataclass
class Found:
    """`killed_hogs` and `killed_cores` out of `runs`."""

    runs: int = 0
    killed_hogs: int = 0
    killed_cores: int = 0


def run(runs: int, *, core_score: int, hog_score: int) -> Found:
    """As many times as told: memory runs out, and core is asked whether it still records."""
    core_score, hog_score = allowed(core_score, hog_score)
    folder = Path(tempfile.mkdtemp(prefix="cp-"))
    (folder / "box.toml").write_text(TOML)
    (folder / "key").write_text(bytes(range(32)).hex())
    found = Found()
    with short_of_memory() as group:
        core = None
        try:
            for _ in range(runs):
                if core is None or core.poll() is not None:
                    command = [sys.executable, "-m", "clockpiece", "run", "core", "--config", str(folder / "box.toml")]
                    core = _in(group, core_score, command)
                _until_it_records(folder / "core.sock", core)
                hog = _in(group, hog_score, [sys.executable, "-c", HOG])
                _until_one_dies(core, hog)
                found.runs += 1
                found.killed_cores += core.poll() == -signal.SIGKILL
                found.killed_hogs += hog.poll() == -signal.SIGKILL
                hog.kill()
                hog.wait()
        finally:
            if core is not None:
                core.kill()
                core.wait()
    shutil.rmtree(folder)
    return found


def _in(group: Path, score: int, command: list[str]) -> subprocess.Popen[bytes]:
    """Starts a process that is in the cgroup and has its score before it takes any memory."""
    script = f'echo $$ > {group}/cgroup.procs && echo {score} > /proc/$$/oom_score_adj && exec "$@"'
    return subprocess.Popen(["/bin/sh", "-c", script, "sh", *command], stderr=subprocess.DEVNULL)


def _until_it_records(socket: Path, core: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline_s and core.poll() is None:
        with contextlib.suppress(CoreSilent):
            if isinstance(ask(socket, Ping(new_id()), 2.0), Answer):
                return
        time.sleep(0.05)
    raise AssertionError("core does not record")


def _until_one_dies(core: subprocess.Popen[bytes], hog: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while core.poll() is None and hog.poll() is None:
        assert time.monotonic() < deadline_s, "memory does not run out"
        time.sleep(0.02)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.memory", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    chosen = parser.parse_args(arguments)
    if cgroups() is None:
        print("NOT RUN: needs root and a memory cgroup")
        return 3
    found = run(chosen.runs, core_score=score_of("core"), hog_score=score_of("screen"))
    print(f"{found.runs} runs, browser killed {found.killed_hogs} times, core killed {found.killed_cores} times")
    return 0 if found.killed_hogs == found.runs and not found.killed_cores else 1


if __name__ == "__main__":
    sys.exit(main())
