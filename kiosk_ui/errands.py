"""What the joining steps ask of core: to look for a card while a station waits for one, and to register a newcomer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from edge.link.ask import CoreSilent
from edge.link.messages import Answer, Command, OpenCardStep, RegisterPerson, Reply, new_id
from kiosk_ui.screens.joining import Joining

log = logging.getLogger(__name__)

CARD_STEP_S = 15
RENEW_S = 5.0
"""A card step that is not renewed ends by itself: no reader looks for cards when the kiosk has died."""
AGAIN_S = 1.0
ASK_S = 0.5
"""Core answers within milliseconds or cannot record: the screens must not wait for it."""


class Errands:
    """One thread runs them: the one that keeps the screens."""

    def __init__(self, ask: Callable[[Command, float], Reply]) -> None:
        self._ask = ask
        self._asked_s: dict[str, float] = {}
        self._sent_s: dict[str, float] = {}

    def run(self, joinings: Mapping[str, Joining | None], now_s: float) -> list[str]:
        """Does what is due; the stations whose registration core could not take, now or ever."""
        refused = []
        waiting = {each.registration.id for each in joinings.values() if each and each.registration}
        self._sent_s = {command: sent_s for command, sent_s in self._sent_s.items() if command in waiting}
        for station, joining in joinings.items():
            self._card_step(station, joining is not None and joining.looks_for_card, now_s)
            registration = joining.registration if joining else None
            if registration is not None and not self._register(registration, now_s):
                refused.append(station)
        return refused

    def _card_step(self, station: str, wanted: bool, now_s: float) -> None:
        last_s = self._asked_s.get(station)
        if wanted and (last_s is None or now_s - last_s >= RENEW_S):
            self._asked_s[station] = now_s
            self._try(OpenCardStep(new_id(), station, CARD_STEP_S))
        elif not wanted and last_s is not None:
            del self._asked_s[station]
            self._try(OpenCardStep(new_id(), station, 0))

    def _register(self, registration: RegisterPerson, now_s: float) -> bool:
        """Sends it until it is answered, under the same id. False when core has set it aside."""
        if now_s - self._sent_s.get(registration.id, float("-inf")) < AGAIN_S:
            return True
        self._sent_s[registration.id] = now_s
        reply = self._try(registration)
        return not (isinstance(reply, Answer) and reply.outcome is None)

    def _try(self, command: Command) -> Reply | None:
        try:
            return self._ask(command, ASK_S)
        except CoreSilent as error:
            log.debug("core does not answer: %s", error)
            return None
