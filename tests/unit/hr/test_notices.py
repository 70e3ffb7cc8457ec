"""Who is written to about a box, and when: one e-mail for a trouble, one when it is over, never a storm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hr.fleet.notices import FIRST_RETRY_US, LAST_RETRY_US, QUIET_US, Notice, due, recipients
from hr.fleet.rules import MINUTE_US, Box, Reminder, Standing, Trouble

NOW = 1_000 * QUIET_US
BOX = Box("gate-1", 0)


def standing(*troubles: Trouble) -> Standing:
    return Standing(BOX, troubles, None, None)


def written(
    last: Notice | None, *troubles: Trouble, asked: bool | None = None, now_us: int = NOW
) -> list[Trouble | None]:
    """What is written of a box with these troubles; `asked`: whether somebody must see to the worst."""
    now = standing(*troubles)
    reminded = bool(troubles) if asked is None else asked
    reminders = [Reminder(now, troubles[0], 0)] if reminded else []
    found = due([now], reminders, {} if last is None else {"gate-1": last}, now_us)
    return [each.reminder.trouble if each.reminder else None for each in found]


def sent(trouble: Trouble | None, ago_us: int = MINUTE_US) -> Notice:
    return Notice("gate-1", trouble, 0, ("hr@plant.example",), NOW - ago_us, NOW - ago_us)


def failed(trouble: Trouble | None, tries: int, ago_us: int) -> Notice:
    return Notice("gate-1", trouble, 0, (), NOW - ago_us, None, "refused", tries)


def test_a_trouble_is_written_of_once():
    assert written(None, Trouble.OFFLINE) == [Trouble.OFFLINE]
    assert written(sent(Trouble.OFFLINE, 50 * QUIET_US), Trouble.OFFLINE) == []


def test_only_something_worse_is_worth_another_one():
    assert written(sent(Trouble.OFFLINE), Trouble.UNSENT_OLD) == []
    assert written(sent(Trouble.OFFLINE), Trouble.NOT_RECORDING, Trouble.OFFLINE) == [Trouble.NOT_RECORDING]


def test_the_end_is_written_of_once():
    assert written(sent(Trouble.OFFLINE)) == [None]
    assert written(sent(None)) == []


def test_the_end_of_the_working_day_is_not_the_end_of_the_trouble():
    assert written(sent(Trouble.OFFLINE), Trouble.OFFLINE, asked=False) == []


def test_what_nobody_is_told_of_does_not_keep_a_trouble_open():
    assert written(sent(Trouble.OFFLINE), Trouble.OLD_VERSION, asked=False) == [None]


def test_a_box_that_comes_and_goes_is_written_of_once_an_hour():
    assert written(sent(None, QUIET_US - 1), Trouble.OFFLINE) == []
    assert written(sent(None, QUIET_US), Trouble.OFFLINE) == [Trouble.OFFLINE]


@pytest.mark.parametrize(
    ("tries", "pause_us"), [(1, FIRST_RETRY_US), (2, 2 * FIRST_RETRY_US), (9, LAST_RETRY_US), (90, LAST_RETRY_US)]
)
@pytest.mark.parametrize("trouble", [Trouble.OFFLINE, None])
def test_what_did_not_go_is_tried_again_with_growing_pauses(trouble: Trouble | None, tries: int, pause_us: int):
    troubles = () if trouble is None else (trouble,)
    assert written(failed(trouble, tries, pause_us - 1), *troubles) == []
    assert written(failed(trouble, tries, pause_us), *troubles) == [trouble]


def test_an_end_that_could_not_be_told_is_not_told_once_the_trouble_is_back():
    assert written(failed(None, 1, FIRST_RETRY_US), Trouble.OFFLINE) == []


def test_the_end_of_what_nobody_could_be_told_of_is_no_news():
    assert written(failed(Trouble.OFFLINE, 1, QUIET_US)) == []


def test_a_head_is_written_to_beside_hr_and_each_address_once():
    heads = {"周敏": ["zhou@plant.example", "hr@plant.example"]}
    assert recipients("周敏", ["hr@plant.example"], heads) == ("hr@plant.example", "zhou@plant.example")
    assert recipients("", ["hr@plant.example"], heads) == ("hr@plant.example",)


def test_each_box_is_written_of_for_itself():
    other = replace(standing(Trouble.OFFLINE), box=replace(BOX, device="gate-2"))
    found = due([standing(), other], [Reminder(other, Trouble.OFFLINE, 0)], {"gate-1": sent(Trouble.OFFLINE)}, NOW)
    assert [(each.device, each.reminder is None) for each in found] == [("gate-1", True), ("gate-2", False)]
