"""One person's month in money: every amount with its formula, and what is held back. Pure.

The order is fixed: 1 lines, 2 shares of pools, 3 waiting, holidays, bonus and allowances, 4 the guarantee, 5 the
minimum wage, 6 gross, 7 capped deductions. Social insurance and tax are somebody else's. The order in which the inputs
come, and whether one comes twice, changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hr.calendar.day_class import TimeClass
from hr.pay.rules import allowances, conversions, deductions, guarantees, overtime, pricing
from hr.pay.rules.draft import Draft
from hr.pay.rules.guarantees import Floor
from hr.pay.rules.items import (
    Factor,
    Form,
    Formula,
    Held,
    Hold,
    Item,
    Kind,
    Name,
    added,
    amount_of,
    product,
    withheld,
)
from hr.pay.rules.money import ZERO
from hr.pay.rules.month import MonthInput, WorkedDay, settled
from hr.pay.rules.settings import HoursSystem, Terms, in_force

RULES = 2
"""The version of these rules; a closed statement keeps the one it was made with."""


ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Statement:
    """A month of one person. Nothing of it may be paid while something is `held`; and while that withholds pay, what
    fills pay up, or is limited by it, is not there: it would be the difference to a wage that is not known yet.

    `items` are in the order of the calculation and add up to `net`, before insurance and tax; those that are not
    deductions to `gross`. `floor` is what `comparable` was held against, None where it is not known. `carried`: what of
    the claims, by key, this month could not bear.
    """

    person: str
    month: str
    items: tuple[Item, ...]
    held: tuple[Held, ...] = ()
    comparable: Decimal = ZERO
    floor: Floor | None = None
    gross: Decimal = ZERO
    deducted: Decimal = ZERO
    carried: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def net(self) -> Decimal:
        """Before insurance and tax."""
        return self.gross - self.deducted

    @property
    def payable(self) -> bool:
        return not self.held

    @property
    def top_up_waits(self) -> bool:
        """Whether no top-up is said, and nothing deducted, because pay is withheld."""
        return withheld(self.held)


def statement(given: MonthInput) -> Statement:
    """The month, in the order above. What cannot be computed is held, and the rest is there to be looked at."""
    month = Draft(settled(given))
    for step in (_lines, _shares, _times, _extras, _guarantees):
        step(month)
    comparable = _compared(month)
    floor = _minimum(month, comparable)
    month.items += month.given.adjustments
    gross = added(month.items)
    taken, carried = _deductions(month, gross)
    items = tuple(sorted((*month.items, *taken), key=lambda item: ORDER[item.kind]))
    held = tuple(sorted(set(month.held), key=_held_order))
    return Statement(given.person, given.month, items, held, comparable, floor, gross, -added(taken), carried)


# --- 1 and 2: pieces --------------------------------------------------------------------------------


def _lines(month: Draft) -> None:
    own = [line for line in month.given.lines if not line.pool]
    found = pricing.priced(own, month.given.book, pricing.of_person(month.given.agreed))
    month.items += found.items
    month.held += found.held


def _shares(month: Draft) -> None:
    shared = {share.pool for share in month.given.shares}
    for pool in sorted({line.pool for line in month.given.lines if line.pool} - shared):
        lines = [line for line in month.given.lines if line.pool == pool]
        facts = tuple(sorted({line.fact for line in lines}))
        month.held.append(Held(Hold.NO_POOL, sum((line.good for line in lines), ZERO), facts=facts, documents=(pool,)))
    for share in month.given.shares:
        item = Item(
            kind=Kind.POOL_SHARE,
            key=f"{share.pool}:{share.work_date}:{share.time_class}{':LEAVE' if share.comp_leave else ''}",
            formula=share.formula,
            amount=share.amount,
            comparable=share.time_class is TimeClass.NORMAL or share.comp_leave,
            work_date=share.work_date,
            time_class=share.time_class,
            facts=share.facts,
            documents=(share.pool,),
        )
        month.items.append(item)


# --- 3: time that is paid, bonus, allowances --------------------------------------------------------


def _times(month: Draft) -> None:
    _base(month)
    for period in month.given.period_hours:
        if contract := month.contract(month.given.last_day):
            wage, constants = contract
            for time_class, formula in overtime.of_period(period, wage, constants.paid_min_month).items():
                key = f"{period.key}:{time_class}"
                month.add(Kind.HOURS_OVERTIME, key, formula, time_class=time_class, documents=(period.key,))
    for wait in month.given.waits:
        if contract := month.contract(wait.work_date):
            month.add(
                Kind.WAITING,
                wait.key,
                Formula((conversions.minutes_of(wait.minutes, *contract),)),
                comparable=True,
                work_date=wait.work_date,
                facts=wait.facts,
                documents=(wait.key,),
                text=wait.reason,
            )
    _long_stops(month)
    _holidays(month)
    for leave in month.given.leave:
        month.add(
            Kind.PAID_LEAVE,
            leave.key,
            Formula((product((Name.DAYS, leave.days), (Name.DAY_WAGE, leave.day_wage)),)),
            comparable=True,
            work_date=leave.work_date,
            documents=(leave.key,),
            text=leave.text,
        )


def _base(month: Draft) -> None:
    by_terms: dict[str, list[WorkedDay]] = defaultdict(list)
    for day in month.given.days:
        found = in_force(month.given.agreed.terms, day.work_date)
        by_terms["" if found is None else found.valid_from].append(day)
    for since, days in sorted(by_terms.items()):
        terms = month.terms(days[0].work_date)
        if terms is None or month.attended is None:
            continue
        if formula := guarantees.base_of(terms, days, month.attended):
            month.add(Kind.BASE, f"base:{since}", formula, comparable=True)


def _long_stops(month: Draft) -> None:
    if not month.given.long_stops or month.attended is None:
        return
    if (settings := month.settings(month.given.last_day)) is None:
        return
    if settings.minimum_month is None:
        month.hold(Hold.NO_MINIMUM_WAGE, month.given.last_day, "minimum_month")
        return
    for stop in month.given.long_stops:
        whole = month.attended.whole
        formula = allowances.living(settings.minimum_month, settings.living_ratio, stop.minutes, whole)
        month.add(Kind.LIVING_ALLOWANCE, stop.key, formula, documents=(stop.key,), text=stop.reason)


def _holidays(month: Draft) -> None:
    by_terms: dict[Terms, list[str]] = defaultdict(list)
    for date in month.given.holidays:
        terms = month.terms(date)
        if terms is not None and terms.hours is not HoursSystem.PART_TIME:
            by_terms[terms].append(date)
    for terms, dates in by_terms.items():
        if month.constants is None:
            continue
        formula = allowances.holidays(terms, len(dates), month.constants)
        if isinstance(formula, Hold):
            month.hold(formula, dates[0], "contract_month")
            continue
        month.add(Kind.PAID_HOLIDAY, f"holidays:{dates[0]}", formula, comparable=True, documents=tuple(dates))


def _extras(month: Draft) -> None:
    for each in month.given.bonuses:
        month.add(Kind.BONUS, each.key, allowances.bonus(each), comparable=True, documents=(each.key,), text=each.text)
    by_settings: dict[str, list[WorkedDay]] = defaultdict(list)
    for day in month.given.days:
        if day.night_min and (settings := month.settings(day.work_date)) is not None:
            by_settings[settings.valid_from].append(day)
    for since, days in sorted(by_settings.items()):
        if (settings := month.settings(days[0].work_date)) is None:
            continue
        formula = allowances.night(settings, days)
        nights = tuple(day.work_date for day in allowances.nights_of(settings, days))
        if isinstance(formula, Hold):
            month.hold(formula, days[0].work_date, "night")
        elif formula is not None:
            month.add(Kind.NIGHT_ALLOWANCE, f"night:{since}", formula, documents=nights)
    for allowance in month.given.allowances:
        month.add(
            Kind.ALLOWANCE,
            allowance.key,
            Formula(((Factor(Name.AMOUNT, allowance.amount),),)),
            comparable=not allowance.special,
            documents=(allowance.key,),
            text=allowance.text,
        )


# --- 4 to 7: guarantees and limits ------------------------------------------------------------------


PIECES = (Kind.PIECE, Kind.POOL_SHARE)
FILLING = frozenset(
    {Kind.PIECE, Kind.POOL_SHARE, Kind.BASE, Kind.WAITING, Kind.PAID_HOLIDAY, Kind.PAID_LEAVE, Kind.GUARANTEE_TOPUP}
)


def _fills(item: Item) -> bool:
    """Whether it counts towards a guarantee: pay for normal time does; a bonus comes on top, as overtime does."""
    return item.comparable and item.kind in FILLING


def _guarantees(month: Draft) -> None:
    by_date: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for item in month.items:
        if _fills(item):
            by_date[item.work_date] += item.amount
    for day in month.given.days:
        terms = in_force(month.given.agreed.terms, day.work_date)
        guarantee = None if terms is None else guarantees.of_day(terms, day)
        if guarantee is not None and not withheld(month.held, day.work_date):
            _top_up(month, f"day:{day.work_date}", guarantees.topup(guarantee, by_date[day.work_date]), day.work_date)
    terms, settings = month.terms(month.given.last_day), month.settings(month.given.last_day)
    if terms is None or settings is None or month.attended is None or withheld(month.held):
        return
    if guarantee := guarantees.of_month(terms, month.attended, settings.partial_month):
        earned = added(item for item in month.items if _fills(item))
        _top_up(month, "month", guarantees.topup(guarantee, earned), "")


def _top_up(month: Draft, key: str, formula: Formula, date: str) -> None:
    if amount_of(formula):
        month.add(Kind.GUARANTEE_TOPUP, key, formula, comparable=True, work_date=date)


def _compared(month: Draft) -> Decimal:
    """What the minimum wage is compared with."""
    comparable = added(item for item in month.items if item.comparable)
    settings = in_force(month.given.book.settings, month.given.last_day)
    if settings is None or not settings.minimum_without_insurance:
        return comparable
    if month.given.insurance is None:
        month.hold(Hold.NO_INSURANCE, month.given.last_day)
        return comparable
    return comparable - month.given.insurance


def _minimum(month: Draft, comparable: Decimal) -> Floor | None:
    if month.attended is None:
        return None
    normal = any(item.kind in PIECES and item.time_class is TimeClass.NORMAL for item in month.items)
    if normal and not any(day.due_min for day in month.attended.days):
        # Normal pieces without any normal time due: the roster is missing, and a floor of nothing would be a guess.
        month.hold(Hold.NO_HOURS, month.given.last_day)
        return None
    found = guarantees.floor(month.given.agreed, month.given.book, month.attended)
    if isinstance(found, Hold):
        setting = {Hold.NO_MINIMUM_WAGE: "minimum_month", Hold.NO_CONTRACT_WAGE: "contract_month"}.get(found, "")
        month.hold(found, month.given.last_day, setting)
        return None
    terms = ((Factor(Name.FLOOR, found.amount),), (Factor(Name.COMPARABLE, comparable),))
    formula = Formula(terms, Form.EXCESS)
    if amount_of(formula) and not withheld(month.held):
        kind = Kind.PROBATION_TOPUP if found.probation else Kind.MINIMUM_TOPUP
        month.add(kind, "month", formula)
    return found


def _deductions(month: Draft, gross: Decimal) -> tuple[list[Item], dict[str, Decimal]]:
    """Nothing is taken while the minimum wage or the gross is not known."""
    if not month.given.claims or (settings := month.settings(month.given.last_day)) is None:
        return [], {}
    if settings.minimum_month is None:
        month.hold(Hold.NO_MINIMUM_WAGE, month.given.last_day, "minimum_month")
        return [], {}
    if withheld(month.held):
        return [], {}
    return deductions.deducted(month.given.claims, gross, settings.deduction_cap, settings.minimum_month)


def _held_order(held: Held) -> tuple[str, ...]:
    of_facts = ",".join(":".join(map(str, fact)) for fact in held.facts)
    return held.why, held.work_date, held.product, held.operation, held.setting, of_facts, *held.documents
