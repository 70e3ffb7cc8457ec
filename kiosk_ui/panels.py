"""Renders the `<main>` of a station from its state, the journal and the reference data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, render_template
from flask_babel import force_locale

from edge.config import Station
from kiosk_ui.answers import AnswerView, Sources, answer_view, idle_line
from kiosk_ui.names import for_panel
from kiosk_ui.ports import KioskPorts
from kiosk_ui.screen import Screen, ScreenState
from kiosk_ui.surroundings import Surroundings, elsewhere
from sync.wire import ClockState


class Panels:
    """Needs no request: the screens are made by the thread that hears core."""

    def __init__(self, app: Flask, ports: KioskPorts) -> None:
        self._app, self._ports = app, ports
        self._zone = ZoneInfo(ports.timezone)

    def html(self, station: Station, state: ScreenState, around: Surroundings, *, figures: bool) -> str:
        """LookupError when the fact to show is not in the journal; NotThereYet and NewerSchema pass through."""
        language = state.language if state.language in ("zh", "en", "vi") else self._ports.language
        answer = self._answer(state, figures=figures)
        with self._app.app_context(), force_locale(language):
            return render_template(
                "kiosk/screen.html",
                screen=state.screen.value,
                look=state.look,
                station=station,
                elsewhere=elsewhere(station.name, around.readers_down, self._ports.stations, self._ports.readers),
                network=around.network,
                answer=answer,
                name=for_panel(answer.name, language) if answer else None,
                **self._site(state),
            )

    def _answer(self, state: ScreenState, *, figures: bool) -> AnswerView | None:
        if state.fact is None or state.screen is not state.result:
            return None
        facts = self._ports.views.facts([state.fact])
        if not facts:
            raise LookupError(f"fact {state.fact} is not in the journal")
        return answer_view(facts[0], Sources(self._ports.views, self._ports.directory(), self._zone, figures))

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
