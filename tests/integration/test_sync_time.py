"""The time that HR signs, from the socket to where core reads it: never from an answer that nobody has signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.policy import Verdict
from sync.timekeeping import Timekeeper
from sync.wire.anchors import ClockAnchor
from sync.worker import SyncWorker
from tests.contract.hr_servers import FakeHr, Trick, fake_hr
from tests.integration.hr_tricks import answer_lost, html_200, signed_by_another, unsigned_receipt
from tests.integration.sending_box import KEY, Box, close, make_box
from tests.moments import StandingClock
from tests.unit.sync.made import DEVICE


@pytest.fixture
def hr() -> Iterator[FakeHr]:
    with fake_hr() as server:
        server.accepted[DEVICE] = KEY.public_key()
        yield server


@pytest.fixture
def box(hr: FakeHr, tmp_path: Path) -> Iterator[Box]:
    made = make_box(tmp_path, hr.url, hr.key)
    clock = StandingClock()
    keeper = Timekeeper(clock.stamp, made.store.note_anchor, made.store.anchor())
    made.worker = SyncWorker(made.source, made.store, made.client, DEVICE, made.now, keeper)
    yield made
    close(made)


def test_a_signed_receipt_leaves_an_anchor_for_core(hr: FakeHr, box: Box):
    assert box.reader.anchor() is None
    assert box.worker.round() is Verdict.DONE
    anchor = box.reader.anchor()
    assert isinstance(anchor, ClockAnchor)
    assert anchor == box.store.anchor()
    assert anchor.at == StandingClock().now


@pytest.mark.parametrize(
    "trick", [unsigned_receipt, signed_by_another, html_200, answer_lost], ids=lambda each: each.__name__
)
def test_what_nobody_has_signed_says_nothing_of_the_time(hr: FakeHr, box: Box, trick: Trick):
    hr.tricks.append(trick)
    assert box.worker.round() is Verdict.RETRY
    assert box.store.anchor() is None


def test_before_sync_has_run_there_is_no_anchor(tmp_path: Path, hr: FakeHr):
    box = make_box(tmp_path, hr.url, hr.key)
    close(box)
    (tmp_path / "reference.db").unlink()
    assert box.reader.anchor() is None
