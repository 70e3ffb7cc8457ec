"""What is known of the time: HR's signed word each boot and each day, and a supervisor's where HR is out of reach."""

from __future__ import annotations

from edge.domain.rules import Decision, Rules
from edge.domain.state import Ledger
from edge.link.messages import AnchorClock
from sync.wire.anchors import ClockAnchor, is_news
from sync.wire.facts import AnchorSource, ClockAnchored, Outcome, SupervisorRefused


def anchor(ledger: Ledger, rules: Rules, command: AnchorClock) -> Decision | None:
    """Records it; None for a word of HR that says nothing new."""
    if command.source is AnchorSource.SUPERVISOR:
        if not rules.is_supervisor(command.supervisor):
            body = SupervisorRefused(Outcome.NOT_A_SUPERVISOR, type(command).__name__, command.supervisor, "clock")
            return Decision(Outcome.NOT_A_SUPERVISOR, ledger.emit(command.at, body))
    elif not is_news(ledger.state.anchor, ClockAnchor(command.at, command.utc_us, command.within_us, command.source)):
        return None
    said = ClockAnchored(
        Outcome.CLOCK_ANCHORED, command.source, command.utc_us, command.within_us, by=command.supervisor
    )
    return Decision(Outcome.CLOCK_ANCHORED, ledger.emit(command.at, said))
