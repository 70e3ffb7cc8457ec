"""A CSV file from an office computer as rows of text by column, with the line each came from. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sync.wire.envelope import plain_text

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_CELL = 200
SHOWN_PROBLEMS = 20

ALIASES = {
    "工号": "number",
    "姓名": "name",
    "角色": "role",
    "班组": "team",
    "语言": "language",
    "在职": "active",
    "卡号": "badge",
    "停用": "blocked",
    "机台": "machine",
    "名称": "name",
    "工单": "order",
    "产品": "product",
    "产品名称": "product_name",
    "工序": "operation",
    "工序名称": "operation_name",
    "数量": "quantity",
    "一模件数": "pieces_per_count",
    "状态": "state",
    "单价": "price",
    "生效日期": "valid_from",
    "权重": "weight",
    "人数": "operators",
    "所需资质": "needs",
    "资质": "kind",
    "失效日期": "valid_to",
    "凭证": "evidence",
    "加班分钟": "overtime_min",
    "班次": "shift",
    "开始": "start",
    "结束": "end",
    "日期": "date",
    "类别": "kind",
    "每件数": "price_per",
    "计价方式": "mode",
    "档位": "bands",
    "定额": "quota",
    "定额内工资": "base",
    "周期": "per",
    "计薪方式": "scheme",
    "工时制": "hours_system",
    "合同月薪": "contract_month",
    "保底或底薪": "fixed",
    "保底或底薪周期": "fixed_per",
    "试用期开始": "probation_from",
    "试用期结束": "probation_until",
    "培训天数": "training_days",
    "培训日保底": "training_guarantee",
    "培训系数": "training_ratio",
    "培训结束": "training_until",
    "等级": "grade",
    "系数": "coefficient",
    "集体": "pool",
    "日工资": "day_wage",
    "月份": "month",
    "得分": "score",
    "基数": "base",
    "金额": "amount",
    "分钟": "minutes",
    "天数": "days",
    "原因": "reason",
}


@dataclass(frozen=True)
class Problem:
    """One thing to mend in the file. `line` is as an editor shows it; `column` is empty for a whole line."""

    line: int
    column: str
    got: str
    wanted: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column or 'the line'}: got {self.got!r}, wanted {self.wanted}"


class BadFile(ValueError):
    """Nothing of the file was taken; `problems` says why, line by line."""

    def __init__(self, problems: list[Problem]) -> None:
        shown = [str(each) for each in problems[:SHOWN_PROBLEMS]]
        rest = len(problems) - len(shown)
        super().__init__("\n".join([*shown, f"and {rest} more"] if rest else shown))
        self.problems = problems


@dataclass(frozen=True)
class Row:
    """A line of the file; columns that the file does not have are missing from `cells`."""

    line: int
    cells: dict[str, str]


def read_rows(raw: bytes, required: Collection[str], optional: Collection[str]) -> list[Row]:
    """BadFile for bytes that are no such table. Empty lines are skipped."""
    if len(raw) > MAX_BYTES:
        raise BadFile([Problem(1, "", f"{len(raw)} bytes", f"at most {MAX_BYTES}")])
    text = _decoded(raw)
    lines = _lines(text)
    header_line, names = next(lines, (1, []))
    columns = [ALIASES.get(name, name.lower()) for name in names]
    _check_header(header_line, columns, required, optional)
    rows, problems = [], []
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(columns):
            problems.append(Problem(line, "", f"{len(cells)} cells", f"{len(columns)}"))
            continue
        row = Row(line, dict(zip(columns, cells, strict=True)))
        rows.append(row)
        problems += _cell_problems(row, required)
    if len(rows) > MAX_ROWS:
        problems.append(Problem(header_line, "", f"{len(rows)} rows", f"at most {MAX_ROWS}"))
    if problems:
        raise BadFile(problems)
    return rows


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadFile([Problem(line, "", "bytes that are not text", "a CSV file in UTF-8 or GB18030")]) from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = next((each for each in ",;\t" if each in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile([Problem(line, "", str(error), "cells separated by commas")]) from error
        yield line, [plain_text(cell, MAX_CELL + 1).strip() for cell in cells]
        line = reader.line_num + 1


def _check_header(line: int, columns: list[str], required: Collection[str], optional: Collection[str]) -> None:
    known = [*required, *optional]
    problems = [
        Problem(line, name, "a column that is not known", f"one of {', '.join(known)}")
        for name in columns
        if name not in known
    ]
    problems += [
        Problem(line, name, "no such column", "it in the first line") for name in required if name not in columns
    ]
    problems += [Problem(line, name, "it twice", "it once") for name in known if columns.count(name) > 1]
    if problems:
        raise BadFile(problems)


def _cell_problems(row: Row, required: Collection[str]) -> Iterator[Problem]:
    for column, cell in row.cells.items():
        if not cell and column in required:
            yield Problem(row.line, column, "", "a value")
        elif len(cell) > MAX_CELL:
            yield Problem(row.line, column, cell[:20] + "…", f"at most {MAX_CELL} characters")
