"""A wall clock that is wrong from the start, or set while the box works: nothing is refused and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sync.wire.envelope import ClockState, Fact
from tests.faults.evidence import Findings
from tests.faults.machine.headquarters import BADGE_OF, LOST, STRANGERS
from tests.faults.machine.world import World

EVERYBODY = [*BADGE_OF.values(), LOST, *STRANGERS]
PAST_THE_ROLLOVER = 60
IN_2019_US = 1_546_300_800_000_000


@pytest.mark.fault("F15")
@pytest.mark.parametrize("wall_us", [0, IN_2019_US], ids=["1970", "2019"])
def test_a_box_that_does_not_know_the_time_records_everything_and_says_so(wall_us: int):
    world = World()
    try:
        world.run(PAST_THE_ROLLOVER)
        world.cut_plc(reachable=False)
        world.poll()
        world.deliver()
        world.cut_plc(reachable=True)
        world.poll()
        world.deliver()
        world.reboot(3600, wall_us)
        world.start_core()
        for badge in EVERYBODY:
            world.tap(badge, at_machine=False)
        world.deliver()
        world.heal()
        world.judge()
        assert world.findings == Findings()
        assert len(world.answers) == len(EVERYBODY)
        assert {fact.at.clock for fact in world.journal if fact.at.boot_id == "boot-2"} == {ClockState.NONE}
        assert not world.given_up
    finally:
        world.close()


# --- steps while the box works ------------------------------------------------------------------------

Event = tuple[str, int]
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.tuples(st.just("tap"), st.integers(0, len(EVERYBODY) - 1)),
    st.tuples(st.just("at the machine"), st.integers(0, len(EVERYBODY) - 1)),
    st.tuples(st.just("strokes"), st.integers(0, 60)),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 70, 400, 20_000, 70_000])),
    st.tuples(st.just("order"), st.just(0)),
    st.tuples(st.just("core restarts"), st.just(0)),
)
WEEKS = st.sampled_from([-3, -1, 0, 0, 1, 3])
"""Whole weeks, so that the time of day is the same and with it the shift."""
DAYS = st.lists(st.tuples(EVENTS, WEEKS), min_size=1, max_size=14)


@pytest.mark.slow
@pytest.mark.fault("F16")
@given(DAYS)
@settings(max_examples=12, phases=[Phase.generate])
def test_a_wall_clock_that_is_set_between_any_two_commands_changes_no_outcome_and_no_piece(
    day: list[tuple[Event, int]],
):
    steady, _ = played([(event, 0) for event, _ in day])
    stepped, steps = played(day)
    assert [_without_dates(fact, stepped) for fact in stepped] == [_without_dates(fact, steady) for fact in steady]
    assert steps == [weeks * 7 * 86_400_000_000 for _, weeks in day if weeks]


def played(day: list[tuple[Event, int]]) -> tuple[list[Fact], list[int]]:
    """The journal of this day without its ClockStepped facts, and these."""
    world = World()
    try:
        for event, weeks in day:
            if weeks:
                world.clock.step_s(weeks * 7 * 86_400)
            _happens(world, *event)
            world.poll()
            world.deliver()
        world.heal()
        world.judge()
        assert world.findings == Findings()
        rest = [fact for fact in world.journal if fact.kind != "ClockStepped"]
        return rest, [fact.body["step_us"] for fact in world.journal if fact.kind == "ClockStepped"]
    finally:
        world.close()


def _happens(world: World, what: str, value: int) -> None:
    match what:
        case "tap" | "at the machine":
            world.tap(EVERYBODY[value], at_machine=what != "tap")
        case "strokes":
            world.run(value)
        case "wait":
            world.clock.pass_s(value)
        case "order":
            world.hr.change_order()
            world.send([])
        case "core restarts":
            world.kill_core()
            world.start_core()


SEQS = ("log_on", "from_seq", "to_seq", "repeats", "changes", "actuals", "glitch")


def _without_dates(fact: Fact, journal: list[Fact]) -> tuple[str, str, int, Any]:
    """What a fact says but for dates; numbers of other facts are their places among those that are compared."""
    places = {each.seq: place for place, each in enumerate(journal)}

    def plain(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: plain(each, name) for name, each in value.items() if not name.endswith("_date")}
        if isinstance(value, list):
            return [plain(each, key) for each in value]
        return places[value] if key in SEQS and value is not None else value

    return fact.kind, fact.at.boot_id, fact.at.boottime_ns, plain(fact.body)
