"""Reference data from CSV files: all or nothing per file, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from hr.attendance import shift_rules
from hr.attendance.rules.shifts import ShiftRule
from hr.attendance.rules.timetable import EVER
from hr.pay.terms.tariffs import bands_text, demand_usable
from hr.people import badges, cells, clearances, records
from hr.people.records import OrderView, PriceView, Rejected
from hr.people.row_values import absent as _absent
from hr.people.row_values import cell as _cell
from hr.people.row_values import name as _name
from hr.people.row_values import repeated
from hr.people.row_values import text as _text
from hr.people.table_file import BadFile, Problem, Row, read_rows
from hr.store.versions import Typed
from sync.wire.reference_data import Clearance, Machine, Person, Role

__all__ = ["BadFile", "Imported", "Kind", "Problem", "import_csv"]

A_FEW = "a whole number from 1 to 1000"
A_DATE = "a date such as 2026-11-01"
A_NUMBER_OF_PIECES = "a number of pieces such as 1, 10, 100 or 1000"
NOBODY = Typed("", 0)
"""Where it is not said in whose name a file is taken."""

BANDS = "bands such as 500:0.5000;800:0.6000;:0.7000"


class Kind(StrEnum):
    PEOPLE = "people"
    BADGES = "badges"
    MACHINES = "machines"
    ORDERS = "orders"
    PRICES = "prices"
    SHIFTS = "shifts"
    CLEARANCES = "clearances"
    ROSTER = "roster"


@dataclass(frozen=True)
class Imported:
    """`changed` counts the rows that were new or different."""

    kind: str
    rows: int
    changed: int


def import_csv(
    connection: Connection, kind: Kind, raw: bytes, typed: Typed = NOBODY, *, try_only: bool = False
) -> Imported:
    """BadFile lists what is wrong, and then nothing of the file was taken. `typed`: in whose name, kept of prices and
    of shifts."""
    layout = LAYOUTS[kind]
    if kind is Kind.PRICES:
        layout = replace(layout, put=partial(_put_price, typed))
    if kind is Kind.SHIFTS:
        layout = replace(layout, put=partial(_put_shift, typed))
    return take(connection, kind.value, layout, raw, try_only=try_only)


def take(connection: Connection, kind: str, layout: Layout, raw: bytes, *, try_only: bool = False) -> Imported:
    """BadFile lists what is wrong. Then nothing of the file was taken, and nothing is when it is only tried."""
    rows = read_rows(raw, layout.required, layout.optional)
    problems = repeated(rows, layout.key)
    changed = 0
    with connection.begin_nested() as part:
        for row in sorted(rows, key=layout.order):
            try:
                changed += layout.put(connection, row)
            except Rejected as error:
                problems.append(Problem(row.line, error.column, error.got, error.wanted))
        if problems:
            raise BadFile(sorted(problems, key=lambda each: each.line))
        if try_only:
            part.rollback()
    return Imported(kind, len(rows), changed)


# --- one row of each kind ---------------------------------------------------------------------------


def _put_person(connection: Connection, row: Row) -> bool:
    number = _name(row, "number", 32)
    stored = next(iter(records.people(connection, number)), None)
    person = Person(
        id="",
        number=number,
        name=_name(row, "name", 64),
        role=_cell(row, "role", cells.role, "WORKER or SUPERVISOR", _absent(row, "role", stored, Role.WORKER)),
        team=_text(row, "team", 64) or _absent(row, "team", stored, ""),
        language=_cell(row, "language", cells.language, "zh, en or vi", _absent(row, "language", stored, "zh")),
        pin=row.cells.get("pin") or None,
        weight=_cell(row, "weight", cells.few, A_FEW, _absent(row, "weight", stored, 100)),
    )
    active = _cell(row, "active", cells.yes_no, "yes or no", _absent(row, "active", stored, True))
    return records.put_person(connection, person, active)


def _put_badge(connection: Connection, row: Row) -> bool:
    owner = records.person_id(connection, row.cells["number"])
    if owner is None:
        raise Rejected("number", row.cells["number"], "an employee number that is known: import the people first")
    technology = row.cells.get("technology") or badges.DEFAULT_TECHNOLOGY
    key = badges.key_of(connection, row.cells["badge"], technology)
    blocked = _cell(
        row, "blocked", cells.yes_no, "yes or no", _absent(row, "blocked", badges.stored(connection, key), False)
    )
    return badges.put_badge(connection, key, owner, blocked)


def _put_machine(connection: Connection, row: Row) -> bool:
    identifier = _cell(row, "machine", cells.machine_id, "letters, digits, '.', '_' or '-', at most 32", "")
    stored = next((each for each in records.machines(connection) if each.id == identifier), None)
    operators = _cell(row, "operators", cells.crew, "a whole number from 1 to 20", _absent(row, "operators", stored, 1))
    needs: list[str] = _cell(
        row,
        "needs",
        cells.clearance_kinds,
        "kinds of clearance such as SAFETY_L3;WELDING",
        _absent(row, "needs", stored, []),
    )
    return records.put_machine(connection, Machine(identifier, _name(row, "name", 64), operators, needs))


def _put_order(connection: Connection, row: Row) -> bool:
    order_id = _name(row, "order", 64)
    stored = next(iter(records.orders(connection, order_id)), None)
    per_count = _absent(row, "pieces_per_count", stored, 1)
    order = OrderView(
        id=order_id,
        machine=row.cells.get("machine") or _absent(row, "machine", stored, None),
        product=_name(row, "product", 64),
        product_name=_text(row, "product_name", 128),
        operation=_name(row, "operation", 64),
        operation_name=_text(row, "operation_name", 128),
        quantity=_cell(row, "quantity", cells.count, "a whole number from 1 up", 0),
        pieces_per_count=_cell(row, "pieces_per_count", cells.few, A_FEW, per_count),
        state=_cell(row, "state", cells.state, "OPEN or CLOSED", _absent(row, "state", stored, records.OPEN)),
    )
    return records.put_order(connection, order)


def _put_price(typed: Typed, connection: Connection, row: Row) -> bool:
    bands = _cell(row, "bands", bands_text, BANDS, "")
    price = PriceView(
        product=_name(row, "product", 64),
        product_name=_text(row, "product_name", 128),
        operation=_name(row, "operation", 64),
        operation_name=_text(row, "operation_name", 128),
        valid_from=_cell(row, "valid_from", cells.iso_date, A_DATE, ""),
        price=_cell(row, "price", cells.unit_price, "CNY per piece such as 0.1250, at most 8 decimals", Decimal()),
        price_per=_cell(row, "price_per", cells.amount, A_NUMBER_OF_PIECES, Decimal(1)),
        mode=_cell(row, "mode", cells.price_mode, "FLAT, MARGINAL, WHOLE, OVER_QUOTA, CAPPED or EFFICIENCY", "FLAT"),
        bands=bands,
        quota=_cell(row, "quota", cells.amount, A_NUMBER_OF_PIECES, None),
        base=_cell(row, "base", cells.amount, "an amount in CNY such as 120.00", Decimal(0)),
        per=_cell(row, "per", cells.day_or_month, "DAY or MONTH", "DAY"),
    )
    demand_usable(price)
    return records.put_price(connection, price, typed)


def _put_shift(typed: Typed, connection: Connection, row: Row) -> bool:
    """What the file does not say of a shift that is known stays as it is on that date."""
    start = _cell(row, "start", cells.minutes, "HH:MM", 0)
    end = _cell(row, "end", cells.minutes, "HH:MM", 0)
    if start >= 1440:
        raise Rejected("start", row.cells["start"], "a time before 24:00")
    if end <= start:
        end += 1440
    identifier = _name(row, "shift", 32)
    valid_from = _cell(row, "valid_from", cells.iso_date, A_DATE, EVER)
    stored = shift_rules.timetable(connection).on(identifier, valid_from)
    overtime = _cell(
        row, "overtime_min", cells.overtime, "minutes from 0 to 720", _absent(row, "overtime_min", stored, 0)
    )
    before = stored or ShiftRule(identifier, "", start, end)
    wanted = replace(before, name=_name(row, "name", 64), start_min=start, end_min=end, overtime_min=overtime)
    return shift_rules.put(connection, wanted, valid_from, typed)


def _put_clearance(connection: Connection, row: Row) -> bool:
    owner = records.person_id(connection, row.cells["number"])
    if owner is None:
        raise Rejected("number", row.cells["number"], "an employee number that is known: import the people first")
    kind = _cell(row, "kind", cells.clearance_kind, "letters, digits, '_' or '-', at most 32", "")
    valid_from = _cell(row, "valid_from", cells.iso_date, A_DATE, "")
    valid_to = _cell(row, "valid_to", cells.iso_date, A_DATE, "")
    if valid_to and valid_to < valid_from:
        raise Rejected("valid_to", valid_to, "a date that is not before valid_from")
    evidence = _text(row, "evidence", 200)
    return clearances.put_clearance(connection, owner, Clearance(kind, valid_from, valid_to), evidence)


@dataclass(frozen=True)
class Layout:
    """The columns of a kind, which of them make a row unique, and what one row does."""

    put: Callable[[Connection, Row], bool]
    key: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    order: Callable[[Row], int] = lambda row: row.line


def _closing_first(row: Row) -> int:
    # A file may close a machine's order below the line that opens the next one.
    return 0 if row.cells.get("state", "").upper() == records.CLOSED else 1


LAYOUTS: dict[Kind, Layout] = {
    Kind.PEOPLE: Layout(
        _put_person, ("number",), ("number", "name"), ("role", "team", "language", "pin", "active", "weight")
    ),
    Kind.BADGES: Layout(_put_badge, ("badge",), ("badge", "number"), ("technology", "blocked")),
    Kind.MACHINES: Layout(_put_machine, ("machine",), ("machine", "name"), ("operators", "needs")),
    Kind.ORDERS: Layout(
        _put_order,
        ("order",),
        ("order", "product", "operation", "quantity"),
        ("machine", "product_name", "operation_name", "pieces_per_count", "state"),
        _closing_first,
    ),
    Kind.PRICES: Layout(
        partial(_put_price, NOBODY),
        ("product", "operation", "valid_from"),
        ("product", "operation", "valid_from"),
        ("product_name", "operation_name", "price", "price_per", "mode", "bands", "quota", "base", "per"),
    ),
    Kind.SHIFTS: Layout(
        partial(_put_shift, NOBODY),
        ("shift", "valid_from"),
        ("shift", "name", "start", "end"),
        ("overtime_min", "valid_from"),
    ),
    Kind.CLEARANCES: Layout(
        _put_clearance,
        ("number", "kind", "valid_from"),
        ("number", "kind", "valid_from"),
        ("valid_to", "evidence"),
    ),
}
