"""Many rows at once, by the fastest way the database has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table

from hr.store.connections import POSTGRESQL


def insert(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Adds rows of plain values, in the order of `names`. Raises what the driver raises when one is there already."""
    if not rows:
        return
    columns = ", ".join(names)
    if connection.dialect.name == POSTGRESQL:
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.close()
        return
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(statement, list(rows))
