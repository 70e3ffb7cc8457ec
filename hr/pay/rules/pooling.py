"""Which pool a person's pieces go into, and what each pool of a month comes to (PR-R6). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import FactId, Held
from hr.pay.rules.money import ONE, ZERO
from hr.pay.rules.month import Agreed, Book
from hr.pay.rules.pools import Member, Method, Pool, Share, Unshared, shared
from hr.pay.rules.pricing import of_team, pooled, priced
from hr.pay.rules.rates import PieceLine
from hr.pay.rules.settings import Per, Scheme, in_force
from hr.pay.terms.teams import Membership, PoolVersion

MINUTES = Decimal(60)

Minutes = Mapping[tuple[str, str, TimeClass], int]
"""Paid minutes by person, work date and time class."""

TimeOff = Mapping[tuple[str, str], int]
"""Approved rest-day minutes by person and work date that are given back as time off."""

Slot = tuple[str, TimeClass]
"""Work date, or "" for the whole month, and time class."""


@dataclass(frozen=True)
class Pooled:
    """What the pools of a month came to: shares by person, and what is held of a pool's lines, or of a whole pool."""

    shares: Mapping[str, tuple[Share, ...]]
    held: Mapping[str, tuple[Held, ...]]


def pool_on(memberships: Iterable[Membership], agreed: Agreed, work_date: str) -> str:
    """The pool that somebody's pieces of this date go into; empty for none."""
    terms = in_force(agreed.terms, work_date)
    if terms is None or terms.scheme is not Scheme.TEAM_POOL:
        return ""
    found = in_force(memberships, work_date)
    # Without a membership there is no pool to share; the line must not be paid as his own either.
    return "?" if found is None or not found.pool else found.pool


def pooled_month(
    lines: Mapping[str, Sequence[PieceLine]],
    minutes: Minutes,
    versions: Iterable[PoolVersion],
    memberships: Mapping[str, Sequence[Membership]],
    agreed: Mapping[str, Agreed],
    book: Book,
    time_off: TimeOff | None = None,
) -> Pooled:
    """`lines` are those of all members, by person.

    The pool is the team's at its multiplier, whoever it was counted under: whom time off is given, he alone has his
    share at the plain price.
    """
    shares: dict[str, list[Share]] = defaultdict(list)
    held: dict[str, list[Held]] = defaultdict(list)
    of_pool: dict[str, list[PieceLine]] = defaultdict(list)
    whose: dict[FactId, str] = {}
    for person, own in lines.items():
        for line in own:
            if line.pool:
                of_pool[line.pool].append(_with_multiplier(line))
                whose[line.fact] = person
    for name, into in sorted(of_pool.items()):
        done = priced(into, book, of_team)
        for each in done.held:
            for person in {whose[fact] for fact in each.facts}:
                held[person].append(each)
        known = [each for each in versions if each.pool == name]
        weights = _Weights(name, minutes, memberships, agreed, book, time_off or {})
        for pool in _pools(name, known, pooled(done.items), weights):
            result = shared(pool)
            if isinstance(result, Unshared):
                for person in {whose[fact] for fact in pool.facts} | {each.person for each in pool.members}:
                    held[person].append(result.held)
                continue
            for share in result:
                shares[share.person].append(share)
    return Pooled(
        {person: tuple(each) for person, each in shares.items()}, {person: tuple(each) for person, each in held.items()}
    )


def _with_multiplier(line: PieceLine) -> PieceLine:
    """Its pieces as if no time off were given for any of them."""
    if not any(each.comp_leave for each in line.made):
        return line
    return replace(line, made=tuple(replace(each, comp_leave=False) for each in line.made))


@dataclass
class _Part:
    """What one person has in a pool at one rate: hours by coefficient, and days, or their worked part, by day wage."""

    hours: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    days: list[tuple[Decimal, Decimal]] = field(default_factory=list)

    def member(self, person: str, given_back: Decimal) -> Member:
        hours, coefficient = _weighed(self.hours)
        days, day_wage = _weighed(self.days)
        if len({rate for _days, rate in self.days}) > 1:
            # Their sum is yuan by now, for the one time.
            days, day_wage = day_wage, days
        return Member(person, hours, coefficient, day_wage, days, given_back)


