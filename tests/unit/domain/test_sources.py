"""Which moment is believed: that of the capture as long as it is possible, else that of the receipt."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain.sources import believed, is_of_before
from sync.wire.envelope import ClockState, Stamp
from tests.moments import at, later

NOW = at("12:00")


def unset(stamp: Stamp) -> Stamp:
    return msgspec.structs.replace(stamp, clock=ClockState.NONE)


@pytest.mark.parametrize("captured", ["00:00", "11:59:59", "12:00:00", "12:00:02"])
def test_what_was_captured_before_now_keeps_its_stamp_however_long_it_was_buffered(captured: str) -> None:
    assert believed(at(captured), NOW) == at(captured)


@pytest.mark.parametrize("captured", ["12:00:02.1", "23:00"])
def test_what_lies_in_the_future_was_captured_when_it_was_received(captured: str) -> None:
    assert believed(at(captured), NOW) == NOW
    assert believed(at(captured, boot="boot-0"), NOW) == NOW


def test_within_one_boot_a_wall_clock_that_was_set_changes_nothing() -> None:
    ahead = msgspec.structs.replace(at("11:00"), wall_us=at("12:00", day=300).wall_us)
    assert believed(ahead, NOW) == ahead
    assert believed(unset(at("11:00")), NOW) == unset(at("11:00"))


def test_an_earlier_boot_keeps_its_stamp_if_its_clock_was_set() -> None:
    before = at("11:00", boot="boot-0")
    assert believed(before, NOW) == before
    assert believed(unset(before), NOW) == NOW


def test_who_does_not_know_the_time_judges_no_other_boot() -> None:
    ahead = at("13:00", boot="boot-0")
    assert believed(ahead, unset(NOW)) == ahead


@pytest.mark.parametrize(
    ("captured", "seen", "before"),
    [("boot-0", "boot-1", True), ("boot-0", "boot-0", False), ("boot-1", "boot-0", False)],
)
def test_a_reading_of_an_earlier_boot_is_of_before_any_of_this_one(captured: str, seen: str, before: bool) -> None:
    assert is_of_before(later(at("11:00", boot=captured), 60), at("11:00", boot=seen), NOW) is before
