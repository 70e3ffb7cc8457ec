"""A supervisor says what time it is, where neither a time server nor HR nor a battery does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from flask import render_template, request

from edge.clock import RELEASED_US
from edge.link.messages import AnchorClock, new_id
from kiosk_ui.asking import UUID, outcome_of
from kiosk_ui.line.frame import Frame
from kiosk_ui.line.login import Refused
from kiosk_ui.line.telling import Page, shown
from kiosk_ui.ports import KioskPorts
from sync.wire.envelope import ClockState
from sync.wire.facts import AnchorSource, ClockAnchored, Outcome
from sync.wire.reference_data import Person

WITHIN_US = 60_000_000
"""A watch read to the minute, and typed."""

HALF_A_MINUTE_US = 30_000_000
LOOKED_BACK = 2_000
"""Who has been asked is asked again so many facts later, in the same boot: the crystal drifts."""

LONGEST_PIN = 64


class Told(StrEnum):
    """What the page says after a try."""

    WRONG_PIN = "wrong-pin"
    NO_TIME = "no-time"
    NOT_A_SUPERVISOR = "not-a-supervisor"
    NOT_RECORDED = "not-recorded"


class ClockForm(msgspec.Struct, frozen=True):
    """`id` was made when the page was, so that sending it twice makes one fact."""

    id: str
    date: str = ""
    time: str = ""


def is_wanted(ports: KioskPorts) -> bool:
    """Nobody knows the time of this boot: the clock is not set, and nobody has said lately what time it is."""
    now = ports.clock.stamp()
    if now.clock is not ClockState.NONE:
        return False
    said = ports.views.of_kinds([ClockAnchored.__name__], max(0, ports.views.head() - LOOKED_BACK))
    return all(fact.at.boot_id != now.boot_id for fact in said)


def moment_us(form: ClockForm, zone: ZoneInfo) -> int | None:
    """The middle of the minute that was typed; None for what is no time, or lies before this release was made."""
    try:
        typed = datetime.fromisoformat(f"{form.date}T{form.time}").replace(tzinfo=zone)
        utc_us = round(typed.timestamp()) * 1_000_000 + HALF_A_MINUTE_US
    except (ValueError, OverflowError):
        return None
    return utc_us if utc_us >= RELEASED_US else None


def read_form(form: Mapping[str, str]) -> ClockForm:
    given = form.get("id", "")
    return ClockForm(given if UUID.fullmatch(given) else new_id(), form.get("date", "")[:10], form.get("time", "")[:5])


class ClockPages:
    """The view functions; `kiosk_ui.line.pages.blueprint` gives them their addresses."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._ports = frame, frame.ports
        self._zone = ZoneInfo(frame.ports.timezone)

    def page(self, supervisor: Person) -> Page:
        return self._shown(supervisor, ClockForm(new_id()), None)

    def say(self, supervisor: Person) -> Page:
        """With the PIN once more: a page left open must not set a whole day's times."""
        form = read_form(request.form)
        token = self._frame.gate.log_in(
            supervisor.number, request.form.get("pin", "")[:LONGEST_PIN], request.remote_addr or ""
        )
        if isinstance(token, Refused):
            return self._shown(supervisor, form, Told.WRONG_PIN, max(1, round(token.wait_s))), 403
        self._frame.gate.log_out(token)
        utc_us = moment_us(form, self._zone)
        if utc_us is None:
            return self._shown(supervisor, form, Told.NO_TIME), 409
        now = self._ports.clock.stamp()
        command = AnchorClock(form.id, now, AnchorSource.SUPERVISOR, utc_us, WITHIN_US, supervisor=supervisor.id)
        outcome = outcome_of(command, self._ports)
        told = Told.NOT_A_SUPERVISOR if outcome is Outcome.NOT_A_SUPERVISOR else Told.NOT_RECORDED
        return shown(outcome, Outcome.CLOCK_ANCHORED, "/line/live", lambda: self._shown(supervisor, form, told))

    def _shown(self, supervisor: Person, form: ClockForm, told: Told | None, wait_s: int = 0) -> str:
        return render_template(
            "line/clock.html",
            supervisor=supervisor,
            form=form,
            told=told,
            wait_s=wait_s,
            now_us=self._ports.clock.stamp().wall_us,
            **self._frame.around(self._frame.made(self._frame.today()), self._frame.today()),
        )
