"""From counter readings to counts: baseline, rollover, restart, glitch, implausible jump (AB-R1, AB-R2).

A reading that is lower than the last, or higher than the machine can have reached, is *held*: the next
reading decides whether it was a glitch, a restart or a jump. Two answers need no second reading: a new counter
session is a restart, and a drop that is a plausible wrap is a rollover.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from sync.wire.envelope import Stamp
from sync.wire.facts import Step

PLAUSIBLE_EXTRA = 5


class Seen(msgspec.Struct, frozen=True):
    """A reading that is a fact: its seq and what it showed."""

    seq: int
    at: Stamp
    value: int
    session: int | None = None


class Profile(NamedTuple):
    """`modulus`: the first value the counter cannot show. `max_rate_per_min`: counts the machine can make at most."""

    modulus: int
    max_rate_per_min: int


class Counted(NamedTuple):
    """One believed step between two readings."""

    earlier: Seen
    later: Seen
    step: Step
    counts: int
    plausible: bool


class Verdict(NamedTuple):
    """`steps` are believed now; `held` is the reading that waits for the next one; `glitch` the one thrown out."""

    steps: tuple[Counted, ...]
    held: Seen | None = None
    glitch: Seen | None = None


def judge(last: Seen | None, held: Seen | None, new: Seen, profile: Profile) -> Verdict:
    """What a new reading means after the last believed one and, if any, a held one."""
    if last is None:
        return Verdict(())
    if held is None:
        return _judge_plain(last, new, profile)
    if (
        new.session == last.session
        and new.value >= last.value
        and _plausible(last, new, new.value - last.value, profile)
    ):
        return Verdict((Counted(last, new, Step.NORMAL, new.value - last.value, True),), glitch=held)
    settled = settle(last, held, profile)
    after = _judge_plain(held, new, profile)
    return Verdict((settled, *after.steps), held=after.held)


def settle(last: Seen, held: Seen, profile: Profile) -> Counted:
    """What a held reading was worth once it is believed: a restart below, a jump above."""
    if held.value < last.value:
        return _counted(last, held, Step.RESET_INFERRED, held.value, profile)
    return Counted(last, held, Step.IMPLAUSIBLE, held.value - last.value, False)


def _judge_plain(last: Seen, new: Seen, profile: Profile) -> Verdict:
    if last.session is not None and new.session is not None and new.session != last.session:
        return Verdict((_counted(last, new, Step.RESET, new.value, profile),))
    difference = new.value - last.value
    if difference >= 0:
        if _plausible(last, new, difference, profile):
            return Verdict((Counted(last, new, Step.NORMAL, difference, True),))
        return Verdict((), held=new)
    wrapped = difference + profile.modulus
    if _plausible(last, new, wrapped, profile):
        return Verdict((Counted(last, new, Step.ROLLOVER, wrapped, True),))
    return Verdict((), held=new)


def _counted(last: Seen, new: Seen, step: Step, counts: int, profile: Profile) -> Counted:
    return Counted(last, new, step, counts, _plausible(last, new, counts, profile))


def _plausible(last: Seen, new: Seen, counts: int, profile: Profile) -> bool:
    minutes = max(0.0, new.at.seconds_since(last.at)) / 60
    return 0 <= counts <= profile.max_rate_per_min * minutes + PLAUSIBLE_EXTRA
