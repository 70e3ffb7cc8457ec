"""Whether HR holds of a day what the box made: device = queue = HR, and the difference named. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sync.wire.tally import DayTally


class Verdict(StrEnum):
    """The worst first. MISSING: HR has later numbers of this journal, not these, or fewer than it has signed for.
    DIFFERS: all are here, and a sum is another one. ASIDE: received, and a person must decide. WAITING: still in the
    box. NOT_TOLD: the box has not said yet what it made. LEFT: a person has left records aside. EQUAL."""

    MISSING = "MISSING"
    DIFFERS = "DIFFERS"
    ASIDE = "ASIDE"
    WAITING = "WAITING"
    NOT_TOLD = "NOT_TOLD"
    LEFT = "LEFT"
    EQUAL = "EQUAL"


SETTLED = (Verdict.LEFT, Verdict.EQUAL)


@dataclass(frozen=True)
class Span:
    """Numbers of facts, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Held:
    """What HR holds of a told day: facts in use with the day's numbers and stamps. `counts` and `pieces`: of its
    MaterialActualRecorded, rejects left out. `last_seq`: the end of the journal here. `gaps`: numbers up to there
    that are neither in use nor aside. `aside` wait for a decision, `left` were left by one."""

    last_seq: int = 0
    facts: int = 0
    taps: int = 0
    counts: int = 0
    pieces: int = 0
    gaps: tuple[Span, ...] = ()
    aside: tuple[int, ...] = ()
    left: tuple[int, ...] = ()

    @property
    def aside_spans(self) -> tuple[Span, ...]:
        return spans(self.aside)

    @property
    def left_spans(self) -> tuple[Span, ...]:
        return spans(self.left)


@dataclass(frozen=True)
class DayRow:
    """One box and day. `told` and `held` None: the box has not told of it. `waiting`: numbers not received yet."""

    device: str
    date: str
    verdict: Verdict
    told: DayTally | None = None
    held: Held | None = None
    waiting: Span | None = None

    @property
    def settled(self) -> bool:
        return self.verdict in SETTLED

    @property
    def short(self) -> int:
        """How many facts the box made that are neither in use nor aside here."""
        if self.told is None or self.held is None:
            return 0
        return max(0, self.told.facts - self.held.facts - len(self.held.aside) - len(self.held.left))


def compared(device: str, told: DayTally, held: Held) -> DayRow:
    """The day, judged by the worst that is found."""
    waiting = Span(max(told.first, held.last_seq + 1), told.last) if told.last > held.last_seq else None
    row = DayRow(device, told.date, Verdict.EQUAL, told, held, waiting)
    return DayRow(device, told.date, _verdict(row, told, held), told, held, waiting)


def _verdict(row: DayRow, told: DayTally, held: Held) -> Verdict:
    forgotten = row.waiting is not None and told.signed > held.last_seq
    if forgotten or (held.gaps and row.short) or (row.short and row.waiting is None):
        return Verdict.MISSING
    if row.waiting is None and _sums_differ(told, held):
        return Verdict.DIFFERS
    if held.aside:
        return Verdict.ASIDE
    if row.waiting is not None:
        return Verdict.WAITING
    return Verdict.LEFT if held.left else Verdict.EQUAL


def _sums_differ(told: DayTally, held: Held) -> bool:
    """The readings against the pieces at the box, and, when every fact is in use, those against HR's."""
    if told.read != told.counts or held.facts > told.facts:
        return True
    all_in_use = not held.aside and not held.left
    return all_in_use and (told.taps, told.counts, told.pieces) != (held.taps, held.counts, held.pieces)


def spans(numbers: Collection[int]) -> tuple[Span, ...]:
    """Numbers put together to runs."""
    found: list[Span] = []
    for number in sorted(numbers):
        if found and found[-1].last + 1 == number:
            found[-1] = Span(found[-1].first, number)
        else:
            found.append(Span(number, number))
    return tuple(found)


def untold(device: str, told: Iterable[str], days: Iterable[str], accepted: str) -> list[DayRow]:
    """A row for each of these days of which the box has not told: since the first it told of, or it was let in."""
    known = set(told)
    begins = min(known, default=accepted)
    return [DayRow(device, day, Verdict.NOT_TOLD) for day in days if day >= begins and day not in known]


def ordered(rows: Iterable[DayRow]) -> list[DayRow]:
    """The newest day first; within it what needs a person, then by box."""
    worst = list(Verdict)
    by_box = sorted(rows, key=lambda row: (worst.index(row.verdict), row.device))
    return sorted(by_box, key=lambda row: row.date, reverse=True)
