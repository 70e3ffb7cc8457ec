"""Letting kiosks in, shutting them out, and what was set aside."""

import re

import numpy as np
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hr.kiosks.store import State
from hr.web import enrolment
from sync.wire.enrolment import Ticket, read_code, read_ticket
from sync.wire.envelope import fingerprint
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import words
from tests.unit.hr_web.plant import Factory


def state(factory: Factory, fingerprint: str) -> State:
    return next(kiosk.state for kiosk in factory.service.kiosks.listed() if kiosk.fingerprint == fingerprint)


def test_a_kiosk_that_asks_shows_its_fingerprint_and_one_button(desk, shown):
    text = desk.text("/kiosks")
    assert "gate-2 asks to be let in" in text
    assert text.count(shown.asking) == 1
    assert shown.service.office.keys.fingerprint in text


def test_accepting_lets_it_in(factory, own_desk):
    assert "The kiosk is let in." in words(own_desk.post(f"/kiosks/{factory.asking}/accept"))
    assert state(factory, factory.asking) is State.ACCEPTED


def test_revoking_asks_first_and_then_shuts_it_out(factory, own_desk):
    assert "Revoke gate-1?" in own_desk.text(f"/kiosks/of/gate-1?revoke={factory.accepted}")
    assert "Its key is revoked." in words(own_desk.post(f"/kiosks/{factory.accepted}/revoke"))
    assert state(factory, factory.accepted) is State.REVOKED


def test_a_fingerprint_nobody_has_asked_with_is_refused(own_desk):
    assert "No kiosk has asked with this fingerprint." in words(own_desk.post("/kiosks/AAAA-BBBB/accept"))
    assert "No kiosk has asked with this fingerprint." in words(own_desk.post("/kiosks/AAAA-BBBB/revoke"))


def test_a_kiosk_that_asks_is_compared_by_six_words(desk, shown):
    asking = next(each for each in shown.service.kiosks.listed() if each.fingerprint == shown.asking)
    assert asking.words in desk.text("/kiosks")
    assert len(asking.words.split()) == 6


def test_a_code_is_shown_once_with_a_picture_that_a_camera_reads(factory, own_desk):
    answer = own_desk.post("/kiosks/code", device="gate-9")
    (code,) = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", answer.text)
    (read,) = zxingcpp.read_barcodes(drawn(answer.text))
    ticket = read_ticket(read.text)
    assert ticket == Ticket("http://localhost", factory.service.office.keys.public_text, "gate-9", read_code(code))
    assert code not in own_desk.get("/kiosks/code").text
    assert f"gate-9 {plant.USER}" in own_desk.text("/kiosks/code")


@pytest.mark.parametrize(
    ("browser", "kiosk"),
    [
        ("http://127.0.0.1:8071", "http://127.0.0.1:8071"),
        ("http://[::1]:8071", "http://[::1]:8071"),
        ("http://hr.example", "https://hr.example"),
        ("http://hr.example:8443", "https://hr.example:8443"),
        ("https://localhost:8071", "https://localhost:8071"),
    ],
)
def test_the_picture_names_plain_http_on_the_same_machine_alone(own_desk, browser, kiosk):
    with own_desk.client.application.test_request_context(base_url=browser):
        assert enrolment._own_url() == kiosk


@pytest.mark.parametrize("name", ["", "gate 9", "x" * 33])
def test_a_name_that_no_kiosk_can_have_gets_no_code(own_desk, name):
    answer = own_desk.post("/kiosks/code", device=name)
    assert "1 to 32 letters, digits and _ . -" in answer.text
    assert '<svg class="segno"' not in answer.text


def test_a_code_that_was_tried_five_times_asks_for_a_new_one(factory, own_desk):
    own_desk.post("/kiosks/code", device="gate-9")
    key = Ed25519PrivateKey.generate().public_key()
    for _ in range(5):
        factory.service.kiosks.introduce("gate-9", key, "nonce", b"guess")
    assert "none: make a new one" in own_desk.text("/kiosks/code")


def drawn(page: str) -> np.ndarray:
    """The picture as a screen shows it, eight pixels a module; segno draws each row as strokes and gaps."""
    (size,) = map(int, re.findall(r'd="M0 0h(\d+)v', page))
    (path,) = re.findall(r'class="qrline"[^>]* d="M4 4\.5([^"]*)"', page)
    pixels, x, y = np.full((size, size), 255, np.uint8), 4, 4
    for kind, first, second in re.findall(r"([hm])(-?\d+)(?: (\d+))?", path):
        if kind == "h":
            pixels[y, x : x + int(first)] = 0
        x, y = x + int(first), y + int(second or 0)
    return pixels.repeat(8, 0).repeat(8, 1)


def asks(factory: Factory, *, replaces: bool) -> str:
    """Another key under the name of gate-1; its fingerprint."""
    key = Ed25519PrivateKey.generate().public_key()
    factory.service.kiosks.enrol("gate-1", key, replaces=replaces)
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
    (loss,) = factory.service.kiosks.losses()
    assert f"records after {loss.last_seq} of epoch 1" in own_desk.text("/kiosks")
    answer = own_desk.post(f"/kiosks/{factory.accepted}/accept")
    assert "Another key has the name of this kiosk." in words(answer)


def test_a_record_set_aside_shows_its_reason_and_what_was_received(desk, shown):
    assert "1 record waits for a decision." in desk.text("/kiosks")
    (record,) = shown.service.inbox.waiting()
    assert "the same number was received before with other content" in desk.text("/aside/")
    text = desk.text(f"/aside/{record.device}/{record.epoch}/{record.seq}/{record.digest}")
    assert "the same number was received before with other content" in text
    assert "EM4100:1000FFEE01" in text


def test_the_menu_counts_what_waits(desk):
    assert "Kiosks 2" in desk.text("/")
    assert "People 1" in desk.text("/")
