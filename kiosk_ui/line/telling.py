"""What every form of the supervisor's pages has in common: it is read, tried once, and told of."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeVar

from flask import redirect
from werkzeug.wrappers import Response

from edge.link.messages import Command
from kiosk_ui.asking import outcome_of
from kiosk_ui.ports import KioskPorts
from sync.wire.facts import Outcome

Page = str | Response | tuple[str, int]


class Told(StrEnum):
    """What a page tells the supervisor after a try."""

    DONE = "done"
    TOO_MANY = "too-many"
    CHANGED = "changed"
    NOT_A_SUPERVISOR = "not-a-supervisor"
    NOT_RECORDED = "not-recorded"
    REASON_NEEDED = "reason-needed"
    PERSON_NEEDED = "person-needed"
    NOT_UNDERSTOOD = "not-understood"


TOLD_OF_OUTCOME = {
    Outcome.SETUP_BEGAN: Told.DONE,
    Outcome.SETUP_ENDED: Told.DONE,
    Outcome.ASSIGNED: Told.DONE,
    Outcome.BADGE_LINKED: Told.DONE,
    Outcome.QUESTION_ANSWERED: Told.DONE,
    Outcome.SUM_DIFFERS: Told.TOO_MANY,
    Outcome.CHANGED_MEANWHILE: Told.CHANGED,
    Outcome.NOT_A_SUPERVISOR: Told.NOT_A_SUPERVISOR,
}


class Form(Protocol):
    """What our own page has sent."""

    def lacks(self) -> Told | None:
        """What is plainly missing, before core is asked."""


F = TypeVar("F", bound=Form)


def tried(form: F | None, command_of: Callable[[F], Command], ports: KioskPorts) -> Told:
    """Sends it to core, which decides. None: our own page cannot have sent it."""
    if form is None:
        return Told.NOT_UNDERSTOOD
    missing = form.lacks()
    return missing or told_of(outcome_of(command_of(form), ports))


def told_of(outcome: Outcome | None) -> Told:
    return Told.NOT_RECORDED if outcome is None else TOLD_OF_OUTCOME.get(outcome, Told.NOT_RECORDED)


def shown(told: object, done: object, url: str, page: Callable[[], str]) -> Page:
    """After a try: on to `url` when it is done, and else the page once more with what was entered."""
    return redirect(url) if told is done else (page(), 409)
