"""Empties one outbox into its system. There is one sender of a system at a time; the caller sees to that."""

from __future__ import annotations

from dataclasses import dataclass

from hr.outbox.service import Outbox
from sync.connectors.port import Delivered, Fault, System, Trouble


@dataclass(frozen=True)
class Sent:
    """What one run did. `found`: already there, from an earlier run that ended before it was noted.
    `trouble`: why it stopped before the end."""

    sent: int
    found: int
    parked: int
    trouble: Trouble | None


def send(outbox: Outbox, name: str, system: System) -> Sent:
    """All that waits, in order, until the outbox is empty or nothing goes on."""
    sent = found = parked = 0
    while events := outbox.next(name, system.batch):
        try:
            # What never came there need not be taken back.
            gone = {each.event: Delivered("") for each in events if each.withdrawn and each.before is None}
            outbox.note(name, gone)
            asked = [each for each in events if each.event not in gone]
            there = system.find(asked) if asked else {}
            outbox.note(name, there)
            found += len(there)
            rest = [each for each in asked if each.event not in there]
            answers = system.send(rest) if rest else {}
            outbox.note(name, answers)
            delivered = sum(isinstance(each, Delivered) for each in answers.values())
            sent, parked = sent + delivered, parked + len(answers) - delivered
            if silent := sum(each.event not in answers for each in rest):
                raise Trouble(Fault.RETRY, f"the system said nothing of {silent} events")
        except Trouble as trouble:
            outbox.note_trouble(name, events, trouble.fault, str(trouble))
            return Sent(sent, found, parked, trouble)
    return Sent(sent, found, parked, None)
