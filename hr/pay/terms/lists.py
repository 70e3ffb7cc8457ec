"""Lists of pay as CSV files: terms, grades, pools, scores, claims, waiting time. The same file twice is no change."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from hr.pay.rules.money import ONE, ZERO
from hr.pay.rules.pools import Method
from hr.pay.rules.settings import Grade, HoursSystem, Per, Scheme, Terms
from hr.pay.terms import documents, records
from hr.pay.terms.checks import demand_terms
from hr.pay.terms.documents import Kind
from hr.pay.terms.records import Membership, PoolVersion, Typed
from hr.people import cells
from hr.people.csv_import import A_DATE, Imported, Layout, take
from hr.people.records import person_id
from hr.people.rejected import Rejected
from hr.people.row_values import cell, name, text
from hr.people.table_file import Row

AN_AMOUNT = "an amount in CNY such as 120.00"
A_COEFFICIENT = "a coefficient such as 1.15"
A_MONTH = "a month such as 2026-11"
LAST_MINUTE = 2880
LAST_MINUTE_OF_MONTH = 31 * 1440
LONGEST_TRAINING = 400


class PayList(StrEnum):
    """What a file may hold. The name is the file's."""

    TERMS = "terms"
    GRADES = "grades"
    POOLS = "pools"
    MEMBERS = "members"
    BONUSES = "bonuses"
    ALLOWANCES = "allowances"
    CLAIMS = "claims"
    WAITING = "waiting"
    LONG_STOPS = "long_stops"
    LEAVE = "leave"
    INSURANCE = "insurance"


SCHEMES = {
    "计件": Scheme.PIECE,
    "保底": Scheme.GUARANTEED,
    "底薪加计件": Scheme.BASE_AND_PIECE,
    "集体计件": Scheme.TEAM_POOL,
}
HOURS = {
    "标准": HoursSystem.STANDARD,
    "综合": HoursSystem.COMPREHENSIVE,
    "不定时": HoursSystem.UNTIMED,
    "非全日制": HoursSystem.PART_TIME,
}
METHODS = {"工时系数": Method.HOURS_X_COEFFICIENT, "日工资天数": Method.DAY_WAGE_X_DAYS}

E = TypeVar("E", bound=StrEnum)


def take_list(connection: Connection, kind: PayList, raw: bytes, typed: Typed, *, try_only: bool = False) -> Imported:
    """All or nothing. table_file.BadFile lists every line that is wrong."""
    return take(connection, kind.value, layout_of(kind, typed), raw, try_only=try_only)


def layout_of(kind: PayList, typed: Typed) -> Layout:
    """The columns of a list, and what one row of it does in the name of whoever sent it."""
    put, key, required, optional = _LAYOUTS[kind]
    return Layout(partial(_put_as, put, typed), key, required, optional)


def columns_of(kind: PayList) -> tuple[str, ...]:
    _put, _key, required, optional = _LAYOUTS[kind]
    return (*required, *optional)


def _put_as(put: Put, typed: Typed, connection: Connection, row: Row) -> bool:
    return put(connection, row, typed)


Put = Callable[[Connection, Row, Typed], bool]


# --- one row of each kind ---------------------------------------------------------------------------


def _put_terms(connection: Connection, row: Row, typed: Typed) -> bool:
    wanted = Terms(
        valid_from=_date(row, "valid_from"),
        scheme=_one_of(row, "scheme", Scheme, SCHEMES, Scheme.PIECE),
        hours=_one_of(row, "hours_system", HoursSystem, HOURS, HoursSystem.STANDARD),
        contract_month=cell(row, "contract_month", cells.amount, AN_AMOUNT, None),
        fixed=cell(row, "fixed", cells.amount, AN_AMOUNT, None),
        fixed_per=Per(cell(row, "fixed_per", cells.day_or_month, "DAY or MONTH", "MONTH")),
        probation_from=_date(row, "probation_from"),
        probation_until=_date(row, "probation_until"),
        training_days=cell(row, "training_days", partial(_whole, LONGEST_TRAINING), "days from 0 to 400", 0),
        training_guarantee=cell(row, "training_guarantee", cells.amount, AN_AMOUNT, ZERO),
        training_ratio=cell(row, "training_ratio", _positive, A_COEFFICIENT, ONE),
        training_until=_date(row, "training_until"),
    )
    demand_terms(wanted)
    return records.put_terms(connection, _person(connection, row), wanted, typed)


def _put_grade(connection: Connection, row: Row, typed: Typed) -> bool:
    coefficient = cell(row, "coefficient", _positive, A_COEFFICIENT, ONE)
    wanted = Grade(_date(row, "valid_from"), name(row, "grade", 32), coefficient)
    return records.put_grade(connection, _person(connection, row), wanted, typed)


def _put_pool(connection: Connection, row: Row, typed: Typed) -> bool:
    method = _one_of(row, "method", Method, METHODS, Method.HOURS_X_COEFFICIENT)
    if method is Method.PER_HOUR_X_COEFFICIENT:
        raise Rejected("method", method, "a way of sharing that adds up to the pool: this one does not")
    per = Per(cell(row, "per", cells.day_or_month, "DAY or MONTH", "DAY"))
    wanted = PoolVersion(name(row, "pool", 64), _date(row, "valid_from"), method, per)
    return records.put_pool(connection, wanted, typed)


