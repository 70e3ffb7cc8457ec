"""From events to the rows of a table, and what a table cannot hold. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from sync.connectors.port import AttendanceLine, Event, PieceLine

MAX_TEXT = 500
"""Characters of a cell; far beyond what HR's own fields hold."""

MAX_WHOLE = 2**53
"""Beyond it a spreadsheet's numbers are not exact any more."""

ESCAPED = re.compile("_x[0-9A-Fa-f]{4}_")
"""How XLSX writes a character by its code (ECMA-376, ST_Xstring); programs differ in when they read it so."""

Cell = str | int | Decimal
Row = tuple[Cell, ...]


class Sort(Enum):
    """What the cells of a column are. TEXT stays text: a number with zeros before it keeps them."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"


@dataclass(frozen=True)
class Sheet:
    """One table: its columns in order, each with its sort."""

    name: str
    columns: tuple[tuple[str, Sort], ...]


_HEAD = (
    ("event", Sort.TEXT),
    ("line", Sort.TEXT),
    ("revision", Sort.WHOLE),
    ("state", Sort.TEXT),
    ("replaces", Sort.TEXT),
    ("number", Sort.TEXT),
    ("work_date", Sort.TEXT),
)
ATTENDANCE = Sheet("attendance", (*_HEAD, ("direction", Sort.TEXT), ("at_local", Sort.TEXT), ("at_utc", Sort.TEXT)))
PIECES = Sheet(
    "pieces",
    (
        *_HEAD,
        *((name, Sort.TEXT) for name in ("order", "product", "operation")),
        *((name, Sort.WHOLE) for name in ("counted", "good", "scrap_labour", "scrap_material", "rework", "adjustment")),
        *((name, Sort.DECIMAL) for name in ("unit_price", "amount")),
    ),
)


def tables(events: Sequence[Event], zone: ZoneInfo) -> list[tuple[Sheet, list[Row]]]:
    """The sheets that these events need, with their rows in order."""
    attendance = [_head(each) + _mark(each.content, zone) for each in events if _is_attendance(each)]
    pieces = [_head(each) + _pieces(each.content) for each in events if isinstance(each.content, PieceLine)]
    return [(sheet, rows) for sheet, rows in ((ATTENDANCE, attendance), (PIECES, pieces)) if rows]


def sheet_of(event: Event) -> Sheet:
    return ATTENDANCE if _is_attendance(event) else PIECES


def unfit(event: Event) -> str | None:
    """Why no table can hold this event, as a sentence without the value itself; None when all is well."""
    (sheet, rows), *_ = tables([event], ZoneInfo("UTC"))
    for (name, _sort), cell in zip(sheet.columns, rows[0], strict=True):
        if why := _unfit_cell(cell):
            return f"{name} {why}; correct it at HR"
    return None


def _unfit_cell(cell: Cell) -> str | None:
    match cell:
        case str() if len(cell) > MAX_TEXT:
            return f"has {len(cell)} characters, at most {MAX_TEXT} fit"
        case str() if any(_unprintable(each) for each in cell):
            return "holds a character that no spreadsheet takes"
        case str() if ESCAPED.search(cell):
            return "holds what spreadsheets take for the code of a character"
        case int() if abs(cell) >= MAX_WHOLE:
            return "is larger than a spreadsheet can hold exactly"
        case Decimal() if Decimal(repr(float(cell))) != cell:
            return "has more digits than a spreadsheet can hold exactly"
        case _:
            return None


def _unprintable(character: str) -> bool:
    """Control characters, halves of pairs, and the two at the end of each plane, which XML forbids."""
    return unicodedata.category(character) in {"Cc", "Cs"} or ord(character) & 0xFFFE == 0xFFFE


def _is_attendance(event: Event) -> bool:
    return isinstance(event.content, AttendanceLine)


def _head(event: Event) -> Row:
    before = "" if event.before is None else event.before.event
    state = "withdrawn" if event.withdrawn else "correction" if before else "new"
    content = event.content
    return (event.event, event.line, event.revision, state, before, content.number, content.work_date)


def _mark(line: AttendanceLine | PieceLine, zone: ZoneInfo) -> Row:
    assert isinstance(line, AttendanceLine)
    at = datetime.fromtimestamp(line.at_us // 1_000_000, UTC)
    return (line.direction.value, f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}", f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _pieces(line: AttendanceLine | PieceLine) -> Row:
    assert isinstance(line, PieceLine)
    amounts = (line.counted, line.good, line.scrap_labour, line.scrap_material, line.rework, line.adjustment)
    return (line.order, line.product, line.operation, *amounts, line.unit_price, line.amount)
