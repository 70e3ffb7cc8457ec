"""Leave as HR gave it: whole work dates, or hours of each of them. It cuts the schedule (AT-R8)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, select

from hr.attendance.closing import demand_open
from hr.attendance.repairs import said_text
from hr.office import Office
from hr.people.keys import Owners
from hr.people.records import Rejected
from hr.store.attendance_tables import leave_entry
from hr.store.tables import person

LATEST_MIN = 48 * 60
LONGEST_DAYS = 400


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
    day. Once it is taken back it cuts nothing, and stays with who, when and why."""

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

    @property
    def stands(self) -> bool:
        return self.taken_back_by is None

    def covers(self, work_date: str) -> bool:
        return self.stands and self.date_from <= work_date <= self.date_to


@dataclass(frozen=True)
class Wish:
    """What is typed; `person` is a person key."""

    person: str
    kind: LeaveKind
    date_from: str
    date_to: str
    start_min: int | None
    end_min: int | None
    reason: str


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


class Leaves:
    """The desk: every call is one transaction; records.Rejected names the field that cannot be taken."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def between(self, date_from: str, date_to: str) -> list[LeaveEntry]:
        with self._office.reading.connect() as connection:
            return between(connection, date_from, date_to)

    def give(self, wanted: Wish, by: str) -> LeaveEntry:
        reason = said_text(wanted.reason, "reason")
        _demand_sense(wanted)
        with self._office.writing.begin() as connection:
            for each in (wanted.date_from, wanted.date_to):
                demand_open(connection, each)
            if connection.scalar(select(person.c.id).where(person.c.id == wanted.person)) is None:
                raise Rejected("person", wanted.person, "a person that is known")
            known = between(connection, wanted.date_from, wanted.date_to)
            if any(_overlap(each, wanted) for each in known if each.stands and each.person == wanted.person):
                raise Rejected("date_from", wanted.date_from, "dates and hours without leave so far")
            made = LeaveEntry(
                str(uuid.uuid4()),
                wanted.person,
                wanted.kind,
                wanted.date_from,
                wanted.date_to,
                wanted.start_min,
                wanted.end_min,
                reason,
                by,
                self._office.now_us(),
            )
            values = {each.name: getattr(made, each.name) for each in leave_entry.c}
            values |= {"kind": made.kind.value, "taken_back_why": None}
            connection.execute(leave_entry.insert().values(**values))
        return made

    def take_back(self, id_: str, by: str, why: str) -> None:
        """It cuts nothing any more, and stays in the list."""
        said = said_text(why, "why")
        of = (leave_entry.c.id == id_, leave_entry.c.taken_back_by.is_(None))
        values = {"taken_back_by": by, "taken_back_us": self._office.now_us(), "taken_back_why": said}
        with self._office.writing.begin() as connection:
            known = connection.execute(select(leave_entry).where(*of)).first()
            if known is None:
                raise Rejected("id", id_, "one that stands")
            for each in (known.date_from, known.date_to):
                demand_open(connection, each)
            connection.execute(leave_entry.update().where(*of).values(**values))


def _demand_sense(wanted: Wish) -> None:
    if wanted.date_to < wanted.date_from:
        raise Rejected("date_to", wanted.date_to, "a date that is not before the first")
    if (date.fromisoformat(wanted.date_to) - date.fromisoformat(wanted.date_from)).days > LONGEST_DAYS:
        raise Rejected("date_to", wanted.date_to, "a date within 400 days")
    hours = (wanted.start_min, wanted.end_min)
    if hours == (None, None):
        return
    if wanted.start_min is None or wanted.end_min is None or not 0 <= wanted.start_min < wanted.end_min <= LATEST_MIN:
        raise Rejected("end", "", "a beginning and a later end, or neither for the whole day")


def _overlap(known: LeaveEntry, wanted: Wish) -> bool:
    """Both are of one person and touch the same dates."""
    if known.start_min is None or wanted.start_min is None:
        return True
    return known.start_min < (wanted.end_min or LATEST_MIN) and wanted.start_min < (known.end_min or LATEST_MIN)


def of_day(entries: Iterable[LeaveEntry], work_date: str) -> list[LeaveEntry]:
    return [each for each in entries if each.covers(work_date)]
