"""Whether anything of a work date may still be decided: closed pay is never rewritten (PR-R14)."""

from __future__ import annotations

from sqlalchemy import Connection

from hr.pay.periods import store
from hr.people.records import Rejected

OPEN = "a date whose pay is not closed: enter an adjustment in the open month"


def demand_open(connection: Connection, *work_dates: str) -> None:
    """records.Rejected for the first of these dates whose pay is closed."""
    closed = {month for month in {each[:7] for each in work_dates} if store.is_closed(connection, month)}
    for each in sorted(work_dates):
        if each[:7] in closed:
            raise Rejected("date", each, OPEN)


def demand_open_between(connection: Connection, date_from: str, date_to: str) -> None:
    """records.Rejected when the pay of any date from and to, both included, is closed."""
    for month in sorted(store.closings(connection)):
        if date_from[:7] <= month <= date_to[:7]:
            raise Rejected("date", max(date_from, f"{month}-01"), OPEN)
