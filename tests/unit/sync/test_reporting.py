"""When a box tells HR how it stands, and what it tells."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sync.reference.store import ReferenceStore
from sync.reporting import EVERY_S, SOONEST_S, Reporter
from sync.wire.envelope import ClockState, Receipt, WireError
from sync.wire.report import (
    MAX_DEVICES,
    MAX_REPORT_BYTES,
    BoxStatus,
    DeviceReport,
    Report,
    decode_report,
    encode_report,
)
from tests.integration.sending_box import DB_KEY, ListSource
from tests.unit.sync.made import DEVICE, chained

READER = DeviceReport("gate-reader", "badge reader", True)
GOOD = BoxStatus(ClockState.NTP, "1.2.0", 8_000_000_000, True, True, [READER])
GONE = msgspec.structs.replace(GOOD, devices=[DeviceReport("gate-reader", "badge reader", False)])


class Desk:
    """A reporter over five unsent facts, with what it sees turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_s, self.status, self.source = 0.0, GOOD, ListSource(chained(5))
        self.store = ReferenceStore(folder / "reference.db", DB_KEY)
        self.reporter = Reporter(self.source, self.store, lambda: self.status, lambda: 77, lambda: self.now_s)

    def after(self, seconds: float) -> Report | None:
        self.now_s += seconds
        return self.reporter.due()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_first_report_says_what_waits_and_how_the_box_is(desk: Desk):
    assert desk.reporter.due() == Report(77, 1, 5, 5, desk.source.facts[0].at.wall_us, GOOD)


def test_what_hr_has_signed_for_is_not_pending(desk: Desk):
    third = desk.source.facts[2]
    desk.store.accept(Receipt(DEVICE, 1, 3, third.hash, 1, "n"), b"{}", b"", 3)
    report = desk.reporter.due()
    assert report is not None
    assert (report.pending, report.oldest_us) == (2, desk.source.facts[3].at.wall_us)


def test_unsent_facts_of_an_earlier_journal_count(desk: Desk):
    desk.source.facts += chained(2, epoch=2)
    report = desk.reporter.due()
    assert report is not None
    assert (report.epoch, report.seq, report.pending) == (2, 2, 7)
    assert report.oldest_us == desk.source.facts[0].at.wall_us


def test_what_a_parted_journal_has_more_than_hr_is_not_pending_for_it_was_carried_over(desk: Desk):
    third = desk.source.facts[2]
    desk.store.accept(Receipt(DEVICE, 1, 4, "other", 1, "n"), b"{}", b"", third.seq, parted=True)
    report = desk.reporter.due()
    assert report is not None
    assert (report.epoch, report.pending, report.oldest_us) == (1, 2, desk.source.facts[3].at.wall_us)
    carried_over = chained(2, epoch=2)
    desk.source.facts += carried_over
    report = desk.after(EVERY_S)
    assert report is not None
    assert (report.epoch, report.pending, report.oldest_us) == (2, 2, carried_over[0].at.wall_us)


def test_it_reports_once_a_minute_while_nothing_changes(desk: Desk):
    assert desk.reporter.due() is not None
    assert [desk.after(SOONEST_S) for _ in range(5)] == [None] * 5
    assert desk.after(EVERY_S - 5 * SOONEST_S) is not None


def test_a_reader_that_goes_is_told_at_once_but_no_more_often_than_each_ten_seconds(desk: Desk):
    desk.reporter.due()
    desk.status = GONE
    assert desk.after(SOONEST_S - 1) is None
    report = desk.after(1)
    assert report is not None
    assert report.status == GONE


def test_a_disk_that_fills_slowly_is_no_news(desk: Desk):
    desk.reporter.due()
    desk.status = msgspec.structs.replace(GOOD, free_bytes=7_999_000_000)
    assert desk.after(SOONEST_S) is None


def test_a_report_comes_back_as_it_was_and_a_newer_boxs_field_is_passed_over():
    report = Report(1, 2, 3, 4, 5, GONE)
    assert decode_report(encode_report(report)) == report
    more = {**msgspec.to_builtins(report), "mood": "good"}
    assert decode_report(msgspec.json.encode(more)) == report


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 50_000,
        b" " * (MAX_REPORT_BYTES + 1),
        encode_report(Report(1, 1, -1, 0, 0, GOOD)),
        encode_report(Report(2**60, 1, 1, 0, 0, GOOD)),
        encode_report(Report(1, 1, 1, 0, 0, msgspec.structs.replace(GOOD, version="v" * 65))),
        encode_report(Report(1, 1, 1, 0, 0, msgspec.structs.replace(GOOD, devices=GOOD.devices * (MAX_DEVICES + 1)))),
    ],
)
def test_what_is_no_report_is_refused(body: bytes):
    with pytest.raises(WireError):
        decode_report(body)


def test_the_largest_report_fits():
    devices = [DeviceReport("n" * 64, "id-card reader", False, 2**52, 2**52)] * MAX_DEVICES
    status = msgspec.structs.replace(GOOD, devices=devices)
    assert len(encode_report(Report(2**52, 2**52, 2**52, 2**52, 2**52, status))) <= MAX_REPORT_BYTES
