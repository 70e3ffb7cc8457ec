"""The roster in HR's database: every version kept, what two people plan at once, files; and the calendar's years."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clockpiece import main
from hr.accounts import Installation, init
from hr.attendance.rosters import How
from hr.attendance.rules.roster import RemarkKind
from hr.calendar import files
from hr.calendar.day_class import DayClass
from hr.people.csv_import import Imported, Kind
from hr.people.rejected import Rejected
from hr.people.table_file import BadFile
from hr.service import HrService
from sync.wire.reference_data import CalendarDay, Directory, Person
from tests.unit.hr.cast import clock_us, factory

WEEK = ("2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07", "2026-11-08")
SHIFTS = b"shift,name,start,end\nD,day,08:00,17:00\nN,night,22:00,06:00\nE,evening,17:30,20:00\n"


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[HrService]:
    made = factory(tmp_path)
    made.service.office.clock = partial(int, clock_us(36))
    made.service.people.save(Person("", "1001", "李伟"))
    made.service.people.save(Person("", "1002", "张敏"))
    made.service.catalogue.import_csv(Kind.SHIFTS, SHIFTS)
    yield made.service
    made.service.close()


def who(hr: HrService, number: str = "1001") -> str:
    return next(each.id for each in hr.people.listed() if each.number == number)


def plan(hr: HrService, **days: str) -> None:
    """By hand, the newest seen: `d02="D"`."""
    wanted = {(who(hr), f"2026-11-{day[1:]}"): tuple(shift.split()) for day, shift in days.items()}
    hr.roster.edit(wanted, hr.roster.week(WEEK[0], []).version, "wang")


def test_rest_is_planned_and_what_nobody_has_planned_is_not(hr: HrService):
    plan(hr, d02="D", d03="", d04="D E")
    found = [hr.roster.shift_of(who(hr), day) for day in WEEK[:4]]
    assert found == [("D",), (), ("D", "E"), None]


def test_the_newest_version_holds_and_who_made_each_is_kept(hr: HrService):
    plan(hr, d02="D", d03="D")
    plan(hr, d02="N")
    plan(hr, d02="N")
    assert hr.roster.shift_of(who(hr), WEEK[0]) == ("N",)
    assert [(each.version, each.how, each.by, each.days) for each in hr.roster.versions(WEEK[0], WEEK[6])] == [
        (2, How.EDIT, "wang", 1),
        (1, How.EDIT, "wang", 2),
    ]


def test_a_plan_that_is_taken_off_is_no_plan(hr: HrService):
    plan(hr, d02="D")
    hr.roster.edit({(who(hr), WEEK[0]): None}, 1, "wang")
    assert hr.roster.shift_of(who(hr), WEEK[0]) is None


def test_two_people_who_plan_at_once_do_not_undo_each_other(hr: HrService):
    plan(hr, d02="D", d03="D")
    seen = hr.roster.week(WEEK[0], []).version
    plan(hr, d02="N")
    hr.roster.edit({(who(hr), WEEK[0]): ("D",), (who(hr), WEEK[1]): ("E",)}, seen, "zhao")
    assert [hr.roster.shift_of(who(hr), day) for day in WEEK[:2]] == [("N",), ("E",)]


def test_last_week_is_copied_where_nothing_is_planned(hr: HrService):
    plan(hr, d02="D", d03="N", d04="", d10="E")
    people = [each.id for each in hr.people.listed()]
    assert hr.roster.copy_week("2026-11-09", people, "wang") == 2
    found = [hr.roster.shift_of(who(hr), f"2026-11-{day:02d}") for day in range(9, 13)]
    assert found == [("D",), ("E",), (), None]
    assert hr.roster.copy_week("2026-11-09", people, "wang") == 0


def test_a_team_is_set_at_once_over_what_was_there(hr: HrService):
    plan(hr, d02="N")
    people = [who(hr), who(hr, "1002")]
    assert hr.roster.set_team(people, WEEK[:2], ("D",), "wang") == 4
    assert {hr.roster.shift_of(person, day) for person in people for day in WEEK[:2]} == {("D",)}


@pytest.mark.parametrize("shifts", [("X",), ("D", "D"), ("D", "E", "N", "X")])
def test_what_is_no_shift_of_the_plant_is_not_planned(hr: HrService, shifts: tuple[str, ...]):
    with pytest.raises(Rejected):
        hr.roster.set_team([who(hr)], WEEK[:1], shifts, "wang")
    assert hr.roster.shift_of(who(hr), WEEK[0]) is None


def test_a_week_is_checked_with_the_days_before_and_after_it(hr: HrService):
    plan(hr, **{f"d{day:02d}": "D" for day in range(2, 9)}, d16="N", d17="D")
    week = hr.roster.week("2026-11-09", [who(hr)])
    assert week.remarks == ()
    plan(hr, d09="D")
    week = hr.roster.week("2026-11-09", [who(hr)])
    assert [(each.kind, each.amount) for each in week.remarks] == [(RemarkKind.NO_REST_DAY, 8)]
    assert hr.roster.week("2026-11-09", []).remarks == ()


# --- files ------------------------------------------------------------------------------------------


def load(hr: HrService, text: str) -> Imported:
    return hr.catalogue.import_csv(Kind.ROSTER, text.encode(), "wang")


def test_a_file_plans_and_the_same_file_again_changes_nothing(hr: HrService):
    text = "工号,日期,班次\n1001,2026-11-02,D\n1001,2026-11-02,E\n1001,2026/11/3,休\n1002,2026-11-02,N\n"
    assert load(hr, text) == Imported(Kind.ROSTER, 4, 3)
    assert load(hr, text) == Imported(Kind.ROSTER, 4, 0)
    assert [hr.roster.shift_of(who(hr), day) for day in WEEK[:3]] == [("D", "E"), (), None]
    assert [each.how for each in hr.roster.versions(WEEK[0], WEEK[6])] == [How.FILE]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1009,2026-11-02,D", "line 3, number: got '1009'"),
        ("1001,2026-02-30,D", "line 3, date: got '2026-02-30', wanted a date"),
        ("1001,2026-11-02,X", "line 3, shift: got 'X'"),
        ("1002,2026-11-02,D", "line 3, date: got '2026-11-02', wanted it once for each shift"),
        ("1002,2026-11-02,REST", "line 3, date: got '2026-11-02', wanted it once for each shift, and rest alone"),
    ],
)
def test_a_line_that_is_wrong_refuses_the_whole_file(hr: HrService, line: str, said: str):
    with pytest.raises(BadFile) as refused:
        load(hr, f"number,date,shift\n1002,2026-11-02,D\n{line}\n")
    assert said in str(refused.value)
    assert hr.roster.planned(WEEK[0], WEEK[6]) == {}


# --- the calendar -----------------------------------------------------------------------------------


def test_a_year_is_loaded_once_and_the_newest_table_of_it_holds(hr: HrService):
    assert hr.calendar.calendar().day_class("2027-01-02") is None
    table = b"year = 2027\nstatutory_days = 1\n[statutory]\n2027-01-01 = 'A'\n"
    assert [hr.calendar.take(table, "wang")[1] for _ in range(2)] == [True, False]
    assert hr.calendar.calendar().day_class("2027-01-04") is DayClass.WORKDAY
    again = table.replace(b"statutory_days = 1", b'statutory_days = 1\nrest = ["2027-01-04"]')
    hr.calendar.take(again, "zhao")
    assert hr.calendar.calendar().day_class("2027-01-04") is DayClass.RESTDAY
    assert [(each.table.year, each.number, each.by) for each in hr.calendar.years()] == [
        (2025, 0, ""),
        (2026, 0, ""),
        (2027, 2, "zhao"),
    ]


def test_a_loaded_table_holds_in_the_place_of_the_shipped_one_and_may_be_that_again(hr: HrService):
    shipped = next(each.table for each in hr.calendar.years() if each.table.year == 2026)
    assert hr.calendar.take(files.written(shipped).encode(), "wang")[1] is False
    other = files.written(shipped).replace('"2026-01-04", ', "")
    assert hr.calendar.take(other.encode(), "wang")[1] is True
    assert hr.calendar.calendar().day_class("2026-01-04") is DayClass.RESTDAY
    hr.calendar.take(files.written(shipped).encode(), "wang")
    assert hr.calendar.calendar().day_class("2026-01-04") is DayClass.WORKDAY


def test_versions_files_and_years_are_the_same_on_either_database(tmp_path: Path, hr_url: str):
    service = factory(tmp_path, hr_url).service
    service.people.save(Person("", "1001", "李伟"))
    service.catalogue.import_csv(Kind.SHIFTS, SHIFTS)
    assert load(service, "number,date,shift\n1001,2026-11-02,D\n1001,2026-11-03,REST\n").changed == 2
    plan(service, d02="N")
    service.roster.edit({(who(service), WEEK[1]): None}, 2, "wang")
    assert service.roster.planned(WEEK[0], WEEK[6]) == {(who(service), WEEK[0]): ("N",)}
    assert [each.days for each in service.roster.versions(WEEK[0], WEEK[6])] == [1, 1, 2]
    for day in ("2027-01-01", "2027-01-02"):
        service.calendar.take(f"year = 2027\nstatutory_days = 1\n[statutory]\n{day} = 'A'\n".encode(), "wang")
    assert [each.number for each in service.calendar.years()] == [0, 0, 2]
    service.close()


# --- at the command line ----------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return init(tmp_path / "installed", "wang", "correct horse", Installation()).config


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["hr", "calendar", *arguments])


def test_a_year_is_loaded_at_the_command_line_and_listed(config: Path, tmp_path: Path):
    table = tmp_path / "2027.toml"
    table.write_text("year = 2027\nstatutory_days = 1\n[statutory]\n2027-01-01 = 'A'\n")
    said = run("load", "--config", str(config), str(table))
    assert (said.exit_code, said.stdout) == (0, "2027: 260 work days, 1 statutory holidays; it holds now.\n")
    listed = [json.loads(line) for line in run("list", "--config", str(config), "--json").stdout.splitlines()]
    assert [(each["year"], each["work_days"], each["loaded_by"]) for each in listed] == [
        (2025, 248, ""),
        (2026, 248, ""),
        (2027, 260, getpass.getuser()),
    ]
    assert (
        "2026: 248 work days, 13 statutory holidays; came with this release"
        in run("list", "--config", str(config)).stdout
    )


def test_a_bad_file_is_refused_at_the_command_line_and_a_forgotten_line_is_said(config: Path, tmp_path: Path):
    table = tmp_path / "2027.toml"
    table.write_text("year = 2027\n")
    said = run("load", "--config", str(config), str(table))
    assert (said.exit_code, "statutory: got '0 days', wanted 13 days" in said.output) == (1, True)
    table.write_text("year = 2027\nstatutory_days = 1\nwork = ['2027-01-03']\n[statutory]\n2027-01-01 = 'A'\n")
    assert "+1 work days against a whole year" in run("load", "--config", str(config), str(table)).output


NEW_YEAR_2027 = b"year = 2027\nstatutory_days = 1\n[statutory]\n2027-01-01 = 'New Year'\n"


def on(hr: HrService, day: str) -> None:
    """It is noon of this date in the plant."""
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=hr.office.zone)
    hr.office.clock = partial(int, noon.timestamp() * 1e6)


def page_names(hr: HrService, kind: str) -> set[str]:
    return {name for of, name in hr.editions.current().pages if of == kind}


def test_boxes_are_told_the_roster_of_this_week_and_the_next_two_from_its_monday(hr: HrService):
    on(hr, "2026-11-04")
    plan(hr, d01="D", d02="D", d03="", d22="N", d23="D")
    (told,) = hr.editions.reference().roster
    assert (told.person, told.monday, len(told.days)) == (who(hr), WEEK[0], 21)
    assert (told.days[:3], told.days[-1]) == ([["D"], [], None], ["N"])
    box = Directory(hr.editions.reference())
    assert [each.id for each in box.planned(who(hr), date(2026, 11, 22)) or ()] == ["N"]
    assert box.planned(who(hr), date(2026, 11, 23)) is None


def test_the_pages_of_the_roster_change_with_the_week_and_with_a_change_and_not_with_the_day(hr: HrService):
    on(hr, "2026-11-02")
    plan(hr, d02="D", d20="D")
    monday = page_names(hr, "roster"), page_names(hr, "calendar")
    on(hr, "2026-11-08")
    assert (page_names(hr, "roster"), page_names(hr, "calendar")) == monday
    plan(hr, d20="N")
    changed = page_names(hr, "roster")
    assert changed != monday[0]
    on(hr, "2026-11-09")
    assert not page_names(hr, "roster") & (changed | monday[0])
    assert page_names(hr, "calendar") != monday[1]


def test_the_roster_of_a_leaver_is_no_longer_told(hr: HrService):
    on(hr, "2026-11-04")
    plan(hr, d04="D")
    leaver = hr.people.listed()[0]
    assert leaver.id == who(hr)
    hr.people.save(Person(leaver.id, leaver.number, leaver.name), active=False)
    assert hr.editions.reference().roster == []


def test_boxes_are_told_the_class_of_each_date_and_the_name_of_a_holiday(hr: HrService):
    on(hr, "2026-09-30")
    told = {each.date: each for each in hr.editions.reference().calendar}
    assert (min(told), max(told), len(told)) == ("2026-09-28", "2026-10-18", 21)
    assert told["2026-10-01"].day_class is DayClass.STATUTORY
    assert told["2026-10-01"].name
    assert told["2026-09-30"] == CalendarDay("2026-09-30", DayClass.WORKDAY)


def test_a_date_without_a_table_has_no_class_at_a_box_until_its_year_is_loaded(hr: HrService):
    on(hr, "2026-12-31")
    before = page_names(hr, "calendar")
    assert max(each.date for each in hr.editions.reference().calendar) == "2026-12-31"
    hr.calendar.take(NEW_YEAR_2027, "wang")
    assert len(hr.editions.reference().calendar) == 21
    assert page_names(hr, "calendar") != before
