"""How many bad frames a reader sent: since the start, and on the day that it is in the plant."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from edge.devices.shared.bad_frames import KEPT, BadFrames
from sync.wire.envelope import ClockState, Stamp

SHANGHAI = ZoneInfo("Asia/Shanghai")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
"""Five hours and three quarters ahead."""


def at(text: str) -> Stamp:
    return Stamp("boot", 0, int(datetime.fromisoformat(text).timestamp() * 1e6), ClockState.NTP)


@pytest.mark.parametrize(
    ("came", "zone", "count"),
    [
        ("2026-11-24T00:00:00+08:00", SHANGHAI, 1),
        ("2026-11-23T23:59:59.999+08:00", SHANGHAI, 0),
        ("2026-11-24T23:59:59.999+08:00", SHANGHAI, 1),
        ("2026-11-25T00:00:00+08:00", SHANGHAI, 0),
        ("2026-11-23T23:59:59.999+08:00", UTC, 0),
        ("2026-11-24T00:00:00+05:45", KATHMANDU, 1),
        ("2026-11-23T23:59:59+05:45", KATHMANDU, 0),
    ],
)
def test_a_day_begins_at_midnight_of_the_plant(came: str, zone: ZoneInfo, count: int):
    bad = BadFrames("gate")
    bad.add(at(came))
    assert bad.on_day_of(at("2026-11-24T12:00:00+08:00"), zone) == count
    assert bad.total == 1


def test_a_day_of_twenty_five_hours_is_counted_whole():
    bad = BadFrames("gate")
    moment = datetime.fromisoformat("2026-10-25T00:00:00+02:00")
    for quarter in range(100):
        bad.add(at((moment + timedelta(minutes=15 * quarter)).isoformat()))
    assert bad.on_day_of(at("2026-10-25T20:00:00+01:00"), ZoneInfo("Europe/Berlin")) == 100


def test_older_days_are_forgotten_and_the_total_is_not():
    bad = BadFrames("gate")
    first = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
    for hour in range(24 * 30):
        bad.add(at((first + timedelta(hours=hour)).isoformat()))
    assert bad.total == 720
    assert bad.on_day_of(at("2026-11-30T08:00:00+08:00"), SHANGHAI) == 24
    assert len(bad._by_quarter) <= KEPT


def test_the_log_tells_of_them_by_tens(caplog: pytest.LogCaptureFixture):
    bad = BadFrames("gate")
    with caplog.at_level(logging.WARNING):
        for _ in range(5000):
            bad.add(at("2026-11-24T12:00:00+08:00"))
    assert [record.getMessage().split()[1] for record in caplog.records] == ["1", "10", "100", "1000"]
