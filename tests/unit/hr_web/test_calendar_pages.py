"""The calendar of a year, and loading one."""

import io

import pytest

from tests.unit.hr_web.conftest import Desk, words

YEAR = "year = 2027\nstatutory_days = 1\nrest = ['2027-01-04']\n[statutory]\n2027-01-01 = '元旦'\n"


def send(desk: Desk, text: str):
    return desk.post("/calendar/", file=(io.BytesIO(text.encode()), "2027.toml"))


def test_a_year_is_shown_with_its_days_and_where_they_are_known_from(desk: Desk):
    text = desk.text("/calendar/")
    assert "Work days 248" in text
    assert "Statutory holidays 13" in text
    assert "16 Feb Mon 除夕" in text
    assert "28 Feb Sat" in text
    assert "国务院办公厅关于2026年部分节假日安排的通知 came with this release" in text


def test_each_kind_of_day_is_drawn_as_what_it_is(desk: Desk):
    page = desk.get("/calendar/?year=2026").text
    for kind, day in (
        ("statutory", "2026-02-16 除夕"),
        ("moved-rest", "2026-02-20"),
        ("moved-work", "2026-02-28"),
        ("restday", "2026-02-21"),
        ("workday", "2026-02-24"),
    ):
        assert f'class="{kind}" title="{day}"' in page


@pytest.mark.parametrize("year", ["1066", "x", "-1", "99999"])
def test_a_year_that_is_none_shows_this_one(desk: Desk, year: str):
    assert "Calendar of 2026" in desk.text(f"/calendar/?year={year}")


def test_a_year_without_a_table_asks_for_its_file(desk: Desk):
    text = desk.text("/calendar/?year=2027")
    assert "There is no calendar of 2027 yet." in text
    assert "2027-01-01,statutory,元旦" in text


def test_a_loaded_year_holds_and_is_shown_with_who_loaded_it(factory, own_desk: Desk):
    text = words(send(own_desk, YEAR))
    assert "The calendar of 2027 holds now." in text
    assert "loaded by zhou.min on 23 November 2026" in text
    assert factory.service.calendar.calendar().day_class("2027-01-04") == "RESTDAY"
    assert "was the same already" in words(send(own_desk, YEAR))


def test_a_table_in_which_a_line_seems_to_be_missing_is_taken_and_says_so(own_desk: Desk):
    assert "This table has 1 work day fewer than a year has." in words(send(own_desk, YEAR))


def test_a_bad_file_says_what_is_to_be_mended_and_changes_nothing(factory, own_desk: Desk):
    answer = send(own_desk, YEAR.replace("statutory_days = 1\n", "").replace("2027-01-04", "2027-13-04"))
    assert answer.status_code == 422
    assert "rest 2027-13-04 a date such as 2026-11-01" in words(answer)
    assert 2027 not in factory.service.calendar.calendar().years
    assert "Choose a file." in words(own_desk.post("/calendar/"))


def test_the_first_page_asks_for_the_next_year_once_its_notice_may_be_out(own_desk: Desk):
    assert "There is no calendar of 2027 yet" in own_desk.text("/")
    send(own_desk, YEAR)
    assert "There is no calendar" not in own_desk.text("/")
