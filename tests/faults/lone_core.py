"""Core as a process of its own, for the faults that need nothing else of a box."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from edge.link.ask import ask
from edge.link.doorbell import DoorbellListener
from edge.link.messages import Answer, BadgeTapped, NotRecorded, Ping, new_id
from edge.store.views import SqlViews
from sync.wire.envelope import GENESIS, fact_hash
from tests.cast import STRANGERS_BADGE
from tests.moments import later, moment

KEY = bytes(range(32))
CONFIG = """
[box]
name = "box-1"
data = "data"
run = "."
key = "key"
reserve_bytes = 65536

[[station]]
name = "gate"
"""
DEADLINE_S = 15.0


class LoneCore:
    """Started at construction in a folder that has a folder `data`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "core.sock"
        self.ballast = folder / "data" / "ballast"
        self.bell = DoorbellListener(folder / "kiosk.bell")
        self.views = SqlViews(folder / "data" / "facts.db", KEY)
        config = folder / "clockpiece.toml"
        config.write_text(CONFIG)
        (folder / "key").write_text(KEY.hex())
        self._config = config
        self.core = self._started()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "clockpiece", "run", "core", "--config", str(self._config)],
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self) -> None:
        self.core = self._started()

    def stop(self) -> str:
        """What it logged."""
        self.core.send_signal(signal.SIGTERM)
        return self.core.communicate(timeout=DEADLINE_S)[1]

    def close(self) -> None:
        self.stop()
        self.views.close()
        self.bell.close()

    def tap(self, number: int) -> BadgeTapped:
        return BadgeTapped(new_id(), later(moment(), 100.0 * number), "gate", "gate-reader", STRANGERS_BADGE)

    def ask(self, tap: BadgeTapped | Ping) -> Answer | NotRecorded:
        return ask(self.socket, tap, DEADLINE_S)

    def fill(self) -> None:
        """Takes every byte that is left, down to the last."""
        with self.ballast.open("ab", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                while True:
                    try:
                        file.write(bytes(size))
                    except OSError:
                        break

    def tap_until_refused(self) -> tuple[int, BadgeTapped]:
        """How many taps were stored, and the first that was not."""
        for number in range(400):
            tap = self.tap(number)
            if isinstance(self.ask(tap), NotRecorded):
                return number, tap
        raise AssertionError("the disk never filled")

    def notice(self, kind: type[Any], **wanted: object) -> Any:
        """The next notice of this kind with these fields."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            notice = self.bell.receive(DEADLINE_S)
            if isinstance(notice, kind) and all(getattr(notice, name) == value for name, value in wanted.items()):
                return notice
        raise AssertionError(f"no {kind.__name__} with {wanted} in {DEADLINE_S} s")


def assert_chained(views: SqlViews) -> None:
    head = (0, GENESIS)
    for fact in views.after(0, 10_000):
        assert (fact.seq - 1, fact.prev_hash) == head
        assert fact_hash(fact) == fact.hash
        head = (fact.seq, fact.hash)
