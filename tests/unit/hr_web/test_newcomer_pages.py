"""Newcomers at HR's desk: who waits, the card that is opened, and what is decided."""

from __future__ import annotations

import logging

import msgspec
import pytest

from sync.wire.facts import Direction
from sync.wire.identity import CardKind
from tests.unit.hr.cast import Box, tap
from tests.unit.hr.joining import CARD, NEW_KEY, registered, sealed_for
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.newcomers import TAKEN_BADGE, come
from tests.unit.hr_web.plant import MONDAY, moment

ADDRESS = f"/newcomers/{NEW_KEY}"
NEW = {"number": "0501", "name": CARD.name, "team": "包装组", "language": "vi"}


def test_he_waits_on_the_first_page_in_the_menu_and_on_the_list_without_a_name(factory, own_desk):
    assert "Nobody has joined at a kiosk yet." in own_desk.text("/newcomers/")
    come(factory)
    assert "1 newcomer waits hours and pieces have no name yet" in own_desk.text("/")
    text = own_desk.text("/newcomers/")
    assert "gate-3, gate …FFEE Tiếng Việt received waits for you Open the card" in text
    assert CARD.name not in text


def test_the_card_is_shown_with_its_number_masked_and_its_warnings(factory, own_desk):
    come(factory)
    text = own_desk.text(ADDRESS)
    for shown in (CARD.name, "110***********1017", "1 January 1900", CARD.address, "The card has expired."):
        assert shown in text


def test_who_opened_which_card_is_logged_without_what_it_says(factory, own_desk, caplog):
    come(factory)
    caplog.set_level(logging.INFO)
    own_desk.get(ADDRESS)
    own_desk.post(f"{ADDRESS}/employ", **NEW)
    own_desk.post(f"{ADDRESS}/forget")
    assert f"zhou.min opened the card of the newcomer {NEW_KEY}" in caplog.text
    assert f"zhou.min deleted the card of the newcomer {NEW_KEY}" in caplog.text
    assert not any(secret in caplog.text for secret in (CARD.name, CARD.number, CARD.address))


def test_a_new_employee_gets_the_name_of_the_card_and_a_number_that_is_typed(factory, own_desk):
    come(factory, works=True)
    assert "Newcomer …a001 not mapped yet" in own_desk.text(f"/attendance?date={MONDAY}")
    assert f'value="{CARD.name}"' in own_desk.get(ADDRESS).text
    answer = own_desk.post(f"{ADDRESS}/employ", **NEW)
    assert f"{CARD.name} is on the list now." in words(answer)
    assert "0501" in own_desk.text("/people")
    text = own_desk.text(f"/attendance?date={MONDAY}")
    assert CARD.name in text
    assert "not mapped yet" not in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"number": ""}, "This is needed"), ({"name": " "}, "This is needed"), ({"number": "0317"}, "that nobody has")],
)
def test_what_cannot_be_taken_is_said_beside_the_field(factory, own_desk, change, sentence):
    come(factory)
    answer = own_desk.post(f"{ADDRESS}/employ", **(NEW | change))
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert factory.service.newcomers.one(NEW_KEY).waits


def test_somebody_on_the_list_already_gets_what_the_newcomer_did(factory, own_desk):
    come(factory, works=True)
    assert "What the newcomer did is now 何建军" in words(own_desk.post(f"{ADDRESS}/map", number="0256"))
    (day,) = factory.service.attendance.days(MONDAY, MONDAY, factory.keys["0256"])
    assert day.taps == 1
    assert "a person that is known" in words(own_desk.post(f"{ADDRESS}/map", number="none"))


def test_once_decided_the_card_stays_closed_until_somebody_asks(factory, own_desk):
    come(factory)
    own_desk.post(f"{ADDRESS}/map", number="0256")
    assert CARD.address not in own_desk.text(ADDRESS)
    assert CARD.address in own_desk.text(f"{ADDRESS}?card=1")


