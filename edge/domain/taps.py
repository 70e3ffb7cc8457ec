"""A badge at a clock reader: in, out, shown again, not known, not to be known. Every tap is kept.

The person may say himself what his last tap was, for as long as it would be shown again.
"""

from __future__ import annotations

from edge.domain.direction import guess
from edge.domain.onboarding import give_badge, not_owned, owner
from edge.domain.rules import REPEAT_WINDOW_S, Decision, Rules, is_repeat
from edge.domain.state import BoxState, LastTap, Ledger
from edge.link.messages import BadgeTapped, ChooseDirection
from sync.wire.envelope import Stamp
from sync.wire.facts import AttendanceTap, Direction, DirectionChosen, Ended, Outcome, PersonnelLogOff

CHOICE_WITHIN_S = REPEAT_WINDOW_S + 30.0
"""A second tap up to the end of the window still opens the screen that offers the other direction."""

COUNTS_FOR_NOTHING = frozenset({Outcome.BLOCKED_BADGE, Outcome.UNUSABLE_BADGE})

DECIDED = {Direction.IN: Outcome.CLOCKED_IN, Direction.OUT: Outcome.CLOCKED_OUT}
AGAIN = {Direction.IN: Outcome.ALREADY_IN, Direction.OUT: Outcome.ALREADY_OUT}


def clock(ledger: Ledger, rules: Rules, command: BadgeTapped, *, late: bool) -> Decision:
    """Decides one tap and emits its fact; a clock-out also ends the person's sessions at machines (AB-R11).

    Where a newcomer waits for a badge, one that nobody owns is no tap: it is being given to him.
    """
    if given := give_badge(ledger, rules, command):
        return given
    badge = owner(rules.directory, ledger.state, command.badge)
    who = badge.person if badge else command.badge
    last = ledger.state.taps.get(who) if who else None
    repeated = last if last and is_repeat(command.at, last.at) else None
    if badge is None:
        outcome, direction = not_owned(command), None
    elif badge.blocked:
        outcome, direction = Outcome.BLOCKED_BADGE, None
    elif repeated:
        # A badge that was unknown a moment ago and has just been assigned: its tap stands, direction unknown.
        direction = repeated.direction
        outcome = AGAIN[direction] if direction else Outcome.ALREADY_IN
    else:
        direction, sure = guess(ledger.state, rules, badge.person, command.at)
        outcome = DECIDED[direction] if sure else Outcome.DIRECTION_OFFERED
    tap = AttendanceTap(
        outcome=outcome,
        station=command.station,
        reader=command.reader,
        work_date=rules.work_date(command.at.wall_us),
        person=badge.person if badge else None,
        badge=None if badge else command.badge,
        direction=direction,
        effective=repeated is None and outcome not in COUNTS_FOR_NOTHING,
        repeats=repeated.seq if repeated else None,
        late=late,
    )
    seq = ledger.emit(command.at, tap)
    if badge and tap.effective and direction is Direction.OUT:
        _end_sessions(ledger, command.at, badge.person)
    return Decision(outcome, seq)


def choose(ledger: Ledger, command: ChooseDirection, *, late: bool) -> Decision | None:
    """The person says what his last tap was. None, and no fact, when it is not his last one, or was too long ago."""
    if (found := _tapped(ledger.state, command.tap)) is None:
        return None
    person, tap = found
    here = tap.direction is not None and tap.station == command.station
    if not here or not 0 <= command.at.seconds_since(tap.at) <= CHOICE_WITHIN_S:
        return None
    outcome = DECIDED[command.direction]
    chosen = DirectionChosen(outcome, command.station, person, command.tap, command.direction, tap.work_date, late=late)
    seq = ledger.emit(command.at, chosen)
    if command.direction is Direction.OUT:
        _end_sessions(ledger, command.at, person)
    return Decision(outcome, seq)


def _tapped(state: BoxState, seq: int) -> tuple[str, LastTap] | None:
    """Whose last effective tap this is."""
    return next(((who, last) for who, last in state.taps.items() if last.seq == seq), None)


def _end_sessions(ledger: Ledger, at: Stamp, person: str) -> None:
    for name, machine in list(ledger.state.machines.items()):
        if session := machine.session_of(person):
            ledger.emit(at, PersonnelLogOff(name, person, Ended.CLOCK_OUT, session.log_on))
