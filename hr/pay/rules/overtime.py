"""Which time class the pieces of a sealed quantity are of, and which of them are paid more (PR-R12). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hr.calendar.day_class import OVERTIME_OF, Calendar, DayClass, TimeClass
from hr.pay.rules.items import Formula, Hold, Name, product
from hr.pay.rules.money import ONE, ZERO, apportioned
from hr.pay.rules.month import PeriodHours
from hr.pay.rules.rates import Made
from hr.pay.rules.settings import LAW_MULTIPLIERS, MidnightSplit

OUTSIDE_US = 30 * 60_000_000
"""So far outside somebody's working time a piece may be counted and still be of it: a late log-off, the last stroke."""


@dataclass(frozen=True, slots=True)
class ClassSegment:
    """A stretch of somebody's working time in one time class, from an attendance day; UTC microseconds.

    It lies on one calendar date. `time_class` None: the calendar has no table for it. `undecided`: overtime that nobody
    has approved or refused yet; refused overtime is NORMAL.
    """

    from_us: int
    to_us: int
    time_class: TimeClass | None
    calendar_date: str
    comp_leave: bool = False
    undecided: bool = False


def basis(calendar: Calendar, work_date: str, calendar_date: str, split: MidnightSplit) -> DayClass | None:
    """By which day class a moment of a shift counts: a statutory day ends at midnight, unless the plant's rule is the
    date of the shift alone. None: unclassified."""
    if split is MidnightSplit.WORK_DATE:
        return calendar.day_class(work_date)
    return calendar.basis(work_date, calendar_date)


def time_class(of: DayClass | None, *, beyond: bool) -> TimeClass | None:
    """Of time within the normal hours of its shift, or `beyond` them."""
    if of is None:
        return None
    return TimeClass.NORMAL if of is DayClass.WORKDAY and not beyond else OVERTIME_OF[of]


def by_class(counted: Iterable[tuple[int, int]], segments: Sequence[ClassSegment], work_date: str) -> tuple[Made, ...]:
    """The pieces of a sealed quantity by the classes of the person's day.

    `counted`: the capture time of each of its records and the person's pieces of it. A record is captured at the end of
    what it counts, so one at the very beginning of a segment belongs to what was before, and one in a break too.
    """
    ordered = sorted(segments, key=lambda each: each.from_us)
    pieces: dict[Made, int] = defaultdict(int)
    for at_us, quantity in counted:
        pieces[_of(_segment_at(ordered, at_us), work_date)] += quantity
    found = pieces.items() if len(pieces) == 1 else sorted(pieces.items(), key=_by_date)
    return tuple(
        Made(made.time_class, Decimal(number), made.calendar_date, made.comp_leave, made.hold) for made, number in found
    )


def spread(whole: Decimal, made: Sequence[Made]) -> list[tuple[Made, Decimal]]:
    """The payable quantity over the classes of the counted one: whole pieces, or the smallest digit of the quantity, by
    largest remainder. What was sealed without any counted piece goes where `made` says, in equal parts."""
    if len(made) == 1:
        return [(made[0], whole)]
    counted = [max(ZERO, each.quantity) for each in made]
    if sum(counted, ZERO) == whole:
        return list(zip(made, counted, strict=True))
    weights = counted if any(counted) else [ONE] * len(made)
    exponent = whole.as_tuple().exponent
    unit = Decimal(1).scaleb(min(exponent, 0)) if isinstance(exponent, int) else ONE
    return list(zip(made, apportioned(whole, weights, unit), strict=True))


def beyond_quota(
    normal: Iterable[tuple[Decimal, Decimal]], overtime: Sequence[tuple[Decimal, Decimal]]
) -> list[tuple[Decimal, Decimal]]:
    """Each overtime quantity in two: what only completed the day's quota, and what went beyond it.

    Each quantity comes with the quota of its own operation: somebody who made half of two quotas has made one. Of whole
    pieces the one that completes the quota is still within it, and not a part of it.
    """
    missing = Fraction(1) - sum((Fraction(quantity) / Fraction(quota) for quantity, quota in normal), Fraction(0))
    split = []
    for quantity, quota in overtime:
        needed = max(Fraction(0), missing) * Fraction(quota)
        whole = Decimal(-(-needed.numerator // needed.denominator))
        inside = min(quantity, whole)
        split.append((inside, quantity - inside))
        missing -= Fraction(inside) / Fraction(quota)
    return split


def of_period(hours: PeriodHours, contract_month: Decimal, paid_min_month: Decimal) -> dict[TimeClass, Formula]:
    """Comprehensive hours: what goes over the period's standard hours at 150 %, statutory holidays at 300 %; work on
    rest days is work on any day (劳部发〔1994〕503号; 劳动部 1997 复函). Holiday hours are not in the total.

    By the contract's hour. Hours whose pieces are paid already, at their plain price, are paid once less.
    """
    over = max(ZERO, hours.worked_hours - hours.holiday_hours - hours.standard_hours)
    paid = ONE if hours.by_pieces else ZERO
    return {
        each: Formula(
            (
                product(
                    (Name.MINUTES, number * 60),
                    (Name.CONTRACT_MONTH, contract_month),
                    (Name.MULTIPLIER, LAW_MULTIPLIERS[each] - paid),
                    over=((Name.PAID_MIN, paid_min_month),),
                ),
            )
        )
        for each, number in ((TimeClass.OT_WORKDAY, over), (TimeClass.OT_HOLIDAY, hours.holiday_hours))
        if number
    }


def _segment_at(ordered: Sequence[ClassSegment], at_us: int) -> ClassSegment | None:
    if not ordered or not ordered[0].from_us - OUTSIDE_US <= at_us <= ordered[-1].to_us + OUTSIDE_US:
        return None
    return next((each for each in reversed(ordered) if each.from_us < at_us), ordered[0])


def _of(segment: ClassSegment | None, work_date: str) -> Made:
    if segment is None:
        return Made(None, ZERO, work_date, hold=Hold.NO_ATTENDANCE)
    hold = Hold.OVERTIME_UNDECIDED if segment.undecided else None
    if segment.time_class is None:
        hold = Hold.UNCLASSIFIED
    return Made(segment.time_class, ZERO, segment.calendar_date, segment.comp_leave, hold)


def _by_date(each: tuple[Made, int]) -> tuple[str, str, str, bool]:
    made, _number = each
    return made.calendar_date, made.time_class or "", made.hold or "", made.comp_leave
