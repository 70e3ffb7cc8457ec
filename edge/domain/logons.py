"""A badge at a machine: on, off, hand-over (AB-R11). A supervisor's card never disturbs a running operator."""

from __future__ import annotations

from edge.domain.onboarding import not_owned, owner
from edge.domain.rules import Decision, Rules, is_repeat
from edge.domain.state import Ledger, MachineState
from edge.link.messages import BadgeTapped
from sync.facts import Ended, JobOrderStarted, LogOnShown, Outcome, PersonnelLogOff, PersonnelLogOn
from sync.reference_data import Role
from sync.wire import Stamp


def at_machine(ledger: Ledger, rules: Rules, command: BadgeTapped, *, late: bool) -> Decision:
    """Decides one tap at a machine and emits its facts. `command.machine` is set."""
    name = command.machine or ""
    badge = owner(rules.directory, ledger.state, command.badge)
    if badge is None:
        return _shown(ledger, command, not_owned(command), None, late=late)
    person = rules.directory.person(badge.person)
    if badge.blocked:
        return _shown(ledger, command, Outcome.BLOCKED_BADGE, badge.person, late=late)
    if person is not None and person.role is not Role.WORKER:
        return _shown(ledger, command, Outcome.NOT_AN_OPERATOR, badge.person, late=late)
    machine = ledger.state.machine(name)
    again = _again(machine, command, badge.person)
    if again is not None:
        return _shown(ledger, command, again, badge.person, late=late)
    if machine.session and machine.session.person == badge.person:
        return _log_off(ledger, machine, command, late=late)
    outcome = Outcome.LOGGED_ON
    if machine.session:
        previous = machine.session
        ledger.emit(command.at, PersonnelLogOff(name, previous.person, Ended.HAND_OVER, previous.log_on))
        outcome = Outcome.HANDED_OVER
    log_on = PersonnelLogOn(
        outcome, command.station, command.reader, name, badge.person, ledger.state.machine(name).context.order, late
    )
    return Decision(outcome, ledger.emit(command.at, log_on))


def _again(machine: MachineState, command: BadgeTapped, person: str) -> Outcome | None:
    """A second tap of the same person within the window only shows what is recorded."""
    session, off = machine.session, machine.last_log_off
    if session and session.person == person and is_repeat(command.at, session.at):
        return Outcome.ALREADY_ON
    if not session and off and off.person == person and is_repeat(command.at, off.at):
        return Outcome.ALREADY_OFF
    return None


def _log_off(ledger: Ledger, machine: MachineState, command: BadgeTapped, *, late: bool) -> Decision:
    assert machine.session is not None
    body = PersonnelLogOff(
        machine=command.machine or "",
        person=machine.session.person,
        ended_by=Ended.LOG_OFF,
        log_on=machine.session.log_on,
        outcome=Outcome.LOGGED_OFF,
        station=command.station,
        late=late,
    )
    return Decision(Outcome.LOGGED_OFF, ledger.emit(command.at, body))


def _shown(ledger: Ledger, command: BadgeTapped, outcome: Outcome, person: str | None, *, late: bool) -> Decision:
    body = LogOnShown(
        outcome=outcome,
        station=command.station,
        reader=command.reader,
        machine=command.machine or "",
        person=person,
        badge=None if person else command.badge,
        late=late,
    )
    return Decision(outcome, ledger.emit(command.at, body))


def follow_orders(ledger: Ledger, rules: Rules, machines: list[str], at: Stamp) -> list[str]:
    """Emits JobOrderStarted where HR's open order is no longer the one being counted for; the machines changed.

    Without reference data nothing changes: a box that lost sight of HR goes on with what it had.
    """
    if rules.directory.reference.version == 0:
        return []
    changed = []
    for name in machines:
        order = rules.directory.order_at(name)
        context = ledger.state.machine(name).context
        wanted = (order.id, order.product, order.operation, order.pieces_per_count) if order else (None, None, None, 1)
        if wanted != (context.order, context.product, context.operation, context.pieces_per_count):
            ledger.emit(at, JobOrderStarted(name, *wanted))
            changed.append(name)
    return changed
