"""How far a wall clock is believed, with a machine made up for the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.clock import RELEASED_US, Machine, SystemClock, this_machine
from sync.wire.envelope import ClockState

NOW_US = RELEASED_US + 1_000_000_000


def standing(value: int) -> Callable[[], int]:
    return lambda: value


def state(
    wall_us: int = NOW_US, newest_us: int = 0, *, synchronised: bool = False, from_rtc: bool = True
) -> ClockState:
    machine = Machine("boot-1", standing(1), standing(wall_us), lambda: synchronised, from_rtc)
    return SystemClock(newest_us, machine).stamp().clock


@pytest.mark.fault("F15")
@pytest.mark.parametrize("wall_us", [0, 1_546_300_800_000_000, RELEASED_US - 1], ids=["1970", "2019", "just before"])
@pytest.mark.parametrize("synchronised", [False, True])
def test_a_clock_before_this_release_has_not_been_set(wall_us: int, synchronised: bool):
    assert state(wall_us, synchronised=synchronised) is ClockState.NONE


def test_a_machine_with_neither_time_server_nor_battery_does_not_know_the_time():
    assert state(from_rtc=False) is ClockState.NONE


def test_a_real_time_clock_is_believed():
    assert state() is ClockState.RTC


def test_a_time_server_is_believed_before_it():
    assert state(synchronised=True) is ClockState.NTP


def test_a_real_time_clock_behind_the_newest_fact_has_stood_still():
    assert state(NOW_US, NOW_US + 1) is ClockState.NONE


def test_a_time_server_is_believed_even_behind_the_newest_fact():
    assert state(NOW_US, NOW_US + 1, synchronised=True) is ClockState.NTP


def test_the_state_follows_the_time_server_while_the_clock_runs():
    synchronised = [False]
    clock = SystemClock(0, Machine("boot-1", standing(1), standing(NOW_US), lambda: synchronised[0], False))
    assert clock.stamp().clock is ClockState.NONE
    synchronised[0] = True
    assert clock.stamp().clock is ClockState.NTP


def test_a_process_that_was_stopped_between_its_two_looks_looks_again():
    """Else a wall time of later would stand beside a boot time of before, as if the clock had been set."""
    boottimes = iter([1_000_000_000, 6_000_000_000, 6_000_000_100])
    walls = iter([NOW_US, NOW_US + 1])
    stamp = SystemClock(0, Machine("boot-1", lambda: next(boottimes), lambda: next(walls), lambda: True, True)).stamp()
    assert (stamp.boottime_ns, stamp.wall_us) == (6_000_000_000, NOW_US + 1)


# --- what Linux says --------------------------------------------------------------------------------


def rtc(devices: Path, hctosys: str, since_epoch: str) -> None:
    folder = devices / "rtc0"
    folder.mkdir(parents=True)
    (folder / "hctosys").write_text(hctosys + "\n")
    (folder / "since_epoch").write_text(since_epoch + "\n")


def test_a_machine_without_such_a_device_has_none(tmp_path: Path):
    assert not this_machine(tmp_path / "synchronized", tmp_path / "rtc").from_rtc


def test_the_kernel_says_that_it_took_its_time_from_one(tmp_path: Path):
    rtc(tmp_path, "1", "0")
    assert this_machine(tmp_path / "synchronized", tmp_path).from_rtc


def test_one_that_a_rule_of_udev_read_later_agrees_with_the_wall_clock(tmp_path: Path):
    rtc(tmp_path, "0", str(this_machine().wall_us() // 1_000_000))
    assert this_machine(tmp_path / "synchronized", tmp_path).from_rtc


@pytest.mark.parametrize("since_epoch", ["946684800", "", "not a number"])
def test_one_that_nobody_read_says_nothing(tmp_path: Path, since_epoch: str):
    rtc(tmp_path, "0", since_epoch)
    assert not this_machine(tmp_path / "synchronized", tmp_path).from_rtc


def test_the_file_of_the_time_service_may_come_later(tmp_path: Path):
    machine = this_machine(tmp_path / "synchronized", tmp_path)
    assert not machine.synchronised()
    (tmp_path / "synchronized").touch()
    assert machine.synchronised()


def test_this_machine_has_a_boot_and_two_clocks_that_run():
    first, second = SystemClock().stamp(), SystemClock().stamp()
    assert first.boot_id == second.boot_id
    assert second.boottime_ns > first.boottime_ns
