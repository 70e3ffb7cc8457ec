"""Our lines as Tryton keeps them, and which of its rows are ours. Pure.

Tryton has no field for a key of the sender's and takes the same line twice, so a line is known again by employee,
moment and type; and by its id, once HR has noted that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from sync.connectors.port import AttendanceLine, Delivered, Event

TYPES = {"IN": "in", "OUT": "out"}


class Day(msgspec.Struct, frozen=True):
    """A date as Tryton's JSON says it."""

    year: int
    month: int
    day: int

    def plain(self) -> date:
        return date(self.year, self.month, self.day)


class Moment(Day, frozen=True):
    """A time, UTC without a zone."""

    hour: int
    minute: int
    second: int

    def text(self) -> str:
        return datetime(self.year, self.month, self.day, self.hour, self.minute, self.second, tzinfo=UTC).strftime(_AT)


_AT = "%Y-%m-%dT%H:%M:%S"


class Row(msgspec.Struct, frozen=True):
    """An `attendance.line`. `stamp` is another text after each write, whoever writes; `writer` is the last one after
    whoever created it."""

    id: int
    employee: int
    at: Moment
    type: str
    date: Day
    stamp: str = msgspec.field(name="_timestamp")
    creator: int | None = msgspec.field(name="create_uid")
    writer: int | None = msgspec.field(name="write_uid")

    @property
    def ref(self) -> str:
        return str(self.id)

    def changed_by_others(self, own: int) -> bool:
        return self.writer is not None and self.writer != own


class Employment(msgspec.Struct, frozen=True):
    """A `company.employee`; somebody who left and came back has two. `name` is for masking it in what Tryton says."""

    class Party(msgspec.Struct, frozen=True):
        code: str

    id: int
    name: str = msgspec.field(name="rec_name")
    party: Party = msgspec.field(name="party.")
    start: Day | None = msgspec.field(name="start_date")
    end: Day | None = msgspec.field(name="end_date")

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start.plain() <= day) and (self.end is None or day <= self.end.plain())


ROW_FIELDS = Row.__struct_encode_fields__
EMPLOYMENT_FIELDS = ("rec_name", "party.code", "start_date", "end_date")

Staff = Mapping[str, Sequence[Employment]]
"""By employee number, which is the code of the party."""


def at_text(at_us: int) -> str:
    """Whole seconds: Tryton drops the rest."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime(_AT)


def day_of(line: AttendanceLine, zone: ZoneInfo) -> date:
    """The date that Tryton gives the line: that of the moment in the company's zone, not the work date."""
    return datetime.fromtimestamp(line.at_us // 1_000_000, zone).date()


def employed(line: AttendanceLine, staff: Staff, zone: ZoneInfo) -> Employment | None:
    day = day_of(line, zone)
    return next((each for each in staff.get(line.number, ()) if each.covers(day)), None)


def values(line: AttendanceLine, employee: int, company: int, zone: ZoneInfo) -> dict[str, object]:
    return {
        "company": company,
        "employee": employee,
        "at": at_text(line.at_us),
        "date": day_of(line, zone).isoformat(),
        "type": TYPES[line.direction.value],
    }


def says(row: Row, line: AttendanceLine, employee: int) -> bool:
    """Whether the row is what the line says."""
    return (row.employee, row.at.text(), row.type) == (employee, at_text(line.at_us), TYPES[line.direction.value])


def delivered(row: Row, own: int) -> Delivered:
    """A row that somebody else made has no mark, so that no correction of ours ever fits it."""
    return Delivered(row.ref, row.stamp if row.creator == own else "")


def found(
    events: Iterable[tuple[Event, AttendanceLine, Employment]], rows: Sequence[Row], own: int
) -> dict[str, Delivered]:
    """Which events are there already; each row stands for one of them."""
    there: dict[str, Delivered] = {}
    free = {row.id: row for row in rows}
    for event, line, who in events:
        if event.before is not None:
            candidates = [row for row in free.values() if row.ref == event.before.at.ref]
        else:
            candidates = [row for row in free.values() if row.ref not in event.others]
            candidates.sort(key=lambda row: (row.creator != own, row.id))
        row = next((row for row in candidates if says(row, line, who.id)), None)
        if row is not None:
            del free[row.id]
            there[event.event] = delivered(row, own)
    return there


def changed_unnoted(
    event: Event, line: AttendanceLine, who: Employment, rows: Sequence[Row], own: int, zone: ZoneInfo
) -> bool:
    """Whether one of our rows of this person and day was changed there, and HR does not know which line it was.

    It was sent, and the note of it is lost: this event may be that row.
    """
    day = day_of(line, zone)
    return event.before is None and any(
        row.creator == own
        and row.changed_by_others(own)
        and row.ref not in event.others
        and (row.employee, row.date.plain()) == (who.id, day)
        for row in rows
    )


def entered_there(event: Event, line: AttendanceLine, who: Employment, rows: Sequence[Row]) -> bool:
    """Whether somebody there has entered what a correction would say, beside the line that it corrects."""
    return (
        event.before is not None
        and not event.withdrawn
        and any(
            says(row, line, who.id) and row.ref not in event.others and row.ref != event.before.at.ref for row in rows
        )
    )


def masked(said: str, names: Iterable[str]) -> str:
    """What Tryton says without the names in it, on one line."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        said = said.replace(name, "…")
    return " ".join(said.split())[:300]
