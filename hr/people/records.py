"""People, machines, orders, prices and shifts: reading them, and adding or editing one at a time.

Each `save_...` says whether it changed anything, and raises the version of the reference data when it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import uuid_utils
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, Table, select

from hr.people.prices import PriceView as PriceView
from hr.people.rejected import Rejected as Rejected
from hr.people.version import bump
from hr.store import versions
from hr.store.attendance_tables import shift_version
from hr.store.tables import badge, machine, operation, person, price, product, shift, work_order
from hr.store.versions import ABOUT, Typed
from sync.wire.reference_data import Machine, Person, Role, Shift, ShiftChange

OPEN, CLOSED = "OPEN", "CLOSED"
_pins = PasswordHasher()


@dataclass(frozen=True)
class PersonView:
    """A person as the HR pages list him; `active` is False for a leaver."""

    id: str
    number: str
    name: str
    role: Role
    team: str
    language: str
    has_pin: bool
    active: bool
    badges: tuple[str, ...]
    weight: int = 100


@dataclass(frozen=True)
class OrderView:
    """An order with the names of what it makes. `machine` is None while it is nowhere."""

    id: str
    machine: str | None
    product: str
    product_name: str
    operation: str
    operation_name: str
    quantity: int
    pieces_per_count: int
    state: str


# --- reading ----------------------------------------------------------------------------------------


def people(connection: Connection, number: str | None = None) -> list[PersonView]:
    """All, or the one with this employee number."""
    query = select(person).order_by(person.c.number)
    badges = select(badge.c.person, badge.c.key).order_by(badge.c.key)
    if number is not None:
        query = query.where(person.c.number == number)
        badges = badges.join(person, person.c.id == badge.c.person).where(person.c.number == number)
    held: dict[str, list[str]] = {}
    for row in connection.execute(badges):
        held.setdefault(row.person, []).append(row.key)
    return [
        PersonView(
            id=row.id,
            number=row.number,
            name=row.name,
            role=Role(row.role),
            team=row.team,
            language=row.language,
            has_pin=row.pin is not None,
            active=row.active,
            badges=tuple(held.get(row.id, ())),
            weight=row.weight,
        )
        for row in connection.execute(query)
    ]


def machines(connection: Connection) -> list[Machine]:
    rows = connection.execute(select(machine).order_by(machine.c.id))
    return [Machine(row.id, row.name, row.operators, list(row.needs)) for row in rows]


def orders(connection: Connection, order: str | None = None) -> list[OrderView]:
    """All, open ones first, or the one with this number."""
    query = (
        select(work_order, product.c.name.label("product_name"), operation.c.name.label("operation_name"))
        .join(product, product.c.id == work_order.c.product)
        .join(operation, operation.c.id == work_order.c.operation)
        .order_by(work_order.c.state.desc(), work_order.c.id)
    )
    if order is not None:
        query = query.where(work_order.c.id == order)
    return [OrderView(**row) for row in connection.execute(query).mappings()]


def prices(connection: Connection) -> list[PriceView]:
    query = (
        select(price, product.c.name.label("product_name"), operation.c.name.label("operation_name"))
        .join(product, product.c.id == price.c.product)
        .join(operation, operation.c.id == price.c.operation)
        .order_by(price.c.product, price.c.operation, price.c.valid_from)
    )
    return [versions.built(PriceView, row) for row in connection.execute(query).mappings()]


def shifts(connection: Connection) -> list[Shift]:
    """With every change of their times, by their first start."""
    times = [shift_version.c[each] for each in ShiftChange.__struct_fields__]
    query = select(shift, *times).join(shift_version, shift_version.c.shift == shift.c.id)
    found: dict[str, Shift] = {}
    for id_, name, *row in connection.execute(query.order_by(shift_version.c.valid_from)):
        known, change = found.get(id_), ShiftChange(*row)
        if known is None:
            found[id_] = Shift(id_, name, change.start_min, change.end_min, change.overtime_min)
        else:
            found[id_] = msgspec.structs.replace(known, changes=(*known.changes, change))
    return sorted(found.values(), key=lambda each: (each.start_min, each.id))


def person_id(connection: Connection, number: str) -> str | None:
    """The person key of an employee number."""
    found: str | None = connection.scalar(select(person.c.id).where(person.c.number == number))
    return found


# --- adding and editing -----------------------------------------------------------------------------


def put(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Inserts the row, or updates what differs in the one with the same primary key. True when anything changed."""
    key = [column == values[column.name] for column in table.primary_key]
    found = connection.execute(select(table).where(*key)).mappings().first()
    if found is None:
        connection.execute(table.insert().values(**values))
    elif any(found[name] != value for name, value in values.items()):
        connection.execute(table.update().where(*key).values(**values))
    else:
        return False
    bump(connection)
    return True


