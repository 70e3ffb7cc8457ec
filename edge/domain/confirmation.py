"""A supervisor's seal (AB-R15): what is sealed adds up to what was counted, or carries a reason."""

from __future__ import annotations

from edge.domain.rules import Decision, Rules
from edge.domain.state import Ledger, sealing_key
from edge.link.messages import ConfirmOutput
from sync.facts import ConfirmationRefused, Outcome, QuantityConfirmed
from sync.reference_data import Role
from sync.wire import plain_text

LONGEST_REASON = 200
LARGEST_QUANTITY = 1_000_000_000
"""More than anybody makes in a day, and still an integer that every database and screen can hold."""


def confirm(ledger: Ledger, rules: Rules, command: ConfirmOutput) -> Decision:
    """Seals the named pieces, or says why not; both are facts."""
    supervisor = rules.directory.person(command.supervisor)
    if supervisor is None or supervisor.role is not Role.SUPERVISOR:
        return _refused(ledger, command, Outcome.NOT_A_SUPERVISOR)
    key = sealing_key(command.person, command.order, command.work_date)
    unsealed = {each.seq: each for each in ledger.state.unsealed.get(key, [])}
    named = set(command.actuals)
    if not named or not named <= unsealed.keys():
        return _refused(ledger, command, Outcome.CHANGED_MEANWHILE)
    counted = sum(unsealed[seq].quantity for seq in named)
    quantities = (command.good, command.scrap_labour, command.scrap_material, command.rework)
    adds_up = sum(quantities) == counted + command.adjustment
    reason = plain_text(command.reason, LONGEST_REASON).strip()
    possible = min(quantities) >= 0 and max(*quantities, abs(command.adjustment)) <= LARGEST_QUANTITY
    if not possible or not adds_up or (command.adjustment != 0 and not reason):
        return _refused(ledger, command, Outcome.SUM_DIFFERS, f"{sum(quantities)} of {counted}")
    first = unsealed[min(named)]
    body = QuantityConfirmed(
        outcome=Outcome.CONFIRMED,
        confirmed_by=command.supervisor,
        person=command.person,
        order=command.order,
        product=first.product,
        operation=first.operation,
        work_date=command.work_date,
        actuals=sorted(named),
        counted=counted,
        good=command.good,
        scrap_labour=command.scrap_labour,
        scrap_material=command.scrap_material,
        rework=command.rework,
        adjustment=command.adjustment,
        reason=reason,
    )
    return Decision(Outcome.CONFIRMED, ledger.emit(command.at, body))


def _refused(ledger: Ledger, command: ConfirmOutput, outcome: Outcome, detail: str = "") -> Decision:
    body = ConfirmationRefused(
        outcome, command.supervisor, command.person, command.order, command.work_date, plain_text(detail, 100)
    )
    return Decision(outcome, ledger.emit(command.at, body))
