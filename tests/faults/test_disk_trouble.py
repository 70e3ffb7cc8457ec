"""A disk that fails, is slow, or takes nothing any more: no tick for what is not stored, and nothing lost that was."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.link.messages import Alive, Answer, NotRecorded, Refused
from sync.wire.facts import AttendanceTap
from tests.faults.box import FaultBox, Service, badge_of
from tests.faults.floor import journal_of, until
from tests.faults.injected import FLUSH, injected
from tests.faults.lone_core import LoneCore, assert_chained

pytestmark = [pytest.mark.needs("strace"), pytest.mark.slow]

BACK_WITHIN_S = 5.0
NO_FLUSH = (f"{FLUSH}:error=EIO",)
NO_WRITE = ("pwrite64:error=ENOSPC",)
READ_ONLY = ("pwrite64:error=EROFS", "ftruncate:error=EROFS")


@pytest.fixture
def core(short_folder: Path) -> Iterator[LoneCore]:
    (short_folder / "data").mkdir()
    core = LoneCore(short_folder)
    try:
        core.notice(Alive, recording=True)
        yield core
    finally:
        core.close()


def pid_of(core: LoneCore) -> int:
    return core.core.pid


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(NO_WRITE, marks=pytest.mark.fault("F7"), id="no room"),
        pytest.param(NO_FLUSH, marks=pytest.mark.fault("F9"), id="flushes fail"),
        pytest.param(READ_ONLY, marks=pytest.mark.fault("F10"), id="read-only"),
    ],
)
def test_while_the_disk_fails_every_tap_is_refused_and_when_it_works_again_each_is_stored_once(
    core: LoneCore, faults: tuple[str, ...]
) -> None:
    before, failed = [core.tap(number) for number in range(5)], [core.tap(number) for number in range(5, 15)]
    assert all(isinstance(core.ask(tap), Answer) for tap in before)
    with injected(pid_of(core), *faults):
        assert [type(core.ask(tap)) for tap in failed] == [NotRecorded] * len(failed)
        assert core.notice(Refused).station == "gate"
        assert core.notice(Alive, recording=False).reason
        # Nobody sees as stored what is not.
        assert not {tap.id for tap in failed} & {fact.command for fact in core.views.after(0, 1000)}
    healed_s = time.monotonic()
    core.notice(Alive, recording=True)
    assert time.monotonic() - healed_s < BACK_WITHIN_S
    answers = [core.ask(tap) for tap in [*failed, *before, *failed]]
    assert all(isinstance(answer, Answer) for answer in answers)
    assert answers[: len(failed)] == answers[-len(failed) :]
    assert sorted(taps_in(core)) == sorted(tap.id for tap in [*before, *failed])
    assert_chained(core.views)
    assert "Traceback" not in core.stop()
    core.start()


def taps_in(core: LoneCore) -> list[str]:
    return [fact.command for fact in core.views.after(0, 1000) if fact.kind == AttendanceTap.__name__]


@pytest.mark.fault("F9")
def test_a_tap_whose_flush_failed_is_not_ticked_before_a_later_flush_has_worked(core: LoneCore, tmp_path: Path) -> None:
    """What a failed flush left in the page cache looks stored and may not be (man fsync): it is written anew."""
    tap = core.tap(1)
    trace = tmp_path / "trace"
    with injected(pid_of(core), f"{FLUSH}:error=EIO:when=1", also=("pwrite64", "sendto"), trace=trace):
        assert isinstance(core.ask(tap), NotRecorded)
        assert isinstance(core.ask(tap), Answer)
    calls = [line for line in trace.read_text("ascii", "replace").splitlines() if tap.id not in line]
    failed = next(place for place, call in enumerate(calls) if "EIO" in call)
    worked = [call for call in calls[failed + 1 :] if re.search(r"sync\(\d+\)\s+= 0", call)]
    written = [call for call in calls[failed + 1 :] if "pwrite64(" in call]
    assert worked
    assert written


@pytest.mark.fault("F9")
def test_what_a_core_that_died_of_a_failed_flush_has_left_is_made_durable_before_it_is_believed(core: LoneCore) -> None:
    stored, refused = core.tap(1), core.tap(2)
    assert isinstance(core.ask(stored), Answer)
    with injected(pid_of(core), f"{FLUSH}:error=EIO"):
        assert isinstance(core.ask(refused), NotRecorded)
        core.core.kill()
        core.core.communicate()
    core.start()
    core.notice(Alive, recording=True)
    # All that the next core believes lies in the database itself; the log of a dead one is no witness.
    assert (core.folder / "data" / "facts.db-wal").stat().st_size == 0
    assert isinstance(core.ask(refused), Answer)
    assert sorted(taps_in(core)) == sorted([stored.id, refused.id])


@pytest.mark.fault("F13")
def test_each_tick_waits_for_a_slow_disk_and_every_one_comes(core: LoneCore) -> None:
    with injected(pid_of(core), f"{FLUSH}:delay_enter=200000"):
        for number in range(5):
            began_s = time.monotonic()
            assert isinstance(core.ask(core.tap(number)), Answer)
            assert time.monotonic() - began_s >= 0.2
    assert len(taps_in(core)) == 5


@pytest.mark.fault("F13")
def test_what_is_tapped_at_the_reader_while_the_disk_stalls_is_all_stored_afterwards() -> None:
    with FaultBox(people=12) as box:
        box.start(Service.CORE)
        box.start(Service.DEVICES)
        until(lambda: tap_until_stored(box, badge_of(0)), "the first tap was never stored", box)
        with injected(box.pid(Service.CORE), f"{FLUSH}:delay_enter=2500000:when=1"):
            for number in range(1, 12):
                box.reader.tap(badge_of(number), frames=1)
            # What the kiosk would show meanwhile: nothing of these people.
            assert set(tapped(box)) == {badge_of(0)}
            until(lambda: len(set(tapped(box))) == 12, "taps were lost in the stall", box)
        # HR is not there, so nobody knows these badges, and each tap is kept under its own.
        assert sorted(set(tapped(box))) == [badge_of(number) for number in range(12)]
        assert all(tapped(box).count(badge_of(number)) == 1 for number in range(1, 12))
        box.stop()
        assert (box.died, box.tracebacks()) == ([], [])


def tap_until_stored(box: FaultBox, badge: str) -> bool:
    box.reader.tap(badge, frames=1)
    return badge in tapped(box)


def tapped(box: FaultBox) -> list[str]:
    taps = [fact.body for fact in journal_of(box, 0) if fact.kind == AttendanceTap.__name__]
    return [str(tap["badge"]).removeprefix("EM4100:") for tap in taps]
