"""Who is written to about a box in trouble, and when. Pure.

One e-mail for a box and its trouble, another one only when something worse comes, and one when it is over; a box that
comes and goes is written of once an hour at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hr.fleet.rules import MINUTE_US, PATIENCE_US, WORST_FIRST, Reminder, Standing, Trouble

QUIET_US = 60 * MINUTE_US
"""From one e-mail of a trouble of a box to the next, unless it is worse."""

FIRST_RETRY_US = 5 * MINUTE_US
"""Longer than sending can last, so that two processes never send one e-mail."""

LAST_RETRY_US = 60 * MINUTE_US


@dataclass(frozen=True)
class Notice:
    """The newest e-mail about a box. `trouble` None: that it is over. `claimed_us`: when it was last tried; `sent_us`
    None: it has not gone, and `failure` says why."""

    device: str
    trouble: Trouble | None
    since_us: int
    recipients: tuple[str, ...]
    claimed_us: int
    sent_us: int | None
    failure: str = ""
    tries: int = 1


@dataclass(frozen=True)
class Due:
    """An e-mail to be sent now; `reminder` None: that the trouble which was written of is over."""

    device: str
    reminder: Reminder | None
    standing: Standing


def due(
    standings: Sequence[Standing], reminders: Iterable[Reminder], before: Mapping[str, Notice], now_us: int
) -> list[Due]:
    """What must be sent, one for a box at most. `before`: the newest e-mail about each."""
    asked = {each.standing.box.device: each for each in reminders}
    found = []
    for standing in standings:
        device, last = standing.box.device, before.get(standing.box.device)
        reminder = asked.get(device)
        if reminder is not None and _must_be_told(reminder, last, now_us):
            found.append(Due(device, reminder, standing))
        elif reminder is None and last is not None and _is_over(standing, last, now_us):
            found.append(Due(device, None, standing))
    return found


def recipients(head: str, everybody: Sequence[str], heads: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """HR's own addresses, and those of the head that the box has; each once."""
    return tuple(dict.fromkeys([*everybody, *heads.get(head, ())]))


def _must_be_told(reminder: Reminder, last: Notice | None, now_us: int) -> bool:
    if last is None:
        return True
    if last.sent_us is None and last.trouble is not None:
        return _may_try_again(last, now_us)
    if last.trouble is None:
        return now_us - last.claimed_us >= QUIET_US
    return WORST_FIRST.index(reminder.trouble) < WORST_FIRST.index(last.trouble)


def _is_over(standing: Standing, last: Notice, now_us: int) -> bool:
    """Not at the end of the working day: only when nothing is wrong any more that somebody was told of. Whoever never
    heard that it began need not hear that it is over."""
    if last.trouble is None:
        return last.sent_us is None and _may_try_again(last, now_us)
    return last.sent_us is not None and not any(each in PATIENCE_US for each in standing.troubles)


def _may_try_again(last: Notice, now_us: int) -> bool:
    return now_us - last.claimed_us >= min(LAST_RETRY_US, FIRST_RETRY_US << min(last.tries - 1, 10))
