"""What a date counts as, and the files of years."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import chinese_calendar
import pytest

from hr.calendar import files, store
from hr.calendar.day_class import OVERTIME_OF, Calendar, DayClass, TimeClass, dates_of
from hr.calendar.files import BadTable

SHIPPED = {each.year: each for each in (files.read(file.read_bytes()) for file in store.DATA.glob("*.toml"))}
CALENDAR = Calendar(tuple(SHIPPED.values()))
EXAMPLES = Path(__file__).parents[2] / "fixtures" / "vectors" / "attendance.json"

SMALL = b"""year = 2031
source = "a notice"
statutory_days = 2
rest = ["2031-01-02"]
work = [2031-01-04]
[statutory]
2031-01-01 = "A"
2031-05-01 = "B"
"""


def test_2025_and_2026_are_shipped_with_thirteen_statutory_days_each():
    assert sorted(SHIPPED) == [2025, 2026]
    assert [len(SHIPPED[year].statutory) for year in (2025, 2026)] == [13, 13]


@pytest.mark.parametrize("year", [2025, 2026])
def test_work_days_are_those_of_an_independent_calendar(year: int):
    ours = [day for day in dates_of(year) if CALENDAR.day_class(day.isoformat()) is DayClass.WORKDAY]
    assert ours == [day for day in dates_of(year) if chinese_calendar.is_workday(day)]


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_shipped_year_has_the_248_work_days_of_the_wage_conversion_and_no_line_forgotten(year: int):
    assert files.workdays(SHIPPED[year]) == 248
    assert files.unbalanced(SHIPPED[year]) == 0


@pytest.mark.parametrize("year", ["2025", "2026"])
def test_the_shipped_tables_are_those_of_the_worked_examples(year: str):
    wanted, ours = json.loads(EXAMPLES.read_text("utf-8"))["calendar"][year], SHIPPED[int(year)]
    assert [sorted(ours.statutory), sorted(ours.rest), sorted(ours.work)] == [
        wanted["statutory"],
        wanted["rest"],
        wanted["work"],
    ]


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("2026-02-16", DayClass.STATUTORY),
        ("2026-02-20", DayClass.RESTDAY),
        ("2026-02-28", DayClass.WORKDAY),
        ("2026-02-21", DayClass.RESTDAY),
        ("2026-10-05", DayClass.RESTDAY),
        ("2026-04-05", DayClass.STATUTORY),
        ("2026-11-02", DayClass.WORKDAY),
        ("2027-01-01", None),
        ("2024-12-31", None),
    ],
)
def test_a_day_has_its_class_or_none_where_its_year_has_no_table(day: str, wanted: DayClass | None):
    assert CALENDAR.day_class(day) is wanted


@pytest.mark.parametrize(
    ("work_date", "on", "wanted"),
    [
        ("2026-09-30", "2026-09-30", DayClass.WORKDAY),
        ("2026-09-30", "2026-10-01", DayClass.STATUTORY),
        ("2026-10-03", "2026-10-04", DayClass.RESTDAY),
        ("2026-11-06", "2026-11-07", DayClass.WORKDAY),
        ("2026-11-08", "2026-11-09", DayClass.RESTDAY),
        ("2026-12-31", "2027-01-01", None),
        ("2024-12-31", "2025-01-01", DayClass.STATUTORY),
    ],
)
def test_a_night_counts_by_its_work_date_but_for_statutory_holidays(work_date: str, on: str, wanted: DayClass | None):
    assert CALENDAR.basis(work_date, on) is wanted


def test_overtime_of_each_day_class_has_a_class_of_its_own():
    assert {OVERTIME_OF[each] for each in DayClass} == set(TimeClass) - {TimeClass.NORMAL}


def test_years_without_a_table_are_named_once():
    assert CALENDAR.unclassified(["2026-12-31", "2027-01-01", "2027-01-02", "2028-01-01"]) == [2027, 2028]


def test_the_holiday_of_a_day_is_named():
    assert [CALENDAR.statutory_name(each) for each in ("2026-10-01", "2026-10-04", "2027-10-01")] == ["国庆节", "", ""]


# --- files ------------------------------------------------------------------------------------------


def test_what_is_written_is_read_as_the_same_table():
    for table in (*SHIPPED.values(), files.read(SMALL)):
        assert files.read(files.written(table).encode()) == table


def test_a_csv_of_an_office_computer_is_the_same_year():
    table = SHIPPED[2026]
    rows = [f"{day},法定,{name}" for day, name in table.statutory.items()]
    rows += [f"{day.replace('-', '/')},休," for day in table.rest] + [f"{day},work," for day in table.work]
    read = files.read(("日期,类别,名称\n" + "\n".join(rows)).encode("gb18030"))
    assert (read.year, read.statutory, read.rest, read.work) == (2026, table.statutory, table.rest, table.work)


@pytest.mark.parametrize(
    ("was", "is_", "said"),
    [
        (b"statutory_days = 2", b"", "statutory: got '2 days', wanted 13 days"),
        (b'"2031-01-02"', b'"2032-01-02"', "2032-01-02: got '2032', wanted a day of 2031"),
        (b'"2031-01-02"', b'"2031-02-30"', "rest: got '2031-02-30', wanted a date"),
        (b'"2031-01-02"', b'"2031-01-01"', "2031-01-01: got 'several kinds'"),
        (b'"2031-01-02"', b'"2031-01-02", "2031-01-02"', "rest: got '2031-01-02', wanted it once"),
        (b"2031-01-04", b"2031-01-06", "2031-01-06: got 'a weekday among `work`', wanted a Saturday or Sunday"),
        (b"work =", b"wrok =", "wrok: got 'a key that is not known'"),
        (b"year = 2031", b"year = 1931", "year: got '1931'"),
        (b"year = 2031", b"year = true", "year: got 'True'"),
        (b'rest = ["2031-01-02"]', b"rest = 5", "rest: got '5', wanted a list of dates"),
        (b'2031-01-01 = "A"', b"2031-01-01 = 5", "statutory: got"),
        (b'source = "a notice"', b"source = ", "the file: got"),
        (b'"a notice"', b'"\xff"', "bytes that are not text"),
    ],
)
def test_a_bad_file_is_refused_and_says_where(was: bytes, is_: bytes, said: str):
    assert SMALL.count(was) == 1
    with pytest.raises(BadTable) as refused:
        files.read(SMALL.replace(was, is_))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"date,kind\n2031-01-01,rest\n2032-01-01,rest\n", "2031, 2032"),
        (b"date,kind\n2031-01-01,feast\n", "line 2 kind: got 'feast'"),
        (b"date,kind\n2031-01-01,rest\n2031-01-01,rest\n", "line 3 date: got '2031-01-01', wanted it once"),
        (b"date,kind\n", "no date"),
        (b"day,kind\n2031-01-01,rest\n", "line 1 day"),
        (b"", "line 1"),
        (b"x" * (files.MAX_BYTES + 1), "at most"),
    ],
)
def test_a_bad_csv_is_refused_and_says_where(raw: bytes, said: str):
    with pytest.raises(BadTable) as refused:
        files.read(raw)
    assert said in str(refused.value)


def test_a_forgotten_line_shows_as_a_year_that_does_not_balance():
    table = SHIPPED[2026]
    lines = files.written(table).splitlines()
    short = "\n".join(line.replace('"2026-02-14", ', "") for line in lines)
    assert files.unbalanced(files.read(short.encode())) == -1


def test_days_of_a_year_are_all_its_days():
    assert list(dates_of(2028))[::365] == [date(2028, 1, 1), date(2028, 12, 31)]
