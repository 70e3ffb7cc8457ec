"""A person's day from his own facts: stretches between taps, pieces, and what they may be worth.

Pure. These are today's facts beside HR's last figures; HR decides hours and pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from sync.wire.envelope import Fact
from sync.wire.facts import (
    AttendanceTap,
    Direction,
    DirectionChosen,
    MaterialActualAssigned,
    MaterialActualRecorded,
    PersonnelLogOff,
    body_of,
    is_reject,
)

CENT = Decimal("0.01")


class Stretch(msgspec.Struct, frozen=True):
    """Between two taps; None where nobody made the mark."""

    start_us: int | None
    end_us: int | None


def body(fact: Fact) -> Any:
    """The typed body; its class is that of the fact's kind."""
    return body_of(fact.kind, fact.body)


def effective_taps(facts: Iterable[Fact], work_date: str) -> list[tuple[Direction, int]]:
    """Direction and wall time of the taps that make hours on this work date, oldest first.

    What the person has said of a tap himself counts.
    """
    facts, taps = list(facts), []
    chosen = {each.tap: each.direction for each in map(body, facts) if isinstance(each, DirectionChosen)}
    for fact in facts:
        tap = body(fact) if fact.kind == AttendanceTap.__name__ else None
        if tap and tap.effective and tap.direction and tap.work_date == work_date:
            taps.append((chosen.get(fact.seq, tap.direction), fact.at.wall_us))
    return taps


def stretches(taps: Iterable[tuple[Direction, int]]) -> list[Stretch]:
    """Pairs each IN with the OUT that follows it at once; a mark without a partner stands alone."""
    found: list[Stretch] = []
    for direction, wall_us in taps:
        if direction is Direction.IN:
            found.append(Stretch(wall_us, None))
        elif found and found[-1].end_us is None:
            found[-1] = Stretch(found[-1].start_us, wall_us)
        else:
            found.append(Stretch(None, wall_us))
    return found


def worked_s(day: Iterable[Stretch]) -> int:
    """Seconds of the closed stretches."""
    closed = (each for each in day if each.start_us is not None and each.end_us is not None)
    return sum(((each.end_us or 0) - (each.start_us or 0)) // 1_000_000 for each in closed)


def pieces_by_order(actuals: Iterable[Fact], person: str) -> dict[str | None, int]:
    """The person's shares, order by order; what a supervisor has given him is among them."""
    found: dict[str | None, int] = {}
    for fact in actuals:
        made: MaterialActualRecorded | MaterialActualAssigned = body(fact)
        if is_reject(made):
            continue
        mine = sum(share.quantity for share in made.shares if share.person == person)
        if mine:
            found[made.order] = found.get(made.order, 0) + mine
    return found


def estimate(pieces: dict[str | None, int], price_of: Callable[[str], str | None]) -> Decimal | None:
    """Yuan for these pieces; None as soon as one order has no price, because half an estimate misleads."""
    total = Decimal(0)
    for order, quantity in pieces.items():
        price = price_of(order) if order else None
        if price is None:
            return None
        total += quantity * Decimal(price)
    return total.quantize(CENT, ROUND_HALF_UP) if pieces else None


def session_pieces(actuals: Iterable[Fact], log_off: PersonnelLogOff) -> int:
    """What the person made at the machine since the log-on that this log-off ends."""
    total = 0
    for fact in actuals:
        made: MaterialActualRecorded = body(fact)
        if made.machine == log_off.machine and fact.seq > log_off.log_on and not is_reject(made):
            total += sum(share.quantity for share in made.shares if share.person == log_off.person)
    return total
