"""Night allowance, bonus, waiting and holidays (PR-R11, R15, R16). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal

from hr.pay.rules.conversions import Constants, day_of
from hr.pay.rules.items import Factor, Form, Formula, Hold, Name, Product, product
from hr.pay.rules.month import Bonus, WorkedDay
from hr.pay.rules.settings import LocalSettings, NightBasis, Per, Scheme, Terms

Stretch = tuple[datetime, datetime]

PERCENT = Decimal("0.01")


def night_minutes(worked: Iterable[Stretch], from_min: int, to_min: int) -> int:
    """Whole minutes of working time in the night window; all in the plant's time.

    `worked`: stretches of one person that do not overlap, without unpaid breaks: the segments of an attendance day are
    such. `from_min`, `to_min`: minutes after midnight; a window that ends before it starts goes over midnight.
    """
    total = timedelta()
    for begin, end in worked:
        for opens, closes in _windows(begin, end, from_min, to_min):
            total += max(timedelta(), min(end, closes) - max(begin, opens))
    return int(total / timedelta(minutes=1))


def nights_of(settings: LocalSettings, days: Iterable[WorkedDay]) -> list[WorkedDay]:
    """The days with enough night time."""
    return [day for day in days if day.night_min >= max(1, settings.night_at_least)]


def night(settings: LocalSettings, days: Iterable[WorkedDay]) -> Formula | Hold | None:
    """For the days on which these settings held: per shift with enough night time, or per hour of it. None without any;
    NO_AMOUNT when it is due and its amount was never entered."""
    nights = [day.night_min for day in nights_of(settings, days)]
    if settings.night is NightBasis.NOT_PAID or not nights:
        return None
    if settings.night is NightBasis.PER_SHIFT:
        if settings.night_per_shift is None:
            return Hold.NO_AMOUNT
        return Formula((product((Name.SHIFTS, Decimal(len(nights))), (Name.PER_SHIFT, settings.night_per_shift)),))
    if settings.night_per_hour is None:
        return Hold.NO_AMOUNT
    minutes = Factor(Name.MINUTES, Decimal(sum(nights)))
    hour = Factor(Name.HOUR_MIN, Decimal(60), over=True)
    return Formula(((minutes, Factor(Name.PER_HOUR, settings.night_per_hour), hour),))


def bonus(given: Bonus) -> Formula:
    """The base by the score."""
    return Formula((product((Name.BONUS_BASE, given.base), (Name.SCORE_RATIO, given.score_percent * PERCENT)),))


def living(minimum_month: Decimal, ratio: Decimal, stopped_min: int, whole_min: int) -> Formula:
    """In a stop that lasts longer than one pay period, by the due time it took (广东省工资支付条例 art. 35)."""
    part: Product = product((Name.MINIMUM_MONTH, minimum_month), (Name.LIVING_RATIO, ratio))
    if stopped_min == whole_min:
        return Formula((part,))
    stopped = Factor(Name.STOPPED_MIN, Decimal(stopped_min))
    return Formula(((*part, stopped, Factor(Name.STANDARD_MIN, Decimal(whole_min), over=True)),))


def holidays(terms: Terms, days: int, constants: Constants) -> Formula | Hold:
    """Statutory holidays are paid, to piece workers too (劳动法 art. 51); who works on one gets that besides.

    A base by the month is for all its paid days already, so it is taken off.
    """
    if terms.contract_month is None:
        return Hold.NO_CONTRACT_WAGE
    number = Factor(Name.DAYS, Decimal(days))
    whole = (number, *day_of(terms.contract_month, constants))
    if terms.scheme is not Scheme.BASE_AND_PIECE or terms.fixed_per is not Per.MONTH or not terms.fixed:
        return Formula((whole,))
    per_month = Factor(Name.PAID_DAYS, constants.paid_days_month, over=True)
    return Formula((whole, (number, Factor(Name.BASE, terms.fixed), per_month)), Form.EXCESS)


def _windows(begin: datetime, end: datetime, from_min: int, to_min: int) -> Iterable[Stretch]:
    """The windows of each night that the stretch may touch."""
    length = (to_min - from_min) % (24 * 60)
    midnight = datetime.combine(begin.date() - timedelta(days=1), time(), begin.tzinfo)
    while midnight <= end:
        opens = midnight + timedelta(minutes=from_min)
        yield opens, opens + timedelta(minutes=length)
        midnight += timedelta(days=1)
