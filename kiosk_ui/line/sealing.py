"""From a filled-in row to core and back: what was entered, what core said, what the page shows next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from edge.link.messages import ConfirmOutput, new_id
from kiosk_ui.asking import UUID, outcome_of
from kiosk_ui.line.output import OpenRow, Quantities
from kiosk_ui.ports import KioskPorts
from kiosk_ui.today import body
from sync.wire.envelope import plain_text
from sync.wire.facts import MaterialActualAssigned, MaterialActualRecorded, Outcome
from sync.wire.reference_data import Person

MAX_PIECES = 9_999_999
MAX_ACTUALS = 5000
LONGEST_REASON = 200


class Said(StrEnum):
    """What the page tells the supervisor after a try."""

    SEALED = "sealed"
    SUM_DIFFERS = "sum-differs"
    CHANGED = "changed"
    NOT_A_SUPERVISOR = "not-a-supervisor"
    NOT_RECORDED = "not-recorded"
    REASON_NEEDED = "reason-needed"
    NOT_UNDERSTOOD = "not-understood"


SAID_OF_OUTCOME = {
    Outcome.CONFIRMED: Said.SEALED,
    Outcome.SUM_DIFFERS: Said.SUM_DIFFERS,
    Outcome.CHANGED_MEANWHILE: Said.CHANGED,
    Outcome.NOT_A_SUPERVISOR: Said.NOT_A_SUPERVISOR,
}


class Form(msgspec.Struct, frozen=True):
    """`id` was made when the page was, so that sending it twice makes one fact."""

    id: str
    person: str
    order: str
    work_date: str
    actuals: list[int]
    quantities: Quantities
    reason: str


class Attempt(msgspec.Struct, frozen=True):
    """A try and how it ended; empty when the page is only looked at."""

    said: Said | None = None
    form: Form | None = None

    @property
    def row(self) -> str:
        return f"{self.form.person}~{self.form.order}" if self.form else ""


class Entry(msgspec.Struct, frozen=True):
    """What the open row's fields hold."""

    id: str
    quantities: Quantities
    reason: str = ""


def read_form(fields: Mapping[str, str]) -> Form | None:
    """None for anything that our own page cannot have sent, or a number that is none."""
    try:
        quantities = Quantities(*(_pieces(fields[name]) for name in Quantities.__struct_fields__))
        actuals = [int(each) for each in fields["actuals"].split(",")]
        if not UUID.fullmatch(fields["id"]) or len(actuals) > MAX_ACTUALS:
            return None
        reason = plain_text(fields.get("reason", ""), LONGEST_REASON).strip()
        return Form(fields["id"], fields["person"], fields["order"], fields["date"], actuals, quantities, reason)
    except (KeyError, ValueError):
        return None


def _pieces(text: str) -> int:
    """An empty field is zero. ValueError for what is not a number of pieces."""
    pieces = int(text.strip() or "0")
    if not 0 <= pieces <= MAX_PIECES:
        raise ValueError(f"{pieces} pieces")
    return pieces


def seal(form: Form | None, supervisor: Person, ports: KioskPorts) -> Attempt:
    """Sends the row to core, which decides; here only what is plainly missing is asked for."""
    if form is None:
        return Attempt(Said.NOT_UNDERSTOOD)
    adjustment = form.quantities.total - _counted(form, ports)
    if adjustment and not form.reason:
        return Attempt(Said.REASON_NEEDED, form)
    command = ConfirmOutput(
        id=form.id,
        at=ports.clock.stamp(),
        supervisor=supervisor.id,
        person=form.person,
        order=form.order,
        work_date=form.work_date,
        actuals=form.actuals,
        adjustment=adjustment,
        reason=form.reason if adjustment else "",
        **msgspec.structs.asdict(form.quantities),
    )
    outcome = outcome_of(command, ports)
    if outcome is None:
        return Attempt(Said.NOT_RECORDED, form)
    said = SAID_OF_OUTCOME[outcome]
    # The old id would get the old answer again: what core has refused is tried anew under a new one.
    return Attempt(said, form if said is Said.SEALED else msgspec.structs.replace(form, id=new_id()))


def _counted(form: Form, ports: KioskPorts) -> int:
    """The person's share of the facts that the page showed."""
    kinds = (MaterialActualRecorded.__name__, MaterialActualAssigned.__name__)
    made: list[MaterialActualRecorded | MaterialActualAssigned] = [
        body(fact) for fact in ports.views.facts(form.actuals) if fact.kind in kinds
    ]
    return sum(share.quantity for each in made for share in each.shares if share.person == form.person)


def row_id(row: OpenRow) -> str:
    return f"{row.key.person}~{row.key.order}"


def chosen(rows: list[OpenRow], wanted: str) -> OpenRow | None:
    """The row that is open for entry: the wanted one, else the first."""
    return next((row for row in rows if row_id(row) == wanted), rows[0] if rows else None)


def entry_for(row: OpenRow | None, attempt: Attempt) -> Entry | None:
    """What was entered stays after a refusal, unless the counted pieces have changed since.

    A machine that counts rejects proposes how many pieces are good. What the others are, and whose fault, it cannot
    know: those fields stay empty, and the row does not add up before a person has said it (AB-R13).
    """
    if row is None:
        return None
    form = attempt.form
    if form is not None and attempt.row == row_id(row) and form.actuals == row.actuals:
        return Entry(form.id, form.quantities, form.reason)
    return Entry(new_id(), Quantities(max(0, row.counted - row.rejects), 0, 0, 0))
