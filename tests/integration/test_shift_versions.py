"""A shift whose times change from a date on: days before keep theirs, boxes hear of it ahead, closed months refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from hr.attendance.rules.day import AttendanceDay, Status
from hr.attendance.rules.timetable import EVER
from hr.people.csv_import import Kind
from hr.people.records import Rejected
from hr.people.table_file import BadFile
from hr.store import writing
from hr.store.period_tables import pay_run
from sync.wire.facts import Direction
from sync.wire.reference_data import Directory, Shift, ShiftChange
from tests.unit.hr.cast import DAY, Factory, clock_us
from tests.unit.hr.rostered import DAY_SHIFT, NEXT_DAY, roster, rostered, send

IN, OUT = Direction.IN, Direction.OUT
EARLIER = replace(DAY_SHIFT, start_min=7 * 60, end_min=16 * 60)
"""An hour earlier than it was."""


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    """Two days of work from eight to five."""
    made = rostered(tmp_path)
    roster(made, NEXT_DAY, "D8")
    for hours in (8, 32):
        send(made, IN, hours)
        send(made, OUT, hours + 9)
    yield made
    made.service.close()


def change(hr: Factory, since: str, by: str = "zhao", why: str = "winter") -> bool:
    return hr.service.attendance.shift_rules.save(EARLIER, since, by, why)


def worked(hr: Factory, work_date: str) -> AttendanceDay:
    (found,) = (each.day for each in hr.service.attendance.judged(work_date, work_date))
    return found


def close_month(hr: Factory, month: str) -> None:
    with writing(hr.store).begin() as connection:
        values = {each.name: "" for each in pay_run.c if not each.nullable}
        numbers = {each.name: 0 for each in pay_run.c if not each.nullable and each.type.python_type is int}
        connection.execute(pay_run.insert().values(**values | numbers | {"month": month, "finished_us": 1}))


def test_days_before_the_change_are_judged_by_the_times_they_had(hr: Factory):
    change(hr, NEXT_DAY)
    assert (worked(hr, DAY).late_min, worked(hr, NEXT_DAY).late_min) == (0, 60)
    assert worked(hr, DAY).status is Status.PRESENT


def test_a_change_that_reaches_a_closed_month_is_refused_and_one_after_it_is_not(hr: Factory):
    close_month(hr, DAY[:7])
    for since in (EVER, DAY, NEXT_DAY, "2026-11-30"):
        with pytest.raises(Rejected) as refused:
            change(hr, since)
        assert refused.value.column == "valid_from"
    assert change(hr, "2026-12-01")
    assert worked(hr, NEXT_DAY).late_min == 0


def test_a_version_that_ends_before_the_closed_month_may_be_set_right(hr: Factory):
    change(hr, "2026-10-01")
    hr.service.attendance.shift_rules.save(DAY_SHIFT, "2026-11-01", "zhao")
    close_month(hr, DAY[:7])
    assert hr.service.attendance.shift_rules.save(replace(EARLIER, late_grace_min=9), "2026-10-01", "zhao")
    assert worked(hr, DAY).late_min == 0


def test_the_same_again_changes_nothing_and_a_new_name_no_version(hr: Factory):
    change(hr, NEXT_DAY)
    assert not change(hr, NEXT_DAY)
    assert not change(hr, "2026-11-20")
    assert hr.service.attendance.shift_rules.save(replace(EARLIER, name="early"), "2026-11-20", "zhao")
    assert [each.now.what.valid_from for each in hr.service.attendance.shift_rules.history("D8")] == [EVER, NEXT_DAY]


def test_who_typed_a_version_when_and_why_is_kept_and_what_stood_there(hr: Factory):
    hr.service.office.clock = partial(int, clock_us(50))
    change(hr, "2026-12-01")
    hr.service.office.clock = partial(int, clock_us(51))
    hr.service.attendance.shift_rules.save(replace(EARLIER, start_min=390), "2026-12-01", "wang", "half past six")
    first, later = hr.service.attendance.shift_rules.history("D8")
    assert (first.now.what.start_min, first.now.typed.by, first.before) == (480, "wang", ())
    assert (later.now.what.start_min, later.now.typed.by, later.now.typed.why) == (390, "wang", "half past six")
    assert [(each.what.start_min, each.typed.by, each.typed.at_us, each.typed.why) for each in later.before] == [
        (420, "zhao", clock_us(50), "winter")
    ]


def test_a_new_shift_holds_from_the_beginning_and_from_no_date(hr: Factory):
    with pytest.raises(Rejected) as refused:
        hr.service.attendance.shift_rules.save(replace(EARLIER, id="E8"), DAY, "zhao")
    assert refused.value.column == "valid_from"
    assert hr.service.attendance.shift_rules.one("E8") is None


# --- before it is saved -------------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "dates"), [(EVER, [DAY, NEXT_DAY]), (NEXT_DAY, [NEXT_DAY]), ("2026-11-04", [])])
def test_a_preview_says_which_days_change_and_saving_makes_them_so(hr: Factory, since: str, dates: list[str]):
    before = {each: worked(hr, each) for each in (DAY, NEXT_DAY)}
    preview = hr.service.attendance.shift_rules.preview(EARLIER, since)
    assert [each.now.work_date for each in preview.days] == dates
    assert {each: worked(hr, each) for each in (DAY, NEXT_DAY)} == before
    change(hr, since)
    assert [each.now for each in preview.days] == [worked(hr, each) for each in dates]


def test_a_preview_ends_where_the_next_version_begins(hr: Factory):
    hr.service.attendance.shift_rules.save(replace(EARLIER, late_grace_min=0), NEXT_DAY, "zhao")
    assert [each.now.work_date for each in hr.service.attendance.shift_rules.preview(EARLIER, EVER).days] == [DAY]


def test_a_preview_refuses_what_could_not_be_saved(hr: Factory):
    close_month(hr, DAY[:7])
    with pytest.raises(Rejected):
        hr.service.attendance.shift_rules.preview(EARLIER, DAY)
    with pytest.raises(Rejected):
        hr.service.attendance.shift_rules.preview(replace(EARLIER, punches=3), "2026-12-01")


# --- by a file ----------------------------------------------------------------------------------------


def shifts_file(hr: Factory, *lines: str) -> int:
    text = "shift,name,start,end,valid_from\n" + "".join(f"{each}\n" for each in lines)
    return hr.service.catalogue.import_csv(Kind.SHIFTS, text.encode(), "zhao").changed


def test_a_file_gives_a_shift_other_times_from_a_date_on_and_leaves_the_rest_of_its_rules(hr: Factory):
    lines = ("D8,day,08:00,17:00,", f"D8,day,07:00,16:00,{NEXT_DAY}")
    assert (shifts_file(hr, *lines), shifts_file(hr, *lines)) == (1, 0)
    assert (worked(hr, DAY).late_min, worked(hr, NEXT_DAY).late_min) == (0, 60)
    desk = hr.service.attendance.shift_rules
    assert (desk.one("D8", DAY), desk.one("D8", NEXT_DAY)) == (DAY_SHIFT, EARLIER)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("D8,day,07:00,16:00,2026-11-30", "valid_from: got '2026-11-30', wanted a date after the last closed month"),
        ("D8,day,07:00,16:00,", "valid_from: got '0001-01-01', wanted a date after the last closed month"),
        ("E8,early,06:00,14:00,2026-12-01", "wanted none for a shift that is new"),
        ("D8,day,07:00,16:00,soon", "valid_from: got 'soon', wanted a date such as"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_and_nothing_of_the_file_is(hr: Factory, line: str, said: str):
    close_month(hr, DAY[:7])
    with pytest.raises(BadFile, match=said):
        shifts_file(hr, "D8,day,07:30,16:30,2026-12-01", line)
    assert hr.service.attendance.shift_rules.one("D8", "2026-12-01") == DAY_SHIFT


# --- at the boxes -------------------------------------------------------------------------------------


def told(hr: Factory) -> Shift:
    (found,) = (each for each in Directory(hr.service.editions.reference()).shifts if each.id == "D8")
    return found


def test_boxes_hear_of_a_change_before_it_comes(hr: Factory):
    change(hr, "2026-12-01")
    assert told(hr) == Shift("D8", "day", 480, 1020, changes=(ShiftChange("2026-12-01", 420, 960),))


def test_boxes_keep_the_times_of_last_week_until_they_are_of_no_use(hr: Factory):
    change(hr, NEXT_DAY)
    assert told(hr).on(date.fromisoformat(DAY)).start_min == 480
    hr.service.office.clock = partial(int, clock_us(24 * 14))
    assert told(hr) == Shift("D8", "day", 420, 960)


def test_a_rule_that_is_hrs_alone_changes_no_times_at_a_box(hr: Factory):
    hr.service.attendance.shift_rules.save(replace(DAY_SHIFT, late_grace_min=15), NEXT_DAY, "zhao")
    moments = (date.fromisoformat(DAY), date.fromisoformat(NEXT_DAY))
    assert [told(hr).on(each) for each in moments] == [Shift("D8", "day", 480, 1020)] * 2
