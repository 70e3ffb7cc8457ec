"""The outboxes in HR's database. Each call is one transaction; days and wage lines are computed before it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, bindparam, func, select, update

from hr.outbox import rules
from hr.outbox.gathering import lines_of
from hr.outbox.rules import Newest, State
from hr.store.tables import outbox, person
from settings import Mendable
from sync.connectors.port import (
    AttendanceLine,
    Before,
    Delivered,
    Employee,
    Event,
    Fault,
    Kinds,
    Line,
    PieceLine,
    Refused,
)

LOOK_BACK_DAYS = 62
"""Lines of so many days are compared at each run; an older correction needs a date."""

CHUNK = 500
LINE = msgspec.json.Decoder(Line)
EVERY_KIND: Kinds = (AttendanceLine, PieceLine)


class NotInOutbox(Mendable):
    """A command names an event that is not there, or not in the state that the command is for."""


@dataclass(frozen=True)
class Entry:
    """One event as a person sees it. `fault` and `reason` say why it is parked, or waits again."""

    system: str
    position: int
    event: str
    line: str
    revision: int
    work_date: str
    withdrawn: bool
    state: State
    fault: Fault | None
    reason: str
    tries: int
    ref: str
    changed_us: int


@dataclass(frozen=True)
class Queued:
    """`waits_for_number`: lines of people whom HR has not put on its list yet; `waits_for_price`: wage lines that have
    none, or do not add up; `waits_for_month`: those whose price depends on how many there are in a day or month, or
    that go into a team's pool, so that their amount is in the statement alone; `waits_for_time`: taps of which nobody
    is sure when they were."""

    queued: int
    superseded: int
    waits_for_number: int
    waits_for_price: int
    waits_for_month: int
    waits_for_time: int


@dataclass(frozen=True)
class Counts:
    waiting: int
    sent: int
    parked: int


class Outbox:
    """All outboxes; `reading` and `writing` are engines of HR's store, `clock` gives microseconds UTC."""

    def __init__(self, reading: Engine, writing: Engine, clock: Callable[[], int]) -> None:
        self._reading, self._writing, self._clock = reading, writing, clock

    # --- what must be sent --------------------------------------------------------------------------

    def gather(
        self, system: str, since: str, today: str, date_from: str | None = None, kinds: Kinds = EVERY_KIND
    ) -> Queued:
        """Queues what is new or has changed in the work dates up to today; nothing from before `since`."""
        look_back = (date.fromisoformat(today) - timedelta(days=LOOK_BACK_DAYS)).isoformat()
        start = max(since, date_from or look_back)
        with self._reading.connect() as connection:
            lines, waiting = lines_of(connection, start, today, kinds)
        changed = self.queue(system, lines, start, today)
        return Queued(len(changed.due), len(changed.superseded), *waiting)

    def queue(self, system: str, lines: Mapping[str, Line], date_from: str, date_to: str) -> rules.Changes:
        """Compares all lines of these work dates, both included, with what was queued of them before."""
        now_us = self._clock()
        with self._writing.begin() as connection:
            changed = rules.changes(lines, _newest(connection, system, list(lines), date_from, date_to))
            for place in changed.superseded:
                _set(connection, system, [outbox.c.position == place], state=State.SUPERSEDED, changed_us=now_us)
            top = connection.scalar(select(func.max(outbox.c.position)).where(outbox.c.system == system)) or 0
            rows = [_row(system, top + place, each, now_us) for place, each in enumerate(changed.due, 1)]
            if rows:
                connection.execute(outbox.insert(), rows)
        return changed

    # --- the sender's -------------------------------------------------------------------------------

    def next(self, system: str, most: int) -> list[Event]:
        """The next events in order, of different lines. Notes first that they are being tried."""
        waiting = (outbox.c.system == system, outbox.c.state == State.WAITING)
        with self._writing.begin() as connection:
            query = select(outbox).where(*waiting).order_by(outbox.c.position).limit(most)
            rows = connection.execute(query).all()
            rows = rows[: rules.in_turn([row.line for row in rows], most)]
            for part in _chunks([row.position for row in rows]):
                _set(connection, system, [outbox.c.position.in_(part)], tries=outbox.c.tries + 1)
            before = _before(connection, system, [row.line for row in rows])
            records = _records(connection, system, [row.work_date for row in rows])
        return [_event(row, before.get(row.line), records) for row in rows]

    def note(self, system: str, answers: Mapping[str, Delivered | Refused]) -> None:
        """What came of events, by event id."""
        now_us = self._clock()
        of = (outbox.c.system == system, outbox.c.event == bindparam("of"))
        noted = [{"of": event, "changed_us": now_us} | _noted(answer) for event, answer in answers.items()]
        if noted:
            with self._writing.begin() as connection:
                connection.execute(update(outbox).where(*of), noted)

    def note_trouble(self, system: str, events: Sequence[Event], fault: Fault, reason: str) -> None:
        """They go on waiting, and say why."""
        now_us = self._clock()
        values = {"fault": fault, "reason": reason, "changed_us": now_us}
        with self._writing.begin() as connection:
            for part in _chunks([each.position for each in events]):
                of = [outbox.c.position.in_(part), outbox.c.state == State.WAITING]
                _set(connection, system, of, **values)

    # --- a person's ---------------------------------------------------------------------------------

    def listed(self, system: str | None = None, states: Iterable[State] = tuple(State)) -> list[Entry]:
        """In order, system by system."""
        query = select(outbox).where(outbox.c.state.in_(list(states))).order_by(outbox.c.system, outbox.c.position)
        if system is not None:
            query = query.where(outbox.c.system == system)
        with self._reading.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def counts(self, system: str) -> Counts:
        query = select(outbox.c.state, func.count()).where(outbox.c.system == system).group_by(outbox.c.state)
        with self._reading.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return Counts(*(found.get(each, 0) for each in (State.WAITING, State.SENT, State.PARKED)))

    def retry(self, system: str, event: str | None = None) -> int:
        """Parked events wait again, in their old order: this one, or all but those that a person holds back."""
        parked = [outbox.c.state == State.PARKED]
        chosen = parked + ([outbox.c.fault != Fault.HELD] if event is None else [outbox.c.event == event])
        with self._writing.begin() as connection:
            count = _set(connection, system, chosen, state=State.WAITING, fault="", reason="", changed_us=self._clock())
        if event is not None and not count:
            raise NotInOutbox(f"{event} is not parked in the outbox of {system}; `clockpiece sync outbox list` shows")
        return count

    def park(self, system: str, event: str, reason: str) -> None:
        """Holds back an event that waits, and later revisions of its line. NotInOutbox."""
        waiting = [outbox.c.state == State.WAITING, outbox.c.event == event]
        values = {"state": State.PARKED, "fault": Fault.HELD, "reason": reason, "changed_us": self._clock()}
        with self._writing.begin() as connection:
            count = _set(connection, system, waiting, **values)
        if not count:
            raise NotInOutbox(f"{event} does not wait in the outbox of {system}; `clockpiece sync outbox list` shows")

    def employees(self) -> list[Employee]:
        """Those whose lines will be sent, by employee number."""
        query = select(person.c.number, person.c.name).where(person.c.active).order_by(person.c.number)
        with self._reading.connect() as connection:
            return [Employee(row.number, row.name) for row in connection.execute(query)]


