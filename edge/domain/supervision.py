"""What a supervisor may say besides sealing: that a machine is set up, whose pieces these are, whose badge.

Whoever asks must be a supervisor at the moment of the decision; a refusal is a fact as well.
"""

from __future__ import annotations

from edge.domain.onboarding import known_person, owner
from edge.domain.output import Unassigned
from edge.domain.rules import Decision, Rules
from edge.domain.state import Ledger
from edge.link.messages import AssignPieces, LinkBadge, SetEquipmentState
from sync.wire.envelope import plain_text
from sync.wire.facts import (
    BadgeLinked,
    EquipmentState,
    EquipmentStateChanged,
    MaterialActualAssigned,
    Outcome,
    Share,
    SupervisorRefused,
)

LONGEST_REASON = 200
LONGEST_DETAIL = 100

SAID = {EquipmentState.SETUP: Outcome.SETUP_BEGAN, EquipmentState.EXECUTE: Outcome.SETUP_ENDED}


def set_equipment_state(ledger: Ledger, rules: Rules, command: SetEquipmentState) -> Decision:
    """Set-up begins or ends (AB-R10). What holds already is recorded once more, and changes nothing."""
    if not rules.is_supervisor(command.supervisor):
        return _refused(ledger, command, command.machine, Outcome.NOT_A_SUPERVISOR)
    outcome = SAID[command.state]
    body = EquipmentStateChanged(outcome, command.machine, command.state, command.supervisor)
    return Decision(outcome, ledger.emit(command.at, body))


def assign(ledger: Ledger, rules: Rules, command: AssignPieces) -> Decision:
    """Gives pieces that are nobody's to people (AB-R5): one fact for each fact whose pieces they were.

    They are drawn in the order of the facts, and each person gets his share of the whole. Nothing is given out twice,
    and nothing of another order, product or day than the rest.
    """
    if not rules.is_supervisor(command.supervisor):
        return _refused(ledger, command, command.machine, Outcome.NOT_A_SUPERVISOR)
    waiting = ledger.state.output.unassigned
    sources = {seq: waiting[seq] for seq in sorted(set(command.actuals)) if seq in waiting}
    if (outcome_and_why := _why_not(ledger, rules, command, sources)) is not None:
        return _refused(ledger, command, command.machine, *outcome_and_why)
    reason = plain_text(command.reason, LONGEST_REASON).strip()
    seqs = []
    for actual, shares in _drawn({seq: each.left for seq, each in sources.items()}, command.shares).items():
        source = sources[actual]
        body = MaterialActualAssigned(
            outcome=Outcome.ASSIGNED,
            assigned_by=command.supervisor,
            reason=reason,
            machine=command.machine,
            actual=actual,
            bucket=source.bucket,
            quantity=sum(share.quantity for share in shares),
            shares=shares,
            work_date=source.work_date,
            calendar_date=source.calendar_date,
            order=source.order,
            product=source.product,
            operation=source.operation,
        )
        seqs.append(ledger.emit(command.at, body))
    return Decision(Outcome.ASSIGNED, seqs[0])


def link(ledger: Ledger, rules: Rules, command: LinkBadge) -> Decision:
    """A badge that nobody owns becomes somebody's: never by itself, and never twice."""
    if not rules.is_supervisor(command.supervisor):
        return _refused(ledger, command, command.badge, Outcome.NOT_A_SUPERVISOR)
    reason = plain_text(command.reason, LONGEST_REASON).strip()
    like = owner(rules.directory, ledger.state, command.like)
    if not reason:
        return _refused(ledger, command, command.badge, Outcome.CHANGED_MEANWHILE, "no reason")
    if not command.badge or owner(rules.directory, ledger.state, command.badge) is not None:
        return _refused(ledger, command, command.badge, Outcome.CHANGED_MEANWHILE, "the badge is somebody's")
    if not known_person(rules.directory, ledger.state, command.person):
        return _refused(ledger, command, command.badge, Outcome.CHANGED_MEANWHILE, "the person is not known here")
    if command.like is not None and (like is None or not rules.same_person(like.person, command.person)):
        return _refused(ledger, command, command.badge, Outcome.CHANGED_MEANWHILE, "the known badge is another's")
    body = BadgeLinked(
        Outcome.BADGE_LINKED, command.supervisor, command.person, command.badge, reason, like=command.like
    )
    return Decision(Outcome.BADGE_LINKED, ledger.emit(command.at, body))


def _why_not(
    ledger: Ledger, rules: Rules, command: AssignPieces, sources: dict[int, Unassigned]
) -> tuple[Outcome, str] | None:
    if not sources or len(sources) < len(set(command.actuals)):
        return Outcome.CHANGED_MEANWHILE, "they are somebody's already, or too old"
    if any(each.machine != command.machine for each in sources.values()):
        return Outcome.CHANGED_MEANWHILE, "pieces of another machine"
    if len({(each.order, each.product, each.operation, each.work_date) for each in sources.values()}) > 1:
        return Outcome.CHANGED_MEANWHILE, "pieces of more than one order or day"
    if not all(known_person(rules.directory, ledger.state, person) for person in command.shares):
        return Outcome.CHANGED_MEANWHILE, "a person is not known here"
    if not plain_text(command.reason, LONGEST_REASON).strip():
        return Outcome.SUM_DIFFERS, "no reason"
    wanted, there = sum(command.shares.values()), sum(each.left for each in sources.values())
    if wanted > there or not command.shares or min(command.shares.values()) <= 0:
        return Outcome.SUM_DIFFERS, f"{wanted} of {there}"
    return None


def _drawn(left: dict[int, int], wanted: dict[str, int]) -> dict[int, list[Share]]:
    """Who gets how many pieces of which fact, one fact and one person after the other; `left` is enough for all."""
    drawn: dict[int, list[Share]] = {}
    people = sorted(wanted.items())
    person, still = people.pop(0)
    for seq, pieces in left.items():
        while pieces and still:
            share = Share(person, min(pieces, still))
            drawn.setdefault(seq, []).append(share)
            pieces, still = pieces - share.quantity, still - share.quantity
            if not still and people:
                person, still = people.pop(0)
    return drawn


def _refused(
    ledger: Ledger,
    command: SetEquipmentState | AssignPieces | LinkBadge,
    subject: str,
    outcome: Outcome,
    detail: str = "",
) -> Decision:
    body = SupervisorRefused(
        outcome, type(command).__name__, command.supervisor, plain_text(subject, LONGEST_DETAIL), detail
    )
    return Decision(outcome, ledger.emit(command.at, body))
