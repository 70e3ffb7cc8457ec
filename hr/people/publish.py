"""What a box may know: active people, their badges, machines, open orders with today's price, shifts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hr.people import records
from hr.people.prices import in_force
from hr.people.version import current
from hr.store.tables import badge, person
from sync.reference_data import Badge, Order, Person, Reference, Role


def publish(connection: Connection, plant: str = "", today: str = "9999-12-31") -> Reference:
    """Leavers and their badges are left out; `today` chooses the prices, and defaults to the newest of each."""
    people = connection.execute(select(person).where(person.c.active.is_(True)).order_by(person.c.id))
    badges = connection.execute(
        select(badge).join(person, person.c.id == badge.c.person).where(person.c.active.is_(True)).order_by(badge.c.key)
    )
    return Reference(
        version=current(connection),
        plant=plant,
        people=[
            Person(row.id, row.number, row.name, Role(row.role), row.team, row.language, row.pin) for row in people
        ],
        badges=[Badge(row.key, row.person, row.blocked) for row in badges],
        machines=records.machines(connection),
        orders=_open_orders(connection, today),
        shifts=records.shifts(connection),
    )


def _open_orders(connection: Connection, today: str) -> list[Order]:
    versions = records.prices(connection)
    found = []
    for order in records.orders(connection):
        if order.state != records.OPEN or order.machine is None:
            continue
        price = in_force(versions, order.product, order.operation, today)
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
                price=None if price is None else format(price.price, "f"),
            )
        )
    return found
