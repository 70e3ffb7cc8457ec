"""What is wrong with a box, and when somebody is reminded of it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hr.fleet.rules import MINUTE_US, Box, Trouble, judge, reminder, working_since
from sync.wire.envelope import ClockState
from sync.wire.reference_data import Shift
from sync.wire.report import BoxStatus, DeviceReport, Report
from tests.unit.hr.cast import clock_us

ZONE = ZoneInfo("Asia/Shanghai")
NOW = clock_us(14, 30)
DAY, NIGHT = Shift("D", "白班", 480, 1020), Shift("N", "夜班", 1200, 1740)
GOOD = BoxStatus(ClockState.NTP, "1.2.0", 8_000_000_000, True, True)
WELL = Report(NOW, 1, 500, 0, 0, GOOD)
BOX = Box("gate-3", clock_us(0), NOW, 1, 500, WELL, NOW)


def told(**status: object) -> Box:
    return replace(BOX, report=msgspec.structs.replace(WELL, status=msgspec.structs.replace(GOOD, **status)))


def troubles(box: Box, now_us: int = NOW) -> list[Trouble]:
    return list(judge(box, now_us, "1.2.0").troubles)


def test_a_box_that_is_well_has_no_trouble_and_reminds_nobody():
    standing = judge(BOX, NOW, "1.2.0")
    assert (standing.troubles, standing.pending, standing.unsent_us) == ((), 0, None)
    assert reminder(standing, NOW, 0) is None


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        ({"core": False}, Trouble.NOT_RECORDING),
        ({"devices_run": False}, Trouble.DEVICES_STOPPED),
        ({"devices": [DeviceReport("gate-reader", "badge reader", False)]}, Trouble.DEVICE_GONE),
        ({"devices": [DeviceReport("gate-reader", "badge reader", True, 0, 20)]}, Trouble.BAD_FRAMES),
        ({"free_bytes": 499_999_999}, Trouble.LITTLE_DISK),
        ({"clock": ClockState.NONE}, Trouble.CLOCK_UNSURE),
        ({"version": "1.1.9"}, Trouble.OLD_VERSION),
    ],
)
def test_each_thing_a_box_tells_is_judged(status: dict[str, object], trouble: Trouble):
    assert troubles(told(**status)) == [trouble]


@pytest.mark.parametrize("off_us", [-3 * MINUTE_US, 3 * MINUTE_US, 29 * 365 * 24 * 60 * MINUTE_US])
def test_a_clock_that_is_off_when_the_report_comes_is_unsure_whatever_the_box_says_of_it(off_us: int):
    assert troubles(replace(BOX, report=msgspec.structs.replace(WELL, at_us=NOW + off_us))) == [Trouble.CLOCK_UNSURE]
    slow_line = msgspec.structs.replace(WELL, at_us=NOW - MINUTE_US)
    assert troubles(replace(BOX, report=slow_line)) == []


def test_a_key_is_to_be_changed_after_a_year():
    year_us = 365 * 24 * 60 * MINUTE_US
    assert troubles(replace(BOX, accepted_us=NOW - year_us)) == []
    assert troubles(replace(BOX, accepted_us=NOW - year_us - 1)) == [Trouble.OLD_KEY]


def test_a_device_that_was_not_tried_yet_and_a_newer_release_are_no_trouble():
    assert troubles(told(devices=[DeviceReport("gate-reader", "badge reader")], version="1.10.0")) == []


def test_the_worst_trouble_leads_the_page():
    well, gone = judge(BOX, NOW, "1.2.0"), judge(told(core=False), NOW, "1.2.0")
    old = judge(replace(told(version="1.0"), device="a"), NOW, "1.2.0")
    assert [each.box.device for each in sorted([well, old, gone], key=lambda each: each.rank)] == [
        "gate-3",
        "a",
        "gate-3",
    ]
    assert sorted([well, old, gone], key=lambda each: each.rank)[0] is gone


def test_what_has_come_since_the_report_is_no_longer_pending():
    report = Report(NOW, 1, 541, 41, NOW - 90 * MINUTE_US, GOOD)
    before = judge(replace(BOX, report=report), NOW, "1.2.0")
    assert (before.pending, before.unsent_us) == (41, 90 * MINUTE_US)
    some = judge(replace(BOX, report=report, last_seq=530), NOW, "1.2.0")
    assert (some.pending, some.unsent_us) == (11, None)
    everything = judge(replace(BOX, report=report, last_seq=541), NOW, "1.2.0")
    assert (everything.pending, everything.troubles) == (0, ())


def test_of_a_journal_that_hr_has_not_seen_yet_the_report_is_believed():
    report = Report(NOW, 2, 41, 41, NOW, GOOD)
    assert judge(replace(BOX, report=report), NOW, "1.2.0").pending == 41
    assert judge(replace(BOX, report=report, epoch=None, last_seq=None), NOW, "1.2.0").pending == 41


def test_the_oldest_unsent_is_aged_by_the_boxs_own_clock_and_goes_on_ageing():
    in_1970 = Report(3_600_000_000, 1, 541, 41, 0 + 1_800_000_000, GOOD)
    standing = judge(replace(BOX, report=in_1970, reported_us=NOW - 31 * MINUTE_US), NOW, "1.2.0")
    assert standing.unsent_us == 61 * MINUTE_US
    assert Trouble.UNSENT_OLD in standing.troubles


def test_what_is_unsent_for_an_hour_is_a_trouble():
    for oldest_us, found in ((NOW - 60 * MINUTE_US + 1, []), (NOW - 60 * MINUTE_US, [Trouble.UNSENT_OLD])):
        assert troubles(replace(BOX, report=Report(NOW, 1, 541, 41, oldest_us, GOOD))) == found


def test_a_box_is_offline_after_three_minutes_and_somebody_is_reminded_after_fifteen():
    heard_us = NOW - 3 * MINUTE_US + 1
    silent = replace(BOX, last_contact_us=heard_us)
    assert troubles(silent) == []
    assert troubles(silent, NOW + 1) == [Trouble.OFFLINE]
    at_15 = heard_us + 15 * MINUTE_US
    assert reminder(judge(silent, at_15 - 1, "1.2.0"), at_15 - 1, 0) is None
    due = reminder(judge(silent, at_15, "1.2.0"), at_15, 0)
    assert due is not None
    assert (due.trouble, due.since_us) == (Trouble.OFFLINE, heard_us)


def test_nobody_is_reminded_between_shifts_nor_in_the_first_quarter_of_an_hour():
    silent = judge(replace(BOX, last_contact_us=clock_us(2)), clock_us(8, 14), "1.2.0")
    assert reminder(silent, clock_us(8, 14), working_since([DAY], clock_us(8, 14), ZONE)) is None
    assert reminder(silent, clock_us(8, 15), working_since([DAY], clock_us(8, 15), ZONE)) is not None
    assert reminder(silent, clock_us(18), working_since([DAY], clock_us(18), ZONE)) is None


@pytest.mark.parametrize(
    ("box", "minute"),
    [
        (replace(told(core=False), stopped_us=clock_us(2)), 3),
        (replace(BOX, report=Report(NOW, 1, 541, 41, clock_us(2), GOOD), reported_us=NOW), 15),
    ],
)
def test_in_the_morning_a_trouble_has_its_patience_again_and_a_quarter_of_an_hour_at_most(box: Box, minute: int):
    standing = judge(box, NOW, "1.2.0")
    assert reminder(standing, NOW, NOW - minute * MINUTE_US + 1) is None
    assert reminder(standing, NOW, NOW - minute * MINUTE_US) is not None


def test_one_box_gives_one_reminder_whatever_is_wrong_with_it():
    box = replace(told(core=False), last_contact_us=NOW - 20 * MINUTE_US, stopped_us=NOW - 20 * MINUTE_US, aside=3)
    due = reminder(judge(box, NOW, "1.2.0"), NOW, 0)
    assert due is not None
    assert due.trouble is Trouble.NOT_RECORDING


def test_a_core_that_is_just_restarted_reminds_nobody():
    box = replace(told(core=False), stopped_us=NOW - MINUTE_US)
    assert reminder(judge(box, NOW, "1.2.0"), NOW, 0) is None


def test_a_box_that_never_spoke_is_due_a_quarter_of_an_hour_after_it_asked():
    box = Box("gate-4", NOW - 15 * MINUTE_US)
    due = reminder(judge(box, NOW, "1.2.0"), NOW, 0)
    assert due is not None
    assert due.trouble is Trouble.NEVER_HEARD


@pytest.mark.parametrize(
    ("hour", "began"),
    [(7, None), (8, 8), (16, 8), (17, None), (20, 20), (23, 20), (24 + 4, 20), (24 + 5, None)],
)
def test_working_time_is_any_shift_also_over_midnight(hour: int, began: int | None):
    expected = None if began is None else clock_us(began)
    assert working_since([DAY, NIGHT], clock_us(hour), ZONE) == expected


def test_the_overtime_after_a_shift_is_working_time():
    longer = Shift("D", "白班", 480, 1020, overtime_min=60)
    assert working_since([longer], clock_us(17, 59), ZONE) == clock_us(8)
    assert working_since([longer], clock_us(18), ZONE) is None


def test_without_any_shift_it_is_always_working_time():
    assert working_since([], NOW, ZONE) == 0
