"""Joining through the station's pages: what core is asked, what is sealed, and that nothing of a card stays behind."""

import logging
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from flask_babel import force_locale
from msgspec.structs import replace

from edge.link.messages import Answer, CardShown, DeviceNotice, NotRecorded, OpenCardStep, RegisterPerson
from kiosk_ui import create_app, live_of
from kiosk_ui.errands import AGAIN_S, CARD_STEP_S, RENEW_S
from kiosk_ui.notice import fingerprint, notice
from kiosk_ui.screens.looks import Screen
from sync.wire.envelope import unb64
from sync.wire.facts import Outcome
from sync.wire.identity import CardTrouble, sealing_fingerprint, unseal
from sync.wire.reference_data import Directory, Person
from tests.newcomers import GROWN, NEWCOMER, SEALING_KEY
from tests.unit.kiosk_ui.fakes import FakeBox, reference
from tests.unit.kiosk_ui.scenes import Stage, bound, offered, registered

OURS = {"Sec-Fetch-Site": "same-origin"}
SECRETS = (GROWN.name, GROWN.number, GROWN.address, GROWN.birth)


class Kiosk(SimpleNamespace):
    """A station's browser, with the box behind it driven by hand."""

    def __init__(self, language: str = "zh") -> None:
        self.box = FakeBox(language)
        self.stage = Stage(self.box)
        self.app = create_app(self.box.ports, monotonic=self.stage.monotonic)
        self.live, self.client = live_of(self.app), self.app.test_client()
        self.csrf = self.client.get("/station/gate").text.split('data-csrf="')[1].split('"')[0]
        self.stage.turn(self.live)

    def press(self, action: str, station: str = "gate") -> int:
        """One of the buttons; the status."""
        form = {"csrf": self.csrf, "action": action}
        status = self.client.post(f"/station/{station}/join", data=form, headers=OURS).status_code
        self.stage.turn(self.live)
        return status

    def lay(self, card=GROWN, trouble: CardTrouble | None = None) -> None:
        self.live.turn(CardShown("gate", "gate-cards", trouble, card))

    def to_confirm(self, card=GROWN) -> None:
        for action in ("start", "next"):
            self.press(action)
        self.lay(card)

    def screen(self) -> Screen:
        return self.live.payload("gate").state

    def asked(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.box.core.commands if isinstance(each, kind)]

    def steps(self) -> list[tuple[str, int]]:
        return [(each.station, each.for_s) for each in self.asked(OpenCardStep)]


@pytest.fixture
def kiosk():
    return Kiosk()


# --- who may begin --------------------------------------------------------------------------------


def test_the_idle_screen_offers_it_where_a_card_can_be_read(kiosk):
    assert 'data-join="start"' in kiosk.live.payload("gate").html
    assert 'data-join="start"' not in kiosk.live.payload("press").html


def test_it_is_not_offered_while_the_card_reader_is_away(kiosk):
    kiosk.live.turn(DeviceNotice("gate-cards", up=False, station="gate"))
    assert (kiosk.screen(), 'data-join="start"' in kiosk.live.payload("gate").html) == (Screen.IDLE, False)
    kiosk.live.turn(DeviceNotice("gate-cards", up=True, station="gate"))
    assert 'data-join="start"' in kiosk.live.payload("gate").html


def test_a_station_without_a_card_reader_does_not_begin(kiosk):
    kiosk.press("start", "press")
    assert kiosk.live.payload("press").state is Screen.IDLE


@pytest.mark.parametrize("key", ["", "nonsense"])
def test_without_hrs_key_no_card_is_looked_for(kiosk, key):
    kiosk.box.directory = Directory(replace(reference(), sealing_key=key))
    for action in ("start", "next", "confirm"):
        kiosk.press(action)
    assert (kiosk.screen(), kiosk.box.core.commands) == (Screen.JOIN_NOT_READY, [])


@pytest.mark.parametrize(
    ("station", "form", "status"),
    [
        ("gate", {"action": "start"}, 403),
        ("gate", {"action": "start", "csrf": "guessed"}, 403),
        ("gate", {"action": "dance", "csrf": None}, 400),
        ("nowhere", {"action": "start", "csrf": None}, 404),
    ],
)
def test_only_a_page_of_ours_can_press_a_button(kiosk, station, form, status):
    form = {name: kiosk.csrf if value is None else value for name, value in form.items()}
    assert kiosk.client.post(f"/station/{station}/join", data=form, headers=OURS).status_code == status
    assert kiosk.screen() is Screen.IDLE
    assert kiosk.client.get("/station/gate/join?action=start").status_code == 405


