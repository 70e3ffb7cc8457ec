"""What one person's month is computed from. Plain values: a service fetches them, statement.py computes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol, TypeVar

from hr.pay.rules.items import FactId, Held, Item
from hr.pay.rules.pools import Share
from hr.pay.rules.rates import PieceLine, Tariff
from hr.pay.rules.settings import Grade, LocalSettings, Terms

PayKey = tuple[str, str]
"""Product and operation."""


@dataclass(frozen=True)
class Book:
    """What everybody is paid by: all versions of prices and settings."""

    tariffs: Mapping[PayKey, tuple[Tariff, ...]]
    settings: tuple[LocalSettings, ...]


@dataclass(frozen=True)
class Agreed:
    """What is agreed with one person: all versions of his terms and grades."""

    terms: tuple[Terms, ...]
    grades: tuple[Grade, ...] = ()


@dataclass(frozen=True)
class WorkedDay:
    """What pay needs of an attendance day. Minutes.

    `due_min`: normal minutes on the roster, paid leave included; `attended_min`: those of them that were worked,
    waited or were paid leave. `number`: which work day since the entry, None where that is not known. `night_min`:
    present in the window of the settings, unpaid breaks taken off.
    """

    work_date: str
    due_min: int
    attended_min: int
    number: int | None = None
    night_min: int = 0


@dataclass(frozen=True)
class Waiting:
    """停工待料: minutes without work that were not the person's doing, with their reason."""

    key: str
    work_date: str
    minutes: int
    reason: str
    facts: tuple[FactId, ...] = ()


@dataclass(frozen=True)
class LongStop:
    """Due minutes of the month that fell into a stop after its first pay period: the living allowance."""

    key: str
    minutes: int
    reason: str


@dataclass(frozen=True)
class PaidLeave:
    """Days of paid leave and the day wage they are paid by."""

    key: str
    work_date: str
    days: Decimal
    day_wage: Decimal
    text: str = ""


@dataclass(frozen=True)
class Bonus:
    """A base and a score in per cent (PR-R15); a fixed bonus has 100."""

    key: str
    base: Decimal
    score_percent: Decimal
    text: str = ""


@dataclass(frozen=True)
class Allowance:
    """An amount for the month. `special`: for heat, cold, underground or hazard, which the minimum wage leaves out."""

    key: str
    amount: Decimal
    text: str
    special: bool = False


@dataclass(frozen=True)
class Claim:
    """Compensation for a loss that is claimed from a person, with its reason, or what an earlier month carried over."""

    key: str
    amount: Decimal
    reason: str


@dataclass(frozen=True)
class PeriodHours:
    """A whole period of comprehensive hours, in the month it ends. `by_pieces`: their pieces are paid beside it."""

    key: str
    standard_hours: Decimal
    worked_hours: Decimal
    holiday_hours: Decimal
    by_pieces: bool = True


@dataclass(frozen=True)
class MonthInput:
    """Everything one statement is made from. `month` is YYYY-MM, `last_day` its last date.

    `standard_min`: the normal minutes of the whole month, None where they are not known. `holidays`: statutory dates on
    which the person was employed. `adjustments`: the entries posted to this month (adjustments.py). `held`: what
    others hold: open days, unconfirmed pieces. `insurance`: the person's own part of social insurance.
    """

    person: str
    month: str
    last_day: str
    book: Book
    agreed: Agreed
    standard_min: int | None
    lines: tuple[PieceLine, ...] = ()
    shares: tuple[Share, ...] = ()
    days: tuple[WorkedDay, ...] = ()
    waits: tuple[Waiting, ...] = ()
    long_stops: tuple[LongStop, ...] = ()
    holidays: tuple[str, ...] = ()
    leave: tuple[PaidLeave, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    claims: tuple[Claim, ...] = ()
    period_hours: tuple[PeriodHours, ...] = ()
    adjustments: tuple[Item, ...] = ()
    held: tuple[Held, ...] = ()
    insurance: Decimal | None = None


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)


def _once(each: Iterable[K]) -> tuple[K, ...]:
    return tuple(sorted({one.key: one for one in each}.values(), key=lambda one: one.key))


def settled(given: MonthInput) -> MonthInput:
    """In one order, and each once; lines and claims are brought in order where they are used."""
    shares = {(each.pool, each.work_date, each.time_class, each.comp_leave): each for each in given.shares}
    days = {each.work_date: each for each in given.days}
    return replace(
        given,
        shares=tuple(shares[key] for key in sorted(shares)),
        days=tuple(days[key] for key in sorted(days)),
        waits=_once(given.waits),
        long_stops=_once(given.long_stops),
        holidays=tuple(sorted(set(given.holidays))),
        leave=_once(given.leave),
        bonuses=_once(given.bonuses),
        allowances=_once(given.allowances),
        period_hours=_once(given.period_hours),
        adjustments=_once(given.adjustments),
    )
