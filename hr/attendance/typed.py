"""What people type from the paper list: kept in HR's database, taken back with a reason, never deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, select

from hr.attendance.rules.paper import Evidence, PaperTap
from hr.people.records import Rejected, shifts
from hr.store.tables import paper_tap, person
from sync.wire.envelope import plain_text
from sync.wire.facts import Direction
from sync.wire.workdate import work_date

MAX_REFERENCE = 64
MAX_WHY = 200
MAX_AGE_US = 400 * 24 * 3600 * 1_000_000
"""Older paper is no matter of an outage."""

NEWEST = 500


@dataclass(frozen=True)
class Entry:
    """What a person types. `number` is the employee number, `at_us` UTC to the minute."""

    number: str
    direction: Direction
    at_us: int
    reference: str


def standing(connection: Connection, date_from: str, date_to: str) -> list[PaperTap]:
    """Those of these work dates that were not taken back."""
    of = (paper_tap.c.work_date.between(date_from, date_to), paper_tap.c.taken_back_by.is_(None))
    return [_paper(row) for row in connection.execute(select(paper_tap).where(*of))]


class Papers:
    """`reading` and `writing` are engines of HR's store, `zone` is the plant's, `clock` gives microseconds UTC."""

    def __init__(self, reading: Engine, writing: Engine, zone: ZoneInfo, clock: Callable[[], int]) -> None:
        self._reading, self._writing, self._zone, self._clock = reading, writing, zone, clock

    def listed(self) -> list[PaperTap]:
        """The newest first, those taken back among them; at most NEWEST."""
        query = select(paper_tap).order_by(paper_tap.c.typed_us.desc(), paper_tap.c.at_us.desc()).limit(NEWEST)
        with self._reading.connect() as connection:
            return [_paper(row) for row in connection.execute(query)]

    def one(self, id_: str) -> PaperTap | None:
        with self._reading.connect() as connection:
            row = connection.execute(select(paper_tap).where(paper_tap.c.id == id_)).first()
        return _paper(row) if row else None

    def write(self, entry: Entry, by: str) -> PaperTap:
        """records.Rejected names the field."""
        now_us = self._clock()
        reference = plain_text(entry.reference.strip(), MAX_REFERENCE)
        if not reference:
            raise Rejected("reference", "nothing", "a value")
        if not now_us - MAX_AGE_US < entry.at_us <= now_us:
            raise Rejected("time", str(entry.at_us), "a time that has been, and not long ago")
        with self._writing.begin() as connection:
            owner = connection.scalar(select(person.c.id).where(person.c.number == entry.number))
            if owner is None:
                raise Rejected("number", entry.number, "a person that is known")
            same = (
                paper_tap.c.person == owner,
                paper_tap.c.direction == entry.direction.value,
                paper_tap.c.at_us == entry.at_us,
                paper_tap.c.taken_back_by.is_(None),
            )
            if connection.execute(select(paper_tap.c.id).where(*same)).first():
                raise Rejected("time", str(entry.at_us), "it once")
            date = work_date(entry.at_us, self._zone, shifts(connection)).isoformat()
            made = PaperTap(
                str(uuid.uuid4()), owner, entry.direction, entry.at_us, date, reference, by, now_us, Evidence.PAPER
            )
            connection.execute(paper_tap.insert().values(**_values(made)))
        return made

    def take_back(self, id_: str, by: str, why: str) -> PaperTap:
        """It counts no more, and stays in the list. records.Rejected: it is not there, taken back already, or no reason
        is given."""
        said = plain_text(why.strip(), MAX_WHY)
        if not said:
            raise Rejected("why", "nothing", "a value")
        values = {"taken_back_by": by, "taken_back_us": self._clock(), "taken_back_why": said}
        of = (paper_tap.c.id == id_, paper_tap.c.taken_back_by.is_(None))
        with self._writing.begin() as connection:
            if not connection.execute(paper_tap.update().where(*of).values(**values)).rowcount:
                raise Rejected("id", id_, "one that stands")
            return _paper(connection.execute(select(paper_tap).where(paper_tap.c.id == id_)).one())


def _values(made: PaperTap) -> dict[str, Any]:
    names = ("id", "person", "at_us", "work_date", "reference", "typed_by", "typed_us")
    kept = {name: getattr(made, name) for name in names}
    return kept | {"direction": made.direction.value, "evidence": made.evidence.value}


def _paper(row: Row[Any]) -> PaperTap:
    return PaperTap(
        row.id,
        row.person,
        Direction(row.direction),
        row.at_us,
        row.work_date,
        row.reference,
        row.typed_by,
        row.typed_us,
        Evidence(row.evidence),
        row.taken_back_by,
        row.taken_back_us,
        row.taken_back_why or "",
    )
