"""What a worker is told of his own shifts after a tap."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk_ui import create_app, live_of
from kiosk_ui.screens.looks import Screen
from kiosk_ui.screens.own_shifts import OwnShifts, hours_of, own_shifts
from sync.wire.facts import Outcome
from sync.wire.reference_data import Shift
from tests.unit.kiosk_ui.fakes import DAY, FakeBox
from tests.unit.kiosk_ui.scenes import Stage, bring_about

TODAY = date.fromisoformat(DAY)
DAY_SHIFT = "08:00–17:00"


def shown(box: FakeBox, screen: Screen = Screen.IN, language: str = "en") -> str:
    stage = Stage(box)
    live = live_of(create_app(box.ports, monotonic=stage.monotonic))
    bring_about(screen, language, live, stage)
    return live.payload("gate").html.replace('<span class="nb">', "").replace("</span>", "")


@pytest.mark.parametrize(
    ("plan", "own"),
    [
        ((["day"], []), OwnShifts((DAY_SHIFT,), ())),
        ((["day", "late"], None), OwnShifts((DAY_SHIFT, "17:30–21:30"), None)),
        ((None, ["day"]), OwnShifts(None, (DAY_SHIFT,))),
        ((None, None), None),
    ],
)
def test_hours_a_rest_day_and_a_day_that_nobody_has_planned_are_three_things(plan, own):
    box = FakeBox()
    box.plan(*plan)
    assert own_shifts(box.directory, "p-zhang", TODAY) == own
    assert own_shifts(box.directory, "p-nobody", TODAY) is None


def test_a_shift_past_midnight_ends_by_the_clock():
    assert hours_of(Shift("night", "Night", 1200, 1920)) == "20:00–08:00"


@pytest.mark.parametrize("screen", [Screen.IN, Screen.OUT])
@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "今天：08:00–17:00；明天：休息"),
        ("en", "Today 08:00–17:00, tomorrow rest"),
        ("vi", "Hôm nay 08:00–17:00, ngày mai nghỉ"),
    ],
)
def test_the_answer_to_a_tap_says_what_is_planned_today_and_tomorrow(screen: Screen, language: str, line: str):
    box = FakeBox(language)
    box.plan(["day"], [])
    assert f'<p class="own">{line}</p>' in shown(box, screen, language)


@pytest.mark.parametrize(
    ("plan", "line"), [((["day"], None), "Today 08:00–17:00"), ((None, ["late"]), "Tomorrow 17:30–21:30")]
)
def test_a_day_that_nobody_has_planned_is_not_mentioned(plan, line):
    box = FakeBox("en")
    box.plan(*plan)
    assert f'<p class="own">{line}</p>' in shown(box)


def test_where_nobody_planned_nothing_is_shown_of_a_plan_and_the_nearest_shift_stands():
    page = shown(FakeBox("en"))
    assert 'class="own"' not in page
    assert "Shift today" in page


def test_what_is_planned_takes_the_place_of_the_shift_that_the_clock_suggests():
    box = FakeBox("en")
    box.plan([], ["day"])
    page = shown(box)
    assert "Today rest, tomorrow 08:00–17:00" in page
    assert "Shift today" not in page


def test_whoever_goes_home_from_a_night_shift_is_told_of_the_day_it_is():
    box = FakeBox("en")
    box.plan(["day"], ["late"])
    stage = Stage(box)
    live = live_of(create_app(box.ports, monotonic=stage.monotonic))
    stage.turn(live, 1.0)
    box.tap(Outcome.CLOCKED_OUT, "06:00:00", person="p-adams", day="2026-11-24")
    stage.turn(live, 1.0)
    assert '<p class="own">Today <span class="nb">17:30–21:30</span></p>' in live.payload("gate").html
