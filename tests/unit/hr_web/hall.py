"""A box of its own whose press is set up on Friday from 09:00 to 09:40, while two people are logged on there."""

from __future__ import annotations

from sync.wire import facts
from sync.wire.facts import EquipmentState, Outcome
from tests.unit.hr_web.plant import FRIDAY, Factory, Journal

DEVICE, PRESS = "hall-2", "press-04"
WORKER, OTHER = "0392", "0288"
BEGAN, ENDED = "09:00:00", "09:40:00"
SAID = {EquipmentState.SETUP: Outcome.SETUP_BEGAN, EquipmentState.EXECUTE: Outcome.SETUP_ENDED}


class Hall:
    def __init__(self, factory: Factory) -> None:
        self.factory, self.journal = factory, Journal(DEVICE)
        for number in (WORKER, OTHER):
            on = facts.PersonnelLogOn(Outcome.LOGGED_ON, "press", "r", PRESS, factory.keys[number])
            self.journal.add(FRIDAY, "08:30:00", on)
        self.states((BEGAN, EquipmentState.SETUP), (ENDED, EquipmentState.EXECUTE))

    def states(self, *said: tuple[str, EquipmentState], date: str = FRIDAY) -> None:
        """Says these of the press, and sends all there is."""
        for time, state in said:
            body = facts.EquipmentStateChanged(SAID[state], PRESS, state, self.factory.keys["0003"])
            self.journal.add(date, time, body)
        self.factory.service.inbox.receive(self.journal.facts, "nonce")
