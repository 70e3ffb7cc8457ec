"""In or out: the screen that offers both, and the finger that chooses."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from edge.link.messages import Alive, Answer, ChooseDirection, Committed, NotRecorded
from kiosk_ui import create_app, live_of, today
from kiosk_ui.answers import Sources, answer_view
from kiosk_ui.live import Live
from kiosk_ui.screens.looks import Screen
from sync.wire.facts import Direction, Outcome
from tests.unit.kiosk_ui.fakes import DAY, ZONE, FakeBox, wall_us
from tests.unit.kiosk_ui.scenes import Stage
from tests.unit.kiosk_ui.test_stations import OURS, token

IN, OUT = Direction.IN, Direction.OUT


class Gate:
    """A station whose screen offers both directions to somebody who tapped at 14:05."""

    def __init__(self) -> None:
        self.box = FakeBox()
        self.stage = Stage(self.box)
        app = create_app(self.box.ports, monotonic=self.stage.monotonic)
        self.live: Live = live_of(app)
        self.client: FlaskClient = app.test_client()
        self.live.turn(Alive(0, recording=True))
        self.box.tap(Outcome.CLOCKED_IN, "07:58:10")
        self.tap = self.box.tap(Outcome.DIRECTION_OFFERED, "14:05:10", likelier=OUT)
        self.live.turn(Committed(self.tap))

    @property
    def screen(self) -> str:
        return self.live.payload("gate").state.value

    def press(self, direction: str = "IN", fact: int | None = None, **more: str) -> int:
        data: dict[str, Any] = {
            "csrf": token(self.client),
            "fact": fact or self.tap,
            "tap": self.tap,
            "direction": direction,
        } | more
        return self.client.post("/station/gate/direction", data=data, headers=OURS).status_code


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_both_directions_are_on_the_screen_the_likelier_first_and_larger(gate: Gate):
    html = gate.live.payload("gate").html
    assert gate.screen == Screen.IN_OR_OUT
    assert 0 < html.index('data-direction="OUT"') < html.index('data-direction="IN"')
    assert html.index("btn do") < html.index('data-direction="OUT"')


def test_a_finger_becomes_a_command_and_the_screen_waits_for_what_core_says(gate: Gate):
    assert gate.press("IN") == 204
    assert [type(each) for each in gate.box.core.commands] == [ChooseDirection]
    choice = gate.box.core.commands[0]
    assert (choice.station, choice.tap, choice.direction) == ("gate", gate.tap, IN)
    assert gate.screen == Screen.IN_OR_OUT
    gate.live.turn(Committed(gate.box.chosen(gate.tap, IN, "14:05:15")))
    assert gate.screen == Screen.IN
    assert "14:05" in gate.live.payload("gate").html


def test_who_walks_away_leaves_an_idle_screen_and_the_tap_as_it_is(gate: Gate):
    gate.stage.turn(gate.live, 13)
    gate.stage.turn(gate.live)
    assert gate.screen == Screen.IDLE
    assert gate.box.core.commands == []


def test_the_badge_of_another_goes_first_and_a_late_finger_does_nothing(gate: Gate):
    gate.live.turn(Committed(gate.box.tap(Outcome.CLOCKED_IN, "14:05:12", person="p-li")))
    assert gate.screen == Screen.IN
    assert gate.press("IN") == 204
    assert gate.box.core.commands == []


def test_a_late_finger_does_nothing_where_another_is_being_asked(gate: Gate):
    gate.live.turn(Committed(gate.box.tap(Outcome.DIRECTION_OFFERED, "14:05:12", person="p-li", likelier=IN)))
    assert gate.screen == Screen.IN_OR_OUT
    assert gate.press("IN") == 204
    assert gate.box.core.commands == []


def test_a_second_tap_offers_the_other_direction_of_the_first(gate: Gate):
    again = gate.box.tap(Outcome.ALREADY_OUT, "14:05:40", repeats=gate.tap)
    gate.live.turn(Committed(again))
    html = gate.live.payload("gate").html
    assert (gate.screen, html.count("data-direction=")) == (Screen.ALREADY_OUT, 1)
    assert f'data-direction="IN" data-fact="{again}" data-tap="{gate.tap}"' in html
    gate.press("IN", fact=again)
    assert gate.box.core.commands[0].tap == gate.tap


@pytest.mark.parametrize("reply", [None, NotRecorded("", "disk full")], ids=["silent", "cannot store"])
def test_a_choice_that_is_not_stored_is_not_shown_as_stored(gate: Gate, reply: NotRecorded | None):
    gate.box.core.reply = reply
    gate.press("IN")
    assert gate.screen == Screen.CANNOT_RECORD


def test_a_choice_that_core_did_not_take_leaves_the_screen_as_it_is(gate: Gate):
    gate.box.core.reply = Answer("")
    gate.press("IN")
    assert gate.screen == Screen.IN_OR_OUT


@pytest.mark.parametrize("wrong", [{"direction": "UP"}, {"tap": "x"}, {"tap": ""}], ids=str)
def test_a_form_that_is_none_is_refused(gate: Gate, wrong: dict[str, Any]):
    assert gate.press(**wrong) == 400
    assert gate.box.core.commands == []


def test_hours_follow_what_was_chosen(gate: Gate):
    assert [each for each, _ in today.effective_taps(gate.box.views.journal, DAY)] == [IN, OUT]
    gate.box.chosen(gate.tap, IN, "14:05:15")
    gate.box.tap(Outcome.CLOCKED_OUT, "17:00:00")
    assert today.effective_taps(gate.box.views.journal, DAY)[1] == (IN, wall_us("14:05:10"))


def test_the_answer_to_a_choice_speaks_of_the_tap(gate: Gate):
    fact = gate.box.views.journal[gate.box.chosen(gate.tap, IN, "14:05:15") - 1]
    sources = Sources(gate.box.views, gate.box.directory, ZONE, figures=True, who=lambda key: key)
    view = answer_view(fact, sources)
    assert view.at_us == wall_us("14:05:10")
    assert view.attendance is not None
    assert (view.attendance.direction, view.attendance.tap) == (IN, gate.tap)
