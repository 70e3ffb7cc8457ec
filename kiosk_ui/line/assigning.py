"""Giving pieces that nobody owns to people: what was entered, and the command it becomes. Pure but for the clock."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.link.messages import AssignPieces
from kiosk_ui.asking import UUID
from kiosk_ui.line.telling import Told
from kiosk_ui.ports import KioskPorts
from sync.wire.envelope import plain_text
from sync.wire.reference_data import Person

ROWS = 3
"""So many people can be given pieces of one lot at once."""

MAX_PIECES = 9_999_999
LONGEST_REASON = 200


class AssignForm(msgspec.Struct, frozen=True):
    """`lot` names the pieces in an address; they are of `machine`. `entered` is what the rows of the page held, whether
    it makes sense or not; `shares` by person key."""

    id: str
    lot: str
    machine: str
    actuals: list[int]
    shares: dict[str, int]
    reason: str
    entered: list[tuple[str, str]]

    def lacks(self) -> Told | None:
        if not self.shares:
            return Told.PERSON_NEEDED
        return None if self.reason else Told.REASON_NEEDED


def read_form(fields: Mapping[str, str]) -> AssignForm | None:
    """None for anything that our own page cannot have sent, or a number that is none."""
    entered = [(fields.get(f"person{row}", ""), fields.get(f"pieces{row}", "").strip()) for row in range(ROWS)]
    shares: dict[str, int] = {}
    try:
        actuals = [int(each) for each in fields["actuals"].split(",")]
        for person, text in entered:
            pieces = int(text or "0")
            if not 0 <= pieces <= MAX_PIECES:
                return None
            if person and pieces:
                shares[person] = shares.get(person, 0) + pieces
        identifier, lot, machine = fields["id"], fields["lot"], fields["machine"]
    except (KeyError, ValueError):
        return None
    reason = plain_text(fields.get("own_reason") or fields.get("reason", ""), LONGEST_REASON).strip()
    return (
        AssignForm(identifier, lot, machine, actuals, shares, reason, entered) if UUID.fullmatch(identifier) else None
    )


def command_of(form: AssignForm, supervisor: Person, ports: KioskPorts) -> AssignPieces:
    """The pieces are those that the page showed, so that core refuses what has changed since."""
    return AssignPieces(
        form.id, ports.clock.stamp(), supervisor.id, form.machine, form.actuals, form.shares, form.reason
    )
