"""What the box's own rules make of a history, held against what was made.

*decided*: counted exactly, and nothing in the journal says that it is unsure.

*flagged*: the journal says itself that there was more to it than counting on: a step RESET, RESET_INFERRED or
IMPLAUSIBLE, pieces QUARANTINED or ESTIMATED, an odd reading that was believed, a counter whose boot counter changed.
Pieces made between the last poll and a reset are in no register afterwards: they are lost, and here it is said.

*undecidable*: counted otherwise than it was made, unflagged, and no rule could know better: the readings are, one for
one, those of another history with no more faults in it, in which exactly what was counted was made. A reset that shows
what a roll-over or counting on would show too, more than a whole modulus in a gap, a misread value that could have
been. `twin` looks for that history, and shares no code with the rules.

*wrong*: counted otherwise than it was made, unflagged, and the readings did show it; or pieces less than none were
counted. There must be no such history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise

from edge.domain import production
from edge.domain.state import BoxState
from edge.link.messages import CounterSample
from sync.wire.envelope import Fact, Stamp
from sync.wire.facts import Basis, Body, Bucket, CounterReading, MaterialActualRecorded, Step, as_dict
from tests.histories.made import History, Polled, Silent
from tests.ledgers import rules

COUNTER, MACHINE = "counter", "machine"
NO_RULES = rules()
BURST = 5
"""So many more counts than the greatest rate allows are still what a machine can make (edge/domain/counting.py)."""
ODD_STEPS = frozenset({Step.RESET, Step.RESET_INFERRED, Step.IMPLAUSIBLE})


class Outcome(StrEnum):
    DECIDED = "decided"
    FLAGGED = "flagged"
    UNDECIDABLE = "undecidable"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """`counted` without what was set aside; `surplus` is how much more that is than was made, negative for lost."""

    outcome: Outcome
    counted: int
    quarantined: int
    surplus: int


class FoldingLedger:
    """Numbers and folds as the journal does, without the hashes; keeps the bodies."""

    def __init__(self) -> None:
        self.state = BoxState()
        self.bodies: list[Body] = []

    def emit(self, at: Stamp, body: Body) -> int:
        self.bodies.append(body)
        seq = len(self.bodies)
        self.state.apply(Fact("box-1", 1, seq, "c", 0, type(body).__name__, at, as_dict(body), "", ""))
        return seq


def recorded(history: History) -> FoldingLedger:
    """The facts of a history; at its end the counter falls silent, so that no reading is only remembered."""
    ledger = FoldingLedger()
    waiting: CounterSample | None = None
    last = max((each.at for each in history.arrivals), key=lambda at: at.wall_us)
    for each in (*history.arrivals, Silent(last)):
        if isinstance(each, Silent):
            production.stale(ledger, NO_RULES, waiting, COUNTER, MACHINE, each.at)
            waiting = None
        else:
            waiting = production.take(ledger, NO_RULES, waiting, _sample(history, each))
    return ledger


def judged(history: History) -> Finding:
    ledger = recorded(history)
    actuals = [body for body in ledger.bodies if isinstance(body, MaterialActualRecorded)]
    quarantined = sum(each.counts for each in actuals if each.bucket is Bucket.QUARANTINED)
    counted = sum(each.counts for each in actuals) - quarantined
    return Finding(_outcome(history, ledger, counted), counted, quarantined, counted - history.pieces)


def _outcome(history: History, ledger: FoldingLedger, counted: int) -> Outcome:
    if any(each.counts <= 0 for each in ledger.bodies if isinstance(each, MaterialActualRecorded)):
        return Outcome.WRONG
    if is_flagged(ledger.bodies):
        return Outcome.FLAGGED
    if counted == history.pieces:
        return Outcome.DECIDED
    return Outcome.UNDECIDABLE if twin(history, counted) else Outcome.WRONG


def is_flagged(bodies: Sequence[Body]) -> bool:
    """A reading that was held and then thrown out as a glitch is no flag: the count is sure again."""
    actuals = [body for body in bodies if isinstance(body, MaterialActualRecorded)]
    if any(each.bucket is Bucket.QUARANTINED or each.basis is Basis.ESTIMATED for each in actuals):
        return True
    if any(reading.step in ODD_STEPS for each in actuals for reading in each.readings):
        return True
    readings = {seq: body for seq, body in enumerate(bodies, 1) if isinstance(body, CounterReading)}
    thrown_out = {each.glitch for each in readings.values()}
    if any(each.held and seq not in thrown_out for seq, each in readings.items()):
        return True
    return len({each.session for each in readings.values()}) > 1


def twin(history: History, counted: int) -> tuple[Polled, ...] | None:
    """Readings that tell of exactly `counted` pieces by counting on, when those left out are taken as misread; no more
    are left out than this history has faults. None when there is no such reading of it.

    A reading that comes after a later one is not among them: facts are never changed, so it is too late for it.
    """
    seen: list[Polled] = []
    for each in history.arrivals:
        if isinstance(each, Polled) and (not seen or each.at.wall_us > seen[-1].at.wall_us):
            seen.append(each)
    for left_out in range(history.faults + 1):
        for kept in combinations(seen, len(seen) - left_out):
            steps = [_counted_on(history, earlier, later) for earlier, later in pairwise(kept)]
            if None not in steps and sum(each or 0 for each in steps) == counted:
                return kept
    return None


def _counted_on(history: History, earlier: Polled, later: Polled) -> int | None:
    """The counts between two readings of a counter that only counts on; None when it cannot have."""
    counts = (later.value - earlier.value) % history.modulus
    minutes = (later.at.wall_us - earlier.at.wall_us) / 60e6
    possible = counts <= history.max_rate_per_min * minutes + BURST and earlier.session == later.session
    return counts if possible else None


def _sample(history: History, polled: Polled) -> CounterSample:
    return CounterSample(
        MACHINE,
        COUNTER,
        polled.at,
        polled.value,
        f"{polled.value:08X}",
        history.modulus,
        history.max_rate_per_min,
        polled.session,
    )
