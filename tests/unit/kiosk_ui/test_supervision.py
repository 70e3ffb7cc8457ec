"""What a supervisor says besides sealing, from the page to the command."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.test import TestResponse

from edge.link.messages import Answer
from kiosk_ui import create_app
from sync.wire import facts
from sync.wire.facts import Bucket, EquipmentState, Outcome
from sync.wire.reference_data import Badge, Directory
from tests.unit.kiosk_ui.fakes import FakeBox
from tests.unit.kiosk_ui.line_scene import busy_day
from tests.unit.kiosk_ui.test_line import OURS, log_in

KNOWN, OTHER_READER = "EM4100:100086F444", "WIEGAND:86F444"
LOT = "2026-11-23~press-04~UNATTRIBUTED~~~"


@pytest.fixture
def box():
    box = FakeBox("en")
    busy_day(box)
    reference = box.directory.reference
    box.directory = Directory(replace(reference, badges=[Badge(KNOWN, "p-zhang"), Badge("EM4100:6F007B3972", "p-li")]))
    return box


@pytest.fixture
def client(box):
    client = create_app(box.ports, monotonic=lambda: 0.0).test_client()
    client.get("/language/en")
    log_in(client)
    return client


def form_of(page: str, action: str, holding: str = "") -> dict[str, str]:
    """The hidden fields of the page's form with this action that holds this text."""
    forms = re.findall(rf'<form method="post" action="{action}".*?</form>', page, re.DOTALL)
    (form,) = [each for each in forms if holding in each]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def assign(client: FlaskClient, lot: str = LOT, **changes: str) -> TestResponse:
    form = form_of(client.get(f"/line/unowned?lot={lot}").text, "/line/unowned")
    entered = {"person0": "p-li", "pieces0": "86", "reason": "forgot to log on"}
    return client.post("/line/unowned", data=form | entered | changes, headers=OURS)


def unknown_tap(box: FakeBox, badge: str) -> None:
    body = facts.AttendanceTap(Outcome.UNKNOWN_BADGE, "gate", "r", "2026-11-23", badge=badge)
    box.views.add(body, "07:59:00")


def link(client: FlaskClient, **entered: str) -> TestResponse:
    form = form_of(client.get("/line/badges").text, "/line/badges")
    return client.post("/line/badges", data=form | entered, headers=OURS)


@pytest.mark.parametrize("path", ["/line/unowned", "/line/badges"])
def test_nobody_sees_the_pages_without_logging_in(box, path):
    stranger = create_app(box.ports).test_client()
    assert stranger.get(path).location == "/line"
    assert stranger.post(path, headers=OURS).status_code in (302, 403)


# --- set-up -------------------------------------------------------------------------------------------


def test_a_set_up_begins_and_ends_with_one_press_each(client, box):
    for said, state in (("Begin set-up", EquipmentState.SETUP), ("End set-up", EquipmentState.EXECUTE)):
        page = client.get("/line/live").text
        form = form_of(page, "/line/set-up", f'{said}<span class="vh"> 冲床 04')
        box.core.reply = Answer("", Outcome.SETUP_BEGAN, 1)
        assert client.post("/line/set-up", data=form, headers=OURS).location == "/line/live"
        command = box.core.commands[-1]
        assert (command.machine, command.supervisor, command.state) == ("press-04", "p-wang", state)
        box.views.add(facts.EquipmentStateChanged(Outcome.SETUP_BEGAN, "press-04", state, "p-wang"), "17:06:00")


def test_a_set_up_that_core_has_not_recorded_is_said(client, box):
    form = form_of(client.get("/line/live").text, "/line/set-up", "冲床 04")
    box.core.reply = None
    answer = client.post("/line/set-up", data=form, headers=OURS, follow_redirects=True)
    assert "No answer yet." in answer.text


@pytest.mark.parametrize("changes", [{"machine": "press-99"}, {"id": "1"}])
def test_a_set_up_of_no_machine_reaches_nobody(client, box, changes):
    form = form_of(client.get("/line/live").text, "/line/set-up", "冲床 04") | changes
    client.post("/line/set-up", data=form, headers=OURS)
    assert box.core.commands == []


# --- pieces -------------------------------------------------------------------------------------------


def test_what_nobody_owns_is_listed_with_what_is_left_and_why(client):
    page = client.get("/line/unowned").text
    assert all(text in page for text in ("冲床 04", "86", "nobody was logged on", "攻丝 02", "4,096", "set aside"))


def test_set_aside_pieces_show_the_readings_they_rest_on(client, box):
    lot = "2026-11-23~tap-02~QUARANTINED~~~"
    page = client.get(f"/line/unowned?lot={lot}").text
    assert "<details open>" in page
    assert "4,096 counts" in page


