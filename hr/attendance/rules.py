"""From taps to attendance days. Pure: takes values, returns values.

AT-R1: taps are never changed; AT-R3: a repeated tap never counts; AT-R4: whole minutes, seconds cut off;
AT-R6: a missing mark leaves the day open for a person to look at; AT-R12: the order of arrival means nothing.
A direction that a box had to guess, and that the person did not choose, gives way to the taps before it at all boxes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hr.attendance.day import AttendanceDay, Stretch
from sync.wire.facts import Direction, Outcome

if TYPE_CHECKING:
    from hr.attendance.paper import PaperTap

REPEAT_US = 60_000_000
"""Two taps of a person closer than this are one (AT-R3)."""

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Record:
    """Where a tap stands as a fact, what the box answered, and when HR received it."""

    device: str
    epoch: int
    seq: int
    station: str
    outcome: Outcome
    received_us: int = 0


class SaidBy(StrEnum):
    """Who said that a tap was in, or out: the box, which knew; the person, at its screen; or nobody, and the box took
    the likelier."""

    BOX = "BOX"
    PERSON = "PERSON"
    NOBODY = "NOBODY"


@dataclass(frozen=True)
class Tap:
    """A tap of a person whose badge was known, or is known by now. `direction` None: the box could not know it.

    `at_us` and `work_date` are the effective ones; `raw_us` is what the box's clock said where that was wrong.
    `unsure_us`: how far off `at_us` may be, where nobody can be sure of the day; 0 where it is known. `paper`: what a
    person typed of it from the paper list; without a `record` there is nothing else. `said_by`: who said the direction.
    """

    person: str
    work_date: str
    at_us: int
    direction: Direction | None
    effective: bool
    record: Record | None = None
    raw_us: int | None = None
    unsure_us: int = 0
    paper: PaperTap | None = None
    said_by: SaidBy = SaidBy.BOX


@dataclass(frozen=True)
class PlacedTap:
    """A tap and its place in the day. `stretch` is the place of the stretch it opens or closes in the day's
    `stretches`, and `direction` what it counts as; None for one that was only repeated or could not be told."""

    tap: Tap
    stretch: int | None
    direction: Direction | None = None


@dataclass(frozen=True)
class Who:
    """What a list shows of a person; empty for a key that HR does not know."""

    name: str = ""
    number: str = ""
    team: str = ""


def day(taps: Iterable[Tap], who: Who) -> AttendanceDay:
    """The day of one person and one work date, from its taps at all boxes in any order; at least one."""
    ordered = sorted(taps, key=_order)
    counting = _counting(ordered)
    stretches = [stretch for stretch, _taps in _paired(counting)]
    return AttendanceDay(
        person=ordered[0].person,
        person_name=who.name,
        person_number=who.number,
        team=who.team,
        work_date=ordered[0].work_date,
        stretches=tuple(stretches),
        minutes=sum(_minutes(stretch) for stretch in stretches),
        open=any(stretch.in_us is None or stretch.out_us is None for stretch in stretches),
        taps=len(ordered),
        revision=len(counting) + sum(tap.said_by is SaidBy.PERSON for tap in counting),
        amended=sum(tap.raw_us is not None for tap in ordered),
        unsure_us=max(tap.unsure_us for tap in ordered),
        paper=sum(tap.paper is not None and tap.record is None for tap in ordered),
        matched=sum(tap.paper is not None and tap.record is not None for tap in ordered),
    )


def placed(taps: Iterable[Tap]) -> list[PlacedTap]:
    """The taps of one person and work date in order of time, each with the stretch it makes."""
    ordered = sorted(taps, key=_order)
    counting = _counting(ordered)
    place = {id(tap): number for number, (_stretch, marks) in enumerate(_paired(counting)) for tap in marks}
    counts_as = {id(tap): direction for tap, direction in _directed(counting)}
    return [PlacedTap(tap, place.get(id(tap)), counts_as.get(id(tap))) for tap in ordered]


def _order(tap: Tap) -> tuple[int, bool, str, int, int]:
    """By time; on one moment out comes before in, and whatever came first at HR changes nothing."""
    record, typed = tap.record, tap.paper.id if tap.paper is not None else ""
    name = (typed, 0, 0) if record is None else (record.device, record.epoch, record.seq)
    return tap.at_us, tap.direction is Direction.IN, *name


def _counting(ordered: list[Tap]) -> list[Tap]:
    """The effective taps; of two within a minute that no single box could compare, the first."""
    kept: list[Tap] = []
    for tap in ordered:
        if not tap.effective:
            continue
        repeats = bool(kept) and tap.at_us - kept[-1].at_us < REPEAT_US
        if repeats and (tap.said_by is SaidBy.NOBODY or tap.direction in (None, kept[-1].direction)):
            continue
        kept.append(tap)
    return kept


def _paired(taps: list[Tap]) -> list[tuple[Stretch, tuple[Tap, ...]]]:
    """The stretches, each with the one or two taps it is made of."""
    stretches: list[tuple[Stretch, tuple[Tap, ...]]] = []
    opening: Tap | None = None
    for tap, direction in _directed(taps):
        if direction is Direction.OUT:
            marks = (tap,) if opening is None else (opening, tap)
            stretches.append((Stretch(None if opening is None else opening.at_us, tap.at_us), marks))
            opening = None
            continue
        if opening is not None:
            stretches.append((Stretch(opening.at_us, None), (opening,)))
        opening = tap
    if opening is not None:
        stretches.append((Stretch(opening.at_us, None), (opening,)))
    return stretches


def _directed(taps: list[Tap]) -> list[tuple[Tap, Direction]]:
    """What each counts as: what was said; where nobody knew, the other direction than that of the tap before."""
    found: list[tuple[Tap, Direction]] = []
    before: Direction | None = None
    for tap in taps:
        said = None if tap.said_by is SaidBy.NOBODY and before is not None else tap.direction
        before = said or (Direction.OUT if before is Direction.IN else Direction.IN)
        found.append((tap, before))
    return found


def _minutes(stretch: Stretch) -> int:
    if stretch.in_us is None or stretch.out_us is None:
        return 0
    return stretch.out_us // MINUTE_US - stretch.in_us // MINUTE_US
