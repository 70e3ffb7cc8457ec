"""What of the sealed lines and the attendance day of a worker-day is set beside a sheet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hr.attendance.rules.day import AttendanceDay
from hr.compare.comparison import ZERO, OurDay
from hr.pay.rules.lines import WageLine
from hr.pay.rules.wage_line import explained
from sync.wire.facts import Basis


class Worker(NamedTuple):
    person: str
    number: str
    name: str


@dataclass(frozen=True)
class Recorded:
    """Of one person and work date. `unsealed`: pieces that wait for a supervisor; `day` None: no tap."""

    lines: Sequence[WageLine] = ()
    day: AttendanceDay | None = None
    unsealed: int = 0


def our_day(who: Worker, work_date: str, recorded: Recorded, unclaimed: Mapping[str, int]) -> OurDay:
    """Only lines that add up and have a price are summed; the others are counted. What is paid by the quantity of a day
    or month is in the pieces, and has no amount of one date. `unclaimed`: nobody's pieces of that date, by machine;
    those of a machine that this person has a line of may be theirs."""
    lines, day = recorded.lines, recorded.day
    proved = [each for each in lines if explained(each)]
    priced = [each for each in proved if each.amount is not None or each.by_quantity]
    parts = [part for each in priced for part in each.parts]
    machines = {part.machine for each in lines for part in each.parts}
    adjusted = any(each.adjustment for each in priced) or any(part.assigned for part in parts)
    return OurDay(
        *who,
        work_date,
        pieces=sum(each.good for each in priced),
        minutes=day.minutes if day else 0,
        amount=sum((each.amount for each in priced if each.amount is not None), ZERO),
        unsealed=recorded.unsealed,
        unclaimed=sum(unclaimed.get(each, 0) for each in machines),
        open=bool(day and day.open),
        unproved=len(lines) - len(proved),
        unpriced=len(proved) - len(priced),
        by_quantity=sum(each.by_quantity for each in priced),
        estimated=any(part.basis == Basis.ESTIMATED for part in parts),
        by_hand=adjusted or bool(day and day.paper),
        unsure_time=bool(day and day.unsure_us),
        lines=tuple((each.device, each.epoch, each.seq) for each in lines),
        has_taps=day is not None,
    )
