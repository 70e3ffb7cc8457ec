"""One person in one shift: lateness, breaks, missing punches, overtime, flexible times, four punches (AT-R4 to R11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hr.attendance.rules.day import SegmentKind, ShiftDay, Status
from hr.attendance.rules.given import Approved
from hr.attendance.rules.shifts import Break, Directions, Pairing, ShiftRule, problems
from hr.calendar.day_class import Calendar
from tests.unit.hr.shift_days import (
    BEFORE_HOLIDAY,
    BRIDGE,
    DAY,
    FLEXIBLE,
    FOUR,
    HOLIDAY,
    LONG_NIGHT,
    LUNCH,
    MONDAY,
    NIGHT,
    SATURDAY,
    judged,
    leave,
    on_shift,
    said,
    taps,
    us,
)


def lines(text: str) -> list[tuple[str, ...]]:
    return [tuple(part.strip() for part in line.split("|")) for line in text.strip().splitlines()]


def minutes(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in (part.split("=") for part in text.split())}


@pytest.mark.parametrize(
    ("clocks", "late", "early", "normal", "flags"),
    lines("""
        08:00 17:00       |   0 |   0 | 480 |
        07:01 17:00       |   0 |   0 | 480 |
        08:05:59 17:00    |   0 |   0 | 480 | GRACE
        08:06 17:00       |   6 |   0 | 474 | LATE
        08:00 16:59       |   0 |   1 | 479 | EARLY
        08:20 16:30       |  20 |  30 | 430 | EARLY LATE
        12:30 17:00       | 270 |   0 | 240 | LATE
        08:00 12:30       |   0 | 270 | 240 | EARLY
        09:00 11:00 17:00 |  60 |   0 | 420 | LATE
        17:30 18:10       | 540 |   0 |   0 | LATE OT_UNAPPROVED
    """),
)
def test_whole_minutes_late_and_early_from_the_shift_and_paid_without_the_break(clocks, late, early, normal, flags):
    made = on_shift(DAY, clocks)
    assert (made.late_min, made.early_min, said(made)[2]) == (int(late), int(early), flags)
    assert sum(made.class_min.values()) == int(normal)


def test_grace_at_the_end_counts_as_to_the_end():
    rule = replace(DAY, early_grace_min=10)
    assert said(on_shift(rule, "08:00 16:50")) == ("PRESENT", {"NORMAL": 480}, "GRACE")
    assert said(on_shift(rule, "08:00 16:49")) == ("PRESENT", {"NORMAL": 469}, "EARLY")


def test_a_paid_break_stays_in_the_minutes():
    rule = replace(DAY, breaks=(LUNCH, Break(15 * 60, 15 * 60 + 20, paid=True), Break(16 * 60, 16 * 60 + 10)))
    assert on_shift(rule, "08:00 17:00").class_min == {"NORMAL": 470}


@pytest.mark.parametrize(
    ("clocks", "flags", "came", "went"),
    lines("""
        07:58        | MISSING_OUT            | 07:58 |
        17:02        | MISSING_IN             |       | 17:02
        12:29        | MISSING_OUT            | 12:29 |
        12:30        | MISSING_IN             |       | 12:30
        07:58 17:00+ | MISSING_OUT            | 07:58 |
        08:00- 17:00 | MISSING_IN             |       | 17:00
        17:00+       | MISSING_OUT            | 17:00 |
        08:00- 17:00+ | MISSING_IN MISSING_OUT | 17:00 | 08:00
    """),
)
def test_a_missing_punch_leaves_the_shift_incomplete_without_a_minute(clocks, flags, came, went):
    made = on_shift(DAY, clocks)
    assert said(made) == ("INCOMPLETE", {}, flags)
    assert made.segments == ()
    assert [made.in_us, made.out_us] == [us(MONDAY, each) if each else None for each in (came, went)]


def test_whoever_comes_very_late_has_not_punched_in():
    rule = replace(DAY, late_as_lack_min=60)
    assert on_shift(rule, "08:59 17:00").status is Status.PRESENT
    lacking = on_shift(rule, "09:00 17:00")
    assert (said(lacking), lacking.late_min) == (("INCOMPLETE", {}, "LATE_AS_LACK"), 60)


@pytest.mark.parametrize(
    ("went", "approved", "candidate", "paid", "flags"),
    lines("""
        17:29 | -   |   0 |   0 |
        17:30 | -   |  30 |   0 | OT_UNAPPROVED
        17:59 | -   |  30 |   0 | OT_UNAPPROVED
        19:10 | 120 | 120 | 120 |
        19:10 | 180 | 120 | 120 |
        19:10 | 60  | 120 |  60 | OT_UNAPPROVED
        19:10 | 0   | 120 |   0 | OT_UNAPPROVED
        17:00 | 60  |   0 |   0 |
    """),
)
def test_overtime_counts_in_units_and_is_paid_as_far_as_approved(went, approved, candidate, paid, flags):
    decided = Approved(None if approved == "-" else int(approved))
    made = on_shift(DAY, f"08:00 {went}", approved=decided)
    assert (made.ot_candidate_min, made.ot_approved_min) == (int(candidate), int(paid))
    assert said(made)[1:] == ({"NORMAL": 480} | ({"OT_WORKDAY": int(paid)} if int(paid) else {}), flags)


def kinds(made: ShiftDay) -> list[tuple[str, str, int]]:
    return [(each.kind.value, each.time_class or "", each.minutes) for each in made.segments]


def test_what_nobody_has_decided_and_what_was_refused_are_told_apart():
    assert kinds(on_shift(DAY, "13:00 19:10")) == [("SCHEDULED", "NORMAL", 240), ("OFFERED", "OT_WORKDAY", 120)]
    decided = on_shift(DAY, "13:00 19:10", approved=Approved(60))
    assert kinds(decided) == [
        ("SCHEDULED", "NORMAL", 240),
        ("OVERTIME", "OT_WORKDAY", 60),
        ("REFUSED", "OT_WORKDAY", 60),
    ]
    assert [each.from_us for each in decided.segments] == [us(MONDAY, each) for each in ("13:00", "17:00", "18:00")]


@pytest.mark.parametrize(
    ("unit", "least", "went", "candidate"),
    [(15, 30, "17:29", 0), (15, 30, "17:46", 45), (1, 0, "17:01", 1), (60, 30, "17:59", 0), (60, 30, "18:30", 60)],
)
def test_unit_and_threshold_of_overtime_are_the_shifts(unit, least, went, candidate):
    rule = replace(DAY, ot_unit_min=unit, ot_min_min=least)
    assert on_shift(rule, f"08:00 {went}").ot_candidate_min == candidate


@pytest.mark.parametrize(("approved", "paid"), [(None, 0), (30, 30), (90, 40)])
def test_an_early_arrival_is_paid_as_far_as_approved(approved, paid):
    made = on_shift(DAY, "07:20 17:00", approved=Approved(before_min=approved))
    assert made.before_min == 40
    assert made.class_min == {"NORMAL": 480} | ({"OT_WORKDAY": paid} if paid else {})
    assert made.flags == ()


def test_a_twelve_hour_shift_has_planned_overtime_that_needs_no_approval():
    whole = on_shift(LONG_NIGHT, "19:55 32:05")
    assert (said(whole), whole.planned_ot_min) == (("PRESENT", {"NORMAL": 480, "OT_WORKDAY": 180}, ""), 180)
    late = on_shift(LONG_NIGHT, "21:00 32:00")
    assert late.class_min == {"NORMAL": 480, "OT_WORKDAY": 120}
    longer = on_shift(LONG_NIGHT, "20:00 33:00", approved=Approved(60))
    assert (longer.class_min, longer.planned_ot_min, longer.ot_approved_min) == (
        {"NORMAL": 480, "OT_WORKDAY": 240},
        180,
        60,
    )


@pytest.mark.parametrize(
    ("start", "end", "clocks", "status", "normal", "away", "flags"),
    lines("""
        08:00 | 12:00 | 12:55 17:00 | PRESENT    | 240 | 240 | PARTIAL_LEAVE
        08:00 | 12:00 | 13:06 17:00 | PRESENT    | 234 | 240 | LATE PARTIAL_LEAVE
        13:00 | 17:00 | 08:00 12:03 | PRESENT    | 240 | 240 | PARTIAL_LEAVE
        13:00 | 17:00 | 08:00 11:30 | PRESENT    | 210 | 240 | EARLY PARTIAL_LEAVE
        10:00 | 11:00 | 08:00 17:00 | PRESENT    | 420 |  60 | PARTIAL_LEAVE
        11:00 | 14:00 | 08:00 17:00 | PRESENT    | 360 | 120 | PARTIAL_LEAVE
        08:00 | 12:00 |             | ABSENT     |   0 | 240 | PARTIAL_LEAVE
        08:00 | 12:00 | 12:55       | INCOMPLETE |   0 | 240 | MISSING_OUT PARTIAL_LEAVE
        08:00 | 17:00 |             | LEAVE      |   0 | 480 |
        00:00 | 24:00 |             | LEAVE      |   0 | 480 |
        17:00 | 20:00 | 08:00 17:00 | PRESENT    | 480 |   0 |
    """),
)
def test_leave_cuts_the_schedule(start, end, clocks, status, normal, away, flags):
    made = on_shift(DAY, clocks, leaves=(leave(MONDAY, start, end),))
    assert (made.status.value, made.leave_min, " ".join(made.flags)) == (status, int(away), flags)
    assert sum(made.class_min.values()) == int(normal)
    assert made.leave_min + made.scheduled_min == 480


@pytest.mark.parametrize(
    ("clocks", "late", "early", "normal", "candidate"),
    lines("""
        08:00 17:00 |  0 |  0 | 480 |  0
        07:40 17:00 |  0 |  0 | 480 |  0
        08:30 17:30 |  0 |  0 | 480 |  0
        08:30 17:00 |  0 | 30 | 450 |  0
        09:00 18:00 |  0 |  0 | 480 |  0
        09:10 18:00 | 10 |  0 | 470 |  0
        08:30 18:00 |  0 |  0 | 480 | 30
    """),
)
def test_a_flexible_shift_moves_with_the_arrival(clocks, late, early, normal, candidate):
    made = on_shift(FLEXIBLE, clocks)
    assert (made.late_min, made.early_min, made.ot_candidate_min) == (int(late), int(early), int(candidate))
    assert made.class_min == {"NORMAL": int(normal)}
    assert made.end_us - made.start_us == 9 * 3_600_000_000


def test_a_flexible_shift_does_not_move_behind_leave():
    made = on_shift(FLEXIBLE, "13:30 17:00", leaves=(leave(MONDAY, "08:00", "12:00"),))
    assert (made.late_min, made.end_us) == (30, us(MONDAY, "17:00"))


@pytest.mark.parametrize(
    ("clocks", "status", "normal", "late", "flags"),
    lines("""
        08:00 12:01 12:58 17:00       | PRESENT    | 480 |  0 |
        08:00 12:00 13:20 17:00       | PRESENT    | 460 | 20 | LATE
        08:03 12:00 13:04 17:00       | PRESENT    | 480 |  0 | GRACE
        08:10 12:00 13:10 17:00       | PRESENT    | 460 | 20 | LATE
        08:00 12:00 12:29 12:31 17:00 | PRESENT    | 480 |  0 |
        08:00 12:01 17:00             | INCOMPLETE |   0 |  0 | MISSING_IN
        08:00 12:40 17:00             | INCOMPLETE |   0 |  0 | MISSING_OUT
        08:00 12:00                   | INCOMPLETE |   0 |  0 | MISSING_IN MISSING_OUT
        13:00 17:00                   | INCOMPLETE |   0 |  0 | MISSING_IN MISSING_OUT
    """),
)
def test_four_punches_are_split_at_the_middle_of_the_break(clocks, status, normal, late, flags):
    made = on_shift(FOUR, clocks)
    assert (made.status.value, made.late_min, " ".join(made.flags)) == (status, int(late), flags)
    assert sum(made.class_min.values()) == int(normal)


def test_with_the_morning_on_leave_only_two_of_the_four_punches_are_asked_for():
    made = on_shift(FOUR, "12:20 17:00", leaves=(leave(MONDAY, "08:00", "12:00"),))
    assert said(made) == ("PRESENT", {"NORMAL": 240}, "PARTIAL_LEAVE")


@pytest.mark.parametrize(
    ("rule", "on", "clocks", "paid", "flags"),
    [
        (DAY, SATURDAY, "08:00 17:00", "OT_RESTDAY=480", "REST_DAY_WORK"),
        (DAY, BRIDGE, "08:00 17:00", "OT_RESTDAY=480", "REST_DAY_WORK"),
        (DAY, "2026-09-20", "08:00 17:00", "NORMAL=480", ""),
        (DAY, HOLIDAY, "08:00 17:00", "OT_HOLIDAY=480", "HOLIDAY_WORK"),
        (NIGHT, BEFORE_HOLIDAY, "21:55 30:00", "NORMAL=120 OT_HOLIDAY=360", "HOLIDAY_WORK"),
        (NIGHT, "2026-10-03", "22:00 30:00", "OT_HOLIDAY=120 OT_RESTDAY=360", "HOLIDAY_WORK REST_DAY_WORK"),
        (NIGHT, "2026-03-06", "22:00 30:00", "NORMAL=480", ""),
        (NIGHT, SATURDAY, "22:00 30:00", "OT_RESTDAY=480", "REST_DAY_WORK"),
        (NIGHT, "2026-03-08", "22:00 30:00", "OT_RESTDAY=480", "REST_DAY_WORK"),
        (LONG_NIGHT, BEFORE_HOLIDAY, "20:00 32:00", "NORMAL=240 OT_HOLIDAY=420", "HOLIDAY_WORK"),
        (LONG_NIGHT, SATURDAY, "20:00 32:00", "OT_RESTDAY=660", "REST_DAY_WORK"),
    ],
)
def test_a_statutory_day_is_by_the_calendar_and_all_else_by_the_work_date(rule, on, clocks, paid, flags):
    assert said(on_shift(rule, clocks, on))[1:] == (minutes(paid), flags)


def test_approved_overtime_of_a_holiday_evening_is_threefold():
    evening = replace(DAY, start_min=14 * 60, end_min=23 * 60, breaks=(), late_out_min=240)
    made = on_shift(evening, "14:00 25:00", BEFORE_HOLIDAY, approved=Approved(120))
    assert made.class_min == {"NORMAL": 540, "OT_WORKDAY": 60, "OT_HOLIDAY": 60}


def test_a_date_without_a_calendar_has_minutes_without_a_class():
    made = on_shift(DAY, "08:00 19:00", approved=Approved(60), calendar=Calendar())
    assert (made.status, made.class_min, made.unclassified_min) == (Status.PRESENT, {}, 540)
    assert "UNCLASSIFIED" in made.flags


def test_a_night_into_a_year_without_a_calendar_is_half_classified():
    made = on_shift(NIGHT, "22:00 30:00", "2026-12-31")
    assert (made.class_min, made.unclassified_min) == ({"NORMAL": 120}, 360)


@pytest.mark.parametrize(
    ("now", "clocks", "status"),
    [
        ("07:00", "", Status.OPEN),
        ("16:59", "", Status.OPEN),
        ("17:00", "", Status.ABSENT),
        ("10:00", "08:00", Status.OPEN),
        ("12:30", "08:00 12:00", Status.OPEN),
        ("17:00", "08:00 12:00", Status.PRESENT),
        ("17:01", "08:00 17:00", Status.PRESENT),
        ("25:00", "08:00", Status.OPEN),
        ("25:01", "08:00", Status.INCOMPLETE),
    ],
)
def test_a_shift_is_open_while_punches_may_still_come(now, clocks, status):
    made = on_shift(DAY, clocks, now_us=us(MONDAY, now))
    assert made.status is status
    assert made.segments == () or status is Status.PRESENT


def test_an_open_shift_says_already_who_came_late():
    made = on_shift(DAY, "08:20", now_us=us(MONDAY, "09:00"))
    assert (made.in_us, made.late_min, said(made)) == (us(MONDAY, "08:20"), 20, ("OPEN", {}, "LATE"))


@pytest.mark.parametrize(
    ("clocks", "status", "paid"),
    lines("""
        08:00 10:00 10:30 17:00 | PRESENT    | 450
        08:00 12:00 13:00 17:00 | PRESENT    | 480
        08:00 10:00 17:00       | INCOMPLETE |   0
        08:00+ 10:00+ 17:00-    | INCOMPLETE |   0
        08:00+ 17:00- 18:00+ 20:00- | PRESENT | 480
    """),
)
def test_where_every_pair_counts_the_time_between_does_not(clocks, status, paid):
    made = on_shift(replace(DAY, pairing=Pairing.EVERY_PAIR), clocks)
    assert (made.status.value, sum(made.class_min.values())) == (status, int(paid))
    assert made.ot_candidate_min == (120 if "20:00" in clocks else 0)


@pytest.mark.parametrize(
    ("directions", "clocks", "status"),
    [
        (Directions.AS_SAID, "08:00- 17:00-", Status.INCOMPLETE),
        (Directions.ALTERNATING, "08:00- 17:00-", Status.PRESENT),
        (Directions.LOG_TYPE, "07:30- 08:00+ 17:00- 17:05+", Status.PRESENT),
        (Directions.LOG_TYPE, "08:00 17:00", Status.INCOMPLETE),
    ],
)
def test_what_a_direction_is_worth_is_the_shifts_to_say(directions, clocks, status):
    assert on_shift(replace(DAY, directions=directions), clocks).status is status


BREAKS_MEET = replace(DAY, breaks=(Break(8 * 60, 9 * 60), Break(9 * 60, 10 * 60, paid=True), Break(16 * 60, 17 * 60)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start_min": 1440, "end_min": 1500, "breaks": ()}, "start"),
        ({"end_min": 480, "breaks": ()}, "end"),
        ({"end_min": 2881}, "end"),
        ({"breaks": (Break(7 * 60, 9 * 60),)}, "breaks"),
        ({"breaks": (Break(16 * 60, 17 * 60 + 1),)}, "breaks"),
        ({"breaks": (Break(12 * 60, 12 * 60),)}, "breaks"),
        ({"breaks": (LUNCH, Break(12 * 60 + 30, 14 * 60))}, "breaks"),
        ({"early_in_min": -1}, "early_in"),
        ({"ot_unit_min": 0}, "ot_unit"),
        ({"late_as_lack_min": 5}, "late_as_lack"),
        ({"punches": 3}, "punches"),
        ({"punches": 4, "breaks": ()}, "punches"),
        ({"normal_cap_min": 0}, "normal_cap"),
    ],
)
def test_a_shift_that_cannot_be_is_named_with_the_field(change, field):
    assert [each for each, _got, _wanted in problems(replace(DAY, **change))] == [field]


@pytest.mark.parametrize("rule", [DAY, NIGHT, LONG_NIGHT, FLEXIBLE, FOUR, BREAKS_MEET])
def test_a_shift_that_can_be_has_no_problem(rule: ShiftRule):
    assert list(problems(rule)) == []


def test_segments_lie_in_their_stretch_and_know_their_calendar_date():
    made = on_shift(NIGHT, "22:00 30:00", BEFORE_HOLIDAY)
    assert [(each.calendar_date, each.kind, each.stretch) for each in made.segments] == [
        (BEFORE_HOLIDAY, SegmentKind.SCHEDULED, 0),
        (HOLIDAY, SegmentKind.SCHEDULED, 0),
    ]
    assert made.segments[0].to_us == made.segments[1].from_us == us(HOLIDAY, "00:00")


@pytest.mark.parametrize(("clock", "came", "left"), [("08:03", True, False), ("16:58", False, True)])
def test_a_lone_tap_is_shown_as_the_end_of_the_shift_that_it_is_near(clock: str, came: bool, left: bool):
    (stretch,) = judged({MONDAY: (DAY,)}, taps(MONDAY, clock)).stretches
    assert (stretch.in_us is not None, stretch.out_us is not None) == (came, left)
