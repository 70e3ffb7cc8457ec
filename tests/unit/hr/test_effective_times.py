"""Effective times: three weeks without a network, repaired by what is known afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr.clocks.effective import Anchor, Basis, Boot, Effective, Timeline, anchor_of
from sync.wire.envelope import ClockState, Stamp

START_US = 1_790_000_000_000_000
DAY_S = 86_400
S = 1_000_000


class Weeks:
    """21 days, the power switched off each night; `true` says when each tap really was. One anchor at the very end."""

    def __init__(self, rtc_ppm: float | None = None, supervisor_within_s: float | None = None, seed: int = 5) -> None:
        chance = random.Random(seed)
        clock = ClockState.NONE if rtc_ppm is None else ClockState.RTC
        self.boots: list[Boot] = []
        self.anchors: list[Anchor] = []
        self.taps: list[tuple[Stamp, float]] = []
        true_s, wall_s, rtc_s = 0.0, 0.0, 0.0
        for day in range(21):
            on_s, boot_id = chance.uniform(9, 11) * 3600, f"boot-{day}"
            crystal = 1 + chance.uniform(-60, 60) * 1e-6
            wall_s = true_s + rtc_s if rtc_ppm is not None else wall_s
            passed = [0.0, *sorted(chance.uniform(0, on_s) for _ in range(60)), on_s]
            stamps = [self._stamp(boot_id, each * crystal, wall_s, clock) for each in passed]
            self.taps += [(stamp, true_s + each) for stamp, each in zip(stamps, passed, strict=True)]
            first, last = stamps[0], stamps[-1]
            self.boots.append(Boot(boot_id, first.boottime_ns, last.boottime_ns, first.wall_us, clock))
            if supervisor_within_s is not None:
                said_s = 300 + chance.uniform(-supervisor_within_s, supervisor_within_s)
                self._anchor(boot_id, 300 * crystal, true_s + said_s, supervisor_within_s)
            if day == 20:
                self._anchor(boot_id, on_s * crystal, true_s + on_s, 0.5)
            true_s, wall_s = true_s + DAY_S, wall_s + on_s * crystal
            # A clock that is saved hourly and loaded at boot loses up to an hour, and all the night.
            wall_s -= chance.uniform(0, 3600) if rtc_ppm is None else 0
            rtc_s += DAY_S * (rtc_ppm or 0) * 1e-6 * chance.uniform(0.5, 1)

    def _stamp(self, boot_id: str, up_s: float, wall_s: float, clock: ClockState) -> Stamp:
        return Stamp(boot_id, round(up_s * 1e9), START_US + round((wall_s + up_s) * S), clock)

    def _anchor(self, boot_id: str, up_s: float, true_s: float, within_s: float) -> None:
        self.anchors.append(Anchor(boot_id, round(up_s * 1e9), START_US + round(true_s * S), round(within_s * S)))

    def repaired(self) -> Iterator[tuple[Effective, float]]:
        timeline = Timeline(self.boots, self.anchors)
        for stamp, true_s in self.taps:
            effective = timeline.effective(stamp)
            yield effective, abs(effective.utc_us - START_US - true_s * S) / S


@pytest.mark.parametrize("ppm", [2.0, 20.0, -20.0])
def test_a_real_time_clock_is_repaired_to_seconds_by_one_contact_after_three_weeks(ppm: float):
    errors = [error_s for _effective, error_s in Weeks(rtc_ppm=ppm).repaired()]
    assert max(errors) < 6
    raw = [abs(stamp.wall_us - START_US - true_s * S) / S for stamp, true_s in Weeks(rtc_ppm=ppm).taps]
    assert abs(ppm) < 20 or max(raw) > 20


def test_a_supervisor_who_says_the_time_each_morning_is_enough():
    assert max(error_s for _effective, error_s in Weeks(supervisor_within_s=60).repaired()) < 61


@pytest.mark.parametrize("seed", range(5))
def test_without_any_clock_each_tap_but_those_of_the_last_boot_is_flagged_and_within_its_bounds(seed: int):
    weeks = Weeks(seed=seed)
    for (stamp, _true), (effective, error_s) in zip(weeks.taps, weeks.repaired(), strict=True):
        assert error_s * S <= effective.within_us + S
        assert effective.basis is (Basis.ANCHORED if stamp.boot_id == "boot-20" else Basis.BOUNDED)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", [{"rtc_ppm": 20.0}, {"supervisor_within_s": 60.0}, {}])
def test_the_order_of_taps_and_what_lies_between_those_of_a_boot_never_change(kind: dict[str, float], seed: int):
    weeks = Weeks(seed=seed, **kind)
    found = [(stamp, effective) for (stamp, _true), (effective, _e) in zip(weeks.taps, weeks.repaired(), strict=True)]
    for (earlier, before), (later, after) in pairwise(found):
        assert after.utc_us >= before.utc_us
        if earlier.boot_id == later.boot_id:
            passed_us = (later.boottime_ns - earlier.boottime_ns) // 1000
            assert abs(after.utc_us - before.utc_us - passed_us) <= max(2, passed_us // 5000)


def test_a_tap_with_a_clock_a_time_server_had_set_is_when_it_says():
    stamp = Stamp("b", 5_000_000_000, START_US, ClockState.NTP)
    anchor = anchor_of(stamp)
    assert anchor is not None
    boot = Boot("b", 1_000_000_000, 9_000_000_000, 0, ClockState.NONE)
    assert Timeline([boot], [anchor]).effective(stamp).utc_us == START_US
    before = Stamp("b", 2_000_000_000, 17, ClockState.NONE)
    assert anchor_of(before) is None
    assert Timeline([boot], [anchor]).effective(before).utc_us == START_US - 3 * S


def test_of_two_anchors_that_contradict_one_another_the_better_known_is_believed():
    boot = Boot("b", 0, 100_000_000_000, 0, ClockState.NONE)
    said = Anchor("b", 10_000_000_000, START_US - 3600 * S, 60 * S)
    server = Anchor("b", 90_000_000_000, START_US + 80 * S, S)
    middle = Stamp("b", 50_000_000_000, 0, ClockState.NONE)
    assert Timeline([boot], [said, server]).effective(middle).utc_us == START_US + 40 * S


@pytest.mark.parametrize(
    ("apart_s", "within_s", "off_s", "both_used"),
    [
        (3600, 0, 0.36, True),
        (3599, 0, 0, False),
        (3600, 0, 0.361, False),
        (20_000, 100, 200, True),
        (19_999, 100, 200, False),
        (20_000, 100, 203, False),
    ],
    ids=str,
)
def test_two_anchors_date_what_lies_between_them_where_they_are_far_apart_and_fit(
    apart_s: float, within_s: float, off_s: float, both_used: bool
):
    """A crystal may go wrong by 0.36 s in an hour. Of two that do not fit only the later is used."""
    end_ns, within_us = round(apart_s * 1e9), round(within_s * S)
    anchors = [Anchor("b", 0, 0, within_us), Anchor("b", end_ns, round((apart_s + off_s) * S), within_us)]
    timeline = Timeline([Boot("b", 0, end_ns, 0, ClockState.NONE)], anchors)
    assert (timeline.anchor(Stamp("b", 0, 0, ClockState.NONE)) == anchors[0]) is both_used


def test_a_boot_that_nothing_dates_keeps_its_raw_time_and_is_flagged():
    boot = Boot("b", 0, 10, START_US, ClockState.NONE)
    effective = Timeline([boot], []).effective(Stamp("b", 5_000, START_US, ClockState.NONE))
    assert (effective.utc_us, effective.basis) == (START_US + 5, Basis.BOUNDED)
    assert effective.within_us > 30 * DAY_S * S


def test_a_boot_whose_clock_runs_ahead_ended_before_the_next_known_one_began():
    wall_us, known_us = START_US + 10 * DAY_S * S, START_US + DAY_S * S
    boots = [Boot("a", 0, 100 * 10**9, wall_us, ClockState.NONE), Boot("b", 0, 10**9, wall_us, ClockState.NONE)]
    found = Timeline(boots, [Anchor("b", 0, known_us, S)]).effective(Stamp("a", 0, wall_us, ClockState.NONE))
    assert (found.utc_us, found.basis) == (known_us - 100 * S, Basis.BOUNDED)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.lists(st.integers(0, 10**9), min_size=2))
def test_whatever_the_anchors_say_no_tap_passes_another(places_ms: list[int], taps_ms: list[int]):
    chance = random.Random(sum(places_ms))
    anchors = [
        Anchor(
            "b",
            each * 10**6,
            START_US + each * 1000 + round(chance.uniform(-90, 90) * S),
            chance.choice([0, S, 60 * S]),
        )
        for each in places_ms
    ]
    timeline = Timeline([Boot("b", 0, 10**15, 0, ClockState.NONE)], anchors)
    times = [timeline.effective(Stamp("b", each * 10**6, 0, ClockState.NONE)).utc_us for each in sorted(taps_ms)]
    assert times == sorted(times)
