"""The plant's roster as HR imports it, for the weeks around the day on which a demo begins. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

SHIFT, REST = "DAY", "REST"
MONTHS_BEFORE = 2
"""As many as HR's page of months offers before the first is closed."""

WEEKS_AHEAD = 2
SATURDAY = 5


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


def roster_csv(numbers: Iterable[str], began: date, closed: Collection[str], *, month: bool) -> str:
    """Everybody's shifts from two months before the demo began to two weeks after. Before it began they rest; with
    `month` they worked the month before."""
    worked = month_before(began)
    listed = []
    for day in days(month_before(began, MONTHS_BEFORE), began + timedelta(weeks=WEEKS_AHEAD)):
        there = day >= began or (month and (day.year, day.month) == (worked.year, worked.month))
        listed.append((day.isoformat(), SHIFT if there and works(day, closed) else REST))
    rows = [f"{number},{day},{shift}\n" for number in numbers for day, shift in listed]
    return "".join(("number,date,shift\n", *rows))
