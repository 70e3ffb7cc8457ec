"""A badge at a clock reader: in, out, shown again, not known, not to be known. Every tap is kept."""

from __future__ import annotations

from edge.domain.onboarding import give_badge, not_owned, owner
from edge.domain.rules import Decision, Rules, is_repeat
from edge.domain.state import LastTap, Ledger
from edge.link.messages import BadgeTapped
from sync.facts import AttendanceTap, Direction, Ended, Outcome, PersonnelLogOff

LONGEST_PRESENCE_S = 16 * 3600.0
"""Older than this, an open clock-in is a forgotten clock-out: the next tap opens a new day."""

COUNTS_FOR_NOTHING = frozenset({Outcome.BLOCKED_BADGE, Outcome.UNUSABLE_BADGE})

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
    outcome, direction = _decide(badge.blocked if badge else None, last, repeated, command)
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
    if outcome is Outcome.CLOCKED_OUT and badge:
        _end_sessions(ledger, command, badge.person)
    return Decision(outcome, seq)


def _decide(
    blocked: bool | None, last: LastTap | None, repeated: LastTap | None, command: BadgeTapped
) -> tuple[Outcome, Direction | None]:
    if blocked is None:
        return not_owned(command), None
    if blocked:
        return Outcome.BLOCKED_BADGE, None
    if repeated:
        # A badge that was unknown a moment ago and has just been assigned: its tap stands, direction unknown.
        return (AGAIN[repeated.direction], repeated.direction) if repeated.direction else (Outcome.ALREADY_IN, None)
    present = last is not None and last.direction is Direction.IN
    if present and last is not None and command.at.seconds_since(last.at) < LONGEST_PRESENCE_S:
        return Outcome.CLOCKED_OUT, Direction.OUT
    return Outcome.CLOCKED_IN, Direction.IN


def _end_sessions(ledger: Ledger, command: BadgeTapped, person: str) -> None:
    for name, machine in list(ledger.state.machines.items()):
        if session := machine.session_of(person):
            ledger.emit(command.at, PersonnelLogOff(name, person, Ended.CLOCK_OUT, session.log_on))
