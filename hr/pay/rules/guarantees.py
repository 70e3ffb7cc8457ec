"""What a day or a month comes to at least: guarantees, probation, the minimum wage (PR-R7, R8). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hr.pay.rules.items import Factor, Form, Formula, Hold, Name, Product, amount_of, product, value_of
from hr.pay.rules.month import Agreed, Book, WorkedDay
from hr.pay.rules.settings import HoursSystem, LocalSettings, PartialMonth, Per, Scheme, Terms, in_force


@dataclass(frozen=True)
class Attended:
    """The normal time of a month, in minutes. `standard`: of the whole month, so that who came in the middle of it has
    due only a part. `stopped`: due time that fell into a long stop."""

    days: tuple[WorkedDay, ...]
    standard: int
    stopped: int = 0

    @property
    def whole(self) -> int:
        """What a month's amount is for: the standard, or the roster where that asks for more."""
        return max(self.standard, sum(day.due_min for day in self.days))

    @property
    def away(self) -> bool:
        """Whether time is missing for reasons of the person's own."""
        missing = sum(day.due_min - _attended(day) for day in self.days)
        return missing > self.stopped


def topup(guarantee: Product, earned: Decimal) -> Formula:
    """What is missing to a guarantee; nothing when more was earned."""
    return Formula((guarantee, (Factor(Name.EARNED, earned),)), Form.EXCESS)


def of_day(terms: Terms, day: WorkedDay) -> Product | None:
    """The guarantee of one day: of the first work days, of the scheme, whichever is more; of a day with less than its
    due time its part. None without one."""
    training = day.number is not None and day.number <= terms.training_days
    by_scheme = terms.fixed if terms.scheme is Scheme.GUARANTEED and terms.fixed_per is Per.DAY else None
    amounts = [each for each in (terms.training_guarantee if training else None, by_scheme) if each]
    attended = _attended(day)
    if not amounts or not attended:
        return None
    part = product((Name.GUARANTEE, max(amounts)), (Name.ATTENDED_MIN, Decimal(attended)))
    whole = Factor(Name.DUE_MIN, Decimal(day.due_min), over=True)
    return part[:1] if attended == day.due_min else (*part, whole)


def of_month(terms: Terms, attended: Attended, policy: PartialMonth) -> Product | None:
    """The guarantee of a month, in parts like the minimum wage. None without one, or where it does not apply."""
    if terms.scheme is not Scheme.GUARANTEED or terms.fixed_per is not Per.MONTH or not terms.fixed:
        return None
    if policy is PartialMonth.NONE and attended.away:
        return None
    return _part((Factor(Name.GUARANTEE, terms.fixed),), attended.days, attended)


def base_of(terms: Terms, days: Sequence[WorkedDay], attended: Attended) -> Formula | None:
    """底薪 for the days on which these terms held: each day's, or the month's in the part that was attended."""
    if terms.scheme is not Scheme.BASE_AND_PIECE or not terms.fixed:
        return None
    base = Factor(Name.BASE, terms.fixed)
    if terms.fixed_per is Per.MONTH:
        return Formula((_part((base,), days, attended),))
    full = sum(0 < day.due_min == _attended(day) for day in days)
    cut = [day for day in days if 0 < _attended(day) < day.due_min]
    parts: list[Product] = [(base, Factor(Name.DAYS, Decimal(full)))] if full else []
    parts += [(base, *_over(Name.ATTENDED_MIN, _attended(day), Name.DUE_MIN, day.due_min)) for day in cut]
    return Formula(tuple(parts)) if parts else None


@dataclass(frozen=True)
class Floor:
    """What the comparable wage of a month is held against. `probation`: the contract's part decided it."""

    formula: Formula
    probation: bool = False

    @property
    def amount(self) -> Decimal:
        return amount_of(self.formula)


def floor(agreed: Agreed, book: Book, attended: Attended) -> Floor | Hold:
    """Each day counts by the minimum wage and the terms in force on it (PR-R9)."""
    by_amount: dict[Product, list[WorkedDay]] = defaultdict(list)
    for day in attended.days:
        if not day.due_min:
            continue
        settings, terms = in_force(book.settings, day.work_date), in_force(agreed.terms, day.work_date)
        if settings is None or terms is None:
            return Hold.NO_SETTINGS if settings is None else Hold.NO_TERMS
        found = _floor_of(settings, terms, day.work_date)
        if isinstance(found, Hold):
            return found
        if not (settings.partial_month is PartialMonth.NONE and attended.away):
            by_amount[found].append(day)
    parts = [_floor_part(found, days, attended) for found, days in by_amount.items()]
    probation = any(factor.name is Name.PROBATION_RATIO for found in by_amount for factor in found)
    return Floor(Formula(tuple(sorted(parts, key=value_of))), probation)


def probation_floor(contract_month: Decimal, ratio: Decimal, minimum_month: Decimal) -> Product:
    """The part of the contract wage (劳动合同法 art. 20), or the minimum wage where that is more."""
    minimum = (Factor(Name.MINIMUM_MONTH, minimum_month),)
    agreed = product((Name.CONTRACT_MONTH, contract_month), (Name.PROBATION_RATIO, ratio))
    return agreed if value_of(agreed) > minimum_month else minimum


def _floor_of(settings: LocalSettings, terms: Terms, date: str) -> Product | Hold:
    if terms.hours is HoursSystem.PART_TIME:
        hour = settings.minimum_hour
        return Hold.NO_MINIMUM_WAGE if hour is None else (Factor(Name.MINIMUM_HOUR, hour),)
    month = settings.minimum_month
    if month is None:
        return Hold.NO_MINIMUM_WAGE
    if not terms.on_probation(date):
        return (Factor(Name.MINIMUM_MONTH, month),)
    if terms.contract_month is None:
        return Hold.NO_CONTRACT_WAGE
    return probation_floor(terms.contract_month, settings.probation_ratio, month)


def _floor_part(amount: Product, days: Sequence[WorkedDay], attended: Attended) -> Product:
    if amount[0].name is Name.MINIMUM_HOUR:
        return (*amount, *_over(Name.ATTENDED_MIN, sum(_attended(day) for day in days), Name.HOUR_MIN, 60))
    return _part(amount, days, attended)


def _part(amount: Product, days: Iterable[WorkedDay], attended: Attended) -> Product:
    """Of a month's amount, by the normal time of these days."""
    minutes = sum(_attended(day) for day in days)
    if minutes == attended.whole:
        return amount
    return (*amount, *_over(Name.ATTENDED_MIN, minutes, Name.STANDARD_MIN, attended.whole))


def _over(name: Name, minutes: int, whole_name: Name, whole: int) -> Product:
    return Factor(name, Decimal(minutes)), Factor(whole_name, Decimal(whole), over=True)


def _attended(day: WorkedDay) -> int:
    """No more than was due: what goes beyond is overtime, and makes up for no other day."""
    return min(day.attended_min, day.due_min)
