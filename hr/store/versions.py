"""Versions of what was agreed and decided, each with who typed it and when; and what stood in one before it was typed
again for the same date, which counts for nothing and is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from sqlalchemy import Column, Connection, RowMapping, Table, func, select

from hr.store.pay_tables import replaced_version

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
ABOUT = ("typed_by", "typed_us", "typed_why")
"""The columns that are about a row, not the matter."""


@dataclass(frozen=True)
class Typed:
    """Who typed or imported something, and when. `why`: the reason; empty where none was asked for or it has a place
    of its own."""

    by: str
    at_us: int
    why: str = ""


@dataclass(frozen=True)
class Said(Generic[T]):
    what: T
    typed: Typed


@dataclass(frozen=True)
class Version(Generic[T]):
    """What holds from its date on, and what it took the place of, the first one first."""

    now: Said[T]
    before: tuple[Said[T], ...]


def put(connection: Connection, table: Table, values: Mapping[str, Any], typed: Typed) -> bool:
    """Adds a version; one of the same date that differs is kept and replaced. True when anything changed."""
    key = [column == values[column.name] for column in table.primary_key]
    found = connection.execute(select(table).where(*key)).mappings().first()
    plain = {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}
    stamped = plain | {"typed_by": typed.by, "typed_us": typed.at_us, "typed_why": typed.why}
    if found is None:
        connection.execute(table.insert().values(**stamped))
    elif any(found[name] != value for name, value in plain.items()):
        _keep(connection, table, found)
        connection.execute(table.update().where(*key).values(**stamped))
    else:
        return False
    return True


def built(kind: type[T], row: Mapping[str, Any] | RowMapping) -> T:
    """A row as its dataclass; other columns are about the row, not the matter."""
    return msgspec.convert({each.name: row[each.name] for each in fields(kind)}, kind)


def typed_of(row: Mapping[str, Any] | RowMapping) -> Typed:
    """Who, when and why of a row."""
    return Typed(row["typed_by"], row["typed_us"], row["typed_why"])


def history(connection: Connection, table: Table, kind: type[T], of: str) -> list[Version[T]]:
    """Every version of one person, oldest first."""
    before: dict[str, list[Said[T]]] = {}
    kept = replaced_version.c
    query = select(replaced_version).where(kept.kind == table.name, kept.key == of).order_by(kept.number)
    for row in connection.execute(query).mappings():
        was = Said(built(kind, msgspec.json.decode(row["content"])), typed_of(row))
        before.setdefault(row["valid_from"], []).append(was)
    rows = connection.execute(select(table).where(subject_of(table) == of).order_by(table.c.valid_from)).mappings()
    return [Version(Said(built(kind, row), typed_of(row)), tuple(before.get(row["valid_from"], ()))) for row in rows]


def subject_of(table: Table) -> Column[str]:
    """The column that says whose versions they are; the other of the key is the date."""
    return next(each for each in table.primary_key if each.name != "valid_from")


def _keep(connection: Connection, table: Table, row: RowMapping) -> None:
    key = {"kind": table.name, "key": row[subject_of(table).name], "valid_from": row["valid_from"]}
    same = [replaced_version.c[name] == value for name, value in key.items()]
    number = 1 + (connection.scalar(select(func.max(replaced_version.c.number)).where(*same)) or 0)
    content = msgspec.json.encode({name: value for name, value in row.items() if name not in ABOUT}).decode()
    about = {name: row[name] for name in ABOUT}
    connection.execute(replaced_version.insert().values(**key, number=number, content=content, **about))
