"""Leave as HR gave it: whole work dates, or hours of each of them. It cuts the schedule (AT-R8).

Compensatory leave stands for minutes that were worked on one rest day, which are then not paid as overtime (劳动法
art. 44). A statutory holiday is not compensated by time off.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from hr.people.keys import Owners
from hr.store.attendance_tables import leave_entry


class LeaveKind(StrEnum):
    """Why somebody is away. What is paid for it is a matter of the pay's terms."""

    ANNUAL = "ANNUAL"
    SICK = "SICK"
    PERSONAL = "PERSONAL"
    MARRIAGE = "MARRIAGE"
    MATERNITY = "MATERNITY"
    PATERNITY = "PATERNITY"
    BEREAVEMENT = "BEREAVEMENT"
    WORK_INJURY = "WORK_INJURY"
    COMPENSATORY = "COMPENSATORY"
    OTHER = "OTHER"


@dataclass(frozen=True)
class LeaveEntry:
    """`date_to` is included. `start_min` and `end_min` are minutes after 00:00 of each work date, None for the whole
    day. Once it is taken back it cuts nothing, and stays with who, when and why. `compensates`: the rest day of which
    compensatory leave gives back `compensated_min` minutes; None and 0 for other leave."""

    id: str
    person: str
    kind: LeaveKind
    date_from: str
    date_to: str
    start_min: int | None
    end_min: int | None
    reason: str
    typed_by: str
    typed_us: int
    taken_back_by: str | None = None
    taken_back_us: int | None = None
    taken_back_why: str = ""
    compensates: str | None = None
    compensated_min: int = 0

    @property
    def stands(self) -> bool:
        return self.taken_back_by is None

    def covers(self, work_date: str) -> bool:
        return self.stands and self.date_from <= work_date <= self.date_to


@dataclass(frozen=True)
class Wish:
    """What is typed; `person` is a person key. `compensates`: the rest day that compensatory leave is given for."""

    person: str
    kind: LeaveKind
    date_from: str
    date_to: str
    start_min: int | None
    end_min: int | None
    reason: str
    compensates: str = ""


def between(connection: Connection, date_from: str, date_to: str, keys: Owners | None = None) -> list[LeaveEntry]:
    """Every entry that touches these work dates, those taken back among them; by date and person."""
    of = (leave_entry.c.date_to >= date_from, leave_entry.c.date_from <= date_to)
    query = select(leave_entry).where(*of).order_by(leave_entry.c.date_from, leave_entry.c.person, leave_entry.c.id)
    return [
        LeaveEntry(
            **{
                **row,
                "kind": LeaveKind(row["kind"]),
                "person": row["person"] if keys is None else keys[row["person"]],
                "taken_back_why": row["taken_back_why"] or "",
            }
        )
        for row in connection.execute(query).mappings()
    ]


def compensated(
    connection: Connection, date_from: str, date_to: str, keys: Owners | None = None
) -> dict[tuple[str, str], int]:
    """How many minutes of these rest days time off was given for, by person and work date, whenever it is taken."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    of = (leave_entry.c.compensates.between(date_from, date_to), leave_entry.c.taken_back_by.is_(None))
    for row in connection.execute(select(leave_entry).where(*of)):
        found[row.person if keys is None else keys[row.person], row.compensates] += row.compensated_min
    return dict(found)
