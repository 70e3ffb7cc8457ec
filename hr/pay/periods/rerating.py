"""Looks at what a change would do to the months that are open: it is tried, and not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hr.office import Office
from hr.pay.grounds import Ground, ground_of, touched
from hr.pay.periods import store
from hr.pay.periods.period import Entry, next_month
from hr.pay.periods.rerated import Rerated, rerated
from hr.pay.statements import Statements
from hr.pay.terms.changes import Change, write
from hr.pay.terms.records import Typed

MOST_MONTHS = 6
"""Open months that are looked at, the newest: each is computed twice."""


@dataclass(frozen=True)
class Preview:
    """What a change does to each open month that it reaches, the newest first; `closed`: the newest closed month that
    it would reach too, which stays as it is; empty for none."""

    months: tuple[Rerated, ...]
    closed: str = ""


@dataclass(frozen=True)
class _Tried:
    """A month's people and ground, without the change and with it."""

    people: tuple[Sequence[str], Sequence[str]]
    before: Ground
    now: Ground


class ReratingDesk:
    def __init__(self, office: Office, source: Statements) -> None:
        self._office, self._source = office, source

    def preview(self, change: Change, by: str) -> Preview:
        """Writes nothing. Rejected, csv_import.BadFile for a change that could not be applied either."""
        with self._office.reading.connect() as connection:
            closed = store.closed_months(connection)
        newest = max(closed, default="")
        months = self._open(newest)
        # Only the little that was entered is read while writers wait; the months are computed afterwards.
        with self._office.writing.connect() as connection:
            before = {month: self._standing(connection, month) for month in months}
            shut = ground_of(connection, newest) if newest else None
            write(connection, change, Typed(by, self._office.now_us()))
            now = {month: self._standing(connection, month) for month in months}
            reaches = shut is not None and touched(shut, ground_of(connection, newest)) != frozenset()
            connection.rollback()
        tried = {month: _Tried((before[month][0], now[month][0]), before[month][1], now[month][1]) for month in months}
        with self._office.reading.connect() as connection:
            found = [self._rerated(connection, month, each) for month, each in tried.items()]
        return Preview(tuple(each for each in found if each.moved), newest if reaches else "")

    def _open(self, newest_closed: str) -> list[str]:
        """The months that nobody has closed, the newest first: without a closed one this one and the one before."""
        month = self._office.today()[:7]
        first = next_month(newest_closed) if newest_closed else next_month(month, -1)
        found: list[str] = []
        while month >= first and len(found) < MOST_MONTHS:
            found.append(month)
            month = next_month(month, -1)
        return found

    def _standing(self, connection: Connection, month: str) -> tuple[Sequence[str], Ground]:
        return self._source.people(connection, month), ground_of(connection, month)

    def _rerated(self, connection: Connection, month: str, tried: _Tried) -> Rerated:
        here = [frozenset(each) for each in tried.people]
        reached = touched(tried.before, tried.now)
        everybody = list(dict.fromkeys([*tried.people[1], *tried.people[0]]))
        if reached is not None:
            wanted = self._source.with_their_teams(tried.before, tried.now, reached)
            everybody = [each for each in everybody if each in wanted]
        pairs = self._source.beside(connection, tried.before, tried.now, everybody)
        return rerated(month, (_those_here(pair, here) for pair in pairs))


def _those_here(pair: tuple[Entry, Entry], here: Sequence[frozenset[str]]) -> tuple[Entry | None, Entry | None]:
    before, now = (entry if entry.statement.person in of else None for entry, of in zip(pair, here, strict=True))
    return before, now
