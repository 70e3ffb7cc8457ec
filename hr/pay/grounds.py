"""What a month of pay rests on beside facts: prices, terms, settings, entries; and whom a change of it reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, select

from hr.attendance import leaves
from hr.attendance.leaves import LeaveEntry
from hr.calendar import store as calendars
from hr.calendar.day_class import Calendar
from hr.pay.periods import store as periods
from hr.pay.periods.period import days_of, next_month
from hr.pay.rules.items import FactId, Item
from hr.pay.rules.month import Agreed, Book, Claim
from hr.pay.terms import documents, records, waiting
from hr.pay.terms.documents import Document
from hr.pay.terms.records import Membership, PoolVersion
from hr.people.keys import Owners, owners
from hr.store.tables import person

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True)
class Ground:
    """What a month rests on beside facts, read once for a block of people."""

    month: str
    first: str
    last: str
    book: Book
    agreed: Mapping[str, Agreed]
    memberships: Mapping[str, Sequence[Membership]]
    pools: Sequence[PoolVersion]
    documents: Mapping[str, Sequence[Document]]
    waited: Mapping[str, tuple[FactId, ...]]
    """The facts that entries of waiting time stand on, by the entry's id."""
    leaves: Mapping[str, Sequence[LeaveEntry]]
    time_off_min: Mapping[tuple[str, str], int]
    """Of the rest days of the month, by person and work date: what is given back, whenever it is taken."""
    adjustments: Mapping[str, tuple[Item, ...]]
    carried: Mapping[str, tuple[Claim, ...]]
    calendar: Calendar
    whose: Owners
    who: Mapping[str, tuple[str, str, str]]
    active: frozenset[str]

    def of(self, key: str) -> Agreed:
        return self.agreed.get(key, Agreed(()))


def ground_of(connection: Connection, month: str) -> Ground:
    """As it stands now."""
    first, last = days_of(month)
    whose = owners(connection)
    terms, grades = records.terms(connection), records.grades(connection)
    settings = records.settings_of(records.setting_versions(connection))
    away = [each for each in leaves.between(connection, first, last, whose) if each.stands]
    rows = connection.execute(select(person)).all()
    return Ground(
        month,
        first,
        last,
        Book(records.tariffs(connection), settings),
        {key: Agreed(found, grades.get(key, ())) for key, found in terms.items()},
        _grouped(records.members(connection), lambda each: each.person),
        records.pools(connection),
        _grouped(documents.documents(connection, month), lambda each: each.person),
        waiting.facts_of(connection, month),
        _grouped(away, lambda each: each.person),
        leaves.compensated(connection, first, last, whose),
        periods.adjustments(connection, month),
        _carried(connection, month),
        calendars.load(connection),
        whose,
        {row.id: (row.number, row.name, row.team) for row in rows},
        frozenset(row.id for row in rows if row.active),
    )


def _carried(connection: Connection, month: str) -> dict[str, tuple[Claim, ...]]:
    """What the month before could not bear of the claims, by person; only a closed month has said so."""
    before = next_month(month, -1)
    closing = periods.closings(connection).get(before)
    if closing is None:
        return {}
    return {
        row.person: tuple(Claim(key, rest, before) for key, rest in row.carried.items())
        for row in periods.rows(connection, closing)
        if row.carried
    }


def _grouped(of: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for each in of:
        found[key(each)].append(each)
    return found


# --- beside another ---------------------------------------------------------------------------------


class Dated(Protocol):
    @property
    def valid_from(self) -> str: ...


def touched(before: Ground, now: Ground) -> frozenset[str] | None:
    """Whose month may be another by what was entered between the two; None for everybody's: a price, a setting or a
    pool is another. What holds only after the month touches nobody."""
    last = before.last
    if (
        _differing(before.book.tariffs, now.book.tariffs, last)
        or _until(before.book.settings, last) != _until(now.book.settings, last)
        or _until(before.pools, last) != _until(now.pools, last)
    ):
        return None
    found = _differing(before.memberships, now.memberships, last)
    for part in ("terms", "grades"):
        one, other = ({key: getattr(of.agreed[key], part) for key in of.agreed} for of in (before, now))
        found |= _differing(one, other, last)
    people = before.documents.keys() | now.documents.keys()
    return frozenset(found | {key for key in people if before.documents.get(key) != now.documents.get(key)})


def _differing(before: Mapping[K, Sequence[Dated]], now: Mapping[K, Sequence[Dated]], last: str) -> set[K]:
    """The keys of which other versions hold until this date."""
    return {
        key for key in before.keys() | now.keys() if _until(before.get(key, ()), last) != _until(now.get(key, ()), last)
    }


def _until(versions: Iterable[Dated], last: str) -> list[Dated]:
    return [each for each in versions if each.valid_from <= last]
