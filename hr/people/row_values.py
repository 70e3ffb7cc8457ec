"""The cells of one row of a file as values. Rejected says which column, what was got and what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import InvalidOperation
from typing import Any, TypeVar

from hr.people.rejected import Rejected
from hr.people.table_file import Problem, Row

T = TypeVar("T")


def cell(row: Row, column: str, parse: Callable[[str], T], wanted: str, absent: T) -> T:
    """The parsed cell, `absent` when it is empty or the file has no such column."""
    content = row.cells.get(column, "")
    if not content:
        return absent
    try:
        return parse(content)
    except (ValueError, KeyError, InvalidOperation) as error:
        raise Rejected(column, content, wanted) from error


def absent(row: Row, column: str, stored: Any, default: T) -> T:
    """What an empty cell means: the default; or what is stored, when the whole file has no such column."""
    if stored is None or column in row.cells:
        return default
    kept: T = getattr(stored, column)
    return kept


def text(row: Row, column: str, limit: int) -> str:
    content = row.cells.get(column, "")
    if len(content) > limit:
        raise Rejected(column, content[:20] + "…", f"at most {limit} characters")
    return content


def name(row: Row, column: str, limit: int) -> str:
    """A text that must be there."""
    content = text(row, column, limit)
    if not content:
        raise Rejected(column, content, "a value")
    return content


def repeated(rows: Iterable[Row], columns: tuple[str, ...]) -> list[Problem]:
    """The rows that an earlier one says already; `columns` make a row unique."""
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for row in rows:
        key = tuple(row.cells.get(column, "") for column in columns)
        if key in first:
            problems.append(Problem(row.line, columns[0], " ".join(key), f"it once: line {first[key]} has it already"))
        first.setdefault(key, row.line)
    return problems
