"""Months of pay made by hand, without facts: who made how many pieces, and at what price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection

from hr.calendar.day_class import TimeClass
from hr.pay.periods.period import Entry, WorkTime
from hr.pay.rules.items import Formula, Held, Hold, Item, Kind, Name, added, amount_of, product
from hr.pay.rules.money import ZERO
from hr.pay.rules.statement import Statement

MONTH, NEXT, TODAY = "2026-10", "2026-11", "2026-11-02"


def pieces(date: str, quantity: int, price: str = "0.4000", time_class: TimeClass = TimeClass.NORMAL) -> Item:
    formula = Formula((product((Name.QUANTITY, Decimal(quantity)), (Name.UNIT_PRICE, Decimal(price))),))
    return Item(
        Kind.PIECE,
        f"H-40:punch:{date}:{time_class}",
        formula,
        amount_of(formula),
        comparable=True,
        work_date=date,
        product="H-40",
        operation="punch",
        since="2026-01-01",
        time_class=time_class,
    )


def statement(person: str, items: Sequence[Item], held: Sequence[Held] = (), month: str = MONTH) -> Statement:
    gross = added(items)
    return Statement(person, month, tuple(items), tuple(held), gross, None, gross)


def entry(person: str, items: Sequence[Item], *, team: str = "A", minutes: int = 10_000, held: bool = False) -> Entry:
    waits = [Held(Hold.UNPRICED, quantity=Decimal(3))] if held else []
    work = WorkTime(22, {TimeClass.NORMAL: minutes})
    return Entry(person, person.upper(), team, work, statement(person, items, waits))


@dataclass
class Books:
    """A source of months that a test writes itself. `asked` is whose months were computed, block by block."""

    made: dict[str, list[Item]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)
    waiting: int = 0

    @classmethod
    def of(cls, people: int) -> Books:
        return cls({f"p{number:03d}": [pieces("2026-10-09", 100 + number)] for number in range(people)})

    def people(self, connection: Connection, month: str) -> list[str]:
        return sorted(self.made)

    def entries(self, connection: Connection, month: str, people: Sequence[str]) -> Iterator[Entry]:
        self.asked.append(list(people))
        for person in people:
            yield entry(person, self.made.get(person, []), held=person in self.held)

    def unconfirmed(self, connection: Connection, month: str) -> int:
        return self.waiting

    @property
    def net(self) -> Decimal:
        return sum((added(items) for items in self.made.values()), ZERO)