def test_pieces_become_one_command_with_name_and_reason(client, box):
    box.core.reply = Answer("", Outcome.ASSIGNED, 1)
    actual = next(fact.seq for fact in box.views.journal if fact.body.get("bucket") == Bucket.UNATTRIBUTED)
    answer = assign(client, pieces0="60", person1="p-hung", pieces1="26")
    command = box.core.commands[0]
    assert answer.location == "/line/unowned?said=done"
    assert (command.supervisor, command.machine, command.reason) == ("p-wang", "press-04", "forgot to log on")
    assert (command.actuals, command.shares) == ([actual], {"p-li": 60, "p-hung": 26})


def test_own_words_stand_for_the_reason(client, box):
    assign(client, own_reason="  Li stood there, I saw it ")
    assert box.core.commands[0].reason == "Li stood there, I saw it"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Choose or write a reason."),
        ({"person0": ""}, "Choose a person"),
        ({"pieces0": "many"}, "not a number of pieces"),
        ({"pieces0": "-1"}, "not a number of pieces"),
        ({"id": "1"}, "not a number of pieces"),
    ],
)
def test_what_is_plainly_missing_is_asked_for_and_reaches_nobody(client, box, changes, sentence):
    answer = assign(client, **changes)
    assert (answer.status_code, sentence in answer.text) == (409, True)
    assert box.core.commands == []


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Outcome.SUM_DIFFERS, "More than there are."),
        (Outcome.CHANGED_MEANWHILE, "They have changed meanwhile."),
        (Outcome.NOT_A_SUPERVISOR, "no longer names you as a supervisor"),
    ],
)
def test_what_core_refuses_is_said_and_what_was_entered_stays(client, box, outcome, sentence):
    box.core.reply = Answer("", outcome, 1)
    answer = assign(client)
    assert sentence in answer.text.replace("&#39;", "'")
    again = form_of(answer.text, "/line/unowned")
    assert again["id"] != box.core.commands[0].id
    assert 'value="86"' in answer.text


def test_pieces_that_were_not_recorded_are_sent_again_under_the_same_id(client, box):
    box.core.reply = None
    answer = assign(client)
    assert form_of(answer.text, "/line/unowned")["id"] == box.core.commands[0].id


# --- badges -------------------------------------------------------------------------------------------


def test_an_unknown_badge_shows_whose_it_may_be_and_chooses_nobody(client, box):
    unknown_tap(box, OTHER_READER)
    page = client.get("/line/badges").text
    assert all(text in page for text in (OTHER_READER, KNOWN, "张三丰"))
    assert "EM4100:6F007B3972" not in page
    assert "checked" not in page
    assert "selected" not in page


def test_a_badge_is_linked_by_its_likeness(client, box):
    unknown_tap(box, OTHER_READER)
    box.core.reply = Answer("", Outcome.BADGE_LINKED, 1)
    answer = link(client, choice=KNOWN, reason="same card at another kind of reader")
    command = box.core.commands[0]
    assert answer.location == "/line/badges?said=done"
    assert (command.badge, command.person, command.like) == (OTHER_READER, "p-zhang", KNOWN)


def test_a_badge_that_looks_like_none_is_linked_to_the_chosen_person(client, box):
    unknown_tap(box, "EM4100:0102030405")
    box.core.reply = Answer("", Outcome.BADGE_LINKED, 1)
    link(client, person="p-hung", own_reason="handed out today")
    command = box.core.commands[0]
    assert (command.person, command.like, command.reason) == ("p-hung", None, "handed out today")


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        ({"reason": "badge exchanged"}, "Choose whose badge it is."),
        ({"choice": KNOWN}, "Choose or write a reason."),
        ({"choice": "EM4100:FFFFFFFFFF", "reason": "x"}, "That could not be understood."),
    ],
)
def test_a_link_without_a_person_or_a_reason_reaches_nobody(client, box, entered, sentence):
    unknown_tap(box, OTHER_READER)
    assert sentence in link(client, **entered).text
    assert box.core.commands == []


@pytest.mark.parametrize("how", ["HR has given it", "this box has linked it", "this box has bound it"])
def test_a_badge_that_is_somebodys_by_now_waits_no_longer(client, box, how):
    unknown_tap(box, OTHER_READER)
    match how:
        case "HR has given it":
            reference = box.directory.reference
            box.directory = Directory(replace(reference, badges=[*reference.badges, Badge(OTHER_READER, "p-li")]))
        case "this box has linked it":
            box.views.add(facts.BadgeLinked(Outcome.BADGE_LINKED, "p-wang", "p-li", OTHER_READER, "x"), "08:00:00")
        case _:
            box.views.add(facts.BadgeBound(Outcome.BADGE_BOUND, "gate", "r", "p-li", OTHER_READER, 1), "08:00:00")
    assert OTHER_READER not in client.get("/line/badges").text


def test_a_badge_refused_at_a_machine_is_listed_with_the_machine(client, box):
    body = facts.LogOnShown(Outcome.UNKNOWN_BADGE, "press", "r", "press-03", badge="EM4100:0102030405")
    unknown_tap(box, OTHER_READER)
    box.views.add(body, "08:00:00")
    page = client.get("/line/badges").text
    assert "EM4100:0102030405" in page
    assert "冲床 03" in page
