"""Months of pay in the database: their steps, what is closed, and adjustments."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import uuid_utils
from sqlalchemy import Connection, select

from hr.pay.periods.period import Entry, Heading, Row, State, Step, after, canonical, linked, open_month, row_of
from hr.pay.rules.items import Item
from hr.people.rejected import Rejected
from hr.store.period_tables import closed_statement, pay_adjustment, pay_run, pay_step
from hr.store.tables import person as person_table

_ENTRY = msgspec.json.Decoder(Entry)
_ROW = msgspec.json.Decoder(Row)
_ITEM = msgspec.json.Decoder(Item)

CHUNK = 500


@dataclass(frozen=True)
class Taken:
    """A step of a month, by whom and when."""

    step: Step
    by: str
    at_us: int


@dataclass(frozen=True)
class Closing:
    """The run that closed a month: `head` is the hash of its last entry."""

    run: str
    month: str
    by: str
    at_us: int
    rules: int
    software: str
    previous: str
    head: str

    @property
    def heading(self) -> Heading:
        return Heading(self.month, self.run, self.rules, self.software, self.previous)


@dataclass(frozen=True)
class Posted:
    """An adjustment of `refers_to`, paid in `month`; the key of `item` says what it corrects."""

    id: str
    month: str
    refers_to: str
    person: str
    item: Item
    reason: str
    by: str
    at_us: int


# --- steps ------------------------------------------------------------------------------------------


def steps(connection: Connection, month: str) -> list[Taken]:
    """In the order they were taken."""
    query = select(pay_step).where(pay_step.c.month == month).order_by(pay_step.c.number)
    return [Taken(Step(row.step), row.taken_by, row.taken_us) for row in connection.execute(query)]


def state_of(taken: Iterable[Taken]) -> State:
    state = State.DRAFT
    for each in taken:
        state = after(state, each.step) or state
    return state


def take(connection: Connection, month: str, step: Step, by: str, now_us: int) -> State:
    """Where the month stands then. Rejected for a step that cannot be taken from where it stands."""
    before = steps(connection, month)
    state = after(state_of(before), step)
    if state is None:
        raise Rejected("month", month, "a month in which this can be done")
    connection.execute(
        pay_step.insert().values(month=month, number=len(before) + 1, step=step.value, taken_by=by, taken_us=now_us)
    )
    return state


# --- what is closed ---------------------------------------------------------------------------------


def closings(connection: Connection) -> dict[str, Closing]:
    """All closed months, by month, the first one first."""
    query = select(pay_run).where(pay_run.c.finished_us.is_not(None)).order_by(pay_run.c.month)
    return {
        row.month: Closing(
            row.id, row.month, row.began_by, row.finished_us, row.rules, row.software, row.previous, row.head
        )
        for row in connection.execute(query)
    }


def closed_months(connection: Connection) -> frozenset[str]:
    """YYYY-MM of each closed month."""
    return frozenset(connection.scalars(select(pay_run.c.month).where(pay_run.c.finished_us.is_not(None))))


def is_closed(connection: Connection, work_date: str) -> bool:
    """Whether this work date lies in a closed month: then nothing that is decided about it changes what was paid."""
    query = select(pay_run.c.id).where(pay_run.c.month == work_date[:7], pay_run.c.finished_us.is_not(None))
    return connection.execute(query).first() is not None


def rows(connection: Connection, closing: Closing) -> list[Row]:
    """The ledger of a closed month as it was closed, in its order."""
    query = select(closed_statement.c.summary).where(closed_statement.c.run == closing.run)
    return [_ROW.decode(each) for each in connection.scalars(query.order_by(closed_statement.c.position))]


def entry(connection: Connection, closing: Closing, person: str) -> Entry | None:
    """One person's entry, whole; None for somebody who was not in the month."""
    found = connection.scalar(
        select(closed_statement.c.content).where(
            closed_statement.c.run == closing.run, closed_statement.c.person == person
        )
    )
    return None if found is None else _ENTRY.decode(zlib.decompress(found))


