"""What a box may know: active people, their badges, machines, open orders with today's price, shifts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hr.people import clearances, newcomers, records
from hr.people.keys import owners
from hr.people.prices import in_force
from hr.people.version import current
from hr.store.tables import badge, badge_claim, person
from sync.reference_data import Badge, Order, Person, Reference, Role


def publish(connection: Connection, plant: str = "", today: str = "9999-12-31", sealing_key: str = "") -> Reference:
    """Leavers and their badges are left out; `today` chooses the prices, and defaults to the newest of each.

    A leaver's badge that a box bound by itself is sent as blocked: that box would know it as his for ever.
    """
    keys = owners(connection)
    cleared = clearances.by_person(connection)
    people = connection.execute(select(person).where(person.c.active.is_(True)).order_by(person.c.id))
    bound_by_a_box = badge.c.key.in_(select(badge_claim.c.badge))
    badges = connection.execute(
        select(badge, person.c.active)
        .join(person, person.c.id == badge.c.person)
        .where(person.c.active.is_(True) | bound_by_a_box)
        .order_by(badge.c.key)
    )
    return Reference(
        version=current(connection),
        plant=plant,
        people=[
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
        ],
        badges=[Badge(row.key, row.person, row.blocked or not row.active) for row in badges],
        machines=records.machines(connection),
        orders=_open_orders(connection, today),
        shifts=records.shifts(connection),
        sealing_key=sealing_key,
        newcomers=newcomers.listed(connection),
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
