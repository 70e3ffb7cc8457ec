"""What must be sent of the lines as they are now, given what was queued of them before. Pure.

An event is one revision of one line. Nothing here compares with what the other system holds: what people change there
is theirs.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hr.attendance.rules.judging import PlacedTap, Tap
from hr.pay.rules.lines import WageLine
from sync.connectors.port import AttendanceLine, Fault, Line, PieceLine
from sync.wire.facts import Direction

EVENTS = uuid.UUID("6f1d8f0a-5c0e-4f57-9d54-0c8c9f6b1d27")
"""The namespace of event ids; never changed."""


class State(StrEnum):
    """WAITING: to be sent, or again. SENT: it is in the system. PARKED: a person must look.
    SUPERSEDED: it never reached the system, and a newer revision or nothing takes its place."""

    WAITING = "WAITING"
    SENT = "SENT"
    PARKED = "PARKED"
    SUPERSEDED = "SUPERSEDED"


@dataclass(frozen=True)
class Newest:
    """The newest revision of a line in the outbox. `tried`: it has been given to the system at least once.
    `reached`: this or an earlier revision is in the system, or may be."""

    position: int
    revision: int
    content: Line
    withdrawn: bool
    state: State
    fault: Fault | None
    tried: bool
    reached: bool


@dataclass(frozen=True)
class Due:
    """One revision to be queued, PARKED at once when a person holds the line back."""

    line: str
    revision: int
    content: Line
    withdrawn: bool
    held: bool


@dataclass(frozen=True)
class Changes:
    """`superseded` are positions of revisions that need not be sent any more."""

    due: tuple[Due, ...]
    superseded: tuple[int, ...]


def changes(lines: Mapping[str, Line], newest: Mapping[str, Newest]) -> Changes:
    """`lines` are all that count now in a stretch of days, `newest` what is queued of these and of that stretch."""
    due: list[Due] = []
    superseded: list[int] = []
    for key in sorted(lines.keys() | newest.keys(), key=lambda key: _order(key, lines.get(key), newest.get(key))):
        last, content = newest.get(key), lines.get(key)
        if last is not None and _replaceable(last, content):
            superseded.append(last.position)
        if (event := _due(key, content, last)) is not None:
            due.append(event)
    return Changes(tuple(due), tuple(superseded))


def _order(key: str, content: Line | None, last: Newest | None) -> tuple[str, int, str]:
    """By work date, then the moment of the tap."""
    line = content or (last.content if last is not None else None)
    assert line is not None
    return line.work_date, line.at_us if isinstance(line, AttendanceLine) else 0, key


def _due(key: str, content: Line | None, last: Newest | None) -> Due | None:
    if last is None:
        return None if content is None else Due(key, 1, content, withdrawn=False, held=False)
    if _as_queued(last, content):
        return None
    held = last.state is State.PARKED and last.fault is Fault.HELD
    if content is not None:
        return Due(key, last.revision + 1, content, withdrawn=False, held=held)
    return Due(key, last.revision + 1, last.content, withdrawn=True, held=held) if last.reached else None


def _as_queued(last: Newest, content: Line | None) -> bool:
    """Whether the newest revision already says what is so now."""
    gone = last.withdrawn or last.state is State.SUPERSEDED
    return gone if content is None else not gone and last.content == content


def _replaceable(last: Newest, content: Line | None) -> bool:
    """A revision that the system surely does not have, and that is not what must be said any more."""
    refused = last.state is State.PARKED and last.fault is not Fault.HELD
    sure = refused or (last.state in (State.PARKED, State.WAITING) and not last.tried)
    return sure and not _as_queued(last, content)


def event_id(line: str, revision: int, content: bytes, *, withdrawn: bool) -> str:
    """The same for the same revision, on a server restored from a backup too."""
    said = hashlib.sha256(content).hexdigest()
    return str(uuid.uuid5(EVENTS, f"{line}\n{revision}\n{said}\n{'withdrawn' if withdrawn else ''}"))


def encoded(content: Line) -> bytes:
    return msgspec.json.encode(content, order="deterministic")


# --- lines out of HR's own --------------------------------------------------------------------------


def attendance_lines(number: str, taps: Sequence[PlacedTap]) -> dict[str, AttendanceLine]:
    """The marks of one person and work date, each by the name of its punch.

    A tap that makes no stretch is none, nor is one of which nobody is sure when it was: it waits to be dated.
    """
    sides: dict[int, list[PlacedTap]] = {}
    for each in taps:
        if each.stretch is not None and _name(each.tap):
            sides.setdefault(each.stretch, []).append(each)
    found: dict[str, AttendanceLine] = {}
    for marks in sides.values():
        for place, each in enumerate(marks):
            tap = each.tap
            if tap.unsure_us:
                continue
            # A box that could not know the direction is told it by the pairing.
            paired = (Direction.IN, Direction.OUT)[place] if len(marks) > 1 else each.direction or Direction.IN
            line = AttendanceLine(number, tap.work_date, tap.at_us, paired)
            found[_name(tap)] = line
    return found


def _name(tap: Tap) -> str:
    """Of the fact or the line of paper that HR knew first: what comes later for the same punch is a revision of it,
    never a second one."""
    record, paper = tap.record, tap.paper
    if paper is not None and (record is None or paper.typed_us <= record.received_us):
        return f"attendance/paper/{paper.id}"
    if tap.repair is not None:
        return f"attendance/repair/{tap.repair}"
    return f"attendance/{record.device}/{record.epoch}/{record.seq}" if record is not None else ""


def piece_line(line: WageLine) -> tuple[str, PieceLine] | None:
    """None for one without a price: it waits. Whether it adds up, the caller has asked."""
    if line.unit_price is None or line.amount is None:
        return None
    amounts = {name: getattr(line, name) for name in _SAME}
    sent = PieceLine(number=line.person_number, unit_price=line.unit_price, amount=line.amount, **amounts)
    return f"pieces/{line.device}/{line.epoch}/{line.seq}", sent


_SAME = ("work_date", "order", "product", "operation", "counted", "good", "scrap_labour", "scrap_material", "rework",
         "adjustment")  # fmt: skip


def in_turn(events: Iterable[str], most: int) -> int:
    """How many of these lines, in order, one call may carry: a second revision of a line waits for the first."""
    seen: set[str] = set()
    for line in events:
        if line in seen or len(seen) == most:
            break
        seen.add(line)
    return len(seen)
