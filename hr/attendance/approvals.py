"""Minutes beyond the shift that a person approved: overtime, early arrival, presence without a shift (AT-R5, R7, R8).

What was worked stays visible whether it is approved or not: an approval says how much of it counts, 0 that somebody has
looked and none does. The last word stands, the earlier ones are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from hr.attendance.closing import demand_open
from hr.attendance.repairs import said_text
from hr.attendance.rules.matters import Beyond
from hr.office import Office
from hr.people.keys import Owners
from hr.people.records import Rejected
from hr.store.attendance_tables import approved_minutes
from hr.store.tables import person

LONGEST_MIN = 24 * 60


@dataclass(frozen=True)
class Decision:
    """So many minutes of one day, for a reason. `person` is a person key."""

    person: str
    work_date: str
    kind: Beyond
    minutes: int
    why: str


@dataclass(frozen=True)
class Approval:
    """A decision as it stands, with who made it and when (microseconds UTC); `number` counts from 1."""

    decision: Decision
    number: int
    by: str
    at_us: int


def history(connection: Connection, date_from: str, date_to: str, keys: Owners | None = None) -> list[Approval]:
    """Every word that was said of these work dates, the first one first."""
    query = (
        select(approved_minutes)
        .where(approved_minutes.c.work_date.between(date_from, date_to))
        .order_by(approved_minutes.c.work_date, approved_minutes.c.decided_us, approved_minutes.c.number)
    )
    return [
        Approval(
            Decision(
                row.person if keys is None else keys[row.person],
                row.work_date,
                Beyond(row.kind),
                row.minutes,
                row.why,
            ),
            row.number,
            row.decided_by,
            row.decided_us,
        )
        for row in connection.execute(query)
    ]


def standing(approvals: Iterable[Approval]) -> dict[tuple[str, str, Beyond], Approval]:
    """The last word of each person, work date and kind."""
    found: dict[tuple[str, str, Beyond], Approval] = {}
    for each in approvals:
        key = (each.decision.person, each.decision.work_date, each.decision.kind)
        if key not in found or found[key].number < each.number:
            found[key] = each
    return found


class Approvals:
    """The desk: every call is one transaction; records.Rejected names the field that cannot be taken."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def of(self, work_date: str) -> list[Approval]:
        """All that was ever said of this date."""
        with self._office.reading.connect() as connection:
            return history(connection, work_date, work_date)

    def decide(self, decisions: Sequence[Decision], by: str) -> int:
        """All of them or none; how many say something new."""
        with self._office.writing.begin() as connection:
            return sum(self._decide(connection, each, by) for each in decisions)

    def _decide(self, connection: Connection, wanted: Decision, by: str) -> bool:
        why = said_text(wanted.why, "why")
        if not 0 <= wanted.minutes <= LONGEST_MIN:
            raise Rejected("minutes", str(wanted.minutes), "minutes from 0 to 1440")
        demand_open(connection, wanted.work_date)
        if connection.scalar(select(person.c.id).where(person.c.id == wanted.person)) is None:
            raise Rejected("person", wanted.person, "a person that is known")
        of = [
            approved_minutes.c[name] == value
            for name, value in (("person", wanted.person), ("work_date", wanted.work_date), ("kind", wanted.kind.value))
        ]
        before = connection.execute(
            select(approved_minutes).where(*of).order_by(approved_minutes.c.number.desc()).limit(1)
        ).first()
        if before is not None and before.minutes == wanted.minutes:
            return False
        connection.execute(
            approved_minutes.insert().values(
                person=wanted.person,
                work_date=wanted.work_date,
                kind=wanted.kind.value,
                number=1 if before is None else before.number + 1,
                minutes=wanted.minutes,
                decided_by=by,
                decided_us=self._office.now_us(),
                why=why,
            )
        )
        return True
