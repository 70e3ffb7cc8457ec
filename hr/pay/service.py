"""Wage lines and totals out of the database: facts are fetched in bulk, the rules see one confirmation at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from hr.pay.evidence import Archive
from hr.pay.periods import seals
from hr.pay.rules.lines import WageLine
from hr.pay.rules.wage_line import Identity, Names, explained, wage_line
from hr.people import records
from hr.people.keys import owners
from hr.people.prices import in_force
from hr.people.records import PriceView
from hr.store.tables import fact, machine, operation, person, product
from sync.wire.facts import QuantityConfirmed

BLOCK = 2000
"""Confirmations whose facts are fetched and held together."""

_CONFIRMATIONS = (
    select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.body)
    .where(fact.c.kind == QuantityConfirmed.__name__)
    .order_by(fact.c.device, fact.c.epoch, fact.c.seq)
)


@dataclass(frozen=True)
class Total:
    """One person's money for a stretch of days. `lines` are in `good` and `amount`; the other two kinds are not."""

    person: str
    person_name: str
    person_number: str
    good: int
    amount: Decimal
    lines: int
    unpriced: int
    flagged: int


def lines(connection: Connection, date_from: str, date_to: str, person_key: str | None = None) -> list[WageLine]:
    """One per confirmation, by work date, then employee number; both dates are included."""
    made = each_line(connection, date_from, date_to, person_key)
    return sorted(made, key=lambda line: (line.work_date, line.person_number, line.confirmed_at_us, line.seq))


def each_line(
    connection: Connection, date_from: str, date_to: str, person_key: str | None = None
) -> Iterator[WageLine]:
    """The same lines one by one in no order, for sums over a month: only a block of them is held at a time."""
    keys = None if person_key is None else owners(connection).keys_of(person_key)
    return _between(connection, date_from, date_to, keys)


def lines_of(connection: Connection, date_from: str, date_to: str, people: Iterable[str]) -> Iterator[WageLine]:
    """The same of some people, in no order."""
    whose = owners(connection)
    return _between(connection, date_from, date_to, [key for each in people for key in whose.keys_of(each)])


def _between(connection: Connection, date_from: str, date_to: str, keys: list[str] | None) -> Iterator[WageLine]:
    query = _CONFIRMATIONS.where(fact.c.work_date.between(date_from, date_to))
    if keys is not None:
        query = query.where(fact.c.person.in_(keys))
    by_office = (each for each in seals.seals(connection, date_from, date_to, keys) if each.stands)
    return _made(connection, [*connection.execute(query), *by_office])


def line(connection: Connection, device: str, epoch: int, seq: int) -> WageLine | None:
    """The line of one confirmation; None when there is no such confirmation."""
    if seq >= seals.FIRST_SEQ:
        by_office = seals.seal(connection, device, epoch, seq)
        return next(_made(connection, [] if by_office is None else [by_office]), None)
    query = _CONFIRMATIONS.where(fact.c.device == device, fact.c.epoch == epoch, fact.c.seq == seq)
    return next(_made(connection, connection.execute(query).all()), None)


def totals(of: Iterable[WageLine]) -> list[Total]:
    """One per person, by employee number. Lines that do not add up, or have no price, are counted but not summed."""
    sums: dict[str, Total] = {}
    for each in of:
        before = sums.get(each.person)
        if before is None:
            before = Total(each.person, each.person_name, each.person_number, 0, Decimal("0.00"), 0, 0, 0)
        sums[each.person] = _with(before, each)
    return sorted(sums.values(), key=lambda total: (total.person_number, total.person))


def _with(total: Total, line: WageLine) -> Total:
    if not explained(line):
        return replace(total, flagged=total.flagged + 1)
    if line.by_quantity:
        return replace(total, good=total.good + line.good, lines=total.lines + 1)
    if line.amount is None:
        return replace(total, unpriced=total.unpriced + 1)
    return replace(total, good=total.good + line.good, amount=total.amount + line.amount, lines=total.lines + 1)


def _made(connection: Connection, rows: Sequence[Any]) -> Iterator[WageLine]:
    catalogue = _Catalogue(connection)
    for start in range(0, len(rows), BLOCK):
        archive = Archive(connection, rows[start : start + BLOCK])
        for each in archive.confirmations:
            at = Identity(each.device, each.epoch, each.seq, each.wall_us)
            line = wage_line(at, each.body, archive.evidence(each), catalogue.names(each.body))
            # The proofs go by the key that the facts use; whose money it is goes by the person.
            owner = catalogue.keys[line.person]
            yield line if owner == line.person else replace(line, person=owner)


class _Catalogue:
    """Names and prices, read once for a whole list."""

    def __init__(self, connection: Connection) -> None:
        self.keys = owners(connection)
        self._people = {row.id: row for row in connection.execute(select(person))}
        self._products = {row.id: row.name for row in connection.execute(select(product))}
        self._operations = {row.id: row.name for row in connection.execute(select(operation))}
        self._machines = {row.id: row.name for row in connection.execute(select(machine))}
        self._named: dict[tuple[str, str, str, str], Names] = {}
        self._prices: dict[tuple[str, str], list[PriceView]] = defaultdict(list)
        for price in records.prices(connection):
            self._prices[price.product, price.operation].append(price)

    def names(self, sealed: QuantityConfirmed) -> Names:
        """The same for all that somebody made of one operation on a day."""
        of = (sealed.person, sealed.product, sealed.operation, sealed.work_date)
        if of not in self._named:
            self._named[of] = self._found(sealed)
        return self._named[of]

    def _found(self, sealed: QuantityConfirmed) -> Names:
        who = self._people.get(self.keys[sealed.person])
        versions = self._prices.get((sealed.product, sealed.operation), [])
        return Names(
            person="" if who is None else who.name,
            number="" if who is None else who.number,
            product=self._products.get(sealed.product, ""),
            operation=self._operations.get(sealed.operation, ""),
            machines=self._machines,
            price=in_force(versions, sealed.product, sealed.operation, sealed.work_date),
        )
