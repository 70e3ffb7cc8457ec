"""The shared table of segments: fact time as the driver of a shift steers it."""

from __future__ import annotations

import json
from pathlib import Path

from simulators.timetable import Timetable

START_US = 1_795_392_000_000_000
HOUR_US = 3_600_000_000


def test_machine_time_between_two_moments_counts_each_stretch_at_its_own_speed(tmp_path: Path):
    timetable = Timetable(tmp_path / "table.json", START_US)
    timetable.go(36_000)
    timetable.leap(START_US + HOUR_US, 36_000, 10)
    arrived_us = START_US + HOUR_US
    slowed_us = 80_000_000 + 16_000_000
    assert round(timetable.machine_s(arrived_us, arrived_us + 50_000_000), 3) == 5.0
    assert round(timetable.machine_s(START_US, arrived_us), 3) == round((HOUR_US - slowed_us) / 36e9 + 0.8, 3)


def test_time_slows_down_in_steps_and_arrives_at_the_moment(tmp_path: Path):
    timetable = Timetable(tmp_path / "table.json", START_US)
    timetable.go(10)
    timetable.leap(START_US + HOUR_US, 36_000, 10)
    rows = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert [row["speed"] for row in rows] == [10, 36_000, 200, 40, 10]
    assert rows[-1]["fact_us"] == START_US + HOUR_US


def test_a_leap_too_short_to_slow_down_in_only_arrives(tmp_path: Path):
    timetable = Timetable(tmp_path / "table.json", START_US)
    timetable.go(10)
    timetable.leap(START_US + 20_000_000, 100, 10)
    rows = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert [row["speed"] for row in rows] == [10, 100, 40, 10]
    timetable.leap(START_US + 40_000_000, 1_000, 10)
    rows = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert [row["speed"] for row in rows][-2:] == [1_000, 10]
