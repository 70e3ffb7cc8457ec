"""The pages of attendance at HR's desk: the month, what waits, one person's day, leave, the rules of a shift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hr.web.attending import minutes_of
from sync.wire.facts import Direction
from tests.unit.hr.cast import DAY, Factory
from tests.unit.hr.rostered import DAY_SHIFT, rostered, send, who
from tests.unit.hr_web.conftest import Desk, desk_of

IN, OUT = Direction.IN, Direction.OUT
MONTH = DAY[:7]
EXCEPTIONS = f"/attendance/exceptions/?month={MONTH}"
SHIFT = {"start": "08:00", "end": "17:00", "overtime_min": "0", "why": "as agreed"} | {
    f"{name}_min": "30"
    for name in ("early_in", "late_out", "late_grace", "early_grace", "ot_unit", "ot_min", "flexible")
}


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    made = rostered(tmp_path)
    yield made
    made.service.close()


@pytest.fixture
def desk(hr: Factory) -> Desk:
    return desk_of(hr.service)


def person_page(hr: Factory) -> str:
    return f"/attendance/of/{who(hr)}?date={DAY}"


def ask(desk: Desk, hr: Factory, **change: str) -> str:
    values = {"person": who(hr), "date": DAY, "direction": "OUT", "time": "17:00", "reason": "forgot", "month": MONTH}
    return desk.post("/attendance/exceptions/repair", **(values | change)).text


def test_the_month_shows_each_day_of_a_team(hr: Factory, desk: Desk):
    send(hr, IN, 8)
    send(hr, OUT, 17)
    page = desk.get(f"/attendance/month/?month={MONTH}").text
    assert f"date={DAY}" in page
    assert ">8</a>" in page
    assert "8:00" in page


@pytest.mark.parametrize("path", [f"/attendance/month/?month={MONTH}", f"/attendance/month/of/{{who}}?month={MONTH}"])
def test_absent_days_that_nobody_planned_lead_to_the_roster(hr: Factory, desk: Desk, path: str):
    said = "planned by nobody"
    assert said in desk.text(path.format(who=who(hr)))
    assert f'href="/roster/?date={MONTH}-01"' in desk.get(path.format(who=who(hr))).text
    people = [each.id for each in hr.service.people.listed()]
    days = [f"{MONTH}-{day:02d}" for day in range(1, 32)]
    hr.service.roster.set_team(people, days, ("D8",), "zhou.min")
    page = desk.text(path.format(who=who(hr)))
    assert "absent" in page
    assert said not in page


def test_a_missing_punch_is_asked_for_and_approved_by_somebody_else(hr: Factory, desk: Desk):
    send(hr, IN, 8)
    assert "Ask for a repair" in desk.text(EXCEPTIONS)
    assert "second person" in ask(desk, hr)
    page = desk.get(EXCEPTIONS).text
    assert "forgot" in page
    assert ">Approve<" not in page
    (repair,) = hr.service.attendance.repairs.between(DAY, DAY)
    own = desk.post(f"/attendance/exceptions/repair/{repair.id}", state="APPROVED", why="seen", month=MONTH)
    assert "Somebody else must approve it" in own.text
    other = desk_of(hr.service, user="zhao")
    assert ">Approve<" in other.get(EXCEPTIONS).text
    other.post(f"/attendance/exceptions/repair/{repair.id}", state="APPROVED", why="seen", month=MONTH)
    page = desk.text(person_page(hr))
    assert "punch repaired" in page
    assert "8:00" in page


@pytest.mark.parametrize("change", [{"time": "25"}, {"time": "x"}, {"direction": "UP"}, {"reason": ""}, {"date": ""}])
def test_a_request_that_says_too_little_is_not_taken(hr: Factory, desk: Desk, change: dict[str, str]):
    ask(desk, hr, **change)
    assert hr.service.attendance.repairs.between(DAY, DAY) == []


def test_overtime_is_approved_for_those_who_were_chosen(hr: Factory, desk: Desk):
    send(hr, IN, 8)
    send(hr, OUT, 19)
    assert f"{who(hr)}|{DAY}|120" in desk.get(EXCEPTIONS).text
    path, why = "/attendance/exceptions/minutes", "ordered"
    assert "Choose at least one line" in desk.post(path, kind="OVERTIME", why=why, month=MONTH).text
    desk.post(path, kind="OVERTIME", why=why, month=MONTH, day=f"{who(hr)}|{DAY}|120")
    assert "Nothing waits for a decision" in desk.text(EXCEPTIONS)
    assert "overtime 150 %" in desk.text(person_page(hr))


def test_overtime_that_does_not_count_stays_visible(hr: Factory, desk: Desk):
    send(hr, IN, 8)
    send(hr, OUT, 19)
    line = f"{who(hr)}|{DAY}|120"
    desk.post("/attendance/exceptions/minutes", kind="OVERTIME", why="not ordered", action="refuse", day=line)
    page = desk.text(person_page(hr))
    assert "worked, not approved" in page
    assert "2:00" in page
    assert "not ordered" in page


@pytest.mark.parametrize("line", ["x", "a|b|c", "||120", f"p|{DAY}|-5"])
def test_a_line_that_no_page_made_changes_nothing(hr: Factory, desk: Desk, line: str):
    desk.post("/attendance/exceptions/minutes", kind="OVERTIME", why="x", day=line)
    assert hr.service.attendance.approvals.of(DAY) == []


def test_leave_is_given_seen_and_taken_back(hr: Factory, desk: Desk):
    values = {"person": who(hr), "kind": "SICK", "date_from": DAY, "date_to": "", "start": "", "end": ""}
    assert "cuts the schedule" in desk.post("/attendance/leave/", **values, reason="certificate").text
    (entry,) = hr.service.attendance.leaves.between(DAY, DAY)
    assert "on leave" in desk.text(person_page(hr))
    page = desk.post(f"/attendance/leave/{entry.id}/take-back", why="came after all", month=MONTH).text
    assert "came after all" in page
    assert "absent" in desk.text(person_page(hr))


@pytest.mark.parametrize("change", [{"start": "9"}, {"start": "x:y", "end": "12:00"}, {"date_from": ""}])
def test_leave_that_says_too_little_is_asked_again(hr: Factory, desk: Desk, change: dict[str, str]):
    values = {"person": who(hr), "kind": "SICK", "date_from": DAY, "date_to": "", "start": "", "end": "", "reason": "x"}
    assert desk.post("/attendance/leave/", **(values | change)).status_code == 422
    assert hr.service.attendance.leaves.between(DAY, DAY) == []


def test_the_rules_of_a_shift_are_changed_and_what_makes_no_sense_is_said(hr: Factory, desk: Desk):
    page = desk.get("/shifts/D8").text
    assert "12:00-13:00" in page
    values = {
        "name": "day", "start": "08:00", "end": "17:00", "breaks": "12:00-12:30", "punches": "2",
        "pairing": "FIRST_LAST", "directions": "AS_SAID", "early_in_min": "60", "late_out_min": "240",
        "late_grace_min": "10", "early_grace_min": "0", "late_as_lack_min": "", "ot_unit_min": "30",
        "ot_min_min": "30", "flexible_min": "0", "normal_cap_min": "", "overtime_min": "0", "why": "a short break",
    }  # fmt: skip
    assert desk.post("/shifts/D8", **values | {"late_grace_min": "x"}).status_code == 422
    assert desk.post("/shifts/D8", **values | {"breaks": "16:00-18:00"}).status_code == 422
    assert desk.post("/shifts/D8", **values | {"why": ""}).status_code == 422
    assert desk.post("/shifts/D8", **values | {"valid_from": "soon"}).status_code == 422
    assert "is saved" in desk.post("/shifts/D8", **values).text
    rule = hr.service.attendance.shift_rules.one("D8")
    assert rule is not None
    assert (rule.late_grace_min, rule.breaks[0].end_min) == (10, 750)


EARLY = {**SHIFT, "start": "07:00", "end": "16:00", "breaks": "12:00-13:00", "late_out_min": "480", "flexible_min": "0"}


def test_other_times_from_a_date_on_stand_beside_those_before_with_who_and_why(hr: Factory, desk: Desk):
    said = desk.post("/shifts/D8", **EARLY, valid_from="2026-12-01").text
    assert "It holds from 2026-12-01" in said
    page = desk.text("/shifts/D8").partition("Versions")[2]
    assert page.index("from 1 December 2026") < page.index("07:00–16:00") < page.index("from the beginning")
    assert page.index("from the beginning") < page.index("holds today") < page.index("08:00–17:00")
    assert 'value="08:00"' in desk.get("/shifts/D8").text
    assert 'value="07:00"' in desk.get("/shifts/D8?on=2026-12-01").text
    assert "as agreed" in page


def test_a_change_of_a_shift_is_looked_at_before_it_is_saved(hr: Factory, desk: Desk):
    send(hr, IN, 8)
    send(hr, OUT, 17)
    page = desk.post("/shifts/D8", **EARLY, valid_from=DAY, look="1").text
    assert "1 day changes" in page
    assert '<td class="n"><b>60 min</b></td>' in page
    assert "<s>8:00</s> <b>7:00</b>" in page
    assert "Nothing is saved yet" in page
    assert 'value="07:00"' in page
    assert hr.service.attendance.shift_rules.one("D8", DAY) == DAY_SHIFT
    assert "No day until today changes" in desk.post("/shifts/D8", **EARLY, valid_from="2026-12-01", look="1").text


@pytest.mark.parametrize(("language", "paid"), [("zh", "带薪"), ("en", "paid"), ("vi", "có lương")])
def test_a_break_that_is_paid_is_typed_and_read_in_the_persons_language(hr: Factory, language: str, paid: str):
    desk = desk_of(hr.service, language)
    assert desk.post("/shifts/D8", **SHIFT, breaks=f"15:00-15:15 {paid}").status_code == 200
    assert f'value="15:00-15:15 {paid}"' in desk.get("/shifts/D8").text
    rule = hr.service.attendance.shift_rules.one("D8")
    assert rule is not None
    assert [each.paid for each in rule.breaks] == [True]


def test_what_a_shift_cannot_take_is_said_in_the_persons_language(hr: Factory):
    page = desk_of(hr.service, "zh").post("/shifts/D8", **SHIFT, breaks="noon")
    assert page.status_code == 422
    assert "休息时间，例如" in page.text


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_every_page_is_there_in_each_language(hr: Factory, language: str):
    desk = desk_of(hr.service, language)
    send(hr, IN, 8)
    paths = (EXCEPTIONS, f"/attendance/month/?month={MONTH}", "/attendance/leave/", "/shifts/D8", person_page(hr))
    for path in paths:
        assert desk.get(path).status_code == 200


@pytest.mark.parametrize(("text", "minutes"), [("8:05", 485), ("90", 90), ("26:00", 1560), ("", None), ("1:x", None)])
def test_times_are_read_as_people_type_them(text: str, minutes: int | None):
    assert minutes_of(text) == minutes
