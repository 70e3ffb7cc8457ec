"""What has become known of a closed month: whose facts came late, and what they would change.

The month is computed again beside what was closed; the differences are proposed, and a person posts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from hr.pay.periods import adjustments, store
from hr.pay.periods.closing import Source
from hr.pay.periods.period import days_of
from hr.pay.periods.store import Closing
from hr.pay.rules.items import Held, Item, added
from hr.pay.rules.statement import Statement
from hr.people.keys import owners
from hr.store.tables import fact
from sync.wire.facts import AttendanceTap, QuantityConfirmed


@dataclass(frozen=True)
class Proposal:
    """Entries that would set a closed month right. While something of the month computed again is `held`, there are
    none: it is settled first."""

    person: str
    number: str
    name: str
    items: tuple[Item, ...]
    held: tuple[Held, ...] = ()

    @property
    def amount(self) -> Decimal:
        return added(self.items)


def people(connection: Connection, closing: Closing) -> list[str]:
    """Whose taps or sealed pieces of the month came after it was closed."""
    kinds = (AttendanceTap.__name__, QuantityConfirmed.__name__)
    query = select(fact.c.person).where(
        fact.c.kind.in_(kinds),
        fact.c.work_date.between(*days_of(closing.month)),
        fact.c.received_us >= closing.at_us,
        fact.c.person.is_not(None),
    )
    whose = owners(connection)
    return sorted({whose[key] for key in connection.scalars(query.distinct())})


def everybody(connection: Connection, source: Source, closing: Closing) -> list[str]:
    """Who was in the month when it was closed, who has been paid for it since, and who has anything in it now."""
    then = [row.person for row in store.rows(connection, closing)]
    since = [each.person for each in store.posted(connection, refers_to=closing.month)]
    return list(dict.fromkeys([*then, *since, *source.people(connection, closing.month)]))


def proposals(connection: Connection, source: Source, closing: Closing, people: Sequence[str]) -> list[Proposal]:
    """For those of these people for whom something is another than when the month was closed."""
    closed = {each.statement.person: each.statement for each in store.entries(connection, closing, people)}
    before: dict[str, list[Item]] = defaultdict(list)
    for each in store.posted(connection, refers_to=closing.month):
        before[each.person].append(each.item)
    found = []
    for again in source.entries(connection, closing.month, people):
        now = again.statement
        then = closed.get(now.person) or Statement(now.person, closing.month, ())
        items = () if now.held else adjustments.entries(then, now, before[now.person])
        if items or now.held:
            found.append(Proposal(now.person, again.number, again.name, items, now.held))
    return found
