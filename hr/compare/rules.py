"""The parallel month: each worker-day of a sheet kept by hand beside ours, and what a difference is. Pure.

Nobody is right by rank. A difference is *paper wrong* only where our figure stands without a gap: sealed, adding up,
read from counters at the moment of each change. It is *ours wrong* where something here is known to be missing that a
person can mend. Everything else stays *unexplained* and is for people to settle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from hr.compare.comparison import (
    ZERO,
    Compared,
    Comparison,
    Difference,
    Doubt,
    Field,
    Gap,
    OurDay,
    PaperRow,
    Sum,
    Verdict,
)

HOURS_TOLERANCE_MIN = 15
"""A sheet kept in half hours is at most this far from what was tapped."""
GRAVITY = (Verdict.OURS_WRONG, Verdict.UNEXPLAINED, Verdict.PAPER_WRONG, Verdict.SAME)
"""What needs a person first."""
_GAPS_OF: Mapping[Field, tuple[Gap, ...]] = {
    Field.PIECES: (Gap.UNSEALED, Gap.DOES_NOT_ADD_UP, Gap.UNPRICED, Gap.UNCLAIMED),
    Field.MINUTES: (Gap.OPEN_DAY,),
    Field.AMOUNT: (Gap.UNSEALED, Gap.DOES_NOT_ADD_UP, Gap.UNPRICED, Gap.UNCLAIMED),
}
_DOUBTS_OF: Mapping[Field, tuple[Doubt, ...]] = {
    Field.PIECES: (Doubt.NO_RECORD, Doubt.ESTIMATED, Doubt.BY_HAND),
    Field.MINUTES: (Doubt.NO_RECORD, Doubt.UNSURE_TIME, Doubt.BY_HAND),
    Field.AMOUNT: (Doubt.NO_RECORD, Doubt.ESTIMATED, Doubt.BY_HAND, Doubt.PRICE, Doubt.BY_QUANTITY),
}


def compare(rows: Iterable[PaperRow], ours: Iterable[OurDay], known: Iterable[str]) -> Comparison:
    """Every worker-day that is in the sheet or, between its first and last date, here. `known`: employee numbers.

    Rows of one worker and date are added up. A worker who is in no row at all is left out: the sheet is of one team.
    """
    numbers = frozenset(known)
    listed = [_with_noughts(each, numbers) for each in rows]
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


def _with_noughts(row: PaperRow, numbers: Collection[str]) -> PaperRow:
    """0317 for 317, where a spreadsheet has taken the number for a figure and only one person can be meant."""
    if row.number in numbers:
        return row
    meant = [each for each in numbers if each.lstrip("0") == row.number.lstrip("0")]
    return replace(row, number=meant[0]) if len(meant) == 1 else row


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
        Doubt.PRICE: what is Field.AMOUNT and same_pieces and not ours.by_quantity,
        Doubt.BY_QUANTITY: what is Field.AMOUNT and bool(ours.by_quantity),
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
