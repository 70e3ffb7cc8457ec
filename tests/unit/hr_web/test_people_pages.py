"""People and badges."""

import pytest

from hr.people.records import PersonView
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.plant import Factory

NEW = {"number": "0500", "name": "吴晓燕", "team": "包装组", "role": "WORKER", "language": "zh", "active": "1"}


def person(factory: Factory, number: str) -> PersonView:
    return next(each for each in factory.service.people.listed() if each.number == number)


def test_a_new_person_is_saved_and_shown(factory, own_desk):
    answer = own_desk.post("/people", **NEW)
    assert "吴晓燕 is saved." in words(answer)
    assert person(factory, "0500").team == "包装组"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "This is needed"),
        ({"number": "0317"}, "Somebody has this number already"),
        ({"pin": "123456"}, "none: only supervisors have a PIN"),
        ({"role": "SUPERVISOR", "pin": "12ab"}, "4 to 12 digits"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_the_field_and_nothing_is_saved(factory, own_desk, change, sentence):
    before = factory.service.people.listed()
    answer = own_desk.post("/people", **{**NEW, **change})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "吴晓燕" in answer.text or "name" in change
    assert factory.service.people.listed() == before


def test_editing_keeps_the_person_key(factory, own_desk):
    own_desk.post("/people", **{**NEW, "number": "0317", "name": "张三峰", "known": "1"})
    assert (person(factory, "0317").id, person(factory, "0317").name) == (factory.keys["0317"], "张三峰")


def test_somebody_who_left_is_no_longer_active(factory, own_desk):
    own_desk.post("/people", **{**NEW, "number": "0317", "known": "1", "active": ""})
    assert not person(factory, "0317").active


def test_an_unknown_badge_is_given_to_a_person_with_one_button_and_its_taps_count(factory, own_desk):
    page = own_desk.get("/people?edit=0256").text
    assert "Give it to 何建军" in page
    answer = own_desk.post("/people/badges", badge="EM4100:1000FFEE01", number="0256")
    assert "Badge …EE01 is now 何建军's." in answer.text.replace("&#39;", "'")
    (day,) = factory.service.attendance.days("2026-11-23", "2026-11-23", factory.keys["0256"])
    assert day.taps == 2
    assert factory.service.people.unknown_badges() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"badge": "EM4100:1000FFEE01", "number": ""}, "Choose the person"),
        ({"badge": "12", "number": "0256"}, "10 hex digits such as"),
        ({"badge": "0008075634", "number": "0256"}, "tap the badge once"),
    ],
)
def test_a_badge_that_cannot_be_given_says_why(own_desk, fields, sentence):
    assert sentence in words(own_desk.post("/people/badges", **fields))


def test_a_badge_is_blocked_and_works_again(factory, own_desk):
    key = "EM4100:100086F444"
    own_desk.post("/people/badges/block", badge=key, number="0317", blocked="1")
    assert [badge.blocked for badge in factory.service.editions.reference().badges if badge.key == key] == [True]
    assert "Let it work again" in own_desk.get("/people?edit=0317").text
    own_desk.post("/people/badges/block", badge=key, number="0317", blocked="0")
    assert [badge.blocked for badge in factory.service.editions.reference().badges if badge.key == key] == [False]


@pytest.mark.parametrize(
    ("sought", "found"), [("0317", ["张三丰"]), ("攻丝", ["周大勇"]), ("HÙNG", ["Nguyễn Văn Hùng"])]
)
def test_people_are_found_by_number_team_or_name(desk, sought, found):
    page = desk.get("/people?q=" + sought).text.split("<tbody>")[-1].split("</tbody>")[0]
    assert [name for name in ("张三丰", "周大勇", "Nguyễn Văn Hùng", "李小梅") if name in page] == found


def test_a_name_with_markup_is_shown_as_typed(own_desk):
    answer = own_desk.post("/people", **{**NEW, "name": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
