"""A hand-kept sheet out of an XLSX file, and the empty one to fill in. Nothing of it is stored."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import openpyxl
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException

from hr.compare.comparison import PaperRow
from hr.people.table_file import BadFile, Problem
from sync.wire.envelope import plain_text

MAX_BYTES = 5_000_000
MAX_UNPACKED = 100_000_000
MAX_ROWS = 20_000
MAX_CELL = 100

HEADERS = {
    "工号": "number", "number": "number", "employee number": "number", "no": "number",
    "姓名": "name", "name": "name",
    "日期": "date", "date": "date", "work date": "date",
    "件数": "pieces", "合格数": "pieces", "合格": "pieces", "pieces": "pieces", "good": "pieces",
    "good pieces": "pieces",
    "工时": "hours", "小时": "hours", "hours": "hours",
    "计件工资": "amount", "金额": "amount", "工资": "amount", "amount": "amount", "piece wage": "amount",
}  # fmt: skip
REQUIRED = ("number", "date")
FIGURES = ("pieces", "hours", "amount")
TEMPLATE = {
    "zh": ("工号", "姓名", "日期", "件数", "工时", "计件工资"),
    "en": ("Number", "Name", "Date", "Pieces", "Hours", "Amount"),
}


def read(raw: bytes) -> list[PaperRow]:
    """The rows of the first sheet, columns by their headers in Chinese or English. BadFile with every line to mend."""
    lines = _lines(raw)
    header = next(((line, cells) for line, cells in lines if any(cells)), (1, []))
    columns = _columns(*header)
    rows: list[PaperRow] = []
    problems: list[Problem] = []
    for line, cells in lines:
        if not any(cell is not None and str(cell).strip() for cell in cells):
            continue
        if len(rows) == MAX_ROWS:
            raise BadFile([Problem(line, "", "more rows", f"at most {MAX_ROWS}")])
        values = {name: cells[place] for place, name in columns.items() if place < len(cells)}
        row = _row(line, values, problems)
        if row is not None:
            rows.append(row)
    if problems:
        raise BadFile(problems)
    return rows


def template(language: str = "zh") -> bytes:
    """An empty sheet with the columns that `read` knows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TEMPLATE[language if language in TEMPLATE else "en"], book.add_format({"bold": True}))
        # As text, so that 0317 keeps its nought.
        sheet.set_column(0, 1, 14, book.add_format({"num_format": "@"}))
        sheet.set_column(2, 2, 14, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.set_column(3, 5, 12)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _lines(raw: bytes) -> Iterator[tuple[int, list[object]]]:
    wanted = Problem(1, "", "a file that cannot be read", "an XLSX file")
    if len(raw) > MAX_BYTES:
        raise BadFile([Problem(1, "", f"{len(raw)} bytes", f"at most {MAX_BYTES}")])
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        if unpacked > MAX_UNPACKED:
            raise BadFile([Problem(1, "", f"{unpacked} bytes unpacked", f"at most {MAX_UNPACKED}")])
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        rows = list(enumerate((list(row) for row in book.worksheets[0].iter_rows(values_only=True)), 1))
    except BadFile:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, SyntaxError) as error:
        raise BadFile([wanted]) from error
    return iter(rows)


def _columns(line: int, header: list[object]) -> dict[int, str]:
    """Place and name of each column that is known; others, such as a remark, are passed over."""
    named = {place: HEADERS.get(str(cell).strip().lower(), "") for place, cell in enumerate(header) if cell is not None}
    found = {place: name for place, name in named.items() if name}
    names = list(found.values())
    problems = [Problem(line, name, "no such column", "it in the first line") for name in REQUIRED if name not in names]
    if not set(names) & set(FIGURES):
        problems.append(
            Problem(line, "", "no column with a figure", "one of 件数, 工时, 计件工资 (pieces, hours, amount)")
        )
    problems += [
        Problem(line, name, "it twice", "it once") for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if problems:
        raise BadFile(problems)
    return found


def _row(line: int, values: dict[str, object], problems: list[Problem]) -> PaperRow | None:
    number, when = _number(values.get("number")), _date(values.get("date"))
    if not number:
        problems.append(Problem(line, "number", "", "an employee number"))
    if when is None:
        problems.append(Problem(line, "date", _shown(values.get("date")), "a date, such as 2026-11-23"))
    figures = {name: _figure(line, name, values.get(name), problems) for name in FIGURES}
    pieces, hours, amount = (figures[name] for name in FIGURES)
    if pieces is not None and pieces != pieces.to_integral_value():
        problems.append(Problem(line, "pieces", str(pieces), "a whole number"))
    if not number or when is None:
        return None
    return PaperRow(
        line,
        number,
        _shown(values.get("name")),
        when,
        None if pieces is None else int(pieces),
        None if hours is None else int((hours * 60).to_integral_value()),
        None if amount is None else amount.quantize(Decimal("0.01")),
    )


def _shown(value: object) -> str:
    return "" if value is None else plain_text(str(value), MAX_CELL).strip()


def _number(value: object) -> str:
    """As text; a spreadsheet that took 317 for a number shows it without its noughts, which the desk gives back."""
    return _shown(int(value) if isinstance(value, float) and value.is_integer() else value)


def _date(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = _shown(value).replace("年", "-").replace("月", "-").rstrip("日").replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(each) for each in text.split("-"))
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _figure(line: int, name: str, value: object, problems: list[Problem]) -> Decimal | None:
    """Through text: what a spreadsheet holds as 0.1 is meant as 0.1."""
    text = _shown(value).replace(",", "").replace("¥", "")
    if not text:
        return None
    try:
        figure = Decimal(text)
    except InvalidOperation:
        figure = Decimal(-1)
    if not figure.is_finite() or not 0 <= figure < 10_000_000:
        problems.append(Problem(line, name, text[:20], "a number from 0"))
        return None
    return figure
