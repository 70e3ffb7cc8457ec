"""Asks for payslips while stations wait for them: HR may take seconds, and no screen waits for another's answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping

from kiosk_ui.screens.paying import Pay, PayCame
from sync.wire.payslip import PayslipAnswer, PayslipAsked, PayTrouble

MOST_AT_ONCE = 4

Place = tuple[str, int, int]
"""Station, tap and number of a question."""


class PayQuestions:
    """One thread calls `run`: the one that keeps the screens. `ask` waits; where there is no answer it says why."""

    def __init__(self, ask: Callable[[PayslipAsked], PayslipAnswer] | None) -> None:
        self._ask = ask
        self._answers: queue.SimpleQueue[tuple[Place, PayslipAnswer]] = queue.SimpleQueue()
        self._begun: set[Place] = set()
        self._places = threading.Semaphore(MOST_AT_ONCE)

    def run(self, pays: Mapping[str, Pay | None]) -> list[tuple[str, PayCame]]:
        """Begins what is to be asked; what has been answered since, by station."""
        came = list(self._answered())
        wanted = {(name, pay.tap, pay.asked): pay.question for name, pay in pays.items() if pay and pay.question}
        self._begun &= wanted.keys()
        for place, question in wanted.items():
            if place not in self._begun and question is not None:
                self._begun.add(place)
                self._begin(place, question)
        return came

    def _answered(self) -> list[tuple[str, PayCame]]:
        came = []
        while not self._answers.empty():
            (station, tap, asked), answer = self._answers.get()
            came.append((station, PayCame(tap, asked, answer)))
        return came

    def _begin(self, place: Place, question: PayslipAsked) -> None:
        ask = self._ask
        if ask is None or not self._places.acquire(blocking=False):
            self._answers.put((place, PayslipAnswer(trouble=PayTrouble.BUSY)))
            return

        def work() -> None:
            try:
                self._answers.put((place, ask(question)))
            finally:
                self._places.release()

        # No stop waits for HR.
        threading.Thread(target=work, name="payslip", daemon=True).start()
