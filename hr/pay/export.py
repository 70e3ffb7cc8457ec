"""Lists for a spreadsheet: UTF-8 with BOM, so that Chinese shows; text never becomes a formula, numbers stay so."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hr.attendance.rules.day import AttendanceDay
from hr.pay.rules.lines import WageLine
from hr.pay.rules.wage_line import explained

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

WAGE_COLUMNS = (
    "work_date",
    "number",
    "name",
    "order",
    "product",
    "operation",
    "counted",
    "good",
    "scrap_labour",
    "scrap_material",
    "rework",
    "adjustment",
    "reason",
    "unit_price",
    "price_since",
    "amount",
    "state",
    "fact",
)
ATTENDANCE_COLUMNS = (
    "work_date",
    "number",
    "name",
    "team",
    "first_in",
    "last_out",
    "minutes",
    "state",
    "taps",
    "revision",
    "on_paper_only",
    "on_paper_too",
)

Cell = str | int | Decimal | None


def wages(lines: Iterable[WageLine]) -> bytes:
    """One row per line; `amount` is empty unless the line adds up and has a price. `fact` is device/epoch/seq."""
    return table(WAGE_COLUMNS, (_wage_row(line) for line in lines))


def attendance(days: Iterable[AttendanceDay], timezone: str) -> bytes:
    """One row per person and work date; times are the plant's."""
    return table(ATTENDANCE_COLUMNS, (_day_row(day, ZoneInfo(timezone)) for day in days))


def _wage_row(line: WageLine) -> list[Cell]:
    sound = explained(line)
    state = "ok" if sound and line.amount is not None else "unpriced" if sound else "does not add up"
    return [
        line.work_date,
        line.person_number,
        line.person_name or unmapped(line.person),
        line.order,
        line.product_name,
        line.operation_name,
        line.counted,
        line.good,
        line.scrap_labour,
        line.scrap_material,
        line.rework,
        line.adjustment,
        line.reason,
        line.unit_price,
        line.price_since,
        line.amount if sound else None,
        state,
        f"{line.device}/{line.epoch}/{line.seq}",
    ]


def _day_row(day: AttendanceDay, zone: ZoneInfo) -> list[Cell]:
    first_in = min((each.in_us for each in day.stretches if each.in_us is not None), default=None)
    last_out = max((each.out_us for each in day.stretches if each.out_us is not None), default=None)
    return [
        day.work_date,
        day.person_number,
        day.person_name or unmapped(day.person),
        day.team,
        _local(first_in, zone),
        _local(last_out, zone),
        day.minutes,
        "open" if day.open else "closed",
        day.taps,
        day.revision,
        day.paper,
        day.matched,
    ]


def unmapped(person: str) -> str:
    """In the name's place for somebody whom a box has registered and HR has not mapped: the end of his person key."""
    return f"newcomer {person[-4:]}"


def _local(wall_us: int | None, zone: ZoneInfo) -> str:
    if wall_us is None:
        return ""
    return datetime.fromtimestamp(wall_us // 1_000_000, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def table(columns: tuple[str, ...], rows: Iterable[list[Cell]]) -> bytes:
    """A file of these columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(each) for each in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def cell(value: Cell) -> str | int:
    """Text that a spreadsheet would run is made plain by an apostrophe; a number is left a number."""
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return "'" + value if value.startswith(FORMULA_STARTS) else value
