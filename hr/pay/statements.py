"""The statements of a month: facts, days and terms fetched for some people at a time, and computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hr.attendance import judged
from hr.attendance.leaves import LeaveKind
from hr.attendance.rules.day import AttendanceDay
from hr.calendar.day_class import DayClass, TimeClass
from hr.pay import service as pay
from hr.pay.grounds import Ground, ground_of
from hr.pay.periods import store as periods
from hr.pay.periods.period import DayTime, Entry, WorkTime, days_of, next_month
from hr.pay.rules import worked
from hr.pay.rules.conversions import CONSTANTS, HOURS_A_DAY
from hr.pay.rules.month import MonthInput, PeriodHours, WorkedDay
from hr.pay.rules.overtime import ClassSegment
from hr.pay.rules.pooling import Pooled, pool_on, pooled_month
from hr.pay.rules.rates import PieceLine
from hr.pay.rules.settings import HoursSystem, Scheme, in_force
from hr.pay.rules.statement import Statement, statement
from hr.pay.terms import documents, records
from hr.pay.terms.given import given_of
from hr.people.keys import Owners, owners
from hr.store.tables import fact, person
from sync.wire.facts import AttendanceTap, MaterialActualRecorded, QuantityConfirmed
from sync.wire.reference_data import Role

NORMAL_DAY_MIN = 8 * 60
"""劳动法 art. 36: normal hours of a day."""

TRAINING_SPAN_DAYS = 400
"""Training days are numbered from the first of the terms; nobody is in training for longer."""

PAID_LEAVE = frozenset(LeaveKind) - {LeaveKind.SICK, LeaveKind.PERSONAL, LeaveKind.OTHER}
"""Leave that is normal labour for the minimum wage; for the others there is a document when they are paid."""

QUARTER = 3
"""Months over which comprehensive hours are counted."""

BLOCK = 25
"""People whose facts are held at a time."""


@dataclass(frozen=True)
class Facts:
    """What some people did in a month, whatever it is paid by: their days, and their sealed quantities by the class of
    the time they were counted in."""

    days: Mapping[str, Sequence[AttendanceDay]]
    lines: Mapping[str, Sequence[PieceLine]]


class Statements:
    """Who computes months: of everybody, of some, or of one. Nothing is stored."""

    def __init__(self, zone: ZoneInfo, now_us: Callable[[], int]) -> None:
        self._zone = zone
        self._now_us = now_us

    def people(self, connection: Connection, month: str) -> list[str]:
        """Who has pieces, hours, terms or entries in this month, by employee number. A supervisor who only clocks is
        paid otherwise."""
        first, last = days_of(month)
        whose = owners(connection)
        pieces = self._named(connection, whose, first, last, MaterialActualRecorded, QuantityConfirmed)
        typed = {each.person for each in documents.documents(connection, month)}
        typed |= set(periods.adjustments(connection, month))
        agreed = {key for key, found in records.terms(connection).items() if in_force(found, last)}
        rows = {row.id: row for row in connection.execute(select(person))}
        employed = {key for key in agreed if key in rows and rows[key].active}
        workers = {key for key, row in rows.items() if row.role != Role.SUPERVISOR}
        clocked = self._named(connection, whose, first, last, AttendanceTap)
        found = pieces | typed | employed | (clocked & (workers | agreed)) | (clocked - rows.keys())
        return sorted(found, key=lambda key: (rows[key].number if key in rows else "", key))

    def entries(self, connection: Connection, month: str, people: Sequence[str]) -> Iterator[Entry]:
        """Their months, in the order of `people`."""
        ground = ground_of(connection, month)
        for start in range(0, len(people), BLOCK):
            yield from self._block(connection, ground, people[start : start + BLOCK])

    def beside(
        self, connection: Connection, before: Ground, now: Ground, people: Sequence[str]
    ) -> Iterator[tuple[Entry, Entry]]:
        """Their months of the same facts on two grounds, in the order of `people`."""
        for start in range(0, len(people), BLOCK):
            some = people[start : start + BLOCK]
            together = [key for ground in (before, now) for key in self._with_their_teams(ground, some)]
            facts = self._facts(connection, now, list(dict.fromkeys(together)))
            yield from zip(
                self._made(connection, before, some, facts), self._made(connection, now, some, facts), strict=True
            )

    def with_their_teams(self, before: Ground, now: Ground, people: Iterable[str]) -> frozenset[str]:
        """These people, and all whose share of a pool depends on them on either ground."""
        some = list(people)
        return frozenset(key for ground in (before, now) for key in self._with_their_teams(ground, some))

    def statements(self, connection: Connection, month: str) -> Iterator[Statement]:
        """Everybody's."""
        for each in self.entries(connection, month, self.people(connection, month)):
            yield each.statement

    def one(self, connection: Connection, month: str, key: str) -> Entry:
        """One person's, by any of his keys."""
        (entry,) = self.entries(connection, month, [owners(connection)[key]])
        return entry

    # --- what a block needs -----------------------------------------------------------------------

    def _named(self, connection: Connection, whose: Owners, first: str, last: str, *kinds: type) -> set[str]:
        query = select(fact.c.person).where(
            fact.c.kind.in_([each.__name__ for each in kinds]),
            fact.c.work_date.between(first, last),
            fact.c.person.is_not(None),
        )
        return {whose[key] for key in connection.scalars(query.distinct())}

    def _block(self, connection: Connection, ground: Ground, people: Sequence[str]) -> Iterator[Entry]:
        facts = self._facts(connection, ground, self._with_their_teams(ground, people))
        yield from self._made(connection, ground, people, facts)

    def _facts(self, connection: Connection, ground: Ground, people: Sequence[str]) -> Facts:
        days = judged.days_of(connection, self._zone, self._now_us(), ground.first, ground.last, people)
        return Facts(days, self._lines(connection, ground, people, days))

    def _made(self, connection: Connection, ground: Ground, people: Sequence[str], facts: Facts) -> Iterator[Entry]:
        lines = {key: self._in_pools(ground, key, found) for key, found in facts.lines.items()}
        pooled = self._pooled(ground, lines, facts.days)
        for key in people:
            yield self._entry(connection, ground, key, facts.days[key], lines.get(key, ()), pooled)

    def _with_their_teams(self, ground: Ground, people: Sequence[str]) -> list[str]:
        """These people, and all who are in a pool with one of them: what one gets depends on the others."""
        pools = {key: {each.pool for each in found if each.pool} for key, found in ground.memberships.items()}
        wanted = {pool for key in people if self._shares(ground, key) for pool in pools.get(key, ())}
        beside = [key for key, of_it in pools.items() if of_it & wanted and self._shares(ground, key)]
        return list(dict.fromkeys([*people, *sorted(beside)]))

    def _shares(self, ground: Ground, key: str) -> bool:
        return any(each.scheme is Scheme.TEAM_POOL for each in ground.of(key).terms)

    def _between(self, connection: Connection, first: str, last: str, key: str) -> list[AttendanceDay]:
        return judged.days_of(connection, self._zone, self._now_us(), first, last, [key])[key]

    def _lines(
        self,
        connection: Connection,
        ground: Ground,
        people: Sequence[str],
        days: Mapping[str, Sequence[AttendanceDay]],
    ) -> dict[str, list[PieceLine]]:
        segments: dict[tuple[str, str], list[ClassSegment]] = {
            (key, day.work_date): worked.class_segments(day, ground.time_off_min.get((key, day.work_date), 0))
            for key in people
            for day in days[key]
        }
        found: dict[str, list[PieceLine]] = defaultdict(list)
        for line in pay.lines_of(connection, ground.first, ground.last, people):
            at_work = segments.get((line.person, line.work_date), [])
            found[line.person].append(worked.piece_line(line, at_work))
        return found

    def _in_pools(self, ground: Ground, key: str, lines: Sequence[PieceLine]) -> Sequence[PieceLine]:
        """The same lines, those that go into a team's pool with its name."""
        memberships, agreed = ground.memberships.get(key, ()), ground.of(key)
        if not any(each.scheme is Scheme.TEAM_POOL for each in agreed.terms):
            return lines
        return [replace(each, pool=pool_on(memberships, agreed, each.work_date)) for each in lines]

    def _pooled(
        self,
        ground: Ground,
        lines: Mapping[str, Sequence[PieceLine]],
        days: Mapping[str, Sequence[AttendanceDay]],
    ) -> Pooled:
        if not any(line.pool for found in lines.values() for line in found):
            return Pooled({}, {})
        minutes = {
            (key, day.work_date, each): number
            for key, found in days.items()
            for day in found
            for each, number in day.class_min.items()
        }
        off = ground.time_off_min
        return pooled_month(lines, minutes, ground.pools, ground.memberships, ground.agreed, ground.book, off)

    # --- one person -------------------------------------------------------------------------------

    def _entry(
        self,
        connection: Connection,
        ground: Ground,
        key: str,
        days: Sequence[AttendanceDay],
        lines: Sequence[PieceLine],
        pooled: Pooled,
    ) -> Entry:
        typed = given_of(ground.documents.get(key, ()), ground.waited)
        numbers = self._numbers(connection, ground, key, days)
        made = statement(
            MonthInput(
                person=key,
                month=ground.month,
                last_day=ground.last,
                book=ground.book,
                agreed=ground.of(key),
                standard_min=_standard_min(ground),
                lines=tuple(lines),
                shares=pooled.shares.get(key, ()),
                days=tuple(self._worked_day(ground, key, day, numbers) for day in days),
                waits=typed.waits,
                long_stops=typed.long_stops,
                holidays=_holidays(ground, key, days),
                leave=typed.leave,
                bonuses=typed.bonuses,
                allowances=typed.allowances,
                claims=(*typed.claims, *ground.carried.get(key, ())),
                period_hours=self._period_hours(connection, ground, key),
                adjustments=ground.adjustments.get(key, ()),
                held=(*worked.held_days(days), *pooled.held.get(key, ())),
                insurance=typed.insurance,
            )
        )
        number, name, team = ground.who.get(key, ("", "", ""))
        times = _day_times(days)
        return Entry(number, name, team, _work_time(times), made, times)

    def _worked_day(self, ground: Ground, key: str, day: AttendanceDay, numbers: Mapping[str, int]) -> WorkedDay:
        paid = any(each.covers(day.work_date) and each.kind in PAID_LEAVE for each in ground.leaves.get(key, ()))
        settings = in_force(ground.book.settings, day.work_date)
        return worked.worked_day(day, settings, self._zone, paid_leave=paid, number=numbers.get(day.work_date))

    def _period_hours(self, connection: Connection, ground: Ground, key: str) -> tuple[PeriodHours, ...]:
        """Of somebody with comprehensive hours, in the last month of each quarter: the hours of the whole quarter."""
        terms, constants = in_force(ground.of(key).terms, ground.last), in_force(CONSTANTS, ground.last)
        ends = int(ground.month[5:]) % QUARTER == 0
        if terms is None or terms.hours is not HoursSystem.COMPREHENSIVE or constants is None or not ends:
            return ()
        first = f"{next_month(ground.month, 1 - QUARTER)}-01"
        minutes = _work_time(_day_times(self._between(connection, first, ground.last, key))).minutes
        worked_hours = Decimal(sum(minutes.values())) / 60
        holiday_hours = Decimal(minutes.get(TimeClass.OT_HOLIDAY, 0)) / 60
        standard = constants.work_days_quarter * HOURS_A_DAY
        return (PeriodHours(f"{first[:7]}/{ground.month}", standard, worked_hours, holiday_hours),)

    def _numbers(
        self, connection: Connection, ground: Ground, key: str, days: Sequence[AttendanceDay]
    ) -> Mapping[str, int]:
        """Which work day since the entry each day is; only looked at for somebody whose terms have training days."""
        terms = ground.of(key).terms
        if not any(each.training_days for each in terms):
            return {}
        entry = terms[0].valid_from
        if entry < _back(ground.first, TRAINING_SPAN_DAYS):
            return {day.work_date: TRAINING_SPAN_DAYS for day in days}
        since = days
        if entry < ground.first:
            since = [*self._between(connection, entry, _back(ground.first, 1), key), *days]
        return worked.work_days(since, entry)


