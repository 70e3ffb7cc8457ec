"""A wall clock that is set is a fact of its own, before what comes with the new time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.core.recorder import Recorder
from edge.link.messages import BadgeTapped
from edge.store.journal import Journal
from tests import cast
from tests.moments import PLANT, SteppableClock
from tests.unit.store.boxes import open_journal

pytestmark = pytest.mark.fault("F16")

WEEKS_S = 21 * 86_400


class Core:
    def __init__(self, folder: Path) -> None:
        self.clock, self._folder, self._own = SteppableClock(), folder, itertools.count()
        self.start()

    def start(self) -> None:
        self.journal: Journal = open_journal(self._folder)
        self.recorder = Recorder(self.journal, self.clock, lambda: cast.DIRECTORY, PLANT, [])

    def restart(self) -> None:
        self.journal.close()
        self.start()

    def beat(self) -> None:
        self.clock.pass_s(1)
        self.recorder.record([], self.new_id)

    def tap(self) -> BadgeTapped:
        self.clock.pass_s(1)
        return BadgeTapped(self.new_id(), self.clock.stamp(), "gate", "gate-1", cast.WANG_BADGE)

    def new_id(self) -> str:
        return f"own-{next(self._own)}"

    def told(self) -> list[tuple[str, int | None]]:
        return [(fact.kind, fact.body.get("step_us")) for fact in self.journal.after(0)]


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    core = Core(tmp_path)
    core.recorder.record([core.tap()], core.new_id)
    yield core
    core.journal.close()


TAP = ("AttendanceTap", None)


@pytest.mark.parametrize("step_s", [-WEEKS_S, WEEKS_S])
def test_a_step_is_noted_at_the_next_beat_and_its_way_back_too(core: Core, step_s: int):
    for each in (step_s, -step_s):
        core.clock.step_s(each)
        core.beat()
        core.beat()
    assert core.told() == [TAP, ("ClockStepped", step_s * 1_000_000), ("ClockStepped", -step_s * 1_000_000)]


def test_it_stands_before_the_facts_of_its_commit(core: Core):
    core.clock.step_s(WEEKS_S)
    core.recorder.record([core.tap()], core.new_id)
    assert [kind for kind, _ in core.told()] == ["AttendanceTap", "ClockStepped", "AttendanceTap"]


def test_a_step_while_core_was_away_is_seen_from_the_last_fact(core: Core):
    core.clock.step_s(-WEEKS_S)
    core.restart()
    core.beat()
    core.restart()
    core.beat()
    assert core.told() == [TAP, ("ClockStepped", -WEEKS_S * 1_000_000)]


def test_a_tap_from_before_the_step_that_comes_after_it_makes_no_second_step(core: Core):
    late = core.tap()
    core.clock.step_s(WEEKS_S)
    core.beat()
    core.recorder.record([late], core.new_id)
    core.restart()
    core.beat()
    assert [kind for kind, _ in core.told()].count("ClockStepped") == 1


def test_another_boot_is_no_step(core: Core):
    core.clock.reboot(100)
    core.clock.set_wall_us(0)
    core.restart()
    core.beat()
    assert core.told() == [TAP]


def test_small_corrections_of_a_time_server_are_none(core: Core):
    for _ in range(10):
        core.clock.step_s(1)
        core.beat()
    assert core.told() == [TAP]
