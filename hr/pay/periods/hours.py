"""The dates that somebody's hours of a closed month were made of, beside what they come to now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hr.calendar.day_class import TimeClass
from hr.pay.periods.period import DayTime


@dataclass(frozen=True)
class DayHours:
    """One date: what it was closed with, and what it comes to as everything is known now."""

    closed: DayTime
    now: DayTime

    @property
    def work_date(self) -> str:
        return self.closed.work_date

    @property
    def changed(self) -> bool:
        return _said(self.closed) != _said(self.now)


def beside(closed: Iterable[DayTime], now: Iterable[DayTime]) -> list[DayHours]:
    """Each date that has paid minutes on either side, in order."""
    then, again = ({each.work_date: each for each in side} for side in (closed, now))
    dates = sorted(then.keys() | again.keys())
    return [DayHours(then.get(each, DayTime(each)), again.get(each, DayTime(each))) for each in dates]


def _said(day: DayTime) -> Mapping[TimeClass, int]:
    return {each: number for each, number in day.minutes.items() if number}
