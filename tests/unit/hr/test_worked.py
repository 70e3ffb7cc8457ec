"""When the pieces of a sealed line were made, and what of an attendance day pay takes."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from hr.attendance.rules.day import AttendanceDay, Segment, SegmentKind, ShiftDay, Status
from hr.calendar.day_class import TimeClass
from hr.pay.rules.lines import ActualPart, ReadingSpan, WageLine
from hr.pay.rules.settings import LocalSettings
from hr.pay.rules.worked import class_segments, counted, held_days, work_days, worked_day
from tests.unit.hr.shift_days import LONG_NIGHT, MONDAY, NIGHT, judged, taps

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


def test_time_off_is_for_the_first_approved_minutes_of_a_rest_day_and_for_no_others():
    rest, holiday = TimeClass.OT_RESTDAY, TimeClass.OT_HOLIDAY
    worked = day(
        segment(SegmentKind.REFUSED, 10, 11, rest),
        segment(SegmentKind.SCHEDULED, 5, 9, rest),
        segment(SegmentKind.SCHEDULED, 0, 4, rest),
        segment(SegmentKind.SCHEDULED, 12, 14, holiday),
    )
    found = [
        ((each.from_us - EIGHT) // HOUR, (each.to_us - EIGHT) // HOUR)
        for each in class_segments(worked, 5 * 60)
        if each.comp_leave
    ]
    assert found == [(0, 4), (5, 6)]
    assert sum(each.to_us - each.from_us for each in class_segments(worked, 5 * 60)) == 11 * HOUR
    assert not [each for each in class_segments(worked, 20 * 60) if each.comp_leave and each.time_class is not rest]


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


@pytest.mark.parametrize(("rule", "clocks", "minutes"), [(LONG_NIGHT, "20:00 32:00", 420), (NIGHT, "22:00 30:00", 480)])
def test_an_unpaid_break_is_no_night_work_and_a_paid_one_is(rule, clocks, minutes):
    made = judged({MONDAY: (rule,)}, taps(MONDAY, clocks))
    assert worked_day(made, LocalSettings("2025-01-01"), ZONE, paid_leave=False, number=None).night_min == minutes


@pytest.mark.parametrize("status", [Status.OPEN, Status.INCOMPLETE])
def test_a_day_that_somebody_has_to_look_at_is_held(status):
    assert [each.work_date for each in held_days([day(status=status), day()])] == ["2025-11-20"]


def test_work_days_are_counted_from_the_entry_in_shifts_and_on_days_that_nobody_rostered():
    in_shift, unrostered = day(), day(status=Status.UNSCHEDULED)
    unrostered = replace(unrostered, shifts=(), unscheduled=(segment(SegmentKind.UNROSTERED, 0, 8),))
    refused = replace(unrostered, unscheduled=(segment(SegmentKind.REFUSED, 0, 8),))
    kinds = {"19": in_shift, "20": in_shift, "21": unrostered, "22": refused, "23": day(status=Status.ABSENT)}
    month = [replace(each, work_date=f"2025-11-{on}") for on, each in [*kinds.items(), ("24", unrostered)]]
    assert work_days(reversed(month), "2025-11-20") == {"2025-11-20": 1, "2025-11-21": 2, "2025-11-24": 3}
