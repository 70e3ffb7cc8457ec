"""Renders the `<main>` of a station from its state, the journal and the reference data."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, render_template
from flask_babel import force_locale

from edge.config import Station
from kiosk_ui.answers import AnswerView, Sources, answer_view, idle_line
from kiosk_ui.names import beside_a_button, for_panel
from kiosk_ui.newcomers import display_name
from kiosk_ui.notice import notice
from kiosk_ui.pay_words import class_text, how, kind_text, reply_text
from kiosk_ui.ports import KioskPorts
from kiosk_ui.screens.joining import masked
from kiosk_ui.screens.looks import PAY_OFFERED, Screen
from kiosk_ui.screens.own_shifts import hours_of
from kiosk_ui.screens.paying import Pay
from kiosk_ui.screens.state import ScreenState
from kiosk_ui.surroundings import Surroundings, elsewhere
from pages import LANGUAGES
from sync.wire.envelope import ClockState, Fact
from sync.wire.facts import BadgeBound, BadgeOffered, PersonRegistered

OF_JOINING = frozenset(each.__name__ for each in (PersonRegistered, BadgeOffered, BadgeBound))


class Panels:
    """Needs no request: the screens are made by the thread that hears core."""

    def __init__(self, app: Flask, ports: KioskPorts) -> None:
        self._app, self._ports = app, ports
        self._zone = ZoneInfo(ports.timezone)

    def html(self, station: Station, state: ScreenState, around: Surroundings, *, figures: bool) -> str:
        """LookupError when the fact to show is not in the journal; NotThereYet and NewerSchema pass through."""
        language = state.spoken if state.spoken in LANGUAGES else self._ports.language
        with self._app.app_context(), force_locale(language):
            answer = self._answer(state, figures=figures)
            pay_offered = self._ports.payslip is not None and state.screen in PAY_OFFERED
            fit = beside_a_button if pay_offered else for_panel
            return render_template(
                "kiosk/screen.html",
                screen=state.screen.value,
                look=state.look,
                station=station,
                elsewhere=elsewhere(station.name, around.readers_down, self._ports.stations, self._ports.readers),
                network=around.network,
                answer=answer,
                fact=state.fact_shown,
                name=fit(answer.name, language) if answer else None,
                pay_offered=pay_offered,
                **self._pay(state.pay_shown),
                joinable=self._joinable(station, state),
                newcomer=state.newcomer,
                badge=self._badge(state),
                masked=masked,
                hours_of=hours_of,
                notice=notice,
                **self._site(state),
            )

    def _answer(self, state: ScreenState, *, figures: bool) -> AnswerView | None:
        fact = self._fact(state)
        if fact is None or fact.kind in OF_JOINING:
            return None
        who = partial(display_name, self._ports.directory(), self._ports.views)
        return answer_view(fact, Sources(self._ports.views, self._ports.directory(), self._zone, figures, who))

    def _pay(self, pay: Pay | None) -> dict[str, Any]:
        """Whose pay is on the screen, and when HR was heard last."""
        if pay is None:
            return {"pay": None}
        directory, contact = self._ports.directory(), self._ports.contact
        known = directory.person(pay.person)
        return {
            "pay": pay,
            "worker": display_name(directory, self._ports.views, pay.person),
            "number": known.number if known else "",
            "heard_us": contact().wall_us if contact else 0,
            "kind_text": kind_text,
            "class_text": class_text,
            "how": how,
            "reply_text": reply_text,
        }

    def _badge(self, state: ScreenState) -> str:
        """The last four of the badge that is being given to a newcomer."""
        fact = self._fact(state)
        return str(fact.body.get("badge", ""))[-4:] if fact is not None and fact.kind in OF_JOINING else ""

    def _fact(self, state: ScreenState) -> Fact | None:
        if state.fact_shown is None:
            return None
        facts = self._ports.views.facts([state.fact_shown])
        if not facts:
            raise LookupError(f"fact {state.fact_shown} is not in the journal")
        return facts[0]

    def _joinable(self, station: Station, state: ScreenState) -> bool:
        """Whether a newcomer can be registered here now."""
        here = {each.name for each in self._ports.card_readers if each.station == station.name}
        return bool(here - state.card_readers_down)

    def _site(self, state: ScreenState) -> dict[str, Any]:
        """The clock, and for the idle page the site."""
        stamp = self._ports.clock.stamp()
        local = datetime.fromtimestamp(stamp.wall_us / 1e6, UTC).astimezone(self._zone)
        offset = local.utcoffset()
        reference = self._ports.directory().reference
        return {
            "now_us": stamp.wall_us // 60_000_000 * 60_000_000,
            "offset_min": int(offset.total_seconds() // 60) if offset else 0,
            "clock_unsure": stamp.clock is ClockState.NONE,
            "plant": reference.plant,
            "line": idle_line(stamp.wall_us, reference.shifts, self._zone) if state.screen is Screen.IDLE else None,
        }
