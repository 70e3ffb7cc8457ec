"""A supervisor's seal (AB-R15): what is sealed adds up to what was counted, or carries a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from edge.domain.output import sealing_key
from edge.domain.rules import Decision, Rules
from edge.domain.shares import split
from edge.domain.state import Ledger
from edge.link.messages import ConfirmOutput
from sync.wire.envelope import plain_text
from sync.wire.facts import ConfirmationRefused, Outcome, QuantityConfirmed

LONGEST_REASON = 200
LARGEST_QUANTITY = 1_000_000_000
"""More than anybody makes in a day, and still an integer that every database and screen can hold."""


def confirm(ledger: Ledger, rules: Rules, command: ConfirmOutput) -> Decision:
    """Seals the named pieces, or says why not; both are facts."""
    if not rules.is_supervisor(command.supervisor):
        return _refused(ledger, command, Outcome.NOT_A_SUPERVISOR)
    key = sealing_key(command.person, command.order, command.work_date)
    unsealed = {each.seq: each for each in ledger.state.output.unsealed.get(key, [])}
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


class Sorted(NamedTuple):
    """What became of somebody's pieces."""

    good: int
    scrap_labour: int = 0
    scrap_material: int = 0
    rework: int = 0


def of_a_team(
    counted: Mapping[str, int],
    whole: Sorted,
    known: Mapping[str, Sorted] | None = None,
    adjustment: int = 0,
    reason: str = "",
) -> dict[str, Sorted] | None:
    """What each of several people is sealed with when a supervisor has sorted their pieces together.

    Whose scrap and rework it was, as far as it is `known` (good counts for nothing there), is theirs; the rest is
    spread in proportion to what each made, and what is left of a person's pieces is good. An adjustment is spread like
    it. None when the sum is not what was counted, an adjustment has no reason, or somebody would have more scrap than
    pieces: then the supervisor has to say whose it was.
    """
    known = known or {}
    if adjustment and not reason.strip():
        return None
    more = split(adjustment, counted) if adjustment else {}
    counted = {person: pieces + more.get(person, 0) for person, pieces in counted.items()}
    if sum(whole) != sum(counted.values()) or min(whole) < 0 or not set(known) <= set(counted):
        return None
    parts: dict[str, list[int]] = {person: [] for person in counted}
    for kind in range(1, len(whole)):
        own = {person: known[person][kind] if person in known else 0 for person in counted}
        if sum(own.values()) > whole[kind] or min(own.values(), default=0) < 0:
            return None
        spread = split(whole[kind] - sum(own.values()), counted)
        for person in counted:
            parts[person].append(own[person] + spread[person])
    shared = {person: Sorted(counted[person] - sum(bad), *bad) for person, bad in parts.items()}
    return shared if all(each.good >= 0 for each in shared.values()) else None
