"""A device that goes and comes back all day: core hears of each time, the log does not fill up."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from edge.field.flapping import MOST, REMIND_S, WINDOW_S, Flapping, Telling
from edge.field.runner import Health, Place
from tests.unit.devices.bench import Core, RunningClock


def told(*went_s: float) -> list[Telling]:
    flapping = Flapping()
    return [flapping.goes(each) for each in went_s]


def test_a_device_that_goes_now_and_then_is_told_each_time():
    apart_s = WINDOW_S / MOST
    assert told(*(apart_s * number for number in range(50))) == [Telling(tell=True)] * 50


def test_one_that_goes_too_often_is_told_once_an_hour_and_how_often_it_went():
    day = told(*(2.0 * number for number in range(43_200)))
    lines = [each for each in day if each.tell]
    assert lines[:MOST] == [Telling(tell=True)] * MOST
    assert lines[MOST] == Telling(tell=True, often=True)
    assert {each.untold for each in lines[MOST + 1 :]} == {int(REMIND_S / 2) - 1}
    assert len(lines) == MOST + 24


def test_once_it_has_calmed_down_it_is_told_each_time_again():
    *_, silent, calm = told(0, 1, 2, 3, 4, 5, 6, 7, 7 + WINDOW_S)
    assert silent == Telling(tell=False)
    assert calm == Telling(tell=True, untold=2)


def said(core: Core, states: int) -> bool:
    return len(core.states()) == states


def test_the_log_has_a_line_when_it_goes_and_one_when_it_is_back_until_it_is_too_often(caplog):
    async def story() -> Core:
        core = Core()
        health = Health(Place("gate", "entrance", None), RunningClock(), core)
        sending = asyncio.create_task(health.send())
        for count in range(1, 501):
            health.works()
            health.gone("the cable is loose")
            health.gone("the cable is loose")
            await core.until(partial(said, core, 2 * count))
        health.works()
        await core.until(partial(said, core, 1001))
        sending.cancel()
        return core

    with caplog.at_level(logging.INFO, "edge.field"):
        core = asyncio.run(story())
    assert core.states() == [True, False] * 500 + [True]
    says = [record.getMessage() for record in caplog.records]
    assert says == ["gate is gone: the cable is loose", "gate is back"] * MOST + [
        "gate is gone: the cable is loose; it goes again and again, which is told once an hour"
    ]
