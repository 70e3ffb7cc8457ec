"""Which shift and which date a tap belongs to, and what becomes of one that is in none (AT-R2, R3, R8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hr.attendance.rules.day import Flag, Mark, Status, Stretch, Use
from hr.attendance.rules.given import Approved
from hr.attendance.rules.shifts import ShiftRule
from hr.attendance.rules.taps import SaidBy
from hr.attendance.rules.windows import midnight_of, windows
from hr.calendar.day_class import Calendar
from sync.wire.facts import Direction
from tests.unit.hr.shift_days import (
    DAY,
    HOLIDAY,
    MONDAY,
    NIGHT,
    SUNDAY,
    TUESDAY,
    beside,
    judged,
    leave,
    tap,
    taps,
    us,
)

EARLY = ShiftRule("A", "早班", 6 * 60, 14 * 60)
LATE = ShiftRule("B", "中班", 14 * 60, 22 * 60)
MORNING = ShiftRule("A4", "上午", 8 * 60, 12 * 60, late_out_min=60)
AFTERNOON = ShiftRule("B4", "下午", 12 * 60 + 30, 16 * 60 + 30, late_out_min=60)
SMALL_HOURS = ShiftRule("EM", "凌晨", 30, 600)


def opening(*rules: ShiftRule) -> list[tuple[int, int]]:
    """When each window opens and closes, in minutes of Monday."""
    begins = midnight_of(MONDAY)
    return [(each.opens - begins, each.closes - begins) for each in windows({MONDAY: rules})]


def uses(marks: tuple[Mark, ...]) -> list[str]:
    return [mark.use.value for mark in marks]


def test_windows_are_cut_where_the_next_one_opens():
    assert opening(DAY) == [(420, 1500)]
    assert opening(DAY, NIGHT) == [(420, 1260), (1260, 1920)]
    assert opening(NIGHT, DAY) == opening(DAY, NIGHT)
    assert opening(EARLY, LATE) == [(300, 840), (840, 1560)]
    assert opening(MORNING, AFTERNOON) == [(420, 720), (720, 1050)]


@pytest.mark.parametrize(
    ("clock", "status"),
    [
        ("06:59:59", Status.ABSENT),
        ("07:00", Status.INCOMPLETE),
        ("25:00:59", Status.INCOMPLETE),
        ("25:01", Status.ABSENT),
    ],
)
def test_both_ends_of_a_window_belong_to_it_to_the_minute(clock: str, status: Status):
    assert judged({MONDAY: (DAY,)}, (tap(MONDAY, clock),)).status is status


def test_a_night_is_of_the_date_on_which_it_began_also_its_end_and_its_early_arrival():
    roster = {MONDAY: (NIGHT,), TUESDAY: ()}
    night = taps(MONDAY, "21:50 30:03")
    assert judged(roster, night, MONDAY).class_min == {"NORMAL": 480}
    assert judged(roster, night, TUESDAY).status is Status.REST
    early = taps(MONDAY, "23:30 34:00")
    assert judged({TUESDAY: (SMALL_HOURS,), MONDAY: ()}, early, TUESDAY).class_min == {"NORMAL": 570}
    assert judged({TUESDAY: (SMALL_HOURS,), MONDAY: ()}, early, MONDAY).status is Status.REST


def test_a_forgotten_out_is_not_closed_by_the_next_evening():
    roster = {MONDAY: (NIGHT,), TUESDAY: (NIGHT,)}
    made = (*taps(MONDAY, "21:55"), *taps(TUESDAY, "21:58 30:01"))
    assert judged(roster, made, MONDAY).status is Status.INCOMPLETE
    assert judged(roster, made, TUESDAY).status is Status.PRESENT


def test_two_shifts_of_one_date_are_judged_each_and_the_gravest_speaks_for_the_day():
    day = judged({MONDAY: (DAY, NIGHT)}, taps(MONDAY, "08:00 17:00 21:50 30:00"))
    assert ([each.status for each in day.shifts], day.status) == ([Status.PRESENT] * 2, Status.PRESENT)
    assert (day.paid_min, day.class_min, [each.stretch for each in day.segments]) == (
        960,
        {"NORMAL": 960},
        [0, 0, 1, 1],
    )
    beside_others = {beside(MONDAY, -1): (DAY,), MONDAY: (DAY, NIGHT)}
    again = judged(beside_others, taps(MONDAY, "08:00 17:00 21:50 30:00"))
    assert [mark.shift for mark in again.marks] == [0, 0, 1, 1]
    half = judged({MONDAY: (DAY, NIGHT)}, taps(MONDAY, "08:00 17:00 21:50"))
    assert ([each.status.value for each in half.shifts], half.status) == (["PRESENT", "INCOMPLETE"], Status.INCOMPLETE)


def test_what_was_approved_for_a_date_is_used_up_shift_by_shift():
    roster = {MONDAY: (MORNING, LATE)}
    made = taps(MONDAY, "08:00 12:40 14:00 23:10")
    day = judged(roster, made, approved=Approved(60))
    assert [each.ot_candidate_min for each in day.shifts] == [30, 60]
    assert [each.ot_approved_min for each in day.shifts] == [30, 30]
    assert (day.ot_approved_min, Flag.OT_UNAPPROVED in day.flags) == (60, True)


@pytest.mark.parametrize(
    ("clocks", "kept"),
    [
        ("08:00 08:00:40 17:00", "IN REPEATED OUT"),
        ("08:00 08:01 17:00", "IN REPEATED OUT"),
        ("08:00 08:01:01 17:00", "IN BETWEEN OUT"),
        ("08:00 17:00 17:00:30", "IN OUT REPEATED"),
        ("08:00 08:00:50 08:01:40 17:00", "IN REPEATED BETWEEN OUT"),
        ("08:00+ 17:00- 17:00:30+ 17:00:50-", "IN BETWEEN BETWEEN OUT"),
    ],
)
def test_of_two_taps_within_a_minute_the_first_counts(clocks: str, kept: str):
    assert " ".join(uses(judged({MONDAY: (DAY,)}, taps(MONDAY, clocks)).marks)) == kept


def test_what_the_box_did_not_count_is_kept_and_counts_for_nothing():
    made = (*taps(MONDAY, "08:00 17:00"), tap(MONDAY, "18:00", effective=False))
    assert uses(judged({MONDAY: (DAY,)}, made).marks) == ["IN", "OUT", "NOT_COUNTED"]


def test_a_tap_off_shift_cannot_make_the_first_tap_of_the_shift_a_repeat_of_it():
    day = judged({MONDAY: (DAY,)}, taps(MONDAY, "06:59:40 07:00:20 17:00"))
    assert (uses(day.marks), day.status) == (["OFF_SHIFT", "IN", "OUT"], Status.PRESENT)


def test_a_second_tap_just_outside_the_window_is_a_repeat_of_the_one_inside():
    assert uses(judged({MONDAY: (MORNING,)}, taps(MONDAY, "08:00 13:00:50 13:01:10")).marks) == [
        "IN",
        "OUT",
        "REPEATED",
    ]


def test_marks_lead_from_each_stretch_to_its_taps():
    day = judged({MONDAY: (DAY,)}, taps(MONDAY, "08:00 12:00 17:00"))
    assert day.stretches == (Stretch(us(MONDAY, "08:00"), us(MONDAY, "17:00")),)
    assert [(mark.use, mark.shift, mark.stretch) for mark in day.marks] == [
        (Use.IN, 0, 0),
        (Use.BETWEEN, 0, None),
        (Use.OUT, 0, 0),
    ]


# --- presence without a shift ----------------------------------------------------------------------------


def test_presence_on_a_day_off_waits_for_a_supervisor_and_counts_as_far_as_approved():
    roster = {SUNDAY: ()}
    made = taps(SUNDAY, "09:00 13:00")
    waiting = judged(roster, made, SUNDAY)
    assert (waiting.status, waiting.unscheduled_min, waiting.paid_min) == (Status.UNSCHEDULED, 240, 0)
    assert [(each.kind.value, each.time_class) for each in waiting.segments] == [("OFFERED", "OT_RESTDAY")]
    approved = judged(roster, made, SUNDAY, approved=Approved(unscheduled_min=180))
    assert (approved.class_min, approved.unscheduled_approved_min) == ({"OT_RESTDAY": 180}, 180)
    assert [each.kind.value for each in approved.segments] == ["UNSCHEDULED", "REFUSED"]


def test_on_a_work_day_off_the_first_eight_hours_are_no_overtime():
    day = judged({MONDAY: ()}, taps(MONDAY, "08:00 18:00"), approved=Approved(unscheduled_min=600))
    assert day.class_min == {"NORMAL": 480, "OT_WORKDAY": 120}
    twice = judged({MONDAY: ()}, taps(MONDAY, "07:00 13:00 14:00 20:00"), approved=Approved(unscheduled_min=700))
    assert (twice.class_min, twice.unscheduled_approved_min) == ({"NORMAL": 480, "OT_WORKDAY": 220}, 700)


def test_presence_beside_a_shift_is_overtime_if_it_is_approved():
    roster = {MONDAY: (MORNING,)}
    made = taps(MONDAY, "08:00 12:00 19:00 21:00")
    assert judged(roster, made).flags == (Flag.OFF_SHIFT, Flag.OT_UNAPPROVED)
    day = judged(roster, made, approved=Approved(unscheduled_min=120))
    assert (day.class_min, day.unscheduled_min, day.ot_candidate_min) == ({"NORMAL": 240, "OT_WORKDAY": 120}, 120, 0)
    assert [each.stretch for each in day.segments] == [0, 1]


def test_a_lone_tap_beside_a_shift_makes_no_stretch_and_pairs_with_none_across_the_shift():
    day = judged({MONDAY: (MORNING,)}, taps(MONDAY, "05:00 08:00 12:00 19:00"))
    assert uses(day.marks) == ["OFF_SHIFT", "IN", "OUT", "OFF_SHIFT"]
    assert (len(day.stretches), day.open, day.status, day.flags) == (1, False, Status.PRESENT, (Flag.OFF_SHIFT,))


def test_who_works_through_his_leave_is_seen():
    day = judged({MONDAY: (DAY,)}, taps(MONDAY, "08:00 17:00"), leaves=(leave(MONDAY, "08:00", "17:00"),))
    assert (day.status, day.paid_min, day.unscheduled_min) == (Status.LEAVE, 0, 540)
    assert Flag.WORKED_ON_LEAVE in day.flags


# --- nobody has rostered the person -----------------------------------------------------------------------


def test_without_a_roster_presence_counts_to_eight_hours_and_more_is_for_a_person_to_say():
    day = judged({}, taps(MONDAY, "08:00+ 18:00-"))
    assert (day.status, day.flags, day.minutes) == (Status.UNSCHEDULED, (Flag.UNROSTERED,), 600)
    assert [(each.kind.value, each.minutes) for each in day.segments] == [("UNROSTERED", 480), ("OFFERED", 120)]
    assert day.class_min == {"NORMAL": 480}


@pytest.mark.parametrize(("on", "time_class"), [(SUNDAY, "OT_RESTDAY"), (HOLIDAY, "OT_HOLIDAY"), ("2027-01-04", None)])
def test_without_a_roster_nothing_of_another_day_is_guessed(on: str, time_class: str | None):
    day = judged({}, taps(on, "08:00 12:00"), on)
    assert [(each.kind.value, each.time_class) for each in day.segments] == [("OFFERED", time_class)]
    assert (Flag.UNCLASSIFIED in day.flags) is (time_class is None)


@pytest.mark.parametrize("clocks", ["22:30 28:30", "22:30+ 28:30-", "22:30+ 28:30"])
def test_a_presence_over_midnight_is_of_the_date_on_which_it_began(clocks: str):
    made = taps(MONDAY, clocks)
    found = {on: judged({}, made, on) for on in (beside(MONDAY, -1), MONDAY, TUESDAY)}
    assert [each.minutes for each in found.values()] == [0, 360, 0]
    assert found[MONDAY].status is Status.UNSCHEDULED
    assert (found[TUESDAY].status, found[TUESDAY].marks) == (Status.ABSENT, ())


@pytest.mark.parametrize("clocks", ["08:00+ 32:00+ 41:00-", "08:00 17:00 32:00 41:00", "08:00+ 17:00- 32:00-"])
def test_a_day_is_not_closed_by_what_is_of_the_next(clocks: str):
    made = taps(MONDAY, clocks)
    first, second = judged({}, made, MONDAY), judged({}, made, TUESDAY)
    assert first.stretches[-1].out_us in (None, us(MONDAY, "17:00"))
    assert second.taps == len(made) - first.taps > 0


def test_three_odd_dates_in_a_row_make_one_presence_and_leave_the_rest_to_a_person():
    made = taps(MONDAY, "23:00 38:00 53:00")
    assert [judged({}, made, beside(MONDAY, each)).taps for each in range(3)] == [2, 0, 1]


@pytest.mark.parametrize(
    ("roster", "clocks"), [({}, "22:30+ 38:31-"), ({TUESDAY: (MORNING,)}, "22:30+ 32:00+ 36:00- 37:30-")]
)
def test_a_presence_goes_on_neither_for_longer_than_sixteen_hours_nor_over_a_shift(roster, clocks):
    assert judged(roster, taps(MONDAY, clocks), MONDAY).stretches == (Stretch(us(MONDAY, "22:30"), None),)


@pytest.mark.parametrize(
    ("roster", "on", "status"),
    [
        ({MONDAY: ()}, MONDAY, Status.REST),
        ({MONDAY: (DAY,)}, MONDAY, Status.ABSENT),
        ({SUNDAY: (DAY,)}, SUNDAY, Status.ABSENT),
        ({}, MONDAY, Status.ABSENT),
        ({MONDAY: None}, MONDAY, Status.ABSENT),
        ({}, SUNDAY, Status.REST),
        ({}, HOLIDAY, Status.REST),
        ({}, "2027-01-04", Status.UNKNOWN),
        ({"2027-01-04": (DAY,)}, "2027-01-04", Status.ABSENT),
    ],
)
def test_without_a_tap_the_roster_decides_and_without_one_the_calendar(roster, on, status):
    day = judged(roster, (), on)
    assert (day.status, day.minutes, day.paid_min) == (status, 0, 0)


def test_leave_of_a_whole_date_needs_no_roster():
    whole = (leave(MONDAY, "00:00", "24:00"),)
    assert judged({}, (), leaves=whole).status is Status.LEAVE
    assert judged({}, (), leaves=(leave(MONDAY, "08:00", "12:00"),)).status is Status.ABSENT


# --- what rests on what ------------------------------------------------------------------------------------


def test_a_repair_is_a_tap_and_is_seen():
    made = (*taps(MONDAY, "08:00+"), tap(MONDAY, "17:00-", record=None, repair="r-1"))
    day = judged({MONDAY: (DAY,)}, made, repairs_pending=1)
    assert (day.status, day.flags) == (Status.PRESENT, (Flag.REPAIRED, Flag.REPAIR_PENDING))
    assert [mark.tap.repair for mark in day.marks] == [None, "r-1"]


def test_a_tap_whose_time_nobody_knows_is_seen():
    made = (tap(MONDAY, "08:00+", unsure_us=600_000_000), tap(MONDAY, "17:00-"))
    assert judged({MONDAY: (DAY,)}, made).flags == (Flag.UNSURE_TIME,)


def test_a_date_that_no_calendar_knows_says_so_with_or_without_taps():
    for made in ((), taps(MONDAY, "08:00 17:00")):
        assert Flag.UNCLASSIFIED in judged({MONDAY: (DAY,)}, made, calendar=Calendar()).flags


def test_a_direction_that_nobody_said_fits_either_end():
    guessed = replace(tap(MONDAY, "17:00"), direction=Direction.IN, said_by=SaidBy.NOBODY)
    assert judged({MONDAY: (DAY,)}, (tap(MONDAY, "08:00+"), guessed)).status is Status.PRESENT
