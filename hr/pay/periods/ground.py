"""What a month is computed from, as one hash: another hash means that something has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from hr.pay.periods.period import days_of, next_month
from hr.store.tables import fact, metadata

OF_NO_WEIGHT = frozenset(
    {
        "account", "aside_decision", "attendance_day", "badge_claim", "boot", "clearance", "clock_anchor",
        "closed_statement", "enrolment_code", "journal", "kiosk", "kiosk_day", "kiosk_place", "kiosk_report", "loss",
        "machine", "mail_notice", "outbox", "pay_run", "pay_step", "payslip_asking", "quarantine", "reference_version",
        "replaced_version", "roster_version",
        "sealed_record", "work_order", "actual_use", "assigned_use", "reading_use",
    }
)  # fmt: skip
"""Tables that change no statement, or only with facts, which are looked at themselves."""


def ground_of(connection: Connection, month: str) -> str:
    """Hexadecimal SHA-256 over what is decided about pay and attendance, and how many facts of the month are there.

    Facts are only ever added, so their number tells. A day before and after is counted too, for a night reaches over
    the month's end.
    """
    digest = hashlib.sha256()
    for line in _lines(connection, month):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _lines(connection: Connection, month: str) -> Iterator[str]:
    first, last = days_of(next_month(month, -1))[1], f"{next_month(month)}-01"
    query = (
        select(fact.c.kind, func.count())
        .where(fact.c.work_date.between(first, last), fact.c.kind.in_(_KINDS))
        .group_by(fact.c.kind)
        .order_by(fact.c.kind)
    )
    for row in connection.execute(query):
        yield repr(tuple(row))
    for table in decided():
        yield table.name
        for row in connection.execute(_of_month(table, month, first, last).order_by(*table.primary_key)):
            yield repr(tuple(row))


def _of_month(table: Table, month: str, first: str, last: str) -> Select[Any]:
    """What of a table is about the month; all of it where its rows have no date."""
    query = select(table)
    if "month" in table.c:
        return query.where(table.c.month == month)
    for name in ("work_date", "date", "after_date"):
        if name in table.c:
            return query.where(table.c[name].between(first, last))
    return query


_KINDS = (
    "AttendanceTap",
    "MaterialActualAssigned",
    "MaterialActualRecorded",
    "QuantityConfirmed",
)
"""Facts with a work date that days and lines are made of; a line rests on readings too, which come before it."""


def decided() -> list[Table]:
    """What people decide, and what is amended for the clocks of boxes."""
    return [table for table in metadata.sorted_tables if table.name not in OF_NO_WEIGHT and table is not fact]
