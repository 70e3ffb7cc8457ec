"""In or out: what a tap most likely is, and whether the box can know it.

It can, as long as it knows the taps at all other boxes. When it does not, a tap around the beginning or the end of a
shift is still what it looks like; for any other the person is asked, and the likelier direction is recorded meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edge.domain.rules import REPEAT_WINDOW_S, Rules
from edge.domain.state import BoxState
from sync.wire import workdate
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Direction
from sync.wire.reference_data import Shift

LONGEST_PRESENCE_S = 16 * 3600.0
"""Older than this, an open clock-in is a forgotten clock-out: the next tap opens a new day."""

EARLY_MIN, LATE_MIN = 90, 20
"""People come up to EARLY_MIN before a shift begins and go up to as long after it ends; LATE_MIN late, or as much
before its end."""


class Guess(NamedTuple):
    """`sure`: the box knows, or nobody could think otherwise."""

    direction: Direction
    sure: bool


def guess(state: BoxState, rules: Rules, person: str, at: Stamp) -> Guess:
    """What a tap of this person at this moment is, by all taps the box knows of."""
    before = _before(state, rules, person, at)
    turned = Direction.OUT if before is Direction.IN else Direction.IN
    if not _may_be_unknown(rules, at):
        return Guess(turned, sure=True)
    if any(machine.session_of(person) for machine in state.machines.values()):
        # He has been at work here since: nobody need be asked whether he comes.
        return Guess(Direction.OUT, sure=True)
    usual = None if at.clock is ClockState.NONE else usual_direction(rules.minute(at.wall_us), rules.shifts(at.wall_us))
    likelier = turned if before or usual is None else usual
    # Somebody of whom nothing is known may be leaving at the end of a shift, but it is only the clock that says so.
    return Guess(likelier, sure=likelier is usual and (before is not None or likelier is Direction.IN))


def _before(state: BoxState, rules: Rules, person: str, at: Stamp) -> Direction | None:
    """The direction of his last tap, here or elsewhere; None when it is too old to say anything.

    One elsewhere within the last minute is this one again, for HR: it decides nothing.
    """
    own = state.taps.get(person)
    ages = [(at.seconds_since(own.at), own.direction)] if own is not None else []
    seen = rules.elsewhere.last(rules.keys_of(person))
    if seen is not None and at.clock is not ClockState.NONE:
        age_s = (at.wall_us - seen.at_us) / 1e6
        if age_s >= REPEAT_WINDOW_S:
            ages.append((age_s, seen.direction))
    age_s, direction = min(ages, key=lambda each: each[0], default=(LONGEST_PRESENCE_S, None))
    return direction if age_s < LONGEST_PRESENCE_S else None


def _may_be_unknown(rules: Rules, at: Stamp) -> bool:
    """Whether somebody may have tapped elsewhere and this box has not been told. Without the time it cannot tell."""
    if at.clock is ClockState.NONE:
        return bool(rules.elsewhere.presence.boxes)
    return rules.elsewhere.unknown_since_us(at.wall_us) is not None


def usual_direction(minute: int, shifts: Sequence[Shift]) -> Direction | None:
    """What people do at this minute of the day: they come, they go, or one cannot say."""
    comes = any(_within(minute, each.start_min, EARLY_MIN, LATE_MIN) for each in shifts)
    goes = any(_within(minute, each.end_min, LATE_MIN, EARLY_MIN) for each in shifts)
    if comes == goes:
        return None
    return Direction.IN if comes else Direction.OUT


def _within(minute: int, around: int, before: int, after: int) -> bool:
    return (minute - around + before) % workdate.DAY_MIN <= before + after
