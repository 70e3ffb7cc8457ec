"""What a shift asks of a person, who was late, and what the worked minutes count as (AT-R4, R5, R9, R10, R11). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hr.attendance.rules.day import Segment, SegmentKind
from hr.attendance.rules.punches import Punches
from hr.attendance.rules.shifts import DAY_MIN, ShiftRule
from hr.attendance.rules.spans import Piece, Span, by_day, common, length, without
from hr.attendance.rules.windows import Instance, date_of, minute_of, moment_of
from hr.calendar.day_class import OVERTIME_OF, Calendar, DayClass, TimeClass


@dataclass(frozen=True)
class Plan:
    """What is asked of one person in one shift. `work` are the minutes to be worked: the schedule without unpaid breaks
    and leave. Each of `parts` wants an in and an out."""

    start: int
    end: int
    work: tuple[Span, ...]
    parts: tuple[Span, ...]
    leave_min: int

    def due(self, part: int) -> Span:
        """From the first to the last minute that is to be worked in this part."""
        inside = common([self.parts[part]], self.work)
        return Span(inside[0].start, inside[-1].end)


class Lateness(NamedTuple):
    """`graced`: late or early by no more than the shift lets pass."""

    late_min: int
    early_min: int
    graced: bool


def plan(instance: Instance, leaves: Iterable[Span], arrival: int | None = None) -> Plan:
    """`arrival` moves a flexible shift; the breaks stay where they are."""
    rule, leaves = instance.rule, list(leaves)
    start, end = instance.start, instance.end
    on_leave = any(each.start <= start < each.end for each in leaves)
    if arrival is not None and not on_leave:
        moved = max(0, min(arrival - start, rule.flexible_min))
        start, end = start + moved, end + moved
    unpaid = [_break(instance, each.start_min, each.end_min) for each in rule.breaks if not each.paid]
    scheduled = without([Span(start, end)], unpaid)
    work = without(scheduled, leaves)
    parts = tuple(part for part in _parts(instance, start, end) if common([part], work))
    return Plan(start, end, tuple(work), parts, length(scheduled) - length(work))


def part_of(instance: Instance, parts: Sequence[Span], minute: int) -> int:
    """Where a tap of this minute belongs: parts meet in the middle between them (AT-R11)."""
    for place, (this, following) in enumerate(pairwise(parts)):
        if minute < (this.end + following.start) / 2:
            return place
    return len(parts) - 1


def lateness(came: int, went: int, due: Span, rule: ShiftRule) -> Lateness:
    """Late and early are counted from the due minute, not from the end of the grace."""
    late, early = min(max(0, came - due.start), due.end - due.start), min(max(0, due.end - went), due.end - due.start)
    on_time, to_the_end = late <= rule.late_grace_min, early <= rule.early_grace_min
    graced = (on_time and late > 0) or (to_the_end and early > 0)
    return Lateness(0 if on_time else late, 0 if to_the_end else early, graced)


def presence(punches: Punches, due: Span, rule: ShiftRule, zone: ZoneInfo) -> list[Span]:
    """When the person was there; whoever came or went within the grace was there to the minute."""
    spans = [Span(minute_of(first.at_us, zone), minute_of(last.at_us, zone)) for first, last in punches.pairs]
    if spans and 0 < spans[0].start - due.start <= rule.late_grace_min:
        spans[0] = spans[0]._replace(start=due.start)
    if spans and 0 < due.end - spans[-1].end <= rule.early_grace_min:
        spans[-1] = spans[-1]._replace(end=due.end)
    return spans


def within(present: Sequence[Span], spans: Sequence[Span]) -> list[Piece]:
    """The minutes of each presence that lie in these spans, by time."""
    return sorted(
        Piece(span.start, span.end, place) for place, each in enumerate(present) for span in common([each], spans)
    )


@dataclass(frozen=True)
class Classes:
    """What minutes of one work date count as."""

    work_date: str
    calendar: Calendar
    zone: ZoneInfo

    def segments(self, kind: SegmentKind, pieces: Iterable[Piece], *, beyond: bool = True) -> list[Segment]:
        """Each piece with its class, cut at midnight. `beyond`: these minutes are not the normal hours of a shift."""
        return [self._segment(kind, part, beyond) for piece in pieces for part in by_day(piece, DAY_MIN)]

    def is_workday(self, piece: Piece) -> bool:
        """Whether minutes of this piece can be normal ones at all."""
        return self.calendar.basis(self.work_date, date_of(piece.start)) is DayClass.WORKDAY

    def _segment(self, kind: SegmentKind, piece: Piece, beyond: bool) -> Segment:
        on, zone = date_of(piece.start), self.zone
        found = class_of(self.calendar.basis(self.work_date, on), beyond=beyond)
        return Segment(kind, moment_of(piece.start, zone), moment_of(piece.end, zone), found, on, piece.stretch)


def class_of(basis: DayClass | None, *, beyond: bool) -> TimeClass | None:
    """What a minute counts as on such a day; None where nobody knows the day (AT-R9)."""
    if basis is None:
        return None
    return TimeClass.NORMAL if basis is DayClass.WORKDAY and not beyond else OVERTIME_OF[basis]


def _parts(instance: Instance, start: int, end: int) -> list[Span]:
    pause = instance.rule.main_break
    if instance.rule.punches == 2 or pause is None:
        return [Span(start, end)]
    out = _break(instance, pause.start_min, pause.end_min)
    return [Span(start, out.start), Span(out.end, end)]


def _break(instance: Instance, start_min: int, end_min: int) -> Span:
    return Span(instance.midnight + start_min, instance.midnight + end_min)
