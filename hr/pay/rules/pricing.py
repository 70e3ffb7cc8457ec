"""From sealed quantities to priced lines: step 1 of a statement, and what a team's pool holds. Pure.

A line is one person, work date, product, operation, version of the price and time class (PR-R2): the pieces are added
up first, and the amount is rounded once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import FactId, Factor, Formula, Held, Hold, Item, Kind, Name, Product, added, amount_of, product
from hr.pay.rules.money import ONE, ZERO
from hr.pay.rules.month import Agreed, Book
from hr.pay.rules.overtime import beyond_quota, spread
from hr.pay.rules.rates import Made, Mode, PieceLine, Tariff, payable
from hr.pay.rules.settings import Gate, HoursSystem, LocalSettings, Per, PriceBy, in_force
from hr.pay.rules.tiers import Slice, sliced

CLASSES = list(TimeClass)
PLAIN = (HoursSystem.UNTIMED, HoursSystem.COMPREHENSIVE)
"""Their pieces have no multiplier, so they wait for no class."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What the price of one date is multiplied by for the person."""

    coefficient: Decimal = ONE
    training: Decimal = ONE
    plain: bool = False


RatesOn = Callable[[str], Rates | Hold]
"""Of a work date; why there are none."""


@dataclass(frozen=True)
class Priced:
    items: tuple[Item, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class _Key:
    """Which line pieces are of. In order: of two classes the normal pieces come first."""

    work_date: str
    product: str
    operation: str
    since: str
    rank: int
    comp_leave: bool

    @property
    def time_class(self) -> TimeClass:
        return CLASSES[self.rank]

    @property
    def comparable(self) -> bool:
        """Overtime is not (最低工资规定 art. 12); work on a rest day for which another is given is normal work."""
        return self.time_class is TimeClass.NORMAL or self.comp_leave

    def __str__(self) -> str:
        leave = ":LEAVE" if self.comp_leave else ""
        return f"{self.work_date}:{self.product}:{self.operation}:{self.since}:{self.time_class}{leave}"


@dataclass(slots=True)
class _Sum:
    """The pieces of one line while they are added up."""

    tariff: Tariff
    settings: LocalSettings
    rates: Rates
    quantity: Decimal = ZERO
    abnormal: Decimal = ZERO
    facts: list[FactId] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Portion:
    """Pieces of a line that have one multiplier."""

    key: _Key
    quantity: Decimal
    multiplier: Decimal


def of_person(agreed: Agreed) -> RatesOn:
    """By his terms and grade. Who was never given a grade is paid the plain price; who has one later on is held."""

    def on(date: str) -> Rates | Hold:
        terms = in_force(agreed.terms, date)
        grade = in_force(agreed.grades, date)
        if terms is None:
            return Hold.NO_TERMS
        if grade is None and agreed.grades:
            return Hold.NO_GRADE
        coefficient = ONE if grade is None else grade.coefficient
        return Rates(coefficient, terms.training_ratio_on(date), terms.hours in PLAIN)

    return cache(on)


def of_team(date: str) -> Rates | Hold:
    """What goes into a pool is the plain price: grades are in the weights of its members."""
    return Rates()


def priced(lines: Iterable[PieceLine], book: Book, rates_on: RatesOn) -> Priced:
    """The lines of one person or one pool in a month, in any order; a sealed quantity that comes twice counts once."""
    held: list[Held] = []
    sums: dict[_Key, _Sum] = {}
    for line in sorted({each.fact: each for each in lines}.values(), key=lambda each: each.fact):
        abnormal = line.abnormal
        for found in _sorted_out(line, book, rates_on):
            if isinstance(found, Held):
                held.append(found)
                continue
            key, tariff, settings, rates, quantity = found
            so_far = sums.setdefault(key, _Sum(tariff, settings, rates))
            so_far.quantity += quantity
            so_far.facts.append(line.fact)
            so_far.abnormal, abnormal = so_far.abnormal + abnormal, ZERO
    portions, without_quota = _gated(sums)
    items = [*_bases(sums), *_items(sums, portions)]
    return Priced(tuple(sorted(items, key=lambda each: each.key)), (*held, *without_quota))


def pooled(items: Iterable[Item]) -> dict[tuple[str, TimeClass], tuple[Decimal, tuple[FactId, ...]]]:
    """What a team's priced lines come to, by work date and time class, with the facts they rest on."""
    together: dict[tuple[str, TimeClass], list[Item]] = defaultdict(list)
    for item in items:
        together[item.work_date, item.time_class or TimeClass.NORMAL].append(item)
    return {
        key: (added(of_it), tuple(sorted({fact for item in of_it for fact in item.facts})))
        for key, of_it in sorted(together.items())
    }


Found = tuple[_Key, Tariff, LocalSettings, Rates, Decimal]


def _sorted_out(line: PieceLine, book: Book, rates_on: RatesOn) -> Iterator[Found | Held]:
    known, rates = in_force(book.settings, line.work_date), rates_on(line.work_date)
    if not line.proven:
        yield _held(line, Hold.UNPROVEN, line.good)
        return
    if known is None:
        yield _held(line, Hold.NO_SETTINGS, line.good)
    if isinstance(rates, Hold):
        yield _held(line, rates, line.good)
        return
    # Without settings nothing is paid, and what the line lacks besides is said at once.
    settings = known or LocalSettings(line.work_date)
    made = line.made or (Made(None, ONE, line.work_date, hold=Hold.NO_ATTENDANCE),)
    for each, part in spread(payable(line, settings), made):
        if part:
            found = _placed(line, each, part, book, settings, rates)
            if known is not None or isinstance(found, Held):
                yield found


def _held(line: PieceLine, why: Hold, quantity: Decimal) -> Held:
    return Held(why, quantity, line.work_date, line.product, line.operation, facts=(line.fact,))


def _placed(
    line: PieceLine, made: Made, quantity: Decimal, book: Book, settings: LocalSettings, rates: Rates
) -> Found | Held:
    time_class, hold = (TimeClass.NORMAL, None) if rates.plain else (made.time_class, made.hold)
    by_capture = settings.price_by is PriceBy.CAPTURE_TIME
    versions = book.tariffs.get((line.product, line.operation), ())
    tariff = in_force(versions, made.calendar_date if by_capture else line.work_date)
    if tariff is None or time_class is None or hold is not None:
        why = Hold.UNPRICED if tariff is None else hold or Hold.UNCLASSIFIED
        return _held(line, why, quantity)
    leave = made.comp_leave and time_class is TimeClass.OT_RESTDAY
    rank = CLASSES.index(time_class)
    key = _Key(line.work_date, line.product, line.operation, tariff.valid_from, rank, leave)
    return key, tariff, settings, rates, quantity


def _gated(sums: Mapping[_Key, _Sum]) -> tuple[list[_Portion], list[Held]]:
    """Which pieces have which multiplier, and the overtime for which the gate has no quota."""
    portions: list[_Portion] = []
    held: list[Held] = []
    by_day: dict[str, list[_Key]] = defaultdict(list)
    for key in sorted(sums, key=_order):
        each = sums[key]
        if key.time_class is TimeClass.OT_WORKDAY and each.settings.gate is Gate.QUOTA:
            by_day[key.work_date].append(key)
            continue
        multiplier = ONE if key.comp_leave else each.settings.multiplier(key.time_class)
        portions.append(_Portion(key, each.quantity, multiplier))
    for day, gated in by_day.items():
        normal = [key for key in sums if key.work_date == day and key.time_class is TimeClass.NORMAL]
        if any(not sums[key].tariff.quota for key in (*normal, *gated)):
            held += [_without_quota(key, sums[key]) for key in gated]
            continue
        halves = beyond_quota(_against_quota(normal, sums), _against_quota(gated, sums))
        for key, (inside, beyond) in zip(gated, halves, strict=True):
            multiplier = sums[key].settings.multiplier(key.time_class)
            portions += [_Portion(key, part, each) for part, each in ((inside, ONE), (beyond, multiplier)) if part]
    return portions, held


def _against_quota(keys: Sequence[_Key], sums: Mapping[_Key, _Sum]) -> list[tuple[Decimal, Decimal]]:
    return [(sums[key].quantity, sums[key].tariff.quota or ONE) for key in keys]


def _without_quota(key: _Key, of_it: _Sum) -> Held:
    facts = tuple(of_it.facts)
    return Held(Hold.NO_QUOTA, of_it.quantity, key.work_date, key.product, key.operation, facts=facts)


def _order(key: _Key) -> tuple[str, str, str, str, int, bool]:
    return key.work_date, key.product, key.operation, key.since, key.rank, key.comp_leave


Period = tuple[str, str, str, str]


def _period(key: _Key, tariff: Tariff) -> Period:
    """The stretch in which quantities are counted together for bands and quotas."""
    when = key.work_date if tariff.per is Per.DAY else key.work_date[:7]
    return when, key.product, key.operation, key.since


def _items(sums: Mapping[_Key, _Sum], portions: Sequence[_Portion]) -> list[Item]:
    periods: dict[Period, list[_Portion]] = defaultdict(list)
    for portion in sorted(portions, key=lambda each: (_order(each.key), each.multiplier)):
        periods[_period(portion.key, sums[portion.key].tariff)].append(portion)
    terms: dict[_Key, list[Product]] = defaultdict(list)
    for of_period in periods.values():
        tariff = sums[of_period[0].key].tariff
        abnormal = sum((sums[key].abnormal for key in {each.key for each in of_period}), ZERO)
        cut = sliced(tariff, [each.quantity for each in of_period], abnormal)
        for portion, slices in zip(of_period, cut, strict=True):
            terms[portion.key] += [_term(each, portion, sums[portion.key]) for each in slices]
    return [_item(key, sums[key], Formula(tuple(of_it))) for key, of_it in terms.items()]


def _item(key: _Key, of_it: _Sum, formula: Formula) -> Item:
    return Item(
        kind=Kind.PIECE,
        key=str(key),
        formula=formula,
        amount=amount_of(formula),
        comparable=key.comparable,
        work_date=key.work_date,
        product=key.product,
        operation=key.operation,
        since=key.since,
        time_class=key.time_class,
        facts=tuple(dict.fromkeys(of_it.facts)),
    )


def _term(of: Slice, portion: _Portion, line: _Sum) -> Product:
    return product(
        (Name.QUANTITY, of.quantity),
        (Name.UNIT_PRICE, of.price),
        (Name.MADE, of.made),
        (Name.SKILL_COEFFICIENT, line.rates.coefficient),
        (Name.TRAINING_RATIO, line.rates.training),
        (Name.TIME_OFF_RATIO if portion.key.comp_leave else Name.MULTIPLIER, portion.multiplier),
        over=((Name.STANDARD, of.standard), (Name.PRICE_PER, line.tariff.price_per)),
    )


def _bases(sums: Mapping[_Key, _Sum]) -> list[Item]:
    """The base of each day or month that had pieces of an OVER_QUOTA price, once."""
    found: dict[Period, tuple[_Key, _Sum]] = {}
    for key in sorted(sums, key=_order):
        if sums[key].tariff.mode is Mode.OVER_QUOTA and sums[key].tariff.base:
            found.setdefault(_period(key, sums[key].tariff), (key, sums[key]))
    items = []
    for period, (key, of_it) in found.items():
        formula = Formula(((Factor(Name.BASE, of_it.tariff.base),),))
        date = key.work_date if of_it.tariff.per is Per.DAY else ""
        amount = amount_of(formula)
        line = (date, key.product, key.operation, key.since, TimeClass.NORMAL)
        items.append(Item(Kind.BASE, ":".join(period), formula, amount, True, *line))
    return items
