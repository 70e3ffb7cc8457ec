"""The tables of years: those this release brings, and those that people loaded. The newest of a year holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from hr.calendar import files
from hr.calendar.day_class import Calendar, YearTable
from hr.store.tables import calendar_year

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Loaded:
    """Where the table of a year that holds comes from. `number` 0: with this release; else who loaded it, and when."""

    table: YearTable
    number: int = 0
    by: str = ""
    at_us: int = 0


def load(connection: Connection) -> Calendar:
    """The calendar of all years that have a table."""
    return _calendar(tuple((row.year, row.content) for row in connection.execute(_newest())))


def loadings(connection: Connection) -> int:
    """How many tables people have loaded so far: another number whenever the calendar may be another one."""
    return connection.scalar(select(func.count()).select_from(calendar_year)) or 0


def sources(connection: Connection) -> list[Loaded]:
    """The tables that hold, by year."""
    found = {table.year: Loaded(table) for table in _shipped()}
    for row in connection.execute(_newest()):
        found[row.year] = Loaded(_read(row.content), row.number, row.loaded_by, row.loaded_us)
    return [found[year] for year in sorted(found)]


def put(connection: Connection, table: YearTable, by: str, now_us: int) -> bool:
    """False when it is the one that holds already."""
    held = next((each for each in sources(connection) if each.table.year == table.year), None)
    if held is not None and held.table == table:
        return False
    newest = select(func.max(calendar_year.c.number)).where(calendar_year.c.year == table.year)
    number = (connection.scalar(newest) or 0) + 1
    values = {"year": table.year, "number": number, "content": files.written(table)}
    connection.execute(calendar_year.insert().values(**values, loaded_by=by, loaded_us=now_us))
    return True


def _newest() -> Select[Any]:
    other = calendar_year.alias()
    number = select(func.max(other.c.number)).where(other.c.year == calendar_year.c.year).scalar_subquery()
    return select(calendar_year).where(calendar_year.c.number == number).order_by(calendar_year.c.year)


@cache
def _shipped() -> tuple[YearTable, ...]:
    return tuple(files.read(each.read_bytes()) for each in sorted(DATA.glob("*.toml")))


@cache
def _read(content: str) -> YearTable:
    return files.read(content.encode())


@cache
def _calendar(loaded: tuple[tuple[int, str], ...]) -> Calendar:
    tables = {table.year: table for table in _shipped()} | {year: _read(content) for year, content in loaded}
    return Calendar(tuple(tables[year] for year in sorted(tables)))