def _back(iso_date: str, by: int) -> str:
    return (date.fromisoformat(iso_date) - timedelta(days=by)).isoformat()


def _standard_min(ground: Ground) -> int | None:
    """The normal minutes of the month: eight hours for each work day; None while its year is unclassified."""
    classes = [ground.calendar.day_class(each) for each in judged.dates(ground.first, ground.last)]
    if None in classes:
        return None
    return NORMAL_DAY_MIN * sum(each is DayClass.WORKDAY for each in classes)


def _holidays(ground: Ground, key: str, days: Sequence[AttendanceDay]) -> tuple[str, ...]:
    """Statutory dates on which he was employed: from his first terms on, and of a leaver until his last day here."""
    terms = ground.of(key).terms
    if not terms:
        return ()
    until = ground.last if key in ground.active else max((day.work_date for day in days), default="")
    dates = [each for each in judged.dates(ground.first, ground.last) if terms[0].valid_from <= each <= until]
    return tuple(each for each in dates if ground.calendar.day_class(each) is DayClass.STATUTORY)


def _day_times(days: Sequence[AttendanceDay]) -> tuple[DayTime, ...]:
    """Those with paid minutes."""
    return tuple(DayTime(each.work_date, dict(each.class_min)) for each in days if each.paid_min)


def _work_time(days: Sequence[DayTime]) -> WorkTime:
    minutes: dict[TimeClass, int] = defaultdict(int)
    for day in days:
        for each, number in day.minutes.items():
            minutes[each] += number
    return WorkTime(len(days), dict(minutes))
