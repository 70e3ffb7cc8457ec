"""Letting kiosks in, shutting them out, and what was set aside."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hr.kiosks import State
from sync.wire import fingerprint
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.plant import Factory


def state(factory: Factory, fingerprint: str) -> State:
    return next(kiosk.state for kiosk in factory.service.kiosks() if kiosk.fingerprint == fingerprint)


def test_a_kiosk_that_asks_shows_its_fingerprint_and_one_button(desk, shown):
    text = desk.text("/kiosks")
    assert "gate-2 asks to be let in" in text
    assert text.count(shown.asking) == 2
    assert shown.service.keys.fingerprint in text


def test_accepting_lets_it_in(factory, own_desk):
    assert "The kiosk is let in." in words(own_desk.post(f"/kiosks/{factory.asking}/accept"))
    assert state(factory, factory.asking) is State.ACCEPTED


def test_revoking_asks_first_and_then_shuts_it_out(factory, own_desk):
    assert "Revoke gate-1?" in own_desk.text(f"/kiosks?revoke={factory.accepted}")
    assert "Its key is revoked." in words(own_desk.post(f"/kiosks/{factory.accepted}/revoke"))
    assert state(factory, factory.accepted) is State.REVOKED


def test_a_fingerprint_nobody_has_asked_with_is_refused(own_desk):
    assert "No kiosk has asked with this fingerprint." in words(own_desk.post("/kiosks/AAAA-BBBB/accept"))
    assert "No kiosk has asked with this fingerprint." in words(own_desk.post("/kiosks/AAAA-BBBB/revoke"))


def asks(factory: Factory, *, replaces: bool) -> str:
    """Another key under the name of gate-1; its fingerprint."""
    key = Ed25519PrivateKey.generate().public_key()
    factory.service.enrol("gate-1", key, replaces=replaces)
    return fingerprint(key)


def test_a_second_key_with_the_same_name_is_not_let_in(factory, own_desk):
    own_desk.post(f"/kiosks/{factory.accepted}/revoke")
    newcomer = asks(factory, replaces=False)
    answer = own_desk.post(f"/kiosks/{newcomer}/accept")
    assert "gate-1 has a history with another key. Run clockpiece replace-box on the new kiosk" in words(answer)
    assert state(factory, newcomer) is State.PENDING


def test_a_box_that_takes_the_place_of_another_says_so_and_the_page_names_what_is_missing(factory, own_desk):
    newcomer = asks(factory, replaces=True)
    text = own_desk.text("/kiosks")
    assert "gate-1: a new kiosk asks to take its place" in text
    assert "The key of the old one is revoked in the same moment." in text
    own_desk.post(f"/kiosks/{newcomer}/accept")
    assert (state(factory, newcomer), state(factory, factory.accepted)) == (State.ACCEPTED, State.REVOKED)
    (loss,) = factory.service.losses()
    assert f"records after {loss.last_seq} of epoch 1" in own_desk.text("/kiosks")
    answer = own_desk.post(f"/kiosks/{factory.accepted}/accept")
    assert "Another key has the name of this kiosk." in words(answer)


def test_a_record_set_aside_shows_its_reason_and_what_was_received(desk):
    text = desk.text("/kiosks")
    assert "the same number was received before with other content" in text
    assert "EM4100:1000FFEE01" in text


def test_the_menu_counts_what_waits(desk):
    assert "Kiosks 2" in desk.text("/")
    assert "People 1" in desk.text("/")
