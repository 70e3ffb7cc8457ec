"""The proof that a counter counts pieces: what its registers held while an electrician ran a known number of them.

Two people sign with their badges, one of them a supervisor. From then on the box counts what is read with this meaning.
"""

from __future__ import annotations

from itertools import pairwise

from edge.domain.onboarding import owner
from edge.domain.rules import Decision, Rules
from edge.domain.state import BoxState, Ledger
from edge.link.messages import CommissionCounter
from sync.wire.envelope import plain_text
from sync.wire.facts import CommissioningRefused, CounterCommissioned, CounterProof, Outcome

LONGEST_TEXT = 1_000

BEFORE, DURING, AFTER, POWER_OFF, POWER_ON = "before", "during", "after", "power-off", "power-on"
STEPS = frozenset({BEFORE, DURING, AFTER, POWER_OFF, POWER_ON})
KEPT, LOST, NOT_TRIED = "KEPT", "LOST", "NOT_TRIED"


def commission(ledger: Ledger, rules: Rules, command: CommissionCounter) -> Decision:
    """Takes the proof, or says why not; both are facts."""
    electrician = _signer(rules, ledger.state, command.electrician_badge)
    witness = _signer(rules, ledger.state, command.witness_badge)
    if electrician is None or witness is None:
        return _refused(ledger, command, Outcome.NOT_SIGNED, "a badge is blocked, or nobody's")
    if rules.same_person(electrician, witness):
        return _refused(ledger, command, Outcome.NOT_SIGNED, "both badges are one person's")
    if not (rules.is_supervisor(electrician) or rules.is_supervisor(witness)):
        return _refused(ledger, command, Outcome.NOT_SIGNED, "neither is a supervisor")
    if doubt := doubt_of(command.pieces, command.counts, command.reset, command.proof):
        return _refused(ledger, command, Outcome.NOT_PROVEN, doubt)
    body = CounterCommissioned(
        outcome=Outcome.COMMISSIONED,
        machine=command.machine,
        counter=command.counter,
        meaning=command.meaning,
        registers=plain_text(command.registers, LONGEST_TEXT),
        pieces=command.pieces,
        counts=command.counts,
        reset=command.reset,
        proof=command.proof,
        electrician=electrician,
        witness=witness,
        differences=plain_text(command.differences, LONGEST_TEXT),
    )
    return Decision(Outcome.COMMISSIONED, ledger.emit(command.at, body))


def doubt_of(pieces: int, counts: int, reset: str, proof: list[CounterProof]) -> str:
    """Why the readings do not show what is claimed; empty when they do.

    A counter that went round in between proves nothing: the pieces are run once more.
    """
    at_us = [each.at_us for each in proof]
    run = [each.value for each in proof if each.step in {BEFORE, DURING, AFTER}]
    ends = {step: [each.value for each in proof if each.step == step] for step in (BEFORE, AFTER, POWER_ON)}
    if at_us != sorted(at_us) or any(each.step not in STEPS for each in proof):
        return "the readings are not in the order of their moments"
    if pieces < 1 or counts < 1 or (counts % pieces and pieces % counts):
        return f"{counts} counts are no whole number for each of {pieces} pieces, and neither the other way round"
    if not ends[BEFORE] or not ends[AFTER]:
        return "a reading before and one after the pieces are needed"
    if ends[AFTER][-1] - ends[BEFORE][-1] != counts or any(last < first for first, last in pairwise(run)):
        return f"from {ends[BEFORE][-1]} to {ends[AFTER][-1]} is not {counts} counts up"
    return _reset_doubt(reset, ends[AFTER][-1], ends[POWER_ON])


def _reset_doubt(reset: str, last: int, back: list[int]) -> str:
    shown = NOT_TRIED if not back else KEPT if back[0] >= last else LOST
    return "" if reset == shown else f"the readings show that the count without power is {shown}, not {reset}"


def _signer(rules: Rules, state: BoxState, badge: str) -> str | None:
    found = owner(rules.directory, state, badge)
    return None if found is None or found.blocked else found.person


def _refused(ledger: Ledger, command: CommissionCounter, outcome: Outcome, detail: str) -> Decision:
    body = CommissioningRefused(outcome, command.machine, command.counter, plain_text(detail, LONGEST_TEXT))
    return Decision(outcome, ledger.emit(command.at, body))
