"""A full disk refuses a tap loudly, keeps no half of it, and works again when there is room (reliability F7).

Mounts a small disk, so it runs where it may mount: test_disk_full.py starts it in a mount namespace of its own.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.link.ask import ask
from edge.link.doorbell import DoorbellListener
from edge.link.messages import Alive, Answer, BadgeTapped, NotRecorded, Ping, Refused, new_id
from edge.store.views import SqlViews
from sync.facts import Outcome
from sync.wire import GENESIS, fact_hash
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
CORE = """
import pathlib, sys
from edge.bootstrap import BoxFiles
from edge.bootstrap.core import run_core
from sync.reference_data import Directory
run_core(BoxFiles.read(pathlib.Path(sys.argv[1])), Directory)
"""
DEADLINE_S = 15.0
BACK_WITHIN_S = 5.0


class SmallBox:
    """Core as a process of its own, its data on a disk of 2 MB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "core.sock"
        self.ballast = folder / "data" / "ballast"
        self.bell = DoorbellListener(folder / "kiosk.bell")
        self.views = SqlViews(folder / "data" / "facts.db", KEY)
        config = folder / "clockpiece.toml"
        config.write_text(CONFIG)
        (folder / "key").write_text(KEY.hex())
        self.core = subprocess.Popen([sys.executable, "-c", CORE, str(config)])

    def close(self) -> None:
        self.views.close()
        self.bell.close()
        self.core.send_signal(signal.SIGTERM)
        self.core.wait(DEADLINE_S)

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


@pytest.fixture
def box(short_folder: Path) -> Iterator[SmallBox]:
    data = short_folder / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", data], check=True)
    try:
        box = SmallBox(short_folder)
        try:
            box.notice(Alive, recording=True)
            yield box
        finally:
            box.close()
    finally:
        subprocess.run(["umount", data], check=True)


def test_a_tap_on_a_full_disk_is_refused_and_the_kiosk_is_told(box: SmallBox) -> None:
    box.fill()
    _, refused = box.tap_until_refused()
    assert isinstance(box.ask(refused), NotRecorded)
    assert box.notice(Refused) == Refused("gate", "disk full")
    assert box.notice(Alive, recording=False).reason == "disk full"


def test_it_stays_out_of_order_for_as_long_as_the_disk_is_full(box: SmallBox) -> None:
    box.fill()
    box.tap_until_refused()
    box.notice(Alive, recording=False)
    assert [box.notice(Alive).recording for _ in range(3)] == [False] * 3


def test_a_refused_tap_leaves_no_half_row(box: SmallBox) -> None:
    box.fill()
    stored, refused = box.tap_until_refused()
    facts = box.views.after(0, 1000)
    assert len(facts) == stored
    assert refused.id not in {fact.command for fact in facts}


def test_it_records_again_when_there_is_room_and_stores_the_refused_tap_once(box: SmallBox) -> None:
    box.fill()
    stored, refused = box.tap_until_refused()
    box.notice(Alive, recording=False)
    box.ballast.unlink()
    freed = time.monotonic()
    box.notice(Alive, recording=True)
    assert time.monotonic() - freed < BACK_WITHIN_S
    answers = [box.ask(refused), box.ask(refused)]
    assert answers == [Answer(refused.id, Outcome.UNKNOWN_BADGE, stored + 1)] * 2
    assert [fact.command for fact in box.views.after(stored, 10)] == [refused.id]
    assert_chained(box.views)


def assert_chained(views: SqlViews) -> None:
    head = (0, GENESIS)
    for fact in views.after(0, 10_000):
        assert (fact.seq - 1, fact.prev_hash) == head
        assert fact_hash(fact) == fact.hash
        head = (fact.seq, fact.hash)
