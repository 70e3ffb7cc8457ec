"""The roster's grid, and the overtime of a month."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from hr.attendance.rules.timetable import EVER
from hr.people.csv_import import Kind
from sync.wire.facts import Direction
from tests.unit.hr_web.conftest import Desk, words
from tests.unit.hr_web.plant import Journal, moment

TEAM, WEEK = "冲压一组", "2026-11-23"
HERE = f"/roster/?date={WEEK}&team={TEAM}"


def plan(factory, text: str) -> None:
    factory.service.catalogue.import_csv(Kind.ROSTER, f"number,date,shift\n{text}".encode(), "zhou.min")


def days_of(number: str, first: str, count: int, shift: str = "day") -> str:
    start = date.fromisoformat(first)
    return "".join(f"{number},{start + timedelta(days=each)},{shift}\n" for each in range(count))


def shift_of(factory, number: str, day: str):
    return factory.service.roster.shift_of(factory.keys[number], day)


def form(factory, **cells: str) -> dict[str, str]:
    """What a browser sends of the grid: `{"0317|2026-11-23": "day"}` by employee number."""
    version = factory.service.roster.week(WEEK, []).version
    fields = {"cell|{}|{}".format(factory.keys[name.split("|")[0]], name.split("|")[1]): cells[name] for name in cells}
    return {**fields, "version": str(version), "date": WEEK, "team": TEAM}


def test_the_grid_has_the_people_of_the_team_and_the_classes_of_the_days(desk: Desk):
    text = desk.text(HERE)
    assert [name in text for name in ("张三丰", "李小梅", "周大勇")] == [True, True, False]
    assert "28 Nov Sat rest day" in text
    assert "nothing to remark" in text


def test_a_holiday_of_a_week_is_named(desk: Desk):
    assert "1 Oct Thu 国庆节" in desk.text(f"/roster/?date=2026-10-01&team={TEAM}")


def test_a_date_that_is_none_and_a_team_that_is_none_show_this_week_of_the_first_team(desk: Desk):
    assert "23 Nov – 29 Nov" in desk.text("/roster/?date=soon&team=nowhere")


def test_a_saved_week_is_what_was_chosen(factory, own_desk: Desk):
    cells = {"0317|2026-11-23": "day", "0317|2026-11-24": "-", "0392|2026-11-23": "night", "0392|2026-11-24": ""}
    assert "3 days are planned otherwise now." in words(own_desk.post("/roster/", **form(factory, **cells)))
    found = [shift_of(factory, number, day) for number in ("0317", "0392") for day in ("2026-11-23", "2026-11-24")]
    assert found == [("day",), (), ("night",), None]
    assert "Nothing was to be changed." in words(own_desk.post("/roster/", **form(factory, **cells)))
    page = own_desk.get(HERE).text
    assert re.search(
        r'name="cell\|[^"]+\|2026-11-24"[^>]*><option value="">—</option><option value="-" selected>', page
    )


def test_what_somebody_else_has_planned_since_is_not_undone(factory, own_desk: Desk):
    sent = form(factory, **{"0317|2026-11-23": "", "0392|2026-11-23": "day"})
    plan(factory, "0317,2026-11-23,night\n")
    own_desk.post("/roster/", **sent)
    assert [shift_of(factory, number, WEEK) for number in ("0317", "0392")] == [("night",), ("day",)]


def test_a_form_that_was_made_up_changes_nothing(factory, own_desk: Desk):
    answer = own_desk.post("/roster/", **form(factory, **{"0317|2026-11-23": "no-such"}))
    assert "no-such: a shift that is known" in words(answer)
    for name in ("cell|stranger|2026-11-23", f"cell|{factory.keys['0317']}|yesterday", "cell", "cell||"):
        assert own_desk.post("/roster/", **{name: "day", "date": WEEK, "team": TEAM, "version": "x"}).status_code == 200
    assert factory.service.roster.planned("2000-01-01", "2100-01-01") == {}


def test_the_team_is_set_on_the_chosen_days(factory, own_desk: Desk):
    days = ["2026-11-23", "2026-11-24"]
    answer = own_desk.post("/roster/team", date=WEEK, team=TEAM, shift="day", day=days)
    assert "8 days are planned otherwise now." in words(answer)
    assert shift_of(factory, "0221", "2026-11-24") == ("day",)
    assert shift_of(factory, "0288", "2026-11-24") is None
    assert "Choose at least one day." in words(own_desk.post("/roster/team", date=WEEK, team=TEAM, shift="day"))


def test_the_week_before_is_copied(factory, own_desk: Desk):
    plan(factory, days_of("0317", "2026-11-16", 5))
    assert "5 days are planned" in words(own_desk.post("/roster/copy", date=WEEK, team=TEAM))
    assert "copied from the week before" in own_desk.text(HERE)


def test_remarks_stand_beside_the_grid_and_forbid_nothing(factory, own_desk: Desk):
    rules = factory.service.attendance.shift_rules
    rules.save(replace(rules.one("day"), normal_cap_min=300), EVER, "wang")
    plan(factory, days_of("0317", "2026-11-16", 14) + "0392,2026-11-25,night\n0392,2026-11-26,day\n")
    text = own_desk.text(HERE)
    assert "张三丰 14 days without a rest day, 16 Nov to 29 Nov" in text
    assert "张三丰 44:00 hours of overtime in November, worked and planned; 36:00 are the most" in text
    assert "李小梅 only 3:00 hours of rest between 25 Nov and 26 Nov" in text
    assert own_desk.get(HERE).text.count("remarked") == 9
    assert "1 day is planned otherwise now." in words(
        own_desk.post("/roster/", **form(factory, **{"0392|2026-11-27": "day"}))
    )


def test_several_shifts_of_one_day_stay_where_they_are(factory, own_desk: Desk):
    plan(factory, "0317,2026-11-23,day\n0317,2026-11-23,night\n")
    assert "白班 + 夜班" in own_desk.text(HERE)
    own_desk.post("/roster/", **form(factory, **{"0317|2026-11-23": "day;night", "0317|2026-11-24": "day"}))
    assert shift_of(factory, "0317", WEEK) == ("day", "night")


# --- overtime ---------------------------------------------------------------------------------------


def test_overtime_is_shown_by_person_with_the_days_it_is_made_of(factory, own_desk: Desk):
    plan(factory, days_of("0317", "2026-11-20", 1))
    text = own_desk.text("/overtime/?month=2026-11")
    assert "张三丰 0317 冲压一组 2:00" in text
    assert "34:00 1 day near 3 hours 20 Nov 2:00" in text
    for month in ("2026-09", "2026-12"):
        assert "No overtime in this month." in own_desk.text(f"/overtime/?month={month}")


def test_a_day_near_three_hours_is_warned_of_on_the_day_after_and_no_longer(factory, own_desk: Desk):
    plan(factory, days_of("0317", "2026-11-20", 1))
    for now, warned in (("2026-11-21", True), ("2026-11-22", False)):
        factory.service.office.clock = partial(moment, now, "09:00:00")
        assert ("1 person is near the most overtime in law, or over it 张三丰" in own_desk.text("/")) is warned
        assert ("Overtime this month: 张三丰 2:00 (1 day near 3 hours)" in own_desk.text("/attendance")) is warned


def test_a_month_near_36_hours_is_warned_of_to_its_end(factory, own_desk: Desk):
    saturdays = ("2026-11-07", "2026-11-08", "2026-11-14", "2026-11-15")
    journal = Journal("gate-9")
    for day in saturdays:
        journal.tap(day, "08:00:00", factory.keys["0256"], Direction.IN)
        journal.tap(day, "16:00:00", factory.keys["0256"], Direction.OUT)
    plan(factory, "".join(f"0256,{day},day\n" for day in saturdays))
    factory.service.inbox.receive(journal.facts, "nonce")
    assert "1 person is near the most overtime in law, or over it 何建军" in own_desk.text("/")
    assert "Near 36 hours 1" in own_desk.text("/overtime/")


def test_the_warnings_are_computed_anew_after_five_minutes(factory):
    office, desk = factory.service.office, factory.service.overtime
    office.clock = partial(moment, "2026-11-21", "09:00:00")
    assert [each.person_number for each in desk.warned()] == ["0317"]
    journal = Journal("gate-9")
    journal.tap("2026-11-20", "07:55:00", factory.keys["0256"], Direction.IN)
    journal.tap("2026-11-20", "20:01:00", factory.keys["0256"], Direction.OUT)
    factory.service.inbox.receive(journal.facts, "nonce")
    office.clock = partial(moment, "2026-11-21", "09:04:59")
    assert [each.person_number for each in desk.warned()] == ["0317"]
    office.clock = partial(moment, "2026-11-21", "09:05:00")
    assert [each.person_number for each in desk.warned()] == ["0256", "0317"]
