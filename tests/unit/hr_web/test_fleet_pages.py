"""How the boxes stand, on the pages and for a monitoring tool; records set aside, read and decided."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

import msgspec
import pytest
from flask.testing import FlaskClient

from hr.config import LEAST_TOKEN, Server, UnusableToken
from hr.ingest.aside import COMMAND, Action, Key, SetAside
from hr.web import create_app
from sync.wire.envelope import Fact, Receipt, sealed
from sync.wire.facts import AttendanceTap, Direction, Outcome
from tests.unit.hr.cast import Box
from tests.unit.hr_web import plant
from tests.unit.hr_web.conftest import Desk, app_of, words
from tests.unit.hr_web.plant import MONDAY, Factory
from tests.unit.hr_web.troubled import PARKING, get_into_trouble, let_in

TOKEN = "t" * LEAST_TOKEN


@pytest.fixture
def troubled(factory: Factory, own_desk: Desk) -> Desk:
    get_into_trouble(factory)
    return own_desk


# --- the fleet ----------------------------------------------------------------------------------------


def test_the_page_says_since_when_a_box_is_offline_and_what_was_pending(troubled: Desk):
    text = troubled.text("/kiosks")
    assert "offline since 14:10, 41 pending at last contact" in text
    assert "gone: card-reader" in text
    assert "disk nearly full" in text


def test_a_box_in_trouble_stands_before_one_that_is_well(factory: Factory, troubled: Desk):
    let_in(factory, "a-box")
    factory.service.kiosks.note_contact("a-box")
    text = troubled.text("/kiosks")
    assert text.index("gate-5") < text.index("gate-6") < text.index("a-box")


def test_the_first_page_names_the_box_and_who_is_to_be_told(troubled: Desk):
    text = troubled.text("/")
    assert "gate-5 (二号车间): offline since 14:10, 41 pending at last contact. Tell 李伟." in text


def test_between_shifts_nobody_is_reminded(factory: Factory, troubled: Desk):
    evening = plant.moment(MONDAY, "18:30:00")
    factory.service.office.clock = lambda: evening
    assert "offline since 14:10" not in troubled.text("/")
    assert "offline since 14:10" in troubled.text("/kiosks")


def test_a_boxs_page_has_its_devices_its_journals_and_its_keys(factory: Factory, troubled: Desk):
    text = troubled.text("/kiosks/of/gate-1")
    assert "card-reader identity-card reader gone 14:02" in text
    assert "gate-reader badge reader there 07:31 2" in text
    assert factory.accepted in text
    assert "record 61" in text


def test_a_box_nobody_knows_has_no_page(own_desk: Desk):
    assert own_desk.get("/kiosks/of/nowhere").status_code == 404
    assert own_desk.post("/kiosks/of/nowhere/place", place="x").status_code == 404


def test_place_and_head_of_a_box_are_kept_without_control_characters(own_desk: Desk):
    own_desk.post("/kiosks/of/gate-1/place", place=" North\x07 gate ", head="王芳")
    own_desk.post("/kiosks/of/gate-1/place", place="North gate", head="周敏")
    text = own_desk.text("/kiosks/of/gate-1")
    assert "North gate" in text
    assert 'value="周敏"' in own_desk.get("/kiosks/of/gate-1").text


def test_every_link_of_these_pages_leads_somewhere(troubled: Desk):
    seen: set[str] = set()
    todo = deque(["/kiosks", "/aside/"])
    while todo:
        path = todo.popleft()
        answer = troubled.get(path)
        assert answer.status_code == 200, path
        links = {
            link.split("#")[0].replace("&amp;", "&") for link in re.findall(r'<a [^>]*href="([^"]+)"', answer.text)
        }
        todo.extend(link for link in links - seen if link.startswith(("/kiosks", "/aside", "/fact/")))
        seen |= links
    assert "/kiosks/of/gate-5" in seen
    assert f"/aside/{PARKING}/1/1/{COMMAND}" in seen


# --- for a monitoring tool ----------------------------------------------------------------------------


def app_with_token(factory: Factory, folder: Path) -> FlaskClient:
    file = folder / "monitoring.token"
    file.write_text(TOKEN + "\n", "ascii")
    settings = msgspec.convert({"database": "", "keys": "", "monitoring": str(file)}, Server)
    return create_app(factory.service, settings).test_client()


def test_a_tool_with_the_token_sees_each_box(factory: Factory, troubled: Desk, tmp_path: Path):
    answer = app_with_token(factory, tmp_path).get("/v1/fleet.json", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    boxes = {each["device"]: each for each in answer.get_json()["boxes"]}
    assert boxes["gate-5"]["offline"] is True
    assert (boxes["gate-5"]["pending"], boxes["gate-5"]["last_contact"]) == (41, "2026-11-23T06:10:00+00:00")
    assert boxes["gate-5"]["reminder"] == {"trouble": "OFFLINE", "since": "2026-11-23T06:10:00+00:00"}
    assert [each["up"] for each in boxes["gate-1"]["devices"]] == [True, False, True]
    assert "DEVICE_GONE" in boxes["gate-1"]["troubles"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", "Bearer é"])
def test_without_the_token_there_is_nothing(factory: Factory, tmp_path: Path, header: str):
    answer = app_with_token(factory, tmp_path).get("/v1/fleet.json", headers={"Authorization": header})
    assert (answer.status_code, answer.json) == (401, {"code": "token_wanted"})


def test_where_no_token_is_configured_an_empty_one_opens_nothing(factory: Factory):
    answer = app_of(factory.service).test_client().get("/v1/fleet.json", headers={"Authorization": "Bearer "})
    assert answer.status_code == 401


def test_a_person_who_has_logged_in_needs_no_token(troubled: Desk):
    assert len(troubled.get("/v1/fleet.json").get_json()["boxes"]) == 3


@pytest.mark.parametrize("text", [None, "short"])
def test_a_token_that_is_not_there_or_can_be_guessed_is_refused_at_the_start(shown, tmp_path: Path, text: str | None):
    file = tmp_path / "token"
    if text is not None:
        file.write_text(text)
    settings = msgspec.convert({"database": "", "keys": "", "monitoring": str(file)}, Server)
    with pytest.raises(UnusableToken, match=r"hr\.monitoring"):
        create_app(shown.service, settings)


# --- what was set aside -------------------------------------------------------------------------------


def set_aside(factory: Factory, change: dict[str, object], *, reseal: bool = True) -> str:
    """A tap of gate-7 that comes otherwise than it should; the address of its page."""
    let_in(factory, "gate-7")
    box = Box("gate-7")
    body = AttendanceTap(
        Outcome.CLOCKED_IN, "gate", "r", MONDAY, factory.keys["0317"], direction=Direction.IN, effective=True
    )
    fact: Fact = msgspec.structs.replace(box.write(body, plant.moment(MONDAY, "13:00:00")), **change)
    factory.service.inbox.receive([sealed(fact) if reseal else fact], "nonce")
    record = next(each for each in factory.service.inbox.waiting() if each.device == "gate-7")
    return f"/aside/gate-7/1/1/{record.digest}"


def held(factory: Factory) -> list[int]:
    return [each.seq for each in factory.service.inbox.facts("gate-7", 1, [1])]


def record_at(factory: Factory, page: str) -> SetAside:
    _, _, device, epoch, seq, digest = page.split("/")
    found = factory.service.inbox.aside_record(Key(device, int(epoch), int(seq), digest))
    assert found is not None
    return found[0]


def test_a_record_that_does_not_follow_is_used_once_somebody_says_why(factory: Factory, own_desk: Desk):
    page = set_aside(factory, {"prev_hash": "ab" * 32})
    assert "does not follow the one received before it" in own_desk.text(page)
    assert "Say in the note why." in words(own_desk.post(page, action="TAKEN", note=" "))
    assert held(factory) == []
    text = words(own_desk.post(page, action="TAKEN", note="card changed on Friday"))
    assert "It is noted: used." in text
    assert held(factory) == [1]
    assert [each for each in factory.service.inbox.waiting() if each.device == "gate-7"] == []
    assert f"23 Nov 15:36, {plant.USER}" in own_desk.text(page)


def test_a_record_that_was_changed_is_used_only_on_somebodys_word(factory: Factory, own_desk: Desk):
    page = set_aside(factory, {"command": "another"}, reseal=False)
    assert "it is used" not in own_desk.text(page)
    own_desk.post(page, action="TAKEN", note="asked him: he was there")
    assert held(factory) == [1]


def test_used_once_means_once(factory: Factory, own_desk: Desk):
    page = set_aside(factory, {"prev_hash": "ab" * 32})
    own_desk.post(page, action="TAKEN", note="why")
    assert "It has been decided already." in words(own_desk.post(page, action="TAKEN", note="again"))
    assert "It has been decided already." in words(own_desk.post(page, action="LEFT", note="again"))
    assert len(record_at(factory, page).decisions) == 1


def test_what_comes_again_after_it_was_taken_is_not_set_aside_again(factory: Factory, own_desk: Desk):
    page = set_aside(factory, {"prev_hash": "ab" * 32})
    record = record_at(factory, page)
    own_desk.post(page, action="TAKEN", note="why")
    receipt = factory.service.inbox.receive([msgspec.json.decode(record.fact, type=Fact)], "again")
    assert isinstance(receipt, Receipt)
    assert receipt.refusals == []
    assert len([each for each in factory.service.inbox.set_aside() if each.device == "gate-7"]) == 1


def test_a_second_content_of_one_number_can_be_left_but_not_used(factory: Factory, own_desk: Desk):
    (record,) = factory.service.inbox.waiting()
    page = f"/aside/{record.device}/{record.epoch}/{record.seq}/{record.digest}"
    assert "Another record with this number is in use, and stays." in own_desk.text(page)
    before = factory.service.inbox.facts(record.device, record.epoch, [record.seq])
    own_desk.post(page, action="TAKEN", note="I insist")
    assert factory.service.inbox.facts(record.device, record.epoch, [record.seq]) == before
    assert "It is noted: left aside." in words(own_desk.post(page, action="LEFT", note="a copy of the card"))
    assert factory.service.inbox.count_waiting() == 0
    own_desk.post(page, action="REOPENED", note="")
    assert factory.service.inbox.count_waiting() == 1
    assert [each.action for each in factory.service.inbox.set_aside()[0].decisions] == [Action.LEFT, Action.REOPENED]


def test_what_this_release_cannot_read_cannot_be_used(factory: Factory, own_desk: Desk):
    page = set_aside(factory, {"kind": "Telepathy"})
    assert "This release cannot read it, so it cannot be used yet." in own_desk.text(page)
    own_desk.post(page, action="TAKEN", note="I insist")
    assert held(factory) == []


def test_a_command_that_a_box_parked_is_read_noted_and_done(factory: Factory, troubled: Desk):
    page = f"/aside/{PARKING}/1/1/{COMMAND}"
    text = troubled.text(page)
    assert "could not decide what somebody did there" in text
    assert "BadgeTapped" in text
    assert "KeyError" in text
    before = factory.service.inbox.count_waiting()
    troubled.post(page, action="LEFT", note="typed in by hand")
    assert factory.service.inbox.count_waiting() == before - 1


def test_what_was_never_set_aside_has_no_page(own_desk: Desk):
    for path in ("/aside/gate-1/1/1/command", "/aside/gate-1/1/1/ff", f"/aside/gate-1/1/{2**60}/ff"):
        assert own_desk.get(path).status_code == 404
    assert own_desk.post("/aside/gate-1/1/1/ff", action="EATEN").status_code == 400
