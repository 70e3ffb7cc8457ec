"""Rows as the bytes of a CSV or XLSX file, and back. The same rows are always the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import openpyxl
import xlsxwriter

from sync.connectors.files.rows import Cell, Row, Sheet, Sort

FORMULA_STARTS = tuple("=+-@＝＋－＠")
"""What a spreadsheet takes for the start of a formula (OWASP, *CSV Injection*)."""

MADE = datetime(2000, 1, 1)  # noqa: DTZ001  # a property of the file, without a zone
"""The date that every workbook bears: the real one would make each file another one."""


class Format(Protocol):
    """`read` gives back exactly the rows that `write` was given; ValueError for a file that is not one of ours."""

    suffix: str

    def write(self, sheet: Sheet, rows: Sequence[Row]) -> bytes: ...

    def read(self, sheet: Sheet, raw: bytes) -> list[Row]: ...


class Csv:
    """UTF-8 with BOM, comma, CRLF. Text that a spreadsheet would run has an apostrophe before it."""

    suffix = "csv"

    def write(self, sheet: Sheet, rows: Sequence[Row]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(name for name, _sort in sheet.columns)
        writer.writerows([_plain(cell) for cell in row] for row in rows)
        return b"\xef\xbb\xbf" + text.getvalue().encode()

    def read(self, sheet: Sheet, raw: bytes) -> list[Row]:
        try:
            head, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        except csv.Error as error:
            raise ValueError(f"not a table: {error}") from error
        return _rows(sheet, head, [[_unplain(cell) for cell in row] for row in rows])


class Xlsx:
    """One sheet. Text cells are typed as text, so that nothing becomes a formula, a link or a number."""

    suffix = "xlsx"

    def write(self, sheet: Sheet, rows: Sequence[Row]) -> bytes:
        whole = io.BytesIO()
        book = xlsxwriter.Workbook(whole, {"in_memory": True})
        book.set_properties({"created": MADE})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for column, (name, _sort) in enumerate(sheet.columns):
            page.write_string(0, column, name, text)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(number, column, cell, text)
                else:
                    page.write_number(number, column, float(cell) if isinstance(cell, Decimal) else cell)
        book.close()
        return whole.getvalue()

    def read(self, sheet: Sheet, raw: bytes) -> list[Row]:
        # A damaged file makes the library raise whatever its parts do.
        try:
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
            head, *rows = book[sheet.name].iter_rows(values_only=True)
        except Exception as error:
            raise ValueError(f"not a workbook with a sheet {sheet.name}") from error
        return _rows(sheet, list(head), [list(row) for row in rows])


FORMATS: dict[str, Format] = {"csv": Csv(), "xlsx": Xlsx()}


def _plain(cell: Cell) -> str | int:
    if isinstance(cell, str):
        return "'" + cell if cell.startswith((*FORMULA_STARTS, "'")) else cell
    return cell if isinstance(cell, int) else format(cell, "f")


def _unplain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def _rows(sheet: Sheet, head: list[Any], rows: list[list[Any]]) -> list[Row]:
    if head != [name for name, _sort in sheet.columns]:
        raise ValueError(f"the columns are not those of {sheet.name}")
    sorts = [sort for _name, sort in sheet.columns]
    return [tuple(_typed(cell, sort) for cell, sort in zip(row, sorts, strict=True)) for row in rows]


def _typed(cell: Any, sort: Sort) -> Cell:
    if sort is Sort.TEXT:
        if not isinstance(cell, str | None):
            raise ValueError("a text has become something else")
        return cell or ""
    try:
        number = Decimal(cell if isinstance(cell, str) else repr(cell))
    except InvalidOperation as error:
        raise ValueError("not a number in a column of numbers") from error
    return int(number) if sort is Sort.WHOLE else number
