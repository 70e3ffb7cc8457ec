"""A full disk refuses a tap loudly, keeps no half of it, and works again when there is room; a read-only one is told.

Mounts a small disk, so it runs where it may mount: test_disk_full.py starts it in a mount namespace of its own.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.link.messages import Alive, Answer, NotRecorded, Refused
from sync.wire.facts import Outcome
from tests.faults.lone_core import DEADLINE_S, LoneCore, assert_chained

BACK_WITHIN_S = 5.0


@pytest.fixture
def box(short_folder: Path) -> Iterator[LoneCore]:
    data = short_folder / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", data], check=True)
    try:
        box = LoneCore(short_folder)
        try:
            box.notice(Alive, recording=True)
            yield box
        finally:
            box.close()
    finally:
        subprocess.run(["umount", data], check=True)


def test_a_tap_on_a_full_disk_is_refused_and_the_kiosk_is_told(box: LoneCore) -> None:
    box.fill()
    _, refused = box.tap_until_refused()
    assert isinstance(box.ask(refused), NotRecorded)
    assert box.notice(Refused) == Refused("gate", "disk full")
    assert box.notice(Alive, recording=False).reason == "disk full"


def test_it_stays_out_of_order_for_as_long_as_the_disk_is_full(box: LoneCore) -> None:
    box.fill()
    box.tap_until_refused()
    box.notice(Alive, recording=False)
    assert [box.notice(Alive).recording for _ in range(3)] == [False] * 3


def test_a_refused_tap_leaves_no_half_row(box: LoneCore) -> None:
    box.fill()
    stored, refused = box.tap_until_refused()
    facts = box.views.after(0, 1000)
    assert len(facts) == stored
    assert refused.id not in {fact.command for fact in facts}


def test_it_records_again_when_there_is_room_and_stores_the_refused_tap_once(box: LoneCore) -> None:
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


def test_a_core_that_starts_on_a_read_only_disk_says_so_once_and_records_after_a_start_when_it_may_write(
    box: LoneCore,
) -> None:
    stored, later = box.tap(1), box.tap(2)
    assert isinstance(box.ask(stored), Answer)
    assert "Traceback" not in box.stop()
    box.views.close()
    remount(box, "ro")
    box.start()
    said = box.core.communicate(timeout=DEADLINE_S)[1]
    assert (box.core.returncode, said.count("\n"), "Traceback" in said) == (2, 1, False), said
    assert "Read-only file system" in said
    remount(box, "rw")
    box.start()
    box.notice(Alive, recording=True)
    assert [type(box.ask(tap)) for tap in (stored, later)] == [Answer, Answer]
    assert_chained(box.views)


def remount(box: LoneCore, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", box.folder / "data"], check=True)
