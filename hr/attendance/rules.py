"""From taps to attendance days. Pure: takes values, returns values.

AT-R1: taps are never changed; AT-R3: a repeated tap never counts; AT-R4: whole minutes, seconds cut off;
AT-R6: a missing mark leaves the day open for a person to look at; AT-R12: the order of arrival means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hr.attendance.day import AttendanceDay, Stretch
from sync.facts import Direction, Outcome

REPEAT_US = 60_000_000
"""Two taps of a person closer than this are one (AT-R3)."""

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Record:
    """Where a tap stands as a fact, and what the box answered."""

    device: str
    epoch: int
    seq: int
    station: str
    outcome: Outcome


@dataclass(frozen=True)
class Tap:
    """A tap of a person whose badge was known, or is known by now. `direction` None: the box could not know it.

    `at_us` and `work_date` are the effective ones; `raw_us` is what the box's clock said where that was wrong.
    `unsure_us`: how far off `at_us` may be, where nobody can be sure of the day; 0 where it is known.
    """

    person: str
    work_date: str
    at_us: int
    direction: Direction | None
    effective: bool
    record: Record | None = None
    raw_us: int | None = None
    unsure_us: int = 0


@dataclass(frozen=True)
class PlacedTap:
    """A tap and its place in the day. `stretch` is the place of the stretch it opens or closes in the day's
    `stretches`; None for one that was only repeated or could not be told."""

    tap: Tap
    stretch: int | None


@dataclass(frozen=True)
class Who:
    """What a list shows of a person; empty for a key that HR does not know."""

    name: str = ""
    number: str = ""
    team: str = ""


def day(taps: Iterable[Tap], who: Who) -> AttendanceDay:
    """The day of one person and one work date, from its taps at all boxes in any order; at least one."""
    ordered = sorted(taps, key=lambda tap: tap.at_us)
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
        revision=len(counting),
        amended=sum(tap.raw_us is not None for tap in ordered),
        unsure_us=max(tap.unsure_us for tap in ordered),
    )


def placed(taps: Iterable[Tap]) -> list[PlacedTap]:
    """The taps of one person and work date in order of time, each with the stretch it makes."""
    ordered = sorted(taps, key=lambda tap: tap.at_us)
    place = {id(tap): number for number, (_stretch, marks) in enumerate(_paired(_counting(ordered))) for tap in marks}
    return [PlacedTap(tap, place.get(id(tap))) for tap in ordered]


def _counting(ordered: list[Tap]) -> list[Tap]:
    """The effective taps; of two within a minute that no single box could compare, the first."""
    kept: list[Tap] = []
    for tap in ordered:
        if not tap.effective:
            continue
        repeats = bool(kept) and tap.at_us - kept[-1].at_us < REPEAT_US
        if repeats and tap.direction in (None, kept[-1].direction):
            continue
        kept.append(tap)
    return kept


def _paired(taps: list[Tap]) -> list[tuple[Stretch, tuple[Tap, ...]]]:
    """The stretches, each with the one or two taps it is made of."""
    stretches: list[tuple[Stretch, tuple[Tap, ...]]] = []
    opening: Tap | None = None
    for tap in taps:
        direction = tap.direction or (Direction.IN if opening is None else Direction.OUT)
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


def _minutes(stretch: Stretch) -> int:
    if stretch.in_us is None or stretch.out_us is None:
        return 0
    return stretch.out_us // MINUTE_US - stretch.in_us // MINUTE_US
