"""Closing a month, some people at a time: each block is a transaction, and a run that was cut off goes on from there.

What is staged counts for nothing until the last transaction. That one looks whether what the run was computed from is
still what is there; if not, the run begins anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec
import uuid_utils
from sqlalchemy import Connection, Engine, delete, func, select

from hr.pay.periods import store
from hr.pay.periods.ground import ground_of
from hr.pay.periods.period import Entry, Heading, Obstacle, Step, Why, canonical, linked, of_rows, of_time, row_of
from hr.pay.periods.period import Row as LedgerRow
from hr.pay.rules.statement import RULES
from hr.store.period_tables import closed_statement, pay_run
from release import release

BLOCK = 25
"""People whose month is computed and kept in one transaction: some tenths of a second."""

_ROW = msgspec.json.Decoder(LedgerRow)


class Source(Protocol):
    """Who computes a month out of facts and terms."""

    def people(self, connection: Connection, month: str) -> Sequence[str]:
        """Who has anything in this month, in the order of the ledger; the same each time while nothing changes."""
        ...

    def entries(self, connection: Connection, month: str, people: Sequence[str]) -> Iterable[Entry]:
        """Their months, in the order of `people`."""
        ...


class Prepared(NamedTuple):
    """An entry as it is kept: its row of the ledger as JSON, and the whole of it, packed."""

    person: str
    summary: str
    content: bytes


Compute = Callable[[str, Sequence[Sequence[str]]], Iterator[list[Prepared]]]
"""A month and blocks of its people; yields them in this order."""


def prepared(entry: Entry) -> Prepared:
    summary = canonical(row_of(entry)).decode()
    return Prepared(entry.statement.person, summary, zlib.compress(canonical(entry), 1))


@dataclass(frozen=True)
class Progress:
    """How far a closing is. `obstacles`: it cannot go on, and what is to be done first."""

    done: int
    of: int
    closed: bool = False
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def over(self) -> bool:
        return self.closed or bool(self.obstacles)


@dataclass(frozen=True)
class Closer:
    """Whoever closes months: the database's two engines, who computes, and the clock in microseconds UTC.

    `unconfirmed` says how many pieces of a month nobody has confirmed.
    """

    reading: Engine
    writing: Engine
    source: Source
    unconfirmed: Callable[[Connection, str], int]
    now_us: Callable[[], int]

    def close(self, month: str, today: str, by: str, compute: Compute | None = None) -> Iterator[Progress]:
        """Goes on with a run that was begun, or begins one; ends with a Progress that is `over`.

        Between two blocks whoever drives this may stop and come back later, in another process too. `compute`: who
        computes the blocks; without it this process does.
        """
        while True:
            with self.reading.connect() as connection:
                people = list(self.source.people(connection, month))
                if month in store.closed_months(connection):
                    yield Progress(len(people), len(people), closed=True)
                    return
                if blocked := self.before(connection, month, today):
                    yield Progress(0, len(people), obstacles=tuple(blocked))
                    return
            with self.writing.begin() as connection:
                run, done = self._run(connection, month, by)
            yield Progress(done, len(people))
            blocks = [people[start : start + BLOCK] for start in range(done, len(people), BLOCK)]
            for made in (compute or self._here)(month, blocks):
                if not self._keep(run, made, done):
                    break  # somebody else closes this month too
                done += len(made)
                yield Progress(done, len(people))
            with self.writing.begin() as connection:
                finished = self._finish(connection, run, month, by) if done == len(people) else None
            if finished is not None:
                yield Progress(len(people), len(people), not finished, tuple(finished))
                return

    def _here(self, month: str, blocks: Sequence[Sequence[str]]) -> Iterator[list[Prepared]]:
        for people in blocks:
            with self.reading.connect() as connection:
                made = [prepared(each) for each in self.source.entries(connection, month, people)]
            yield made

    def before(self, connection: Connection, month: str, today: str) -> list[Obstacle]:
        """What is in the way before anything is computed."""
        state = store.state_of(store.steps(connection, month))
        found = of_time(month, today, state, store.closed_months(connection))
        if pieces := self.unconfirmed(connection, month):
            found.append(Obstacle(Why.UNCONFIRMED, pieces))
        return found

    def _run(self, connection: Connection, month: str, by: str) -> tuple[str, int]:
        """The run to go on with, and how many people it holds already. One of other ground, rules or release is given
        up with what it has staged."""
        ground = ground_of(connection, month)
        open_ = select(pay_run).where(pay_run.c.month == month, pay_run.c.finished_us.is_(None))
        for row in connection.execute(open_).all():
            if (row.ground, row.rules, row.software, row.previous) == (ground, RULES, release(), _previous(connection)):
                held = select(func.count()).select_from(closed_statement).where(closed_statement.c.run == row.id)
                return row.id, connection.scalar(held) or 0
            connection.execute(delete(closed_statement).where(closed_statement.c.run == row.id))
            connection.execute(delete(pay_run).where(pay_run.c.id == row.id))
        run = str(uuid_utils.uuid7())
        connection.execute(
            pay_run.insert().values(
                id=run,
                month=month,
                began_us=self.now_us(),
                began_by=by,
                rules=RULES,
                software=release(),
                previous=_previous(connection),
                ground=ground,
            )
        )
        return run, 0

    def _keep(self, run: str, made: Sequence[Prepared], done: int) -> bool:
        """Whether they are kept now, after those `done`: not when somebody else is further, or has given up the run."""
        with self.writing.begin() as connection:
            last = _last(connection, run)
            if last is None or last[0] != done:
                return False
            head = last[1]
            rows = []
            for place, each in enumerate(made, done + 1):
                head = linked(head, zlib.decompress(each.content))
                rows.append({"run": run, "position": place, "hash": head, **each._asdict()})
            connection.execute(closed_statement.insert(), rows)
        return True

    def _finish(self, connection: Connection, run: str, month: str, by: str) -> list[Obstacle] | None:
        """The obstacles, none when the month is closed now; None when it is to be computed anew."""
        row = connection.execute(select(pay_run).where(pay_run.c.id == run)).first()
        last = _last(connection, run)
        if row is None or last is None or row.finished_us is not None or row.ground != ground_of(connection, month):
            return None
        summaries = select(closed_statement.c.summary).where(closed_statement.c.run == run)
        if held := of_rows(map(_ROW.decode, connection.scalars(summaries))):
            connection.execute(delete(closed_statement).where(closed_statement.c.run == run))
            connection.execute(delete(pay_run).where(pay_run.c.id == run))
            return held
        now_us = self.now_us()
        store.take(connection, month, Step.CLOSE, by, now_us)
        connection.execute(pay_run.update().where(pay_run.c.id == run).values(finished_us=now_us, head=last[1]))
        return []


def _previous(connection: Connection) -> str:
    closed = list(store.closings(connection).values())
    return closed[-1].head if closed else ""


def _last(connection: Connection, run: str) -> tuple[int, str] | None:
    """The newest entry of a run: its position and hash; before the first, the hash of the heading. None for a run that
    is not there any more."""
    query = select(closed_statement.c.position, closed_statement.c.hash).where(closed_statement.c.run == run)
    found = connection.execute(query.order_by(closed_statement.c.position.desc()).limit(1)).first()
    if found is not None:
        return found.position, found.hash
    row = connection.execute(select(pay_run).where(pay_run.c.id == run)).first()
    if row is None:
        return None
    return 0, linked("", canonical(Heading(row.month, row.id, row.rules, row.software, row.previous)))