# --- the card -------------------------------------------------------------------------------------


def test_cards_are_looked_for_only_while_the_page_asks_for_one(kiosk):
    kiosk.press("start")
    assert kiosk.steps() == []
    kiosk.press("next")
    assert kiosk.steps() == [("gate", CARD_STEP_S)]
    kiosk.stage.turn(kiosk.live, RENEW_S - 0.1)
    assert len(kiosk.steps()) == 1
    kiosk.stage.turn(kiosk.live, 0.1)
    assert len(kiosk.steps()) == 2
    kiosk.lay()
    assert kiosk.steps()[2:] == [("gate", 0)]
    kiosk.stage.turn(kiosk.live, RENEW_S)
    assert len(kiosk.steps()) == 3


def test_leaving_closes_the_step_for_the_card(kiosk):
    for action in ("start", "next", "leave"):
        kiosk.press(action)
    assert (kiosk.screen(), kiosk.steps()[-1]) == (Screen.IDLE, ("gate", 0))


def test_a_card_that_nobody_asked_for_is_not_looked_at(kiosk):
    kiosk.lay()
    assert kiosk.screen() is Screen.IDLE
    assert not kept(kiosk)


def test_the_confirm_page_shows_what_he_needs_to_check_and_no_more(kiosk):
    kiosk.to_confirm()
    html = kiosk.live.payload("gate").html
    assert all(each in html for each in (GROWN.name, "110***********1017", "男", "2001", "长期"))
    assert not [each for each in (GROWN.number, GROWN.address, GROWN.issuer, GROWN.birth) if each in html]


# --- the registration -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_what_is_sent_is_sealed_and_says_which_notice_was_shown(language):
    kiosk = Kiosk("vi")
    kiosk.press("start")
    form = {"csrf": kiosk.csrf, "language": language}
    assert kiosk.client.post("/station/gate/touch", data=form, headers=OURS).status_code == 204
    kiosk.press("next")
    kiosk.lay(replace(GROWN, birth="2009-01-01"))
    kiosk.press("confirm")
    (sent,) = kiosk.asked(RegisterPerson)
    identity = unseal(unb64(sent.sealed), sent.person, SEALING_KEY)
    assert (identity.person, identity.card.name, identity.card.number) == (sent.person, GROWN.name, GROWN.number)
    assert sent.sealed_to == sealing_fingerprint(SEALING_KEY.public_key())
    assert (sent.station, sent.at, sent.language, sent.minor) == ("gate", kiosk.box.clock.stamp(), language, True)
    with kiosk.app.test_request_context(), force_locale(language):
        assert sent.notice == fingerprint(notice("顺达五金"))


def test_the_notice_is_another_in_each_language_and_for_each_plant(kiosk):
    seen = set()
    for language in ("zh", "en", "vi"):
        with kiosk.app.test_request_context(), force_locale(language):
            seen |= {fingerprint(notice(plant)) for plant in ("", "顺达五金")}
    assert len(seen) == 6


def test_pressed_twice_it_is_one_registration(kiosk):
    kiosk.to_confirm()
    kiosk.press("confirm")
    kiosk.press("confirm")
    assert len(kiosk.asked(RegisterPerson)) == 1


def test_nobody_confirms_what_is_covered(kiosk):
    kiosk.to_confirm()
    for _ in range(60):
        kiosk.stage.turn(kiosk.live, 1.0)
    kiosk.press("confirm")
    assert (kiosk.screen(), kiosk.asked(RegisterPerson)) == (Screen.STILL_THERE, [])


@pytest.mark.parametrize("silence", [None, NotRecorded("any", "disk full")], ids=["silent", "not recorded"])
def test_it_is_sent_again_as_it_was_until_core_has_answered(kiosk, silence):
    kiosk.to_confirm()
    kiosk.box.core.reply = silence
    kiosk.press("confirm")
    kiosk.stage.turn(kiosk.live, AGAIN_S)
    kiosk.box.core.reply = Answer("any", Outcome.REGISTERED, 1)
    kiosk.stage.turn(kiosk.live, AGAIN_S)
    assert kiosk.screen() is Screen.JOIN_SAVING
    registered(kiosk.box)
    kiosk.stage.turn(kiosk.live, AGAIN_S)
    assert kiosk.screen() is Screen.JOIN_BADGE
    sent = kiosk.asked(RegisterPerson)
    assert len(sent) == 3
    assert sent == [sent[0]] * 3
    kiosk.stage.turn(kiosk.live, AGAIN_S)
    assert len(kiosk.asked(RegisterPerson)) == 3