# --- rows -------------------------------------------------------------------------------------------


def _newest(
    connection: Connection, system: str, keys: Sequence[str], date_from: str, date_to: str
) -> dict[str, Newest]:
    """Of the lines of these days, and of these lines wherever they were."""
    conditions: list[ColumnElement[bool]] = [outbox.c.work_date.between(date_from, date_to)]
    conditions += [outbox.c.line.in_(part) for part in _chunks(keys)]
    lines = {
        line
        for condition in conditions
        for line in connection.scalars(select(outbox.c.line).where(outbox.c.system == system, condition))
    }
    found: dict[str, Newest] = {}
    for part in _chunks(sorted(lines)):
        query = select(outbox).where(outbox.c.system == system, outbox.c.line.in_(part))
        rows = connection.execute(query.order_by(outbox.c.line, outbox.c.revision)).all()
        found |= {line: _newest_of(list(each)) for line, each in groupby(rows, key=lambda row: row.line)}
    # A line that was queued for these days and lies outside them now is not gone.
    asked = set(keys)
    return {
        line: last for line, last in found.items() if line in asked or date_from <= last.content.work_date <= date_to
    }


def _newest_of(rows: list[Row[Any]]) -> Newest:
    last = rows[-1]
    return Newest(
        position=last.position,
        revision=last.revision,
        content=LINE.decode(last.content),
        withdrawn=last.withdrawn,
        state=State(last.state),
        fault=Fault(last.fault) if last.fault else None,
        tried=last.tries > 0,
        reached=any(_may_be_there(row) for row in rows),
    )


