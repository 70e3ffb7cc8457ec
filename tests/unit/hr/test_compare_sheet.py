"""A hand-kept sheet as it comes from an office: headers in two languages, dates in many forms."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from hr.compare import sheet
from hr.people.table_file import BadFile


def xlsx(*rows: Sequence[object]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        written = book.add_worksheet()
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    written.write_datetime(line, column, cell, as_date)
                else:
                    written.write(line, column, cell)
    return buffer.getvalue()


def problems(*rows: Sequence[object]) -> list[tuple[int, str]]:
    with pytest.raises(BadFile) as caught:
        sheet.read(xlsx(*rows))
    return [(each.line, each.column) for each in caught.value.problems]


@pytest.mark.parametrize(
    "header",
    [("工号", "姓名", "日期", "件数", "工时", "计件工资"), ("Number", "Name", "Date", "Pieces", "Hours", "Amount")],
)
def test_columns_are_known_by_their_headers_in_chinese_and_english(header):
    (row,) = sheet.read(xlsx(header, ("0317", "张三丰", "2026-11-20", 642, 10.5, 147.72)))
    assert (row.number, row.name, row.work_date) == ("0317", "张三丰", "2026-11-20")
    assert (row.pieces, row.minutes, row.amount) == (642, 630, Decimal("147.72"))


@pytest.mark.parametrize("written", ["2026-11-20", "2026/11/20", "2026.11.20", "2026年11月20日", date(2026, 11, 20)])
def test_a_date_is_read_as_people_write_it(written):
    (row,) = sheet.read(xlsx(("日期", "工号", "件数"), (written, "0317", 1)))
    assert row.work_date == "2026-11-20"


def test_an_empty_cell_says_nothing_and_an_empty_row_is_passed_over():
    rows = sheet.read(xlsx(("工号", "日期", "件数", "工时"), ("0317", "2026-11-20", "", 8), ("", "", "", "")))
    assert [(each.pieces, each.minutes, each.amount) for each in rows] == [(None, 480, None)]


def test_other_columns_are_passed_over():
    (row,) = sheet.read(xlsx(("工号", "日期", "备注", "件数"), ("0317", "2026-11-20", "早退", 5)))
    assert row.pieces == 5


def test_every_line_to_mend_is_named_at_once():
    header = ("工号", "日期", "件数", "工时")
    assert problems(header, ("", "2026-11-20", 1, 1), ("0317", "gestern", 1.5, "x")) == [
        (2, "number"),
        (3, "date"),
        (3, "hours"),
        (3, "pieces"),
    ]


def test_a_sheet_without_its_columns_is_refused():
    assert problems(("姓名", "件数"), ("张三丰", 1)) == [(1, "number"), (1, "date")]
    assert problems(("工号", "日期"), ("0317", "2026-11-20")) == [(1, "")]
    assert problems(("工号", "日期", "件数", "合格"), ("0317", "2026-11-20", 1, 1)) == [(1, "pieces")]


@pytest.mark.parametrize("raw", [b"", b"number,date\n", b"PK\x03\x04 no archive", b"\x00" * (sheet.MAX_BYTES + 1)])
def test_bytes_that_are_no_sheet_are_refused_with_a_sentence(raw):
    with pytest.raises(BadFile):
        sheet.read(raw)


@pytest.mark.parametrize("language", ["zh", "en", "vi"])
def test_the_template_holds_the_columns_that_are_read(language):
    raw = sheet.template(language)
    header = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0][1]]
    assert [sheet.HEADERS[each.lower()] for each in header] == ["number", "name", "date", "pieces", "hours", "amount"]
    assert sheet.read(raw) == []
