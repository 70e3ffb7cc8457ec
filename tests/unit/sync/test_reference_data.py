"""The look-ups of a box in what HR sent down."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from sync.wire.envelope import canonical_json
from sync.wire.reference_data import (
    Badge,
    CalendarDay,
    DayClass,
    Directory,
    Machine,
    Order,
    Person,
    Reference,
    Role,
    Roster,
    Shift,
    ShiftChange,
)

WEI = Person("p-1", "1001", "张伟")
FANG = Person("p-2", "1002", "王芳", role=Role.SUPERVISOR, pin="$argon2id$")
BADGE = Badge("EM4100:100086F444", "p-1")
PRESS = Machine("press-1", "Press 1")
ORDER = Order("WO-7", "press-1", "BRK", "Bracket", "10", "Stamping", 500, price="0.125")
NIGHT = Shift("night", "Night", 1200, 1920)
REFERENCE = Reference(3, "plant", [WEI, FANG], [BADGE], [PRESS], [ORDER], [NIGHT])


@pytest.fixture
def directory() -> Directory:
    return Directory(REFERENCE)


def test_a_badge_leads_to_its_person(directory: Directory):
    badge = directory.badge("EM4100:100086F444")
    assert badge == BADGE
    assert directory.person(badge.person) == WEI


def test_a_badge_is_text_and_not_a_number(directory: Directory):
    assert directory.badge("EM4100:100086f444") is None
    assert directory.badge("100086F444") is None


def test_everything_is_found_by_its_name(directory: Directory):
    assert directory.person_by_number("1002") == FANG
    assert directory.machine("press-1") == PRESS
    assert directory.order_at("press-1") == directory.order("WO-7") == ORDER
    assert directory.shifts == [NIGHT]


def test_what_is_not_there_is_none(directory: Directory):
    assert directory.person("p-9") is None
    assert directory.person_by_number("9999") is None
    assert directory.machine("press-9") is None
    assert directory.order_at("press-9") is None
    assert directory.order("WO-9") is None


MONDAY = "2026-11-23"
EARLY = Shift("early", "Early", 240, 480)
NEW_YEAR = CalendarDay("2027-01-01", DayClass.STATUTORY, "元旦")
PLANNED = Directory(
    msgspec.structs.replace(
        REFERENCE,
        people=[Person("p-1", "1001", "张伟", keys=["p-minted"])],
        roster=[Roster("p-1", MONDAY, [["night"], [], None, ["night", "gone"], ["night", "early"]])],
        shifts=[NIGHT, EARLY],
        calendar=[NEW_YEAR],
    )
)


@pytest.mark.parametrize(
    ("day", "shifts"), [(22, None), (23, (NIGHT,)), (24, ()), (25, None), (26, None), (27, (NIGHT, EARLY)), (28, None)]
)
def test_a_planned_shift_a_rest_day_and_what_nobody_can_say_are_three_things(day: int, shifts: tuple[Shift] | None):
    for person in ("p-1", "p-minted"):
        assert PLANNED.planned(person, date(2026, 11, day)) == shifts
    assert PLANNED.planned("p-9", date(2026, 11, day)) is None


LATER = Shift(
    "night", "Night", 1200, 1920, 60, (ShiftChange("2026-11-27", 1320, 1800), ShiftChange("2026-12-01", 1, 2))
)


@pytest.mark.parametrize(
    ("day", "times"),
    [
        (date(2026, 11, 26), (1200, 1920, 60)),
        (date(2026, 11, 27), (1320, 1800, 0)),
        (date(2026, 11, 30), (1320, 1800, 0)),
        (date(2026, 12, 1), (1, 2, 0)),
    ],
)
def test_a_shift_has_on_each_work_date_the_times_that_hold_then(day: date, times: tuple[int, int, int]):
    held = LATER.on(day)
    assert (held.start_min, held.end_min, held.overtime_min, held.changes) == (*times, ())


def test_a_change_that_has_come_is_no_change_any_more():
    assert LATER.since(date(2026, 11, 26)) == LATER
    assert LATER.since(date(2026, 11, 27)) == Shift("night", "Night", 1320, 1800, changes=LATER.changes[1:])


def test_a_shift_that_nobody_changes_is_sent_without_a_word_of_changes():
    assert b"changes" not in canonical_json(Reference(1, "", shifts=[NIGHT]))


def test_a_planned_shift_has_the_times_of_its_date():
    known = Directory(msgspec.structs.replace(PLANNED.reference, shifts=[LATER, EARLY]))
    assert known.planned("p-1", date(2026, 11, 23)) == (LATER.on(date(2026, 11, 23)),)
    assert known.planned("p-1", date(2026, 11, 27)) == (LATER.on(date(2026, 11, 27)), EARLY)


def test_a_date_has_the_class_that_hr_told_and_none_else():
    assert PLANNED.calendar_day(date(2027, 1, 1)) == NEW_YEAR
    assert PLANNED.calendar_day(date(2027, 1, 2)) is None


def test_an_empty_directory_answers_like_any_other():
    assert Directory().badge("EM4100:1") is None
    assert Directory().shifts == []
    assert Directory().reference == Reference(version=0, plant="")


def test_reference_data_comes_back_as_it_was_sent():
    assert msgspec.json.decode(canonical_json(REFERENCE), type=Reference) == REFERENCE


def test_a_field_of_a_newer_release_is_an_error_and_not_lost_silently():
    with pytest.raises(msgspec.ValidationError, match="robots"):
        msgspec.json.decode(b'{"version":1,"plant":"","robots":[]}', type=Reference)
