"""The plant's roster as HR imports it, for the weeks around the day on which a demo begins. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

SHIFT, REST = "DAY", "REST"
MONTHS_BEFORE = 2
"""As many as HR's page of months offers before the first is closed."""

WEEKS_AHEAD = 2
SATURDAY = 5
ON_DUTY = frozenset({"1002", "1013"})
"""A supervisor and a worker of hers: they work on the first holiday of the month that is brought along."""


def month_before(day: date, by: int = 1) -> date:
    """The first of the month `by` before the one of this day."""
    year, number = divmod(day.year * 12 + day.month - 1 - by, 12)
    return date(year, number + 1, 1)


def days(first: date, until: date) -> Iterator[date]:
    """Each date from `first` on, before `until`."""
    for number in range((until - first).days):
        yield first + timedelta(days=number)


def works(day: date, closed: Collection[str]) -> bool:
    """Monday to Friday, but for the dates on which the plant is closed."""
    return day.weekday() < SATURDAY and day.isoformat() not in closed


def duty_day(holidays: Collection[str], month: date) -> date | None:
    """The first holiday on a weekday of the month that begins on this date."""
    inside = (day for day in days(month, month_before(month, -1)) if day.isoformat() in holidays)
    return next(inside, None)


def roster_csv(
    numbers: Iterable[str], began: date, month: date | None, closed: Collection[str], holidays: Collection[str]
) -> str:
    """Everybody's shifts up to two weeks after the demo began. Before it they rest, but for the month that is brought
    along, which begins on this date. `closed`: the dates on which the plant is, `holidays` those of them by law."""
    end = began if month is None else month_before(month, -1)
    first = min(month_before(began, MONTHS_BEFORE), month or began)
    duty = None if month is None else duty_day(holidays, month)
    rows = ["number,date,shift\n"]
    for number in numbers:
        for day in days(first, began + timedelta(weeks=WEEKS_AHEAD)):
            there = day >= began or (month is not None and month <= day < end)
            there = (there and works(day, closed)) or (day == duty and number in ON_DUTY)
            rows.append(f"{number},{day},{SHIFT if there else REST}\n")
    return "".join(rows)
