"""The parallel month: each worker-day of a sheet kept by hand beside ours, and what a difference is. Pure.

Nobody is right by rank. A difference is *paper wrong* only where our figure stands without a gap: sealed, adding up,
read from counters at the moment of each change. It is *ours wrong* where something here is known to be missing that a
person can mend. Everything else stays *unexplained* and is for people to settle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

HOURS_TOLERANCE_MIN = 15
"""A sheet kept in half hours is at most this far from what was tapped."""
ZERO = Decimal("0.00")


class Verdict(StrEnum):
    SAME = "SAME"
    PAPER_WRONG = "PAPER_WRONG"
    OURS_WRONG = "OURS_WRONG"
    UNEXPLAINED = "UNEXPLAINED"


class Field(StrEnum):
    """What a sheet tells of a worker-day."""

    PIECES = "PIECES"
    MINUTES = "MINUTES"
    AMOUNT = "AMOUNT"


class Gap(StrEnum):
    """Why our figure of a worker-day may be wrong; each has a page on which it is mended."""

    OPEN_DAY = "OPEN_DAY"
    UNSEALED = "UNSEALED"
    DOES_NOT_ADD_UP = "DOES_NOT_ADD_UP"
    UNPRICED = "UNPRICED"
    UNCLAIMED = "UNCLAIMED"


class Doubt(StrEnum):
    """Why our figure, though complete, is no proof against the sheet."""

    NO_RECORD = "NO_RECORD"
    ESTIMATED = "ESTIMATED"
    BY_HAND = "BY_HAND"
    UNSURE_TIME = "UNSURE_TIME"
    PRICE = "PRICE"


_GAPS_OF: Mapping[Field, tuple[Gap, ...]] = {
    Field.PIECES: (Gap.UNSEALED, Gap.DOES_NOT_ADD_UP, Gap.UNPRICED, Gap.UNCLAIMED),
    Field.MINUTES: (Gap.OPEN_DAY,),
    Field.AMOUNT: (Gap.UNSEALED, Gap.DOES_NOT_ADD_UP, Gap.UNPRICED, Gap.UNCLAIMED),
}
_DOUBTS_OF: Mapping[Field, tuple[Doubt, ...]] = {
    Field.PIECES: (Doubt.NO_RECORD, Doubt.ESTIMATED, Doubt.BY_HAND),
    Field.MINUTES: (Doubt.NO_RECORD, Doubt.UNSURE_TIME, Doubt.BY_HAND),
    Field.AMOUNT: (Doubt.NO_RECORD, Doubt.ESTIMATED, Doubt.BY_HAND, Doubt.PRICE),
}


@dataclass(frozen=True)
class PaperRow:
    """One row of the sheet. None: the sheet does not say. `amount` is piece wage in yuan."""

    line: int
    number: str
    name: str
    work_date: str
    pieces: int | None = None
    minutes: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class OurDay:
    """What is recorded here of one worker-day. `pieces` and `amount` are of lines in the totals; `minutes` of closed
    stretches. `unclaimed` are the pieces of the machines this person worked at on that date that are nobody's."""

    person: str
    number: str
    name: str
    work_date: str
    pieces: int = 0
    minutes: int = 0
    amount: Decimal = ZERO
    unsealed: int = 0
    unclaimed: int = 0
    open: bool = False
    unproved: int = 0
    unpriced: int = 0
    estimated: bool = False
    by_hand: bool = False
    unsure_time: bool = False
    lines: tuple[tuple[str, int, int], ...] = ()
    has_taps: bool = False

    @property
    def gaps(self) -> frozenset[Gap]:
        found = {
            Gap.OPEN_DAY: self.open,
            Gap.UNSEALED: self.unsealed,
            Gap.DOES_NOT_ADD_UP: self.unproved,
            Gap.UNPRICED: self.unpriced,
            Gap.UNCLAIMED: self.unclaimed,
        }
        return frozenset(gap for gap, there in found.items() if there)


