"""Attendance days with what people decided about them: repairs by two persons, leave, overtime, revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from hr.attendance.approvals import Decision
from hr.attendance.leaves import LeaveKind, Wish
from hr.attendance.repairs import Repair, RepairState, Request, many
from hr.attendance.rules.day import Flag, Status
from hr.attendance.rules.matters import Beyond, Matter, matters
from hr.attendance.rules.shifts import Break, ShiftRule
from hr.attendance.rules.timetable import EVER
from hr.calendar.day_class import TimeClass
from hr.people.csv_import import Kind
from hr.people.records import Rejected
from hr.people.table_file import BadFile
from hr.store import writing
from hr.store.period_tables import pay_run
from sync.wire.facts import Direction
from tests.unit.hr.cast import DAY, Factory, clock_us
from tests.unit.hr.rostered import DAY_SHIFT, NEWEST, NEXT_DAY, day, roster, rostered, send, who

IN, OUT = Direction.IN, Direction.OUT
BEFORE = "2026-11-01"
"""The date before DAY."""


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    made = rostered(tmp_path)
    yield made
    made.service.close()


def waiting(hr: Factory) -> list[Matter]:
    return [
        each.matter
        for judged in hr.service.attendance.judged(DAY, DAY)
        for each in matters(judged.given, judged.day, hr.service.office.today())
    ]


def ask(hr: Factory, direction: Direction = OUT, hours: int = 17, by: str = "wang") -> Repair:
    request = Request(who(hr), DAY, direction, clock_us(hours), "forgot, was at the press until five")
    return hr.service.attendance.repairs.ask(request, by)


def decide(hr: Factory, repair: Repair, state: RepairState, by: str = "zhao", why: str = "seen") -> Repair:
    return hr.service.attendance.repairs.decide(repair.id, state, by, why)


def test_a_missing_punch_counts_once_a_second_person_has_approved_its_repair(hr: Factory):
    send(hr, IN, 8)
    assert (day(hr).status, waiting(hr)) == (Status.INCOMPLETE, [Matter.MISSING_PUNCH])
    repair = ask(hr)
    assert (day(hr).paid_min, waiting(hr)) == (0, [Matter.REPAIR])
    decide(hr, repair, RepairState.APPROVED)
    assert (day(hr).paid_min, day(hr).flags, waiting(hr)) == (480, (Flag.REPAIRED,), [])


def test_nobody_approves_his_own_request(hr: Factory):
    with pytest.raises(Rejected) as refused:
        decide(hr, ask(hr), RepairState.APPROVED, by="wang")
    assert refused.value.column == "by"


@pytest.mark.parametrize("state", [RepairState.APPROVED, RepairState.REFUSED])
def test_what_is_decided_is_not_decided_again_and_each_step_says_who_and_when(hr: Factory, state: RepairState):
    repair = decide(hr, ask(hr), state)
    assert [(each.state, each.by, each.at_us, each.why) for each in repair.steps] == [
        (state, "zhao", clock_us(48), "seen")
    ]
    with pytest.raises(Rejected):
        decide(hr, repair, RepairState.REFUSED)


def test_an_approved_repair_can_be_taken_back_and_the_day_is_as_the_boxes_recorded_it(hr: Factory):
    send(hr, IN, 8)
    repair = decide(hr, ask(hr), RepairState.APPROVED)
    decide(hr, repair, RepairState.TAKEN_BACK, by="wang")
    assert (day(hr).status, day(hr).paid_min) == (Status.INCOMPLETE, 0)


@pytest.mark.parametrize(
    ("request_", "column"),
    [
        (Request("p-nobody", DAY, OUT, clock_us(17), "forgot"), "person"),
        (Request("", DAY, OUT, clock_us(17), " "), "reason"),
        (Request("", DAY, OUT, clock_us(-1), "forgot"), "time"),
        (Request("", DAY, OUT, clock_us(49), "forgot"), "time"),
        (Request("", NEXT_DAY, OUT, clock_us(48, 1), "forgot"), "time"),
        (Request("", BEFORE, OUT, clock_us(25), "forgot"), "time"),
    ],
)
def test_a_repair_that_cannot_be_is_not_asked_for(hr: Factory, request_: Request, column: str):
    with pytest.raises(Rejected) as refused:
        hr.service.attendance.repairs.ask(request_, "wang")
    assert refused.value.column == column


def test_overtime_is_kept_and_flagged_until_somebody_approves_it(hr: Factory):
    send(hr, IN, 8)
    send(hr, OUT, 19)
    assert (day(hr).ot_candidate_min, day(hr).ot_approved_min) == (120, 0)
    assert (Flag.OT_UNAPPROVED in day(hr).flags, waiting(hr)) == (True, [Matter.OVERTIME])
    decision = Decision(who(hr), DAY, Beyond.OVERTIME, 60, "one hour was ordered")
    assert hr.service.attendance.approvals.decide([decision], "zhao") == 1
    assert hr.service.attendance.approvals.decide([decision], "zhao") == 0
    assert day(hr).class_min == {TimeClass.NORMAL: 480, TimeClass.OT_WORKDAY: 60}
    assert (Flag.OT_UNAPPROVED in day(hr).flags, waiting(hr)) == (True, [])


def test_the_last_word_about_overtime_stands_and_the_earlier_ones_are_kept(hr: Factory):
    send(hr, IN, 8)
    send(hr, OUT, 19)
    for minutes, why in ((120, "ordered"), (30, "half an hour was")):
        hr.service.attendance.approvals.decide([Decision(who(hr), DAY, Beyond.OVERTIME, minutes, why)], "zhao")
    assert day(hr).ot_approved_min == 30
    assert [each.decision.minutes for each in hr.service.attendance.approvals.of(DAY)] == [120, 30]


def test_presence_without_a_shift_waits_for_a_decision(hr: Factory):
    roster(hr, DAY)
    send(hr, IN, 8)
    send(hr, OUT, 12)
    assert (day(hr).status, day(hr).paid_min, waiting(hr)) == (Status.UNSCHEDULED, 0, [Matter.UNSCHEDULED])
    hr.service.attendance.approvals.decide([Decision(who(hr), DAY, Beyond.UNSCHEDULED, 240, "stock-taking")], "zhao")
    assert (day(hr).paid_min, waiting(hr)) == (240, [])


def test_leave_of_hours_cuts_the_schedule_and_taken_back_it_does_not(hr: Factory):
    send(hr, IN, 8)
    send(hr, OUT, 15)
    assert day(hr).early_min == 120
    wish = Wish(who(hr), LeaveKind.PERSONAL, DAY, DAY, 15 * 60, 17 * 60, "dentist")
    leave = hr.service.attendance.leaves.give(wish, "wang")
    assert (day(hr).early_min, day(hr).leave_min, day(hr).paid_min) == (0, 120, 360)
    hr.service.attendance.leaves.take_back(leave.id, "wang", "was another week")
    assert day(hr).early_min == 120


def test_a_whole_day_of_leave_covers_a_night_to_its_end(hr: Factory):
    roster(hr, DAY, "N8")
    hr.service.attendance.leaves.give(Wish(who(hr), LeaveKind.SICK, DAY, DAY, None, None, "certificate"), "wang")
    assert (day(hr).status, day(hr).leave_min) == (Status.LEAVE, 480)


def test_leave_is_not_given_twice_for_the_same_hours(hr: Factory):
    wish = Wish(who(hr), LeaveKind.ANNUAL, DAY, NEXT_DAY, None, None, "asked in time")
    hr.service.attendance.leaves.give(wish, "wang")
    with pytest.raises(Rejected):
        hr.service.attendance.leaves.give(Wish(who(hr), LeaveKind.SICK, NEXT_DAY, NEXT_DAY, 600, 660, "doctor"), "wang")


def test_leave_of_other_hours_is_given_beside_and_what_was_taken_back_once_can_be_given_again(hr: Factory):
    leaves = hr.service.attendance.leaves
    morning = Wish(who(hr), LeaveKind.PERSONAL, DAY, DAY, 480, 600, "dentist")
    first = leaves.give(morning, "wang")
    leaves.give(Wish(who(hr), LeaveKind.PERSONAL, DAY, DAY, 600, 660, "dentist"), "wang")
    with pytest.raises(Rejected):
        leaves.give(Wish(who(hr), LeaveKind.PERSONAL, DAY, DAY, 599, 600, "dentist"), "wang")
    leaves.take_back(first.id, "wang", "was another day")
    with pytest.raises(Rejected):
        leaves.take_back(first.id, "zhao", "again")
    assert leaves.give(morning, "wang").stands


def test_the_same_punch_is_asked_for_once_and_again_only_when_it_was_refused(hr: Factory):
    repair = ask(hr)
    with pytest.raises(Rejected):
        ask(hr)
    with pytest.raises(Rejected):
        decide(hr, repair, RepairState.TAKEN_BACK)
    decide(hr, repair, RepairState.REFUSED)
    again = ask(hr)
    assert again.state is RepairState.WAITING
    decide(hr, again, RepairState.APPROVED)
    with pytest.raises(Rejected):
        ask(hr)


@pytest.mark.parametrize(
    ("person", "minutes", "column"), [("", -1, "minutes"), ("", 1441, "minutes"), ("p-x", 1, "person")]
)
def test_minutes_that_no_day_has_and_people_nobody_knows_are_not_approved(
    hr: Factory, person: str, minutes: int, column: str
):
    decision = Decision(person or who(hr), DAY, Beyond.OVERTIME, minutes, "ordered")
    with pytest.raises(Rejected) as refused:
        hr.service.attendance.approvals.decide([decision], "zhao")
    assert refused.value.column == column


def test_a_night_is_of_the_date_on_which_it_began_whatever_the_box_said(hr: Factory):
    roster(hr, DAY, "N8")
    send(hr, IN, 22)
    send(hr, OUT, 30, work_date=NEXT_DAY)
    assert (day(hr).status, day(hr).paid_min) == (Status.PRESENT, 480)


def test_a_revision_is_kept_when_a_day_is_looked_at_and_has_changed(hr: Factory):
    send(hr, IN, 8)
    for _ in range(2):
        day(hr)
    decide(hr, ask(hr), RepairState.APPROVED)
    day(hr)
    kept = hr.service.attendance.revisions(DAY, who(hr))
    assert [(each.number, each.figures.status, each.made_us) for each in kept] == [
        (1, "INCOMPLETE", clock_us(48)),
        (2, "PRESENT", clock_us(48)),
    ]


def test_a_late_punch_settles_an_open_day_by_itself(hr: Factory):
    send(hr, IN, 8)
    assert day(hr).status is Status.INCOMPLETE
    send(hr, OUT, 17)
    assert (day(hr).status, len(hr.service.attendance.revisions(DAY, who(hr)))) == (Status.PRESENT, 2)


def test_a_day_that_is_not_over_has_no_revision_yet(hr: Factory):
    hr.service.office.clock = partial(int, clock_us(10))
    send(hr, IN, 8)
    assert (day(hr).status, hr.service.attendance.revisions(DAY, who(hr))) == (Status.OPEN, [])


def test_a_night_that_still_runs_after_midnight_has_no_revision_yet(hr: Factory):
    roster(hr, DAY, "N8")
    hr.service.office.clock = partial(int, clock_us(26))
    send(hr, IN, 22)
    assert (day(hr).status, hr.service.attendance.revisions(DAY, who(hr))) == (Status.OPEN, [])


def test_the_order_in_which_taps_arrive_changes_neither_the_day_nor_its_revision(hr: Factory, tmp_path: Path):
    send(hr, IN, 8)
    send(hr, OUT, 17)
    first = day(hr)
    send(hr, IN, 8)
    assert day(hr).class_min == first.class_min
    assert len(hr.service.attendance.revisions(DAY, who(hr))) == 1


def test_nothing_is_decided_about_a_date_whose_pay_is_closed(hr: Factory):
    repair = ask(hr)
    around = hr.service.attendance.leaves.give(
        Wish(who(hr), LeaveKind.MATERNITY, "2026-10-31", "2026-12-01", None, None, "certificate"), "wang"
    )
    close_month(hr)
    attempts: list[Callable[[], object]] = [
        lambda: ask(hr, IN, 8),
        lambda: decide(hr, repair, RepairState.APPROVED),
        lambda: hr.service.attendance.leaves.give(Wish(who(hr), LeaveKind.SICK, DAY, DAY, None, None, "ill"), "wang"),
        lambda: hr.service.attendance.approvals.decide([Decision(who(hr), DAY, Beyond.OVERTIME, 60, "late")], "zhao"),
        lambda: hr.service.attendance.leaves.take_back(around.id, "wang", "was another month"),
        lambda: hr.service.roster.edit({(who(hr), DAY): ("N8",)}, NEWEST, "wang"),
    ]
    for attempt in attempts:
        with pytest.raises(Rejected) as refused:
            attempt()
        assert refused.value.column == "date"


def test_a_roster_file_with_a_closed_date_is_refused_by_its_line(hr: Factory):
    close_month(hr)
    text = f"number,date,shift\n1001,2026-12-01,D8\n1001,{NEXT_DAY},D8\n"
    with pytest.raises(BadFile, match=f"line 3, date: got '{NEXT_DAY}', wanted a date whose pay is not closed"):
        hr.service.catalogue.import_csv(Kind.ROSTER, text.encode(), "wang")
    assert hr.service.roster.planned(NEXT_DAY, "2026-12-01") == {}


def test_a_roster_file_may_repeat_what_is_planned_on_a_closed_date(hr: Factory):
    close_month(hr)
    text = f"number,date,shift\n1001,{DAY},D8\n1001,2026-12-01,D8\n"
    assert hr.service.catalogue.import_csv(Kind.ROSTER, text.encode(), "wang").changed == 1


def test_a_roster_that_stays_as_it_is_may_be_saved_beside_a_closed_month(hr: Factory):
    close_month(hr)
    assert hr.service.roster.edit({(who(hr), DAY): ("D8",), (who(hr), "2026-12-01"): ("D8",)}, NEWEST, "wang") == 1


def close_month(hr: Factory) -> None:
    with writing(hr.store).begin() as connection:
        values = {each.name: "" for each in pay_run.c if not each.nullable}
        numbers = {each.name: 0 for each in pay_run.c if not each.nullable and each.type.python_type is int}
        connection.execute(pay_run.insert().values(**values | numbers | {"month": DAY[:7], "finished_us": 1}))


def test_more_than_three_repairs_in_a_month_are_shown_and_not_refused(hr: Factory):
    for hours in (8, 12, 13):
        ask(hr, IN, hours)
    assert many(hr.service.attendance.repairs.between(DAY, DAY)) == {}
    fourth = ask(hr)
    assert many(hr.service.attendance.repairs.between(DAY, DAY)) == {who(hr): 4}
    decide(hr, fourth, RepairState.REFUSED)
    assert many(hr.service.attendance.repairs.between(DAY, DAY)) == {}


def test_a_rule_that_makes_no_sense_is_not_saved(hr: Factory):
    with pytest.raises(Rejected) as refused:
        hr.service.attendance.shift_rules.save(ShiftRule("X", "x", 480, 1020, (Break(1000, 1100),)), EVER, "wang")
    assert refused.value.column == "breaks"


def test_a_shift_keeps_its_rules_and_boxes_are_told_its_times(hr: Factory):
    assert hr.service.attendance.shift_rules.one("D8") == DAY_SHIFT
    assert [(each.id, each.start_min) for each in hr.service.catalogue.shifts()] == [("D8", 480), ("N8", 1320)]
