"""From taps to attendance days. Pure: takes values, returns values.

AT-R1: taps are never changed; AT-R3: a repeated tap never counts; AT-R4: whole minutes, seconds cut off;
AT-R6: a missing mark leaves the day open for a person to look at; AT-R12: the order of arrival means nothing.

`judge` knows shifts, roster and calendar (windows.py, punches.py, minutes.py, overtime.py). `day` goes by the work date
that the box gave each tap, and knows presence alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hr.attendance.rules import overtime
from hr.attendance.rules.day import AttendanceDay, Flag, Mark, Segment, SegmentKind, ShiftDay, Status, Stretch, Use
from hr.attendance.rules.given import DayInput, Who
from hr.attendance.rules.minutes import Classes
from hr.attendance.rules.punches import counting, directed, pairs_of
from hr.attendance.rules.shift_day import Before, judge_shift, sorted_flags
from hr.attendance.rules.shifts import DAY_MIN
from hr.attendance.rules.spans import Piece, Span, by_day, length, split, without
from hr.attendance.rules.strays import strays
from hr.attendance.rules.taps import Record, SaidBy, Tap, order
from hr.attendance.rules.windows import Instance, midnight_of, minute_of, place_in, windows
from hr.calendar.day_class import DayClass
from sync.wire.facts import Direction

__all__ = ["DayInput", "PlacedTap", "Record", "SaidBy", "Tap", "Who", "day", "judge", "placed"]

GRAVEST = (Status.INCOMPLETE, Status.OPEN, Status.ABSENT, Status.UNSCHEDULED, Status.PRESENT, Status.LEAVE)
"""A day of several shifts is what the first of these says."""

Marked = tuple[Stretch, tuple[Tap, ...]]
"""A stretch and the one or two taps that make it."""


@dataclass(frozen=True)
class PlacedTap:
    """A tap and its place in the day. `stretch` is the place of the stretch it opens or closes in the day's
    `stretches`, and `direction` what it counts as; None for one that was only repeated or could not be told."""

    tap: Tap
    stretch: int | None
    direction: Direction | None = None


def judge(given: DayInput) -> AttendanceDay:
    """The day of one person and one work date. The same for the same taps in any order, and whatever of them came
    twice."""
    sorting = _sorted(given)
    shifts, stretches, left = _by_shift(given, sorting)
    beside_shift = any(each.status is not Status.LEAVE for each in shifts)
    free = _free([*left, *sorting.strays], beside_shift=bool(shifts))
    segments = _unscheduled(given, free, beside_shift=beside_shift, before=len(stretches))
    every = [*stretches, *free]
    taps = sorting.taps_of(given.work_date)
    plain = _plain(given.person, given.work_date, given.who, every, taps, sorting.counting)
    return replace(
        plain,
        status=_status(given, shifts, bool(free)),
        flags=_flags(given, shifts, taps, segments, bool(sorting.strays)),
        shifts=tuple(shifts),
        marks=_marks(sorting, taps, every),
        unscheduled_min=sum(stretch.minutes for stretch, _taps in free),
        unscheduled_approved_min=sum(each.minutes for each in segments if each.kind is SegmentKind.UNSCHEDULED),
        unscheduled=tuple(segments),
    )


def day(taps: Iterable[Tap], who: Who) -> AttendanceDay:
    """The day of one person and one work date, from its taps at all boxes in any order; at least one."""
    ordered = sorted(taps, key=order)
    kept = counting(ordered)
    first = ordered[0]
    return _plain(first.person, first.work_date, who, _paired(kept), ordered, {id(tap): tap for tap in kept})


def placed(taps: Iterable[Tap]) -> list[PlacedTap]:
    """The taps of one person and work date in order of time, each with the stretch it makes."""
    ordered = sorted(taps, key=order)
    kept = counting(ordered)
    place = {id(tap): number for number, (_stretch, marks) in enumerate(_paired(kept)) for tap in marks}
    counts_as = {id(tap): direction for tap, direction in directed(kept)}
    return [PlacedTap(tap, place.get(id(tap)), counts_as.get(id(tap))) for tap in ordered]


class _Sorting(NamedTuple):
    """All taps around a date in order of time, by `id` those that count and the place of their shift; `strays` are the
    groups of those that lie in no shift of the date and belong to it."""

    ordered: list[Tap]
    counting: dict[int, Tap]
    place: dict[int, int]
    instances: list[Instance]
    strays: list[list[Tap]]

    def taps_of(self, work_date: str) -> list[Tap]:
        """What belongs to the date: the taps in the windows of its shifts, and its strays."""
        stray = {id(tap) for group in self.strays for tap in group}
        return [tap for tap in self.ordered if id(tap) in stray or self._is_of(tap, work_date)]

    def _is_of(self, tap: Tap, work_date: str) -> bool:
        place = self.place.get(id(tap))
        if place is not None:
            return self.instances[place].work_date == work_date
        return tap.work_date == work_date and id(tap) not in self.counting


def _sorted(given: DayInput) -> _Sorting:
    ordered = sorted(dict.fromkeys(given.taps), key=order)
    instances = windows(given.roster)
    minutes = {id(tap): minute_of(tap.at_us, given.zone) for tap in ordered}
    found = {each: place_in(minute, instances) for each, minute in minutes.items()}
    place = {each: number for each, number in found.items() if number is not None}
    kept = counting([tap for tap in ordered if id(tap) in place])
    # A tap outside every window must not make one inside a repeat of it; the other way round it may.
    outer = [tap for tap in counting(ordered) if id(tap) not in place]
    outside = [(tap, sum(each.closes < minutes[id(tap)] for each in instances)) for tap in outer]
    counts = {id(tap): tap for tap in [*kept, *(tap for tap, _gap in outside)]}
    return _Sorting(ordered, counts, place, instances, strays(outside, given.work_date))


def _by_shift(given: DayInput, sorting: _Sorting) -> tuple[list[ShiftDay], list[Marked], list[list[Tap]]]:
    """The shifts of the date with their stretches, and the taps of shifts that are leave from end to end."""
    before = Before(given.approved.after_min)
    shifts, stretches, on_leave = list[ShiftDay](), list[Marked](), list[list[Tap]]()
    for place, instance in enumerate(sorting.instances):
        if instance.work_date != given.work_date:
            continue
        taps = [tap for tap in sorting.counting.values() if sorting.place.get(id(tap)) == place]
        judged = judge_shift(instance, taps, given, before)
        shifts.append(_moved(judged.shift, len(stretches)))
        stretches += judged.stretches
        before = before.then(judged.shift)
        if judged.shift.status is Status.LEAVE and taps:
            on_leave.append(taps)
    return shifts, stretches, on_leave


def _free(groups: Sequence[list[Tap]], *, beside_shift: bool) -> list[Marked]:
    """Presence in no shift. Beside a shift a lone tap makes no stretch: it is shown as what it is."""
    return [marked for group in groups for marked in _paired(group) if not beside_shift or len(marked[1]) == 2]


def _unscheduled(given: DayInput, free: Sequence[Marked], *, beside_shift: bool, before: int) -> list[Segment]:
    """The minutes of presence in no shift. Of a work day without any the first eight hours are no overtime, and where
    nobody rosters at all nobody need decide of them."""
    unrostered = given.roster.get(given.work_date) is None
    classes = Classes(given.work_date, given.calendar, given.zone)
    left, eight, segments = given.approved.unscheduled_min, 0 if beside_shift else overtime.NORMAL_DAY_MIN, []
    for piece in _worked(given, free, before):
        normal, beyond = split([piece], eight if classes.is_workday(piece) else 0)
        eight -= length(normal)
        for some, is_beyond in ((normal, False), (beyond, True)):
            paid, unpaid = split(some, left or 0)
            left = None if left is None else left - length(paid)
            kind = SegmentKind.UNROSTERED if unrostered and not is_beyond else SegmentKind.OFFERED
            segments += classes.segments(SegmentKind.UNSCHEDULED, paid, beyond=is_beyond)
            segments += classes.segments(kind if left is None else SegmentKind.REFUSED, unpaid, beyond=is_beyond)
    return segments


def _worked(given: DayInput, free: Sequence[Marked], before: int) -> Iterator[Piece]:
    for place, (stretch, _taps) in enumerate(free, start=before):
        if stretch.in_us is not None and stretch.out_us is not None:
            whole = Piece(minute_of(stretch.in_us, given.zone), minute_of(stretch.out_us, given.zone), place)
            yield from by_day(whole, DAY_MIN)


def _status(given: DayInput, shifts: Sequence[ShiftDay], is_there: bool) -> Status:
    if shifts:
        found = {each.status for each in shifts}
        return next(each for each in GRAVEST if each in found)
    if is_there:
        return Status.UNSCHEDULED
    if given.roster.get(given.work_date) is not None:
        return Status.REST
    if _is_on_leave(given):
        return Status.LEAVE
    day_class = given.calendar.day_class(given.work_date)
    if day_class is None:
        return Status.UNKNOWN
    return Status.ABSENT if day_class is DayClass.WORKDAY else Status.REST


def _is_on_leave(given: DayInput) -> bool:
    """Whether leave covers the whole date of somebody without a roster."""
    begins = midnight_of(given.work_date)
    leaves = (Span(minute_of(each.from_us, given.zone), minute_of(each.to_us, given.zone)) for each in given.leaves)
    return not without([Span(begins, begins + DAY_MIN)], leaves)


def _flags(
    given: DayInput, shifts: Sequence[ShiftDay], taps: Sequence[Tap], segments: Sequence[Segment], off_shift: bool
) -> tuple[Flag, ...]:
    flags = {flag for each in shifts for flag in each.flags}
    said = {
        Flag.UNROSTERED: given.roster.get(given.work_date) is None,
        Flag.OFF_SHIFT: bool(shifts) and off_shift,
        Flag.WORKED_ON_LEAVE: any(each.status is Status.LEAVE for each in shifts) and bool(segments),
        Flag.UNCLASSIFIED: given.calendar.day_class(given.work_date) is None
        or any(each.time_class is None for each in segments),
        Flag.OT_UNAPPROVED: any(not each.paid for each in segments) and bool(shifts),
        Flag.REPAIRED: any(tap.repair is not None for tap in taps),
        Flag.REPAIR_PENDING: given.repairs_pending > 0,
        Flag.UNSURE_TIME: any(tap.unsure_us for tap in taps),
    }
    return sorted_flags(flags | {flag for flag, holds in said.items() if holds})


def _marks(sorting: _Sorting, taps: Sequence[Tap], stretches: Sequence[Marked]) -> tuple[Mark, ...]:
    """Each tap of the day with what it was good for."""
    made = {id(tap): (place, stretch) for place, (stretch, both) in enumerate(stretches) for tap in both}
    return tuple(_mark(tap, sorting, made.get(id(tap))) for tap in taps)


def _mark(tap: Tap, sorting: _Sorting, made: tuple[int, Stretch] | None) -> Mark:
    place = sorting.place.get(id(tap))
    shift = None
    if place is not None:
        own = sorting.instances[place].work_date
        shift = sum(each.work_date == own for each in sorting.instances[:place])
    if made is not None:
        return Mark(tap, Use.IN if made[1].in_us == tap.at_us else Use.OUT, shift, made[0])
    if not tap.effective:
        return Mark(tap, Use.NOT_COUNTED, shift)
    if id(tap) not in sorting.counting:
        return Mark(tap, Use.REPEATED, shift)
    return Mark(tap, Use.OFF_SHIFT if shift is None else Use.BETWEEN, shift)


def _plain(
    person: str, work_date: str, who: Who, made: Sequence[Marked], taps: Sequence[Tap], counting: Mapping[int, Tap]
) -> AttendanceDay:
    """What the taps alone say of a day: presence, and how good the taps are."""
    stretches = tuple(stretch for stretch, _taps in made)
    kept = [tap for tap in taps if id(tap) in counting]
    return AttendanceDay(
        person=person,
        person_name=who.name,
        person_number=who.number,
        team=who.team,
        work_date=work_date,
        stretches=stretches,
        minutes=sum(stretch.minutes for stretch in stretches),
        open=any(stretch.in_us is None or stretch.out_us is None for stretch in stretches),
        taps=len(taps),
        revision=len(kept) + sum(tap.said_by is SaidBy.PERSON for tap in kept),
        amended=sum(tap.raw_us is not None for tap in taps),
        unsure_us=max((tap.unsure_us for tap in taps), default=0),
        paper=sum(tap.paper is not None and tap.record is None for tap in taps),
        matched=sum(tap.paper is not None and tap.record is not None for tap in taps),
    )


def _paired(kept: Sequence[Tap]) -> list[Marked]:
    """The stretches, each with the one or two taps it is made of."""
    found = []
    for first, last in pairs_of(directed(kept)):
        stretch = Stretch(None if first is None else first.at_us, None if last is None else last.at_us)
        found.append((stretch, tuple(tap for tap in (first, last) if tap is not None)))
    return found


def _moved(shift: ShiftDay, by: int) -> ShiftDay:
    """The same with its stretches counted from the first of the day."""
    if not by:
        return shift
    return replace(shift, segments=tuple(replace(each, stretch=each.stretch + by) for each in shift.segments))
