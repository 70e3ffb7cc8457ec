"""A small HR system as bad as real ones are: it has no key of ours, takes the same punch twice without a word, and its
people edit what we wrote. With the connector to it, which passes the suite that every connector must pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.connectors.port import (
    AttendanceLine,
    Delivered,
    Employee,
    Event,
    Fault,
    Finding,
    Level,
    Line,
    Refused,
    Trouble,
)


@dataclass(frozen=True)
class Punch:
    """A row of the book. `version` rises with each write, whoever writes."""

    id: int
    content: Line
    version: int = 1


@dataclass
class PunchBook:
    """`writes` counts every change; `down`, `revoked` and `lose_answer` are its faults."""

    knows: set[str] = field(default_factory=lambda: {"0101", "0102"})
    rows: dict[int, Punch] = field(default_factory=dict)
    writes: int = 0
    down: bool = False
    revoked: bool = False
    lose_answer: bool = False

    def ask(self) -> None:
        if self.down:
            raise Trouble(Fault.RETRY, "cannot be reached")
        if self.revoked:
            raise Trouble(Fault.REVOKED, "the key is not known any more")

    def add(self, content: Line) -> Punch:
        self.writes += 1
        made = Punch(self.writes, content)
        self.rows[made.id] = made
        return made

    def write(self, row: int, content: Line) -> Punch:
        self.writes += 1
        self.rows[row] = replace(self.rows[row], content=content, version=self.rows[row].version + 1)
        return self.rows[row]

    def remove(self, row: int) -> None:
        self.writes += 1
        del self.rows[row]


@dataclass
class PunchBookSystem:
    """A System: finds by what a punch says, changes by row and version."""

    book: PunchBook
    batch: int = 3

    def check(self, people: Sequence[Employee]) -> list[Finding]:
        unknown = [each for each in people if each.number not in self.book.knows]
        return [Finding(Level.LOOK, f"not known there: {each.number} {each.name}") for each in unknown]

    def find(self, events: Sequence[Event]) -> Mapping[str, Delivered]:
        self.book.ask()
        held = {row.content: row for row in self.book.rows.values()}
        ids = {each.before.at.ref for each in events if each.before is not None} & {str(row) for row in self.book.rows}
        found: dict[str, Delivered] = {}
        for each in events:
            if each.withdrawn:
                if each.before is not None and each.before.at.ref not in ids:
                    found[each.event] = each.before.at
            elif (row := held.get(each.content)) is not None:
                found[each.event] = Delivered(str(row.id), str(row.version))
        return found

    def send(self, events: Sequence[Event]) -> Mapping[str, Delivered | Refused]:
        self.book.ask()
        answers = {each.event: self._write(each) for each in events}
        if self.book.lose_answer:
            raise Trouble(Fault.RETRY, "no answer within 30 s")
        return answers

    def _write(self, event: Event) -> Delivered | Refused:
        if event.content.number not in self.book.knows:
            return Refused(Fault.FINAL, "nobody there has this employee number")
        if event.before is None:
            made = self.book.add(event.content)
            return Delivered(str(made.id), str(made.version))
        row = self.book.rows.get(int(event.before.at.ref))
        if row is None or str(row.version) != event.before.at.mark:
            return Refused(Fault.CONFLICT, "somebody there has changed it")
        if event.withdrawn:
            self.book.remove(row.id)
            return event.before.at
        written = self.book.write(row.id, event.content)
        return Delivered(str(written.id), str(written.version))


def moved(line: Line) -> Line:
    """As somebody of that system would correct it."""
    assert isinstance(line, AttendanceLine)
    return AttendanceLine(line.number, line.work_date, line.at_us + 7 * 60_000_000, line.direction)