def test_a_badge_that_somebody_has_waits_for_a_person(factory, own_desk):
    come(factory, TAKEN_BADGE)
    own_desk.post(f"{ADDRESS}/employ", **NEW)
    assert "Badge …F444 belongs to 张三丰." in own_desk.text(ADDRESS)
    assert "somebody has it" in own_desk.text("/newcomers/")
    answer = own_desk.post(f"{ADDRESS}/badge", badge=TAKEN_BADGE, give="1")
    assert "Badge …F444 is now this newcomer" in words(answer)
    assert "belongs to 张三丰" not in words(answer)


def test_a_decision_is_taken_back_with_one_button_and_refused_once_it_counts(factory, own_desk):
    come(factory)
    own_desk.post(f"{ADDRESS}/employ", **NEW)
    assert "the newcomer waits again" in words(own_desk.post(f"{ADDRESS}/undo"))
    own_desk.post(f"{ADDRESS}/employ", **NEW)
    box = Box("gate-4")
    box.write(tap(Direction.IN, NEW_KEY, work_date=MONDAY))
    factory.service.inbox.receive(box.journal, "nonce")
    assert "for whom nothing counts yet" in words(own_desk.post(f"{ADDRESS}/undo"))
    assert not factory.service.newcomers.one(NEW_KEY).waits


def test_refusing_asks_first_and_then_destroys_the_card(factory, own_desk):
    come(factory)
    assert "cannot be brought back" in own_desk.text(f"{ADDRESS}?forget=1")
    assert "What the card says is deleted here." in words(own_desk.post(f"{ADDRESS}/forget"))
    text = own_desk.text(ADDRESS)
    assert "Deleted. The records of the kiosk stay" in text
    assert CARD.name not in text
    assert "refused" in own_desk.text("/newcomers/")


def test_a_minor_is_said_to_be_one(factory, own_desk):
    box = Box("gate-3")
    sealed = sealed_for(factory.service)
    box.write(registered(factory.service, sealed, minor=True), moment(MONDAY, "08:00:00"))
    factory.service.inbox.receive(box.journal, "nonce")
    assert "16 or 17 years old" in own_desk.text("/newcomers/")
    assert "Minors must be registered" in own_desk.text(ADDRESS)


def test_what_is_missing_or_cannot_be_opened_is_one_sentence(factory, own_desk):
    come(factory, card=False)
    assert "Not received yet" in own_desk.text(ADDRESS)
    factory.service.newcomers.keep_sealed("gate-3", NEW_KEY, b"sealed to nobody")
    text = own_desk.text(ADDRESS)
    assert "registered another record" in text
    assert "This server's key does not open the record" in text.replace("&#39;", "'")


@pytest.mark.parametrize("kind", CardKind)
@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_every_kind_of_card_has_its_page_in_every_language(factory, own_desk, kind, language):
    card = msgspec.structs.replace(CARD, kind=kind, latin_name="OUYANG, XIAOYUN", nationality="VNM", valid_until=None)
    card = msgspec.structs.replace(card, appended_address="测试市新街2号")
    box = Box("gate-3")
    sealed = sealed_for(factory.service, card=card)
    box.write(registered(factory.service, sealed), moment(MONDAY, "08:00:00"))
    factory.service.inbox.receive(box.journal, "nonce")
    factory.service.newcomers.keep_sealed("gate-3", NEW_KEY, sealed)
    own_desk.speak(language)
    text = own_desk.text(ADDRESS)
    assert "OUYANG, XIAOYUN" in text
    assert "VNM" in text
    assert f"{CARD.address} → 测试市新街2号" in text


@pytest.mark.parametrize("key", ["nobody", "..", "x" * 65, "a%20b"])
def test_a_newcomer_who_is_not_there_is_not_found(own_desk, key):
    assert own_desk.get(f"/newcomers/{key}").status_code == 404
    assert own_desk.post(f"/newcomers/{key}/forget").status_code == 404
