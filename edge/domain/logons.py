"""A badge at a machine: on, off, hand-over, refused (AB-R6, AB-R11, AB-R12).

A supervisor's card never disturbs a running operator, and neither does anybody who may not work there.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain import clearance
from edge.domain.machines import MachineState, Session
from edge.domain.onboarding import not_owned, owner
from edge.domain.rules import Decision, Rules, is_repeat
from edge.domain.state import Ledger
from edge.link.messages import BadgeTapped
from sync.wire.envelope import Stamp
from sync.wire.facts import Ended, JobOrderStarted, LogOnShown, Outcome, PersonnelLogOff, PersonnelLogOn
from sync.wire.reference_data import Role

FULL_WEIGHT = 100
"""Of somebody HR has not named yet."""


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
    machine, places = ledger.state.machine(name), _places(rules, name)
    if (again := _again(machine, command, badge.person, places)) is not None:
        return _shown(ledger, command, again, badge.person, late=late)
    if session := machine.session_of(badge.person):
        return _log_off(ledger, session, command, late=late)
    if missing := clearance.missing(rules, name, badge.person, command.at):
        return _shown(ledger, command, Outcome.NOT_CLEARED, badge.person, late=late, missing=missing)
    if places > 1 and len(machine.sessions) >= places:
        return _shown(ledger, command, Outcome.NO_PLACE, badge.person, late=late)
    outcome = Outcome.LOGGED_ON
    if places == 1:
        for previous in list(machine.sessions):
            ledger.emit(command.at, PersonnelLogOff(name, previous.person, Ended.HAND_OVER, previous.log_on))
            outcome = Outcome.HANDED_OVER
    log_on = PersonnelLogOn(
        outcome=outcome,
        station=command.station,
        reader=command.reader,
        machine=name,
        person=badge.person,
        order=machine.context.order,
        late=late,
        weight=max(0, person.weight) if person else FULL_WEIGHT,
    )
    return Decision(outcome, ledger.emit(command.at, log_on))


def _places(rules: Rules, machine: str) -> int:
    known = rules.directory.machine(machine)
    return max(1, known.operators) if known else 1


def _again(machine: MachineState, command: BadgeTapped, person: str, places: int) -> Outcome | None:
    """A second tap of the same person within the window only shows what is recorded.

    Where there is one place and another has taken it since, he takes it back.
    """
    session, off = machine.session_of(person), machine.log_offs.get(person)
    if session:
        return Outcome.ALREADY_ON if is_repeat(command.at, session.at) else None
    if off and is_repeat(command.at, off.at) and (places > 1 or not machine.sessions):
        return Outcome.ALREADY_OFF
    return None


def _log_off(ledger: Ledger, session: Session, command: BadgeTapped, *, late: bool) -> Decision:
    body = PersonnelLogOff(
        machine=command.machine or "",
        person=session.person,
        ended_by=Ended.LOG_OFF,
        log_on=session.log_on,
        outcome=Outcome.LOGGED_OFF,
        station=command.station,
        late=late,
    )
    return Decision(Outcome.LOGGED_OFF, ledger.emit(command.at, body))


def _shown(
    ledger: Ledger,
    command: BadgeTapped,
    outcome: Outcome,
    person: str | None,
    *,
    late: bool,
    missing: Sequence[str] = (),
) -> Decision:
    body = LogOnShown(
        outcome=outcome,
        station=command.station,
        reader=command.reader,
        machine=command.machine or "",
        person=person,
        badge=None if person else command.badge,
        late=late,
        missing=list(missing),
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