def test_a_registration_that_was_set_aside_is_not_shown_as_done(kiosk):
    kiosk.to_confirm()
    kiosk.box.core.reply = Answer("any", None, 7)
    kiosk.press("confirm")
    assert kiosk.screen() is Screen.CANNOT_RECORD


def test_each_newcomer_has_a_key_of_his_own(kiosk):
    for _ in range(2):
        kiosk.to_confirm()
        kiosk.press("confirm")
        kiosk.press("leave")
    first, second = kiosk.asked(RegisterPerson)
    assert first.person != second.person
    assert first.id != second.id


# --- nothing stays behind -------------------------------------------------------------------------


def kept(kiosk: Kiosk) -> list[str]:
    """What of the card can be found in the station's state, its page and its commands."""
    shown = kiosk.client.get("/station/gate/screen").text + kiosk.client.get("/station/gate").text
    states = str([kiosk.live._states, kiosk.live._payloads])
    commands = str([msgspec.json.encode(each).decode() for each in kiosk.box.core.commands])
    return [each for each in SECRETS if each in shown + states + commands]


@pytest.mark.parametrize("way", ["leave", "again", "confirm", "somebody else", "nobody"])
def test_nothing_of_the_card_is_left_when_the_step_is_over(kiosk, caplog, way):
    caplog.set_level(logging.DEBUG)
    kiosk.to_confirm()
    assert kept(kiosk) == [GROWN.name]
    if way == "somebody else":
        kiosk.box.tap(Outcome.CLOCKED_IN, "07:58:00", person="p-li")
        kiosk.stage.turn(kiosk.live, 1.0)
        assert kiosk.screen() is Screen.IN
    elif way == "nobody":
        for _ in range(60):
            kiosk.stage.turn(kiosk.live, 1.0)
        assert kiosk.screen() is Screen.STILL_THERE
    else:
        kiosk.press(way)
    assert kept(kiosk) == []
    assert not [each for each in SECRETS if each in caplog.text]


def test_no_browser_keeps_a_page_and_no_cookie_holds_a_name(kiosk):
    kiosk.to_confirm()
    for path in ("/station/gate", "/station/gate/screen"):
        answer = kiosk.client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
    assert not [each for each in SECRETS if each in str(kiosk.client.get_cookie("session"))]


# --- the badge, and a name ------------------------------------------------------------------------


def test_the_badge_he_has_tapped_once_is_named_by_its_last_four(kiosk):
    registered(kiosk.box)
    offered(kiosk.box)
    kiosk.stage.turn(kiosk.live, 1.0)
    assert (kiosk.screen(), "00A1" in kiosk.live.payload("gate").html) == (Screen.JOIN_BADGE_AGAIN, True)


@pytest.mark.parametrize(
    ("language", "name"),
    [("zh", "新同事 00A1"), ("en", "New colleague 00A1"), ("vi", "Đồng nghiệp mới 00A1")],
)
def test_until_hr_has_named_him_he_is_a_new_colleague(language, name):
    kiosk = Kiosk(language)
    bound(kiosk.box)
    kiosk.box.tap(Outcome.CLOCKED_IN, "08:00:30", person=NEWCOMER)
    kiosk.stage.turn(kiosk.live, 1.0)
    assert (kiosk.screen(), name in kiosk.live.payload("gate").html) == (Screen.IN, True)


def test_once_hr_has_mapped_his_key_his_name_is_shown(kiosk):
    named = Person("p-new", "0400", "张三丰", keys=[NEWCOMER])
    kiosk.box.directory = Directory(replace(reference(), people=[*reference().people, named]))
    bound(kiosk.box)
    kiosk.box.tap(Outcome.CLOCKED_IN, "08:00:30", person=NEWCOMER)
    kiosk.stage.turn(kiosk.live, 1.0)
    html = kiosk.live.payload("gate").html
    assert "张三丰" in html
    assert "新同事" not in html