def _may_be_there(row: Row[Any]) -> bool:
    unsure = row.state == State.WAITING or (row.state == State.PARKED and row.fault == Fault.HELD)
    return bool(row.state == State.SENT or (unsure and row.tries > 0))


def _before(connection: Connection, system: str, lines: Sequence[str]) -> dict[str, Before]:
    """Of each line the newest revision that is in the system and was not a withdrawal."""
    found: dict[str, Before] = {}
    for part in _chunks(lines):
        query = select(outbox).where(outbox.c.system == system, outbox.c.line.in_(part), outbox.c.state == State.SENT)
        for row in connection.execute(query.order_by(outbox.c.revision)):
            found.pop(row.line, None)
            if not row.withdrawn:
                found[row.line] = Before(row.event, Delivered(row.ref, row.mark), LINE.decode(row.content))
    return found


def _records(connection: Connection, system: str, work_dates: Sequence[str]) -> dict[str, dict[str, set[str]]]:
    """What the system calls the attendance lines of these days and those beside them, by number and line."""
    beside = {date.fromisoformat(each) + timedelta(days=by) for each in work_dates for by in (-1, 0, 1)}
    found: dict[str, dict[str, set[str]]] = {}
    for part in _chunks(sorted(day.isoformat() for day in beside)):
        of = (outbox.c.system == system, outbox.c.state == State.SENT, outbox.c.work_date.in_(part))
        query = select(outbox.c.line, outbox.c.content, outbox.c.ref).where(
            *of, outbox.c.line.startswith("attendance/")
        )
        for row in connection.execute(query):
            lines = found.setdefault(LINE.decode(row.content).number, {})
            lines.setdefault(row.line, set()).add(row.ref)
    return found


def _row(system: str, position: int, due: rules.Due, now_us: int) -> dict[str, Any]:
    content = rules.encoded(due.content)
    return {
        "system": system,
        "position": position,
        "event": rules.event_id(due.line, due.revision, content, withdrawn=due.withdrawn),
        "line": due.line,
        "revision": due.revision,
        "work_date": due.content.work_date,
        "content": content.decode(),
        "withdrawn": due.withdrawn,
        "state": State.PARKED if due.held else State.WAITING,
        "fault": Fault.HELD if due.held else "",
        "reason": "an earlier revision of this line is held back" if due.held else "",
        "tries": 0,
        "ref": "",
        "mark": "",
        "queued_us": now_us,
        "changed_us": now_us,
    }


def _noted(answer: Delivered | Refused) -> dict[str, Any]:
    if isinstance(answer, Delivered):
        return {"state": State.SENT, "ref": answer.ref, "mark": answer.mark, "fault": "", "reason": ""}
    return {"state": State.PARKED, "ref": "", "mark": "", "fault": answer.fault, "reason": answer.reason}


def _set(connection: Connection, system: str, of: Sequence[ColumnElement[bool]], **values: Any) -> int:
    return connection.execute(update(outbox).where(and_(outbox.c.system == system, *of)).values(**values)).rowcount


def _event(row: Row[Any], before: Before | None, records: Mapping[str, Mapping[str, set[str]]]) -> Event:
    content = LINE.decode(row.content)
    others = (refs for line, refs in records.get(content.number, {}).items() if line != row.line)
    return Event(
        event=row.event,
        line=row.line,
        revision=row.revision,
        position=row.position,
        content=content,
        withdrawn=row.withdrawn,
        queued_us=row.queued_us,
        before=before,
        others=frozenset().union(*others),
    )


def _entry(row: Row[Any]) -> Entry:
    values = {name: getattr(row, name) for name in Entry.__dataclass_fields__ if name not in ("state", "fault")}
    return Entry(state=State(row.state), fault=Fault(row.fault) if row.fault else None, **values)


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
