"""What a supervisor says besides sealing: a machine is being set up, whose pieces these are, whose badge this is."""

from __future__ import annotations

import msgspec
from flask import redirect, render_template, request
from flask_babel import gettext as _

from edge.domain.badge_forms import Form, Writing
from edge.link.messages import SetEquipmentState, new_id
from kiosk_ui.asking import UUID, outcome_of
from kiosk_ui.line import assigning, linking, readings
from kiosk_ui.line.frame import Frame
from kiosk_ui.line.machines import machine_ids
from kiosk_ui.line.telling import Page, Told, shown, told_of, tried
from kiosk_ui.line.unowned import Unowned, unowned
from sync.wire.facts import EquipmentState
from sync.wire.reference_data import Person


class SupervisionPages:
    """The view functions; `kiosk_ui.line.pages.blueprint` gives them their addresses."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._ports = frame, frame.ports

    # --- set-up -----------------------------------------------------------------------------------

    def set_up(self, supervisor: Person) -> Page:
        """One press of a machine's button: set-up begins, or ends."""
        machine, identifier = request.form.get("machine", ""), request.form.get("id", "")
        if machine not in machine_ids(self._ports) or not UUID.fullmatch(identifier):
            return redirect("/line/live?said=not-understood")
        state = EquipmentState.SETUP if request.form.get("state") == "SETUP" else EquipmentState.EXECUTE
        command = SetEquipmentState(identifier, self._ports.clock.stamp(), supervisor.id, machine, state)
        told = told_of(outcome_of(command, self._ports))
        return redirect("/line/live" if told is Told.DONE else f"/line/live?said={told}")

    # --- pieces -----------------------------------------------------------------------------------

    def unowned_page(self, supervisor: Person) -> Page:
        told = Told.DONE if request.args.get("said") == Told.DONE else None
        return self._unowned(supervisor, told, None)

    def assign(self, supervisor: Person) -> Page:
        form = assigning.read_form(request.form)
        told = tried(form, lambda each: assigning.command_of(each, supervisor, self._ports), self._ports)
        return shown(told, Told.DONE, "/line/unowned?said=done", lambda: self._unowned(supervisor, told, form))

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

    def badges_page(self, supervisor: Person) -> Page:
        return self._badges(supervisor, Told.DONE if request.args.get("said") == Told.DONE else None, None)

    def link(self, supervisor: Person) -> Page:
        form = linking.read_form(request.form, linking.owners(self._ports, self._unknown()))
        told = tried(form, lambda each: linking.command_of(each, supervisor, self._ports), self._ports)
        return shown(told, Told.DONE, "/line/badges?said=done", lambda: self._badges(supervisor, told, form))

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
