"""The look-ups of a box in what HR sent down."""

from __future__ import annotations

import msgspec
import pytest

from sync.wire.envelope import canonical_json
from sync.wire.reference_data import Badge, Directory, Machine, Order, Person, Reference, Role, Shift

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


def test_an_empty_directory_answers_like_any_other():
    assert Directory().badge("EM4100:1") is None
    assert Directory().shifts == []
    assert Directory().reference == Reference(version=0, plant="")


def test_reference_data_comes_back_as_it_was_sent():
    assert msgspec.json.decode(canonical_json(REFERENCE), type=Reference) == REFERENCE


def test_a_field_of_a_newer_release_is_an_error_and_not_lost_silently():
    with pytest.raises(msgspec.ValidationError, match="robots"):
        msgspec.json.decode(b'{"version":1,"plant":"","robots":[]}', type=Reference)
