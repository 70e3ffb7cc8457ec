"""What a box may know: active people, their badges, machines, open orders with today's price, shifts, and who is to
work when in the next weeks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from hr.attendance import rosters
from hr.calendar import store as calendars
from hr.people import clearances, newcomers, records
from hr.people.keys import owners
from hr.people.prices import in_force
from hr.people.version import current
from hr.store.tables import badge, badge_claim, person
from sync.wire.reference_data import PLANT, Badge, CalendarDay, Order, Person, Plant, Reference, Role, Roster, Shift

WEEKS_TOLD = 3
"""This one and the next two: at least a fortnight ahead. Told by whole weeks, so that pages change once a week and not
each day."""


@dataclass(frozen=True)
class Ground:
    """What the reference data rest on beside the database: the plant's name, its date now (it chooses the prices), HR's
    key for identities, and the moment in microseconds UTC."""

    plant: str
    today: str
    sealing_key: str
    now_us: int

    @property
    def monday(self) -> date:
        """Of this week."""
        today = date.fromisoformat(self.today)
        return today - timedelta(days=today.weekday())

    @property
    def dates(self) -> list[str]:
        """The dates of the weeks that boxes are told of."""
        return [(self.monday + timedelta(days=each)).isoformat() for each in range(7 * WEEKS_TOLD)]


def office(connection: Connection, ground: Ground) -> Hashable:
    """Another one whenever a person at HR has changed anything."""
    return current(connection), ground.plant, ground.today, ground.sealing_key


class Source(NamedTuple):
    """Where the rows of one kind come from. They are read again only when `mark` is another one, which is asked at each
    request of each box and has to be cheap."""

    rows: Callable[[Connection, Ground], list[Any]]
    mark: Callable[[Connection, Ground], Hashable] = office


def publish(connection: Connection, ground: Ground) -> Reference:
    """All kinds at one moment."""
    return Reference.of(
        current(connection), {kind: source.rows(connection, ground) for kind, source in SOURCES.items()}
    )


def _plant(_connection: Connection, ground: Ground) -> list[Plant]:
    return [Plant(ground.plant, ground.sealing_key)]


def _people(connection: Connection, _ground: Ground) -> list[Person]:
    """Leavers are left out."""
    keys, cleared = owners(connection), clearances.by_person(connection)
    people = connection.execute(select(person).where(person.c.active.is_(True)))
    return [
        Person(
            row.id,
            row.number,
            row.name,
            Role(row.role),
            row.team,
            row.language,
            row.pin,
            keys.keys_of(row.id)[1:],
            cleared.get(row.id, []),
            row.weight,
        )
        for row in people
    ]


def _badges(connection: Connection, _ground: Ground) -> list[Badge]:
    """Without those of leavers; one that a box bound by itself is sent as blocked: that box would know it as his for
    ever."""
    bound_by_a_box = badge.c.key.in_(select(badge_claim.c.badge))
    badges = connection.execute(
        select(badge, person.c.active)
        .join(person, person.c.id == badge.c.person)
        .where(person.c.active.is_(True) | bound_by_a_box)
    )
    return [Badge(row.key, row.person, row.blocked or not row.active) for row in badges]


def _orders(connection: Connection, ground: Ground) -> list[Order]:
    """The open ones, with the price in force."""
    versions = records.prices(connection)
    found = []
    for order in records.orders(connection):
        if order.state != records.OPEN or order.machine is None:
            continue
        price = in_force(versions, order.product, order.operation, ground.today)
        found.append(
            Order(
                id=order.id,
                machine=order.machine,
                product=order.product,
                product_name=order.product_name,
                operation=order.operation,
                operation_name=order.operation_name,
                quantity=order.quantity,
                pieces_per_count=order.pieces_per_count,
                price=None if price is None or price.each is None else format(price.each, "f"),
            )
        )
    return found


def _shifts(connection: Connection, ground: Ground) -> list[Shift]:
    """As they are since last week's Monday: a night of the day before has the times it had."""
    since = ground.monday - timedelta(days=7)
    return [each.since(since) for each in records.shifts(connection)]


def _roster(connection: Connection, ground: Ground) -> list[Roster]:
    """Of those who work here."""
    dates = ground.dates
    plan = rosters.planned(connection, dates[0], dates[-1])
    active = connection.scalars(select(person.c.id).where(person.c.active.is_(True)))
    return [
        Roster(who, dates[0], [None if (on := plan.get((who, each))) is None else [*on] for each in dates])
        for who in {who for who, _ in plan} & {*active}
    ]


def _planned_lately(connection: Connection, ground: Ground) -> Hashable:
    return current(connection), ground.monday, rosters.newest(connection)


def _calendar(connection: Connection, ground: Ground) -> list[CalendarDay]:
    calendar = calendars.load(connection)
    found = ((each, calendar.day_class(each)) for each in ground.dates)
    return [CalendarDay(each, kind, calendar.statutory_name(each)) for each, kind in found if kind is not None]


def _loaded_lately(connection: Connection, ground: Ground) -> Hashable:
    return ground.monday, calendars.loadings(connection)


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        PLANT: Source(_plant),
        "people": Source(_people),
        "badges": Source(_badges),
        "machines": Source(lambda connection, _: records.machines(connection)),
        "orders": Source(_orders),
        "shifts": Source(_shifts),
        "newcomers": Source(lambda connection, _: newcomers.listed(connection)),
        "roster": Source(_roster, _planned_lately),
        "calendar": Source(_calendar, _loaded_lately),
    }
)
"""By the names of `KINDS` in sync/wire/reference_data.py. The rows are the same for every box."""
