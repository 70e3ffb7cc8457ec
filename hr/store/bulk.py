"""Many rows at once, by the fastest way the database has."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table

from hr.store.connections import POSTGRESQL

ROWS_A_STATEMENT = 50
"""On SQLite. The driver lets other threads run at each statement, and waits until they let go again: row by row, a page
that is made meanwhile would hold up a batch, and with it every other writer, for 5 ms a row."""


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
    one = f"({', '.join('?' * len(names))})"
    for first in range(0, len(rows), ROWS_A_STATEMENT):
        some = rows[first : first + ROWS_A_STATEMENT]
        places = ", ".join([one] * len(some))
        statement = f"INSERT INTO {table.name} ({columns}) VALUES {places}"  # noqa: S608 - names of our own tables
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))
