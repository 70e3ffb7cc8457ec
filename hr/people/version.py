"""The version of the reference data: it rises with every change, in the same transaction."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from hr.store.tables import price, reference_version


def current(connection: Connection) -> int:
    version: int = connection.execute(select(reference_version.c.version)).scalar_one()
    return version


def bump(connection: Connection) -> None:
    connection.execute(reference_version.update().values(version=reference_version.c.version + 1))


def is_of(connection: Connection, today: str) -> bool:
    """Whether the version already stands for the prices in force today."""
    as_of: str = connection.execute(select(reference_version.c.as_of)).scalar_one()
    return as_of >= today


def roll_over(connection: Connection, today: str) -> None:
    """A price that comes into force by the calendar changes what boxes are told, though nobody edited anything."""
    as_of = connection.execute(select(reference_version.c.as_of).with_for_update()).scalar_one()
    if as_of >= today:
        return
    begun = select(func.count()).where(price.c.valid_from > as_of, price.c.valid_from <= today)
    if connection.execute(begun).scalar_one():
        bump(connection)
    connection.execute(reference_version.update().values(as_of=today))
