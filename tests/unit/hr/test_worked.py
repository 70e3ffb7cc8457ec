"""When the pieces of a sealed line were made, and what of an attendance day pay takes."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from hr.attendance.rules.day import AttendanceDay, Segment, SegmentKind, ShiftDay, Status
from hr.calendar.day_class import TimeClass
from hr.pay.rules.lines import ActualPart, ReadingSpan, WageLine
from hr.pay.rules.settings import LocalSettings
from hr.pay.rules.worked import class_segments, counted, held_days, worked_day

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000_000
EIGHT = 1_763_596_800_000_000
"""2025-11-20 08:00 in Shanghai."""


def span(to_us: int, counts: int) -> ReadingSpan:
    return ReadingSpan("M", "total", 1, 1, 0, "", to_us - HOUR, 1, 2, counts, "", to_us, "NORMAL", counts)


def line(quantity: int, *spans: ReadingSpan) -> WageLine:
    part = ActualPart(1, 3, "M", "M", quantity, sum(each.counts for each in spans), 1, "EXACT", spans)
    said = ("2025-11-20", "o", "p", "", "q", "", quantity, quantity, 0, 0, 0, 0, "", "boss", EIGHT + 10 * HOUR)
    return WageLine("d", 1, 9, "w", "", "", *said, Decimal(1), "2025-01-01", None, (part,), ())


def segment(kind: SegmentKind, start: int, end: int, time_class: TimeClass | None = TimeClass.NORMAL) -> Segment:
    return Segment(kind, EIGHT + start * HOUR, EIGHT + end * HOUR, time_class, "2025-11-20", 0)


def day(*segments: Segment, status: Status = Status.PRESENT, leave_min: int = 0) -> AttendanceDay:
    shift = ShiftDay("day", "", EIGHT, EIGHT + 9 * HOUR, status, leave_min=leave_min, scheduled_min=480 - leave_min)
    shift = replace(shift, segments=segments)
    return AttendanceDay("w", "", "", "", "2025-11-20", (), 0, False, 2, 1, status=status, shifts=(shift,))


def test_pieces_were_made_when_they_were_counted():
    assert counted(line(30, span(EIGHT, 10), span(EIGHT + HOUR, 20))) == [(EIGHT, 10), (EIGHT + HOUR, 20)]


def test_a_share_of_common_pieces_falls_on_the_readings_as_the_whole_does_and_stays_whole():
    assert counted(line(5, span(EIGHT, 10), span(EIGHT + HOUR, 20))) == [(EIGHT, 2), (EIGHT + HOUR, 3)]


def test_pieces_without_readings_were_made_when_they_were_sealed():
    assert counted(line(7)) == [(EIGHT + 10 * HOUR, 7)]


@pytest.mark.parametrize(
    ("kind", "undecided", "time_class"),
    [
        (SegmentKind.OVERTIME, False, TimeClass.OT_WORKDAY),
        (SegmentKind.OFFERED, True, TimeClass.OT_WORKDAY),
        (SegmentKind.REFUSED, False, TimeClass.NORMAL),
    ],
)
def test_overtime_is_paid_more_when_approved_plainly_when_refused_and_waits_in_between(kind, undecided, time_class):
    (found,) = class_segments(day(segment(kind, 9, 11, TimeClass.OT_WORKDAY)))
    assert (found.undecided, found.time_class) == (undecided, time_class)


def test_refusing_gives_no_class_to_a_day_that_has_none():
    (found,) = class_segments(day(segment(SegmentKind.REFUSED, 9, 11, None)))
    assert found.time_class is None


@pytest.mark.parametrize(("paid", "attended"), [(True, 480), (False, 360)])
def test_paid_leave_is_attended_and_other_leave_is_only_due(paid, attended):
    found = worked_day(
        day(segment(SegmentKind.SCHEDULED, 0, 6), leave_min=120), None, ZONE, paid_leave=paid, number=None
    )
    assert (found.due_min, found.attended_min) == (480, attended)


def test_night_is_what_lies_in_the_window_of_the_settings():
    late = day(segment(SegmentKind.SCHEDULED, 12, 16))
    assert worked_day(late, LocalSettings("2025-01-01"), ZONE, paid_leave=False, number=None).night_min == 120


@pytest.mark.parametrize("status", [Status.OPEN, Status.INCOMPLETE])
def test_a_day_that_somebody_has_to_look_at_is_held(status):
    assert [each.work_date for each in held_days([day(status=status), day()])] == ["2025-11-20"]