def entries(connection: Connection, closing: Closing, people: Sequence[str] | None = None) -> Iterator[Entry]:
    """The entries of a closed month in its order, of these people or all, some at a time."""
    query = select(closed_statement.c.content).where(closed_statement.c.run == closing.run)
    if people is not None:
        query = query.where(closed_statement.c.person.in_(people))
    found = connection.execution_options(yield_per=CHUNK).scalars(query.order_by(closed_statement.c.position))
    for each in found:
        yield _ENTRY.decode(zlib.decompress(each))


def intact(connection: Connection, closing: Closing) -> bool:
    """Whether the entries are those that were closed: all hashes, the head, and each summary by its content."""
    head = linked("", canonical(closing.heading))
    query = select(closed_statement).where(closed_statement.c.run == closing.run).order_by(closed_statement.c.position)
    for place, row in enumerate(connection.execution_options(yield_per=CHUNK).execute(query), 1):
        content = _unpacked(row.content)
        head = linked(head, content)
        if row.position != place or row.hash != head or not _summed(row.summary, content):
            return False
    return head == closing.head


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""


def _summed(summary: str, content: bytes) -> bool:
    return summary.encode() == canonical(row_of(_ENTRY.decode(content)))


# --- adjustments ------------------------------------------------------------------------------------


def adjustments(connection: Connection, month: str) -> dict[str, tuple[Item, ...]]:
    """What is paid in this month for earlier ones, by person."""
    found: dict[str, list[Item]] = defaultdict(list)
    for each in posted(connection, month=month):
        found[each.person].append(each.item)
    return {person: tuple(items) for person, items in found.items()}


def posted(connection: Connection, *, month: str = "", refers_to: str = "", person: str = "") -> list[Posted]:
    """The adjustments that are paid in a month, or correct one; oldest first."""
    query = select(pay_adjustment).order_by(pay_adjustment.c.posted_us, pay_adjustment.c.id)
    for name, value in (("month", month), ("refers_to", refers_to), ("person", person)):
        if value:
            query = query.where(pay_adjustment.c[name] == value)
    return [
        Posted(
            row.id,
            row.month,
            row.refers_to,
            row.person,
            _ITEM.decode(row.item),
            row.reason,
            row.posted_by,
            row.posted_us,
        )
        for row in connection.execute(query)
    ]


def post(
    connection: Connection,
    refers_to: str,
    wanted: Mapping[str, Sequence[Item]],
    reason: str,
    by: str,
    now_us: int,
) -> str:
    """Posts entries of adjustments.py, by person; returns the open month they are paid in. Rejected without a reason,
    for a month that is not closed, or for an entry that is posted already."""
    closed = closed_months(connection)
    if refers_to not in closed:
        raise Rejected("month", refers_to, "a month that is closed")
    if not reason:
        raise Rejected("reason", "", "a reason: the person reads it")
    month = open_month(closed, refers_to)
    there = {(each.person, each.item.key) for each in posted(connection, refers_to=refers_to)}
    for person, items in wanted.items():
        for item in items:
            if (person, item.key) in there:
                raise Rejected("entry", item.key, "entries that are not posted yet: look at the page again")
            connection.execute(
                pay_adjustment.insert().values(
                    id=str(uuid_utils.uuid7()),
                    month=month,
                    refers_to=refers_to,
                    person=person,
                    key=item.key,
                    item=canonical(item).decode(),
                    reason=reason,
                    posted_by=by,
                    posted_us=now_us,
                )
            )
    return month


def people_of(connection: Connection) -> dict[str, tuple[str, str, str]]:
    """Number, name and team by person key."""
    columns = (person_table.c.id, person_table.c.number, person_table.c.name, person_table.c.team)
    return {row.id: (row.number, row.name, row.team) for row in connection.execute(select(*columns))}
