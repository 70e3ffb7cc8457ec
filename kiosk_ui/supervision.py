"""What a supervisor says besides sealing: a machine is being set up, whose pieces these are, whose badge this is."""

from __future__ import annotations

from enum import StrEnum

import msgspec
from flask import redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from edge.domain.badge_forms import Form, Writing
from edge.link.messages import SetEquipmentState, new_id
from kiosk_ui import assigning, linking, readings
from kiosk_ui.asking import UUID, outcome_of
from kiosk_ui.frame import Frame
from kiosk_ui.machines import machine_ids
from kiosk_ui.unowned import Unowned, unowned
from sync.wire.facts import EquipmentState, Outcome
from sync.wire.reference_data import Person

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
    Outcome.ASSIGNED: Told.DONE,
    Outcome.BADGE_LINKED: Told.DONE,
    Outcome.SUM_DIFFERS: Told.TOO_MANY,
    Outcome.CHANGED_MEANWHILE: Told.CHANGED,
    Outcome.NOT_A_SUPERVISOR: Told.NOT_A_SUPERVISOR,
    None: Told.NOT_RECORDED,
}


class SupervisionPages:
    """The view functions; `kiosk_ui.line.blueprint` gives them their addresses."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._ports = frame, frame.ports

    # --- set-up -----------------------------------------------------------------------------------

    def set_up(self) -> Page:
        """One press of a machine's button: set-up begins, or ends."""
        supervisor = self._frame.supervisor()
        if supervisor is None:
            return redirect("/line")
        machine, identifier = request.form.get("machine", ""), request.form.get("id", "")
        if machine not in machine_ids(self._ports) or not UUID.fullmatch(identifier):
            return redirect("/line/live?said=not-understood")
        state = EquipmentState.SETUP if request.form.get("state") == "SETUP" else EquipmentState.EXECUTE
        command = SetEquipmentState(identifier, self._ports.clock.stamp(), supervisor.id, machine, state)
        outcome = outcome_of(command, self._ports)
        if outcome in (Outcome.SETUP_BEGAN, Outcome.SETUP_ENDED):
            return redirect("/line/live")
        return redirect(f"/line/live?said={TOLD_OF_OUTCOME.get(outcome, Told.NOT_RECORDED)}")

    # --- pieces -----------------------------------------------------------------------------------

    def unowned_page(self) -> Page:
        supervisor = self._frame.supervisor()
        if supervisor is None:
            return redirect("/line")
        told = Told.DONE if request.args.get("said") == Told.DONE else None
        return self._unowned(supervisor, told, None)

    def assign(self) -> Page:
        supervisor = self._frame.supervisor()
        if supervisor is None:
            return redirect("/line")
        form = assigning.read_form(request.form)
        told = self._assign(form, supervisor)
        if told is Told.DONE:
            return redirect("/line/unowned?said=done")
        return self._unowned(supervisor, told, form), 409

    def _assign(self, form: assigning.AssignForm | None, supervisor: Person) -> Told:
        """Sends it to core, which decides; here only what is plainly missing is asked for."""
        if form is None:
            return Told.NOT_UNDERSTOOD
        if not form.shares:
            return Told.PERSON_NEEDED
        if not form.reason:
            return Told.REASON_NEEDED
        outcome = outcome_of(assigning.command_of(form, supervisor, self._ports), self._ports)
        return TOLD_OF_OUTCOME.get(outcome, Told.NOT_RECORDED)

    def _lots(self) -> list[Unowned]:
        last = self._frame.date(request.values.get("date"))
        return unowned(fact for day in reversed(self._frame.week(last)) for fact in self._frame.made(day))

    def _unowned(self, supervisor: Person, told: Told | None, form: assigning.AssignForm | None) -> str:
        lots, last = self._lots(), self._frame.date(request.values.get("date"))
        wanted = form.lot if form else request.args.get("lot", "")
        chosen = next((each for each in lots if each.key == wanted), None)
        if form is not None and told is not Told.NOT_RECORDED:
            # The old id would get the old answer again: what core has refused is tried anew under a new one.
            form = msgspec.structs.replace(form, id=new_id())
        return render_template(
            "line/unowned.html",
            supervisor=supervisor,
            lots=lots,
            chosen=chosen,
            stretches=self._stretches(chosen),
            form=form if chosen and form and form.actuals == chosen.actuals else None,
            new_id=new_id,
            rows=range(assigning.ROWS),
            people=self._people(),
            told=told,
            week=self._frame.week(last),
            **self._frame.around(self._frame.made(self._frame.today()), self._frame.today()),
        )

    def _stretches(self, lot: Unowned | None) -> list[readings.Stretch]:
        if lot is None:
            return []
        pieces = readings.behind(self._ports.views.facts(lot.actuals), lot.actuals)
        marks = readings.marks(self._ports.views.facts(readings.reading_seqs(pieces)))
        return readings.stretches(pieces, "", marks)

    def _people(self) -> list[Person]:
        return sorted(self._ports.directory().reference.people, key=lambda each: each.number)

    # --- badges -----------------------------------------------------------------------------------

    def badges_page(self) -> Page:
        supervisor = self._frame.supervisor()
        if supervisor is None:
            return redirect("/line")
        return self._badges(supervisor, Told.DONE if request.args.get("said") == Told.DONE else None, None)

    def link(self) -> Page:
        supervisor = self._frame.supervisor()
        if supervisor is None:
            return redirect("/line")
        form = linking.read_form(request.form, linking.owners(self._ports, self._unknown()))
        told = self._link(form, supervisor)
        if told is Told.DONE:
            return redirect("/line/badges?said=done")
        return self._badges(supervisor, told, form), 409

    def _link(self, form: linking.LinkForm | None, supervisor: Person) -> Told:
        if form is None:
            return Told.NOT_UNDERSTOOD
        if not form.person:
            return Told.PERSON_NEEDED
        if not form.reason:
            return Told.REASON_NEEDED
        outcome = outcome_of(linking.command_of(form, supervisor, self._ports), self._ports)
        return TOLD_OF_OUTCOME.get(outcome, Told.NOT_RECORDED)

    def _unknown(self) -> list[linking.UnknownBadge]:
        machines = {reader.machine for reader in self._ports.readers if reader.machine}
        return linking.unknown_badges(self._ports, self._frame.week(self._frame.today()), sorted(machines))

    def _badges(self, supervisor: Person, told: Told | None, form: linking.LinkForm | None) -> str:
        if form is not None and told is not Told.NOT_RECORDED:
            form = msgspec.structs.replace(form, id=new_id())
        return render_template(
            "line/badges.html",
            supervisor=supervisor,
            unknown=self._unknown(),
            form=form,
            new_id=new_id,
            people=self._people(),
            form_text=form_text,
            told=told,
            places={each.name: each.title or each.name for each in self._ports.stations},
            **self._frame.around(self._frame.made(self._frame.today()), self._frame.today()),
        )


def form_text(form: Form) -> str:
    """In which form another reader would have sent the number of a known badge."""
    words = []
    if form.reversed:
        words.append(_("its bytes turned round"))
    if form.inverted:
        words.append(_("ones and noughts swapped"))
    if form.kept is not None:
        words.append(_("its last %(n)s bytes only", n=form.kept))
    if form.writing is not Writing.HEX:
        words.append(_("as a decimal number"))
    return (", ".join(words)) or _("the same number from another kind of reader")
