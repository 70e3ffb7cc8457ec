"""What a date is in law: work day, rest day or statutory holiday; and what minutes and pieces of it count as. Pure.

Of a holiday's break only the statutory days are paid threefold (Wage Payment Provisions, article 13); the other days of
the break are rest days that were moved there. Which days are which is said each year by a notice of the State Council,
so a year without its table has no classes at all: nothing is guessed from the days of the week.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from sync.wire.reference_data import DayClass

__all__ = ["OVERTIME_OF", "SATURDAY", "Calendar", "DayClass", "TimeClass", "YearTable", "dates_of"]

SATURDAY = 5


class TimeClass(StrEnum):
    """What a minute or a piece is paid as: normal, or 150, 200 and 300 % (Labour Law, article 44)."""

    NORMAL = "NORMAL"
    OT_WORKDAY = "OT_WORKDAY"
    OT_RESTDAY = "OT_RESTDAY"
    OT_HOLIDAY = "OT_HOLIDAY"


OVERTIME_OF = MappingProxyType(
    {
        DayClass.WORKDAY: TimeClass.OT_WORKDAY,
        DayClass.RESTDAY: TimeClass.OT_RESTDAY,
        DayClass.STATUTORY: TimeClass.OT_HOLIDAY,
    }
)
"""As what overtime of such a day counts."""


@dataclass(frozen=True)
class YearTable:
    """The days of one year that are not what their day of the week says, as ISO dates.

    `statutory`: the holidays in law, with their names. `rest`: work days on which nobody works, in exchange or in lieu.
    `work`: Saturdays and Sundays that are work days in exchange. `source` names the notice.
    """

    year: int
    statutory: Mapping[str, str]
    rest: frozenset[str]
    work: frozenset[str]
    source: str = ""

    def day_class(self, day: date) -> DayClass:
        text = day.isoformat()
        if text in self.statutory:
            return DayClass.STATUTORY
        if text in self.work:
            return DayClass.WORKDAY
        if text in self.rest or day.weekday() >= SATURDAY:
            return DayClass.RESTDAY
        return DayClass.WORKDAY


@dataclass(frozen=True)
class Calendar:
    """The day classes of all years that have a table. Two calendars are equal when their tables are."""

    tables: tuple[YearTable, ...] = ()
    _by_year: Mapping[int, YearTable] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_year", {table.year: table for table in self.tables})

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted(self._by_year))

    def day_class(self, on: str) -> DayClass | None:
        """Of an ISO date; None where its year has no table: unclassified."""
        table = self._by_year.get(int(on[:4]))
        return None if table is None else table.day_class(date.fromisoformat(on))

    def basis(self, work_date: str, calendar_date: str) -> DayClass | None:
        """By which class a moment counts that lies on `calendar_date` in a shift of `work_date` (AT-R9).

        A statutory holiday is by the calendar's date; else the work date decides, so a night that began on a work day
        is that day's to its end; but one that began on a statutory holiday is not a holiday after midnight.
        """
        of_calendar = self.day_class(calendar_date)
        if of_calendar is None or of_calendar is DayClass.STATUTORY or calendar_date == work_date:
            return of_calendar
        of_work = self.day_class(work_date)
        return of_calendar if of_work is DayClass.STATUTORY else of_work

    def statutory_name(self, on: str) -> str:
        """The name of the statutory holiday of this date; empty when it is none."""
        table = self._by_year.get(int(on[:4]))
        return "" if table is None else table.statutory.get(on, "")

    def unclassified(self, dates: Iterable[str]) -> list[int]:
        """The years of these dates that have no table."""
        return sorted({int(each[:4]) for each in dates} - self._by_year.keys())


def dates_of(year: int) -> Iterator[date]:
    """All days of a year."""
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)
