"""What a team earned together, shared out to the fen (PR-R6). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import FactId, Factor, Form, Formula, Held, Hold, Name, Product, Rounding
from hr.pay.rules.money import FEN, ONE, ZERO, apportioned, to_fen


class Method(StrEnum):
    """What a member's weight is."""

    HOURS_X_COEFFICIENT = "HOURS_X_COEFFICIENT"
    DAY_WAGE_X_DAYS = "DAY_WAGE_X_DAYS"
    PER_HOUR_X_COEFFICIENT = "PER_HOUR_X_COEFFICIENT"
    """Pool / all hours x own hours x coefficient, as many company rules have it: does not add up to the pool, and is
    refused with what leaks."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person's part in one pool; what the method does not use may stay as it is.

    `given_back`: the multiplier of this time where time off is given for it: of his share he gets the plain price, and
    nobody else's share changes by that (劳动法 art. 44).
    """

    person: str
    hours: Decimal = ZERO
    coefficient: Decimal = ONE
    day_wage: Decimal = ZERO
    days: Decimal = ZERO
    given_back: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Pool:
    """What a team earned on one work date (or in the month: "") in one time class. `amount`: the priced lines of the
    team, overtime multiplier included, skill coefficients not: those are in the weights."""

    id: str
    work_date: str
    time_class: TimeClass
    amount: Decimal
    members: tuple[Member, ...]
    method: Method = Method.HOURS_X_COEFFICIENT
    facts: tuple[FactId, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What one member gets of a pool, and how that came about. `comp_leave`: for time for which time off is given."""

    pool: str
    person: str
    work_date: str
    time_class: TimeClass
    formula: Formula
    amount: Decimal
    facts: tuple[FactId, ...] = ()
    comp_leave: bool = False


@dataclass(frozen=True, slots=True)
class Unshared:
    """A pool that was not shared out: nobody gets anything of it, and the month cannot close. `leak`: what its method
    would pay beyond the pool, or below zero would keep back."""

    pool: Pool
    why: Hold
    leak: Decimal = ZERO

    @property
    def held(self) -> Held:
        """For the statement of each member."""
        return Held(self.why, work_date=self.pool.work_date, facts=self.pool.facts, documents=(self.pool.id,))


def shared(pool: Pool) -> tuple[Share, ...] | Unshared:
    """The shares add up to the pool: down to the fen, the fen left over to the largest remainders, then to the smallest
    person key. What is given back as time off is taken off a share after that. A member who comes twice has the sum of
    his hours; of two different coefficients each has its own."""
    members = sorted(pool.members, key=lambda each: (each.person, each.given_back))
    if pool.method is Method.PER_HOUR_X_COEFFICIENT:
        return Unshared(pool, Hold.LEAKY_POOL, leak_of(pool))
    weights = [_product_of(_weight(each, pool.method)) for each in members]
    total = sum(weights, ZERO)
    if total <= 0 or min(weights) < 0:
        return Unshared(pool, Hold.NO_WEIGHT)
    amounts = apportioned(pool.amount, weights, FEN)
    return tuple(_share(pool, each, total, amount) for each, amount in zip(members, amounts, strict=True))


def by_literal_formula(pool: Pool) -> dict[str, Decimal]:
    """What each would get by PER_HOUR_X_COEFFICIENT. Empty when nobody has hours."""
    hours = sum((each.hours for each in pool.members), ZERO)
    if not hours:
        return {}
    return {
        each.person: to_fen(pool.amount * each.hours * each.coefficient / hours)
        for each in sorted(pool.members, key=lambda each: each.person)
    }


def leak_of(pool: Pool) -> Decimal:
    """What PER_HOUR_X_COEFFICIENT would pay beyond the pool; below zero, what would vanish."""
    return sum(by_literal_formula(pool).values(), ZERO) - pool.amount


def _weight(member: Member, method: Method) -> Product:
    if method is Method.DAY_WAGE_X_DAYS:
        return Factor(Name.DAY_WAGE, member.day_wage), Factor(Name.DAYS, member.days)
    return Factor(Name.HOURS, member.hours), Factor(Name.SKILL_COEFFICIENT, member.coefficient)


def _product_of(weight: Product) -> Decimal:
    first, second = weight
    return first.value * second.value


def _share(pool: Pool, member: Member, total: Decimal, amount: Decimal) -> Share:
    whole, weights = Factor(Name.POOL, pool.amount), Factor(Name.WEIGHTS, total, over=True)
    off = member.given_back != ONE
    given_back = (Factor(Name.MULTIPLIER, member.given_back, over=True),) if off else ()
    terms = ((whole, *_weight(member, pool.method), weights, *given_back),)
    formula = Formula(terms, Form.SUM, Rounding.LARGEST_REMAINDER)
    paid = to_fen(amount / member.given_back) if off else amount
    return Share(pool.id, member.person, pool.work_date, pool.time_class, formula, paid, pool.facts, off)
