"""What was typed of a person's month, as the rules take it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hr.pay.rules.items import FactId
from hr.pay.rules.month import Allowance, Bonus, Claim, LongStop, PaidLeave, Waiting
from hr.pay.terms.documents import Document, Kind


@dataclass(frozen=True)
class Given:
    """The standing documents of one person and month, each with its id as key."""

    waits: tuple[Waiting, ...] = ()
    long_stops: tuple[LongStop, ...] = ()
    leave: tuple[PaidLeave, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    claims: tuple[Claim, ...] = ()
    insurance: Decimal | None = None


def given_of(documents: Iterable[Document], facts: Mapping[str, tuple[FactId, ...]]) -> Given:
    """What was taken back counts for nothing. `facts`: what an entry stands on, by its id, where it came of facts."""
    of: dict[Kind, list[Document]] = {kind: [] for kind in Kind}
    for each in documents:
        if each.taken_back is None:
            of[each.kind].append(each)
    paid = [*of[Kind.ALLOWANCE], *of[Kind.HAZARD]]
    insurance = of[Kind.INSURANCE]
    return Given(
        waits=tuple(
            Waiting(each.id, each.work_date, int(each.share), each.reason, facts.get(each.id, ()))
            for each in of[Kind.WAITING]
        ),
        long_stops=tuple(LongStop(each.id, int(each.share), each.reason) for each in of[Kind.LONG_STOP]),
        leave=tuple(
            PaidLeave(each.id, each.work_date, each.share, each.amount, each.reason) for each in of[Kind.LEAVE]
        ),
        bonuses=tuple(Bonus(each.id, each.amount, each.share, each.reason) for each in of[Kind.BONUS]),
        allowances=tuple(Allowance(each.id, each.amount, each.reason, each.kind is Kind.HAZARD) for each in paid),
        claims=tuple(Claim(each.id, each.amount, each.reason) for each in of[Kind.CLAIM]),
        insurance=sum((each.amount for each in insurance), Decimal(0)) if insurance else None,
    )