def save_person(connection: Connection, wanted: Person, active: bool = True) -> Person:
    """The person as stored, without the PIN's verifier; see `put_person`."""
    put_person(connection, wanted, active)
    row = connection.execute(select(person).where(person.c.number == wanted.number)).one()
    return Person(row.id, row.number, row.name, Role(row.role), row.team, row.language, weight=row.weight)


def put_person(connection: Connection, wanted: Person, active: bool = True) -> bool:
    """By employee number; the person key is minted once and kept. `pin` is the PIN itself, None keeps the old one."""
    if wanted.pin is not None and wanted.role is not Role.SUPERVISOR:
        raise Rejected("pin", "a PIN", "none: only supervisors have a PIN")
    if wanted.pin is not None and not (wanted.pin.isascii() and wanted.pin.isdigit() and 4 <= len(wanted.pin) <= 12):
        raise Rejected("pin", "(not shown)", "4 to 12 digits")
    stored = connection.execute(select(person).where(person.c.number == wanted.number)).first()
    verifier = stored.pin if stored is not None and wanted.role is Role.SUPERVISOR else None
    if wanted.pin is not None and not _is_pin(verifier, wanted.pin):
        verifier = _pins.hash(wanted.pin)
    said = {column.name: getattr(wanted, column.name) for column in person.columns if column.name != "active"}
    values = said | {
        "id": stored.id if stored is not None else wanted.id or str(uuid_utils.uuid7()),
        "role": wanted.role.value,
        "pin": verifier,
        "active": active,
    }
    return put(connection, person, values)


def _is_pin(verifier: str | None, pin: str) -> bool:
    try:
        return verifier is not None and _pins.verify(verifier, pin)
    except VerifyMismatchError:
        return False


def put_order(connection: Connection, wanted: OrderView) -> bool:
    """Names are kept when they are given empty. Rejected for a machine that is unknown or has another open order."""
    changed = _put_named(connection, product, "product", wanted.product, wanted.product_name)
    changed |= _put_named(connection, operation, "operation", wanted.operation, wanted.operation_name)
    if wanted.machine is not None:
        _demand_machine_free(connection, wanted)
    values = {column.name: getattr(wanted, column.name) for column in work_order.columns}
    return put(connection, work_order, values) or changed


def _demand_machine_free(connection: Connection, wanted: OrderView) -> None:
    known = connection.scalar(select(machine.c.id).where(machine.c.id == wanted.machine))
    if known is None:
        raise Rejected("machine", wanted.machine or "", "a machine that is known: import the machines first")
    others = select(work_order.c.id).where(
        work_order.c.machine == wanted.machine, work_order.c.state == OPEN, work_order.c.id != wanted.id
    )
    other = connection.scalar(others)
    if wanted.state == OPEN and other is not None:
        raise Rejected("machine", wanted.machine or "", f"a machine without an open order: close {other} first")


def put_price(connection: Connection, wanted: PriceView, typed: Typed) -> bool:
    """A version of a price. Rejected for a product or operation that is unknown and not named here either."""
    changed = _put_named(connection, product, "product", wanted.product, wanted.product_name)
    changed |= _put_named(connection, operation, "operation", wanted.operation, wanted.operation_name)
    values = {column.name: getattr(wanted, column.name) for column in price.columns if column.name not in ABOUT}
    if versions.put(connection, price, values, typed):
        bump(connection)
        return True
    return changed


def put_machine(connection: Connection, wanted: Machine) -> bool:
    return put(connection, machine, msgspec.structs.asdict(wanted) | {"needs": tuple(wanted.needs)})


def _put_named(connection: Connection, table: Table, column: str, key: str, name: str) -> bool:
    if name:
        return put(connection, table, {"id": key, "name": name})
    if connection.scalar(select(table.c.id).where(table.c.id == key)) is None:
        raise Rejected(column, key, f"one that is known, or its {column}_name beside it")
    return False