def _weighed(of: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal]:
    """The sum and its rate; where the rate changed between the dates, it is multiplied in already."""
    (_first, rate), *_others = of
    if all(each == rate for _number, each in of):
        return sum((number for number, _rate in of), ZERO), rate
    return sum((number * rate for number, rate in of), ZERO), ONE


@dataclass(frozen=True)
class _Weights:
    """Who is in a pool on a date, and with what."""

    name: str
    minutes: Minutes
    memberships: Mapping[str, Sequence[Membership]]
    agreed: Mapping[str, Agreed]
    book: Book
    time_off: TimeOff

    def members(self, work_dates: Sequence[str], time_class: TimeClass) -> tuple[Member, ...]:
        return tuple(
            member
            for person in sorted(self.memberships)
            for member in self._of(person, [each for each in work_dates if self._is_in(person, each)], time_class)
        )

    def _is_in(self, person: str, work_date: str) -> bool:
        agreed = self.agreed.get(person)
        return agreed is not None and pool_on(self.memberships[person], agreed, work_date) == self.name

    def _of(self, person: str, dates: Sequence[str], time_class: TimeClass) -> list[Member]:
        """His part, and apart from it the time for which time off is given."""
        parts: dict[Decimal, _Part] = defaultdict(_Part)
        for date in dates:
            minutes = self.minutes.get((person, date, time_class), 0)
            off = min(minutes, self.time_off.get((person, date), 0)) if time_class is TimeClass.OT_RESTDAY else 0
            for given_back, some in ((ONE, minutes - off), (self._multiplier(date, time_class), off)):
                if some:
                    part = parts[given_back]
                    part.hours.append((Decimal(some) / MINUTES, self._coefficient(person, date)))
                    part.days.append((Decimal(some) / minutes, self._day_wage(person, date)))
        return [part.member(person, given_back) for given_back, part in sorted(parts.items())]

    def _multiplier(self, date: str, time_class: TimeClass) -> Decimal:
        settings = in_force(self.book.settings, date)
        return ONE if settings is None else settings.multiplier(time_class)

    def _coefficient(self, person: str, on: str) -> Decimal:
        grade = in_force(self.agreed[person].grades, on)
        return ONE if grade is None else grade.coefficient

    def _day_wage(self, person: str, on: str) -> Decimal:
        membership = in_force(self.memberships[person], on)
        return ZERO if membership is None else membership.day_wage


def _pools(
    name: str,
    versions: Sequence[PoolVersion],
    amounts: Mapping[tuple[str, TimeClass], tuple[Decimal, tuple[FactId, ...]]],
    weights: _Weights,
) -> Iterator[Pool]:
    """A pool for each day and class, or for the month's days of one version."""
    together: dict[tuple[PoolVersion | None, Slot], list[tuple[str, Decimal, tuple[FactId, ...]]]] = defaultdict(list)
    for (work_date, time_class), (amount, facts) in amounts.items():
        version = in_force(versions, work_date)
        by_month = version is not None and version.per is Per.MONTH
        together[version, ("" if by_month else work_date, time_class)].append((work_date, amount, facts))
    for (version, (work_date, time_class)), parts in together.items():
        dates = sorted({each for each, _amount, _facts in parts})
        if version is not None and version.per is Per.MONTH:
            dates = sorted({each for _person, each, _class in weights.minutes if in_force(versions, each) is version})
        members = weights.members(dates, time_class) if version is not None else ()
        yield Pool(
            name,
            work_date,
            time_class,
            sum((amount for _date, amount, _facts in parts), ZERO),
            members,
            Method.HOURS_X_COEFFICIENT if version is None else version.method,
            tuple(sorted({fact for _date, _amount, facts in parts for fact in facts})),
        )
