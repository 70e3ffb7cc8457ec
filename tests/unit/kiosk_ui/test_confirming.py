"""The supervisor's word for the time, from the page to the command."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.link.messages import AnchorClock, Answer
from kiosk_ui import create_app
from sync.wire.envelope import ClockState
from sync.wire.facts import AnchorSource, ClockAnchored, Outcome
from tests.unit.kiosk_ui.fakes import PIN, FakeBox, wall_us
from tests.unit.kiosk_ui.test_line import OURS, log_in
from tests.unit.kiosk_ui.test_supervision import form_of

DATE, TIME = "2026-11-23", "17:05"


@pytest.fixture
def box():
    box = FakeBox("en")
    box.clock.state = ClockState.NONE
    box.core.reply = Answer("", Outcome.CLOCK_ANCHORED, 1)
    return box


@pytest.fixture
def client(box):
    client = create_app(box.ports, monotonic=lambda: 0.0).test_client()
    client.get("/language/en")
    log_in(client)
    return client


def say(client: FlaskClient, **changes: str) -> TestResponse:
    form = form_of(client.get("/line/clock").text, "/line/clock")
    return client.post("/line/clock", data=form | {"date": DATE, "time": TIME, "pin": PIN} | changes, headers=OURS)


def test_he_is_asked_only_while_nobody_knows_the_time_of_this_boot(box: FakeBox, client: FlaskClient):
    asked = "The clock of this box is not set."
    assert asked in client.get("/line/live").text
    box.views.add(ClockAnchored(Outcome.CLOCK_ANCHORED, AnchorSource.SUPERVISOR, 1, 1, by="p-wang"), "07:00:00")
    assert asked not in client.get("/line/live").text
    box.views.journal.clear()
    box.clock.state = ClockState.RTC
    assert asked not in client.get("/line/live").text


def test_his_word_goes_to_core_with_his_name_and_to_the_minute(box: FakeBox, client: FlaskClient):
    assert say(client).location == "/line/live"
    command = box.core.commands[-1]
    assert isinstance(command, AnchorClock)
    assert (command.utc_us, command.within_us) == (wall_us("17:05:30"), 60_000_000)
    assert (command.source, command.supervisor, command.at) == (AnchorSource.SUPERVISOR, "p-wang", box.clock.stamp())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pin": "000000"}, 403),
        ({"pin": ""}, 403),
        ({"date": "1970-01-01"}, 409),
        ({"time": "25:00"}, 409),
        ({"date": ""}, 409),
    ],
)
def test_without_his_pin_or_a_possible_time_core_is_not_asked(box: FakeBox, client: FlaskClient, change, code):
    assert say(client, **change).status_code == code
    assert not any(isinstance(each, AnchorClock) for each in box.core.commands)


def test_what_core_did_not_answer_can_be_sent_again_under_the_same_id(box: FakeBox, client: FlaskClient):
    box.core.reply = None
    first = form_of(client.get("/line/clock").text, "/line/clock")
    answer = client.post("/line/clock", data=first | {"date": DATE, "time": TIME, "pin": PIN}, headers=OURS)
    assert "No answer yet." in answer.text
    assert form_of(answer.text, "/line/clock")["id"] == first["id"]


def test_nobody_says_what_time_it_is_without_logging_in(box: FakeBox):
    client = create_app(box.ports, monotonic=lambda: 0.0).test_client()
    assert client.get("/line/clock").location == "/line"