def _put_member(connection: Connection, row: Row, typed: Typed) -> bool:
    pool, start = text(row, "pool", 64), _date(row, "valid_from")
    if pool and pool not in {each.pool for each in records.pools(connection) if each.valid_from <= start}:
        raise Rejected("pool", pool, "a pool that is known on this date: enter the pool first")
    day_wage = cell(row, "day_wage", cells.amount, AN_AMOUNT, ZERO)
    return records.put_member(connection, Membership(_person(connection, row), start, pool, day_wage), typed)


def _put_bonus(connection: Connection, row: Row, typed: Typed) -> bool:
    score = cell(row, "score", cells.amount, "per cent such as 92", Decimal(100))
    return _put_document(connection, row, typed, Kind.BONUS, _amount(row, "base"), score)


def _put_allowance(connection: Connection, row: Row, typed: Typed) -> bool:
    kind = Kind.HAZARD if cell(row, "hazard", cells.yes_no, "yes or no", False) else Kind.ALLOWANCE
    return _put_document(connection, row, typed, kind, _amount(row, "amount"))


def _put_claim(connection: Connection, row: Row, typed: Typed) -> bool:
    return _put_document(connection, row, typed, Kind.CLAIM, _amount(row, "amount"))


def _put_waiting(connection: Connection, row: Row, typed: Typed) -> bool:
    return _put_document(connection, row, typed, Kind.WAITING, share=_minutes(row, LAST_MINUTE))


def _put_long_stop(connection: Connection, row: Row, typed: Typed) -> bool:
    return _put_document(connection, row, typed, Kind.LONG_STOP, share=_minutes(row, LAST_MINUTE_OF_MONTH))


def _put_leave(connection: Connection, row: Row, typed: Typed) -> bool:
    days = cell(row, "days", _positive, "days such as 1 or 0.5", ONE)
    return _put_document(connection, row, typed, Kind.LEAVE, _amount(row, "day_wage"), days)


def _put_insurance(connection: Connection, row: Row, typed: Typed) -> bool:
    return _put_document(connection, row, typed, Kind.INSURANCE, _amount(row, "amount"))


def _put_document(
    connection: Connection, row: Row, typed: Typed, kind: Kind, amount: Decimal = ZERO, share: Decimal = ZERO
) -> bool:
    """Of a day or of a month; the month of a day is where it lies."""
    on = _date(row, "date")
    month = on[:7] if kind in documents.OF_A_DAY else cell(row, "month", cells.month, A_MONTH, "")
    person, reason = _person(connection, row), text(row, "reason", 200)
    return documents.put(connection, documents.new(kind, person, month, reason, typed, on, amount, share))


_TERMS = ("scheme", "hours_system", "contract_month", "fixed", "fixed_per", "probation_from", "probation_until")
_TRAINING = ("training_days", "training_guarantee", "training_ratio", "training_until")
_LAYOUTS: dict[PayList, tuple[Put, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    PayList.TERMS: (_put_terms, ("number", "valid_from"), ("number", "valid_from"), (*_TERMS, *_TRAINING)),
    PayList.GRADES: (_put_grade, ("number", "valid_from"), ("number", "grade", "coefficient", "valid_from"), ()),
    PayList.POOLS: (_put_pool, ("pool", "valid_from"), ("pool", "valid_from"), ("method", "per")),
    PayList.MEMBERS: (_put_member, ("number", "valid_from"), ("number", "valid_from"), ("pool", "day_wage")),
    PayList.BONUSES: (_put_bonus, ("number", "month", "reason"), ("number", "month", "base", "reason"), ("score",)),
    PayList.ALLOWANCES: (
        _put_allowance,
        ("number", "month", "reason"),
        ("number", "month", "amount", "reason"),
        ("hazard",),
    ),
    PayList.CLAIMS: (_put_claim, ("number", "month", "reason"), ("number", "month", "amount", "reason"), ()),
    PayList.WAITING: (_put_waiting, ("number", "date", "reason"), ("number", "date", "minutes", "reason"), ()),
    PayList.LONG_STOPS: (_put_long_stop, ("number", "month", "reason"), ("number", "month", "minutes", "reason"), ()),
    PayList.LEAVE: (_put_leave, ("number", "date", "reason"), ("number", "date", "day_wage", "reason"), ("days",)),
    PayList.INSURANCE: (_put_insurance, ("number", "month"), ("number", "month", "amount"), ()),
}


# --- one cell ---------------------------------------------------------------------------------------


def _person(connection: Connection, row: Row) -> str:
    found = person_id(connection, row.cells["number"])
    if found is None:
        raise Rejected("number", row.cells["number"], "an employee number that is known: import the people first")
    return found


def _date(row: Row, column: str) -> str:
    return cell(row, column, cells.iso_date, A_DATE, "")


def _amount(row: Row, column: str) -> Decimal:
    return cell(row, column, cells.amount, AN_AMOUNT, ZERO)


def _minutes(row: Row, limit: int) -> Decimal:
    found = cell(row, "minutes", partial(_whole, limit), "whole minutes above zero", 0)
    if not found:
        raise Rejected("minutes", row.cells.get("minutes", ""), "whole minutes above zero")
    return Decimal(found)


def _positive(content: str) -> Decimal:
    found = cells.amount(content)
    if not found:
        raise ValueError(content)
    return found


def _whole(limit: int, content: str) -> int:
    found = cells.amount(content)
    if found != int(found) or found > limit:
        raise ValueError(content)
    return int(found)


def _one_of(row: Row, column: str, kind: type[E], said: dict[str, E], default: E) -> E:
    """By its name, or as people say it."""
    wanted = ", ".join(each.value for each in kind)
    return cell(row, column, lambda content: said.get(content) or kind(content.upper()), wanted, default)
