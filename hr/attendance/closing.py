"""Whether anything of a work date may still be decided: closed pay is never rewritten (PR-R14)."""

from __future__ import annotations

from sqlalchemy import Connection

from hr.pay.periods import store
from hr.people.records import Rejected


def demand_open(connection: Connection, work_date: str) -> None:
    """records.Rejected for a date whose pay is closed."""
    if store.is_closed(connection, work_date):
        raise Rejected("date", work_date, "a date whose pay is not closed: enter an adjustment in the open month")