@dataclass(frozen=True)
class Difference:
    """One figure of a worker-day that differs."""

    field: Field
    paper: int | Decimal
    ours: int | Decimal
    verdict: Verdict
    gaps: tuple[Gap, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A worker-day in the sheet, here, or in both. `verdict` is the gravest of its differences."""

    number: str
    name: str
    work_date: str
    paper: PaperRow | None
    ours: OurDay | None
    verdict: Verdict
    differences: tuple[Difference, ...] = ()

    @property
    def paper_amount(self) -> Decimal | None:
        return None if self.paper is None else self.paper.amount

    @property
    def our_amount(self) -> Decimal:
        return ZERO if self.ours is None else self.ours.amount


@dataclass(frozen=True)
class Sum:
    """Worker-days of one verdict, and their yuan where the sheet tells any."""

    verdict: Verdict
    days: int
    paper: Decimal
    ours: Decimal

    @property
    def difference(self) -> Decimal:
        return self.ours - self.paper


@dataclass(frozen=True)
class Comparison:
    """`sums` has each verdict once; `unknown` are rows of people who are not on the list here."""

    date_from: str
    date_to: str
    days: tuple[Compared, ...]
    unknown: tuple[PaperRow, ...]
    sums: tuple[Sum, ...] = field(default=())

    @property
    def paper(self) -> Decimal:
        return sum((each.paper for each in self.sums), ZERO)

    @property
    def ours(self) -> Decimal:
        return sum((each.ours for each in self.sums), ZERO)


GRAVITY = (Verdict.OURS_WRONG, Verdict.UNEXPLAINED, Verdict.PAPER_WRONG, Verdict.SAME)
"""What needs a person first."""


def compare(rows: Iterable[PaperRow], ours: Iterable[OurDay], known: Iterable[str]) -> Comparison:
    """Every worker-day that is in the sheet or, between its first and last date, here. `known`: employee numbers.

    Rows of one worker and date are added up. A worker who is in no row at all is left out: the sheet is of one team.
    """
    listed = list(rows)
    numbers = frozenset(known)
    unknown = tuple(each for each in listed if each.number not in numbers)
    paper = _added_up(each for each in listed if each.number in numbers)
    dates = [each.work_date for each in listed]
    if not dates:
        return Comparison("", "", (), unknown, _sums(()))
    first, last = min(dates), max(dates)
    team = {number for number, _ in paper}
    columns = {field for field in Field if any(_told(each, field) is not None for each in paper.values())}
    here = {(each.number, each.work_date): each for each in ours if first <= each.work_date <= last}
    keys = sorted({*paper, *(key for key in here if key[0] in team)}, key=lambda key: (key[1], key[0]))
    days = tuple(_compared(key, paper.get(key), here.get(key), columns) for key in keys)
    return Comparison(first, last, days, unknown, _sums(days))


def _added_up(rows: Iterable[PaperRow]) -> dict[tuple[str, str], PaperRow]:
    grouped: dict[tuple[str, str], list[PaperRow]] = defaultdict(list)
    for each in rows:
        grouped[each.number, each.work_date].append(each)
    return {key: _sum_of(group) for key, group in grouped.items()}


def _sum_of(group: list[PaperRow]) -> PaperRow:
    first = group[0]
    pieces = [each.pieces for each in group if each.pieces is not None]
    minutes = [each.minutes for each in group if each.minutes is not None]
    amounts = [each.amount for each in group if each.amount is not None]
    return PaperRow(
        first.line,
        first.number,
        first.name,
        first.work_date,
        sum(pieces) if pieces else None,
        sum(minutes) if minutes else None,
        sum(amounts, ZERO) if amounts else None,
    )


def _told(row: PaperRow | None, what: Field) -> int | Decimal | None:
    if row is None:
        return None
    told: dict[Field, int | Decimal | None] = {
        Field.PIECES: row.pieces,
        Field.MINUTES: row.minutes,
        Field.AMOUNT: row.amount,
    }
    return told[what]


def _recorded(ours: OurDay | None, what: Field) -> int | Decimal:
    if ours is None:
        return 0
    recorded: dict[Field, int | Decimal] = {
        Field.PIECES: ours.pieces,
        Field.MINUTES: ours.minutes,
        Field.AMOUNT: ours.amount,
    }
    return recorded[what]


def _compared(key: tuple[str, str], paper: PaperRow | None, ours: OurDay | None, columns: Iterable[Field]) -> Compared:
    number, work_date = key
    name = (ours.name if ours else "") or (paper.name if paper else "")
    differences = []
    for what in Field:
        told = _told(paper, what)
        # A day that the sheet does not have at all is a day on which it says nothing was made.
        if told is None and paper is None and what in columns:
            told = 0
        if told is not None and _differs(what, told, _recorded(ours, what)):
            differences.append(_difference(what, told, paper, ours))
    verdict = min((each.verdict for each in differences), key=GRAVITY.index, default=Verdict.SAME)
    return Compared(number, name, work_date, paper, ours, verdict, tuple(differences))


def _differs(what: Field, told: int | Decimal, recorded: int | Decimal) -> bool:
    if what is Field.MINUTES:
        return abs(int(told) - int(recorded)) > HOURS_TOLERANCE_MIN
    return told != recorded


def _difference(what: Field, told: int | Decimal, paper: PaperRow | None, ours: OurDay | None) -> Difference:
    recorded = _recorded(ours, what)
    gaps = tuple(each for each in _GAPS_OF[what] if ours is not None and each in _explaining(what, told, ours))
    doubts = tuple(each for each in _DOUBTS_OF[what] if each in _doubts(what, paper, ours))
    if gaps:
        verdict = Verdict.OURS_WRONG
    elif doubts:
        verdict = Verdict.UNEXPLAINED
    else:
        verdict = Verdict.PAPER_WRONG
    return Difference(what, told, recorded, verdict, gaps, doubts)


def _explaining(what: Field, told: int | Decimal, ours: OurDay) -> frozenset[Gap]:
    """The gaps that would mend this difference. Something missing here explains a sheet that says more, never less; and
    nobody's pieces only as many as there are."""
    if told < _recorded(ours, what):
        return frozenset()
    gaps = ours.gaps
    if what is Field.PIECES and told - ours.pieces - ours.unsealed > ours.unclaimed:
        gaps -= {Gap.UNCLAIMED}
    return gaps


def _doubts(what: Field, paper: PaperRow | None, ours: OurDay | None) -> frozenset[Doubt]:
    if ours is None:
        return frozenset({Doubt.NO_RECORD})
    recorded = bool(ours.lines) if what is not Field.MINUTES else ours.has_taps
    same_pieces = paper is not None and paper.pieces is not None and paper.pieces == ours.pieces
    found = {
        Doubt.NO_RECORD: not recorded,
        Doubt.ESTIMATED: ours.estimated,
        Doubt.BY_HAND: ours.by_hand,
        Doubt.UNSURE_TIME: ours.unsure_time,
        Doubt.PRICE: what is Field.AMOUNT and same_pieces,
    }
    return frozenset(doubt for doubt, there in found.items() if there)


def _sums(days: Iterable[Compared]) -> tuple[Sum, ...]:
    grouped: dict[Verdict, list[Compared]] = {each: [] for each in Verdict}
    for day in days:
        grouped[day.verdict].append(day)
    return tuple(
        Sum(
            verdict,
            len(group),
            sum((each.paper_amount or ZERO for each in group), ZERO),
            sum((each.our_amount for each in group), ZERO),
        )
        for verdict, group in grouped.items()
    )
