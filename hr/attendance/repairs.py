"""Missing punches and their repair: one person asks, another one approves or refuses; every step is kept (AT-R6).

An approved repair is a tap of its own kind. The facts stay as they are: when it is taken back, the day is as the boxes
recorded it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from hr.attendance.closing import demand_open
from hr.attendance.rules.taps import Tap
from hr.office import Office
from hr.people.keys import Owners
from hr.people.records import Rejected
from hr.store.attendance_tables import punch_repair, punch_repair_step
from hr.store.tables import person
from sync.wire.envelope import plain_text
from sync.wire.facts import Direction

MAX_WHY = 200
MAX_APART_US = 48 * 3600 * 1_000_000
"""A punch lies no further from the beginning of its work date."""

USUAL_A_MONTH = 3
"""More repairs of one person in a month are shown as many; they are not refused."""


class RepairState(StrEnum):
    """WAITING until a second person has looked. An approved one may be taken back, and counts no more."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    TAKEN_BACK = "TAKEN_BACK"


@dataclass(frozen=True)
class Step:
    """What one person decided, when and why. `by` is an account, moments are microseconds UTC."""

    state: RepairState
    by: str
    at_us: int
    why: str


@dataclass(frozen=True)
class Repair:
    """A punch that is missing, as somebody says."""

    id: str
    person: str
    work_date: str
    direction: Direction
    at_us: int
    reason: str
    asked_by: str
    asked_us: int
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> RepairState:
        return self.steps[-1].state if self.steps else RepairState.WAITING

    @property
    def tap(self) -> Tap:
        """What it counts as once it is approved."""
        return Tap(self.person, self.work_date, self.at_us, self.direction, effective=True, repair=self.id)


@dataclass(frozen=True)
class Request:
    """What is typed. `person` is a person key, `at_us` UTC to the minute."""

    person: str
    work_date: str
    direction: Direction
    at_us: int
    reason: str


FOLLOWS = {
    RepairState.APPROVED: RepairState.WAITING,
    RepairState.REFUSED: RepairState.WAITING,
    RepairState.TAKEN_BACK: RepairState.APPROVED,
}
"""Which state each decision needs before it."""


def between(connection: Connection, date_from: str, date_to: str, keys: Owners | None = None) -> list[Repair]:
    """All of these work dates, whatever became of them, by date and time. `keys` name people as they are today."""
    of = punch_repair.c.work_date.between(date_from, date_to)
    steps: dict[str, list[Step]] = {}
    said = select(punch_repair_step).join(punch_repair, punch_repair.c.id == punch_repair_step.c.repair).where(of)
    for row in connection.execute(said.order_by(punch_repair_step.c.number)):
        steps.setdefault(row.repair, []).append(Step(RepairState(row.state), row.decided_by, row.decided_us, row.why))
    query = select(punch_repair).where(of).order_by(punch_repair.c.work_date, punch_repair.c.at_us, punch_repair.c.id)
    return [
        Repair(
            row.id,
            row.person if keys is None else keys[row.person],
            row.work_date,
            Direction(row.direction),
            row.at_us,
            row.reason,
            row.asked_by,
            row.asked_us,
            tuple(steps.get(row.id, ())),
        )
        for row in connection.execute(query)
    ]


def many(repairs: Iterable[Repair]) -> dict[str, int]:
    """How many approved or waiting ones each person has, of those who have more than USUAL_A_MONTH."""
    found: dict[str, int] = {}
    for each in repairs:
        if each.state in (RepairState.APPROVED, RepairState.WAITING):
            found[each.person] = found.get(each.person, 0) + 1
    return {who: number for who, number in found.items() if number > USUAL_A_MONTH}


class Repairs:
    """The desk: every call is one transaction; records.Rejected names the field that cannot be taken."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def between(self, date_from: str, date_to: str) -> list[Repair]:
        with self._office.reading.connect() as connection:
            return between(connection, date_from, date_to)

    def ask(self, wanted: Request, by: str) -> Repair:
        """It waits for a second person; nothing counts yet."""
        reason = said_text(wanted.reason, "reason")
        begins = datetime.fromisoformat(wanted.work_date).replace(tzinfo=self._office.zone)
        begins_us = int(begins.timestamp()) * 1_000_000
        if not 0 <= wanted.at_us - begins_us <= MAX_APART_US or wanted.at_us > self._office.now_us():
            raise Rejected("time", str(wanted.at_us), "a time that has been, on this work date or the day after")
        with self._office.writing.begin() as connection:
            demand_open(connection, wanted.work_date)
            if connection.scalar(select(person.c.id).where(person.c.id == wanted.person)) is None:
                raise Rejected("person", wanted.person, "a person that is known")
            if any(_is_same(each, wanted) for each in between(connection, wanted.work_date, wanted.work_date)):
                raise Rejected("time", str(wanted.at_us), "it once")
            made = Repair(
                str(uuid.uuid4()),
                wanted.person,
                wanted.work_date,
                wanted.direction,
                wanted.at_us,
                reason,
                by,
                self._office.now_us(),
            )
            connection.execute(punch_repair.insert().values(**_values(made)))
        return made

    def decide(self, id_: str, state: RepairState, by: str, why: str) -> Repair:
        """Approves or refuses what waits, takes back what was approved."""
        reason = said_text(why, "why")
        with self._office.writing.begin() as connection:
            known = connection.execute(select(punch_repair).where(punch_repair.c.id == id_)).first()
            if known is None:
                raise Rejected("id", id_, "one that is there")
            demand_open(connection, known.work_date)
            repair = next(each for each in between(connection, known.work_date, known.work_date) if each.id == id_)
            if repair.state is not FOLLOWS.get(state):
                raise Rejected("id", repair.state, "one that nobody has decided yet")
            if state is RepairState.APPROVED and by == repair.asked_by:
                raise Rejected("by", by, "another person than the one who asked")
            connection.execute(
                punch_repair_step.insert().values(
                    repair=id_,
                    number=len(repair.steps) + 1,
                    state=state.value,
                    decided_by=by,
                    decided_us=self._office.now_us(),
                    why=reason,
                )
            )
            return next(each for each in between(connection, known.work_date, known.work_date) if each.id == id_)


def _is_same(known: Repair, wanted: Request) -> bool:
    alive = known.state in (RepairState.WAITING, RepairState.APPROVED)
    return alive and (known.person, known.direction, known.at_us) == (wanted.person, wanted.direction, wanted.at_us)


def said_text(text: str, column: str) -> str:
    """A reason as it is kept. records.Rejected without one."""
    said = plain_text(text.strip(), MAX_WHY)
    if not said:
        raise Rejected(column, "nothing", "a value")
    return said


def _values(made: Repair) -> dict[str, object]:
    names = ("id", "person", "work_date", "at_us", "reason", "asked_by", "asked_us")
    return {name: getattr(made, name) for name in names} | {"direction": made.direction.value}
