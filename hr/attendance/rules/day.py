"""What an attendance day is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from hr.attendance.rules.taps import MINUTE_US, Tap
from hr.calendar.day_class import TimeClass

RULE_VERSION = "attendance/1"
"""Rises when the same taps may give another day."""


class Status(StrEnum):
    """What is said of a shift, and of a whole day the gravest of its shifts."""

    PRESENT = "PRESENT"
    INCOMPLETE = "INCOMPLETE"
    """A punch is missing: no minutes count before a person has looked (AT-R6)."""
    OPEN = "OPEN"
    """The shift is not over, and punches may still come."""
    ABSENT = "ABSENT"
    LEAVE = "LEAVE"
    REST = "REST"
    UNSCHEDULED = "UNSCHEDULED"
    """Presence for which there is no shift: a supervisor decides what it was (AT-R8)."""
    UNKNOWN = "UNKNOWN"
    """No tap, no roster, and no calendar that says whether it was a work day."""


class Flag(StrEnum):
    """What a person should see about a day."""

    GRACE = "GRACE"
    LATE = "LATE"
    EARLY = "EARLY"
    MISSING_IN = "MISSING_IN"
    MISSING_OUT = "MISSING_OUT"
    LATE_AS_LACK = "LATE_AS_LACK"
    PARTIAL_LEAVE = "PARTIAL_LEAVE"
    WORKED_ON_LEAVE = "WORKED_ON_LEAVE"
    OT_UNAPPROVED = "OT_UNAPPROVED"
    REST_DAY_WORK = "REST_DAY_WORK"
    HOLIDAY_WORK = "HOLIDAY_WORK"
    UNCLASSIFIED = "UNCLASSIFIED"
    UNROSTERED = "UNROSTERED"
    OFF_SHIFT = "OFF_SHIFT"
    REPAIRED = "REPAIRED"
    REPAIR_PENDING = "REPAIR_PENDING"
    UNSURE_TIME = "UNSURE_TIME"


class Use(StrEnum):
    """What a tap was good for."""

    IN = "IN"
    OUT = "OUT"
    BETWEEN = "BETWEEN"
    """Between the first and the last; kept, and it decides nothing."""
    REPEATED = "REPEATED"
    OFF_SHIFT = "OFF_SHIFT"
    """In no shift's window, and it made no stretch."""
    NOT_COUNTED = "NOT_COUNTED"
    """The box said already that it counts for nothing."""


@dataclass(frozen=True)
class Mark:
    """A tap and its use. `shift`: the place of its shift in the day's `shifts`, None for one in no shift's window.
    `stretch`: the place of the stretch it opens or closes in the day's `stretches`."""

    tap: Tap
    use: Use
    shift: int | None = None
    stretch: int | None = None


@dataclass(frozen=True)
class Stretch:
    """From a tap in to a tap out; `out_us` is None while nobody made the closing mark."""

    in_us: int | None
    out_us: int | None

    @property
    def minutes(self) -> int:
        """Whole minutes, seconds cut off at both ends (AT-R4); none while an end is missing."""
        if self.in_us is None or self.out_us is None:
            return 0
        return self.out_us // MINUTE_US - self.in_us // MINUTE_US


class SegmentKind(StrEnum):
    """Why a segment's minutes are there. UNROSTERED: the first eight hours on a work day for which nobody rostered the
    person, one way or the other. OFFERED were worked and nobody has decided of them; REFUSED were worked, and what was
    approved does not reach them. The others count as paid."""

    SCHEDULED = "SCHEDULED"
    PLANNED_OVERTIME = "PLANNED_OVERTIME"
    OVERTIME = "OVERTIME"
    EARLY = "EARLY"
    UNSCHEDULED = "UNSCHEDULED"
    UNROSTERED = "UNROSTERED"
    OFFERED = "OFFERED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Segment:
    """Minutes without a gap that are of one kind and class, from `from_us` until before `to_us` (UTC, whole minutes).

    `time_class` None: the calendar has no class for them. `stretch`: the presence they lie in, by its place in the
    day's `stretches`.
    """

    kind: SegmentKind
    from_us: int
    to_us: int
    time_class: TimeClass | None
    calendar_date: str
    stretch: int

    @property
    def minutes(self) -> int:
        return (self.to_us - self.from_us) // MINUTE_US

    @property
    def paid(self) -> bool:
        return self.kind not in (SegmentKind.OFFERED, SegmentKind.REFUSED)


@dataclass(frozen=True)
class ShiftDay:
    """What one person did in one shift. Moments are UTC microseconds, `start_us` and `end_us` as the shift was for this
    person (moved where it is flexible); all else is whole minutes.

    `class_min` holds paid minutes, `unclassified_min` those paid whose class no calendar tells. `early_min` is how
    early the person left; `before_min` how early it came.
    """

    shift: str
    shift_name: str
    start_us: int
    end_us: int
    status: Status
    in_us: int | None = None
    out_us: int | None = None
    late_min: int = 0
    early_min: int = 0
    before_min: int = 0
    leave_min: int = 0
    scheduled_min: int = 0
    planned_ot_min: int = 0
    ot_candidate_min: int = 0
    ot_approved_min: int = 0
    flags: tuple[Flag, ...] = ()
    segments: tuple[Segment, ...] = ()

    @property
    def class_min(self) -> Mapping[TimeClass, int]:
        return by_class(self.segments)

    @property
    def unclassified_min(self) -> int:
        return sum(each.minutes for each in self.segments if each.paid and each.time_class is None)


@dataclass(frozen=True)
class AttendanceDay:
    """One person's work date. `minutes` counts closed stretches only; `open` asks a person to look.

    `amended`: taps whose time HR has set right. `unsure_us`: how far off the least known of them may be, 0 for not.
    `paper`: taps that are on paper only; `matched`: those that are there and a box has recorded too.
    `unscheduled_min`: minutes in no shift, of which `unscheduled_approved_min` count; `segments` are theirs.
    """

    person: str
    person_name: str
    person_number: str
    team: str
    work_date: str
    stretches: tuple[Stretch, ...]
    minutes: int
    open: bool
    taps: int
    revision: int
    amended: int = 0
    unsure_us: int = 0
    paper: int = 0
    matched: int = 0
    status: Status = Status.UNKNOWN
    flags: tuple[Flag, ...] = ()
    shifts: tuple[ShiftDay, ...] = ()
    marks: tuple[Mark, ...] = ()
    unscheduled_min: int = 0
    unscheduled_approved_min: int = 0
    unscheduled: tuple[Segment, ...] = field(default=())
    rule_version: str = RULE_VERSION

    @property
    def segments(self) -> Iterator[Segment]:
        """All of the day, shift by shift, then those in no shift."""
        for each in self.shifts:
            yield from each.segments
        yield from self.unscheduled

    @property
    def class_min(self) -> Mapping[TimeClass, int]:
        """Paid minutes by class; with `unclassified_min` they sum to `paid_min`."""
        return by_class(self.segments)

    @property
    def unclassified_min(self) -> int:
        return sum(each.minutes for each in self.segments if each.paid and each.time_class is None)

    @property
    def paid_min(self) -> int:
        return sum(each.minutes for each in self.segments if each.paid)

    @property
    def late_min(self) -> int:
        return sum(each.late_min for each in self.shifts)

    @property
    def early_min(self) -> int:
        return sum(each.early_min for each in self.shifts)

    @property
    def leave_min(self) -> int:
        return sum(each.leave_min for each in self.shifts)

    @property
    def ot_candidate_min(self) -> int:
        return sum(each.ot_candidate_min for each in self.shifts)

    @property
    def ot_approved_min(self) -> int:
        return sum(each.ot_approved_min for each in self.shifts)


def by_class(segments: Iterable[Segment]) -> Mapping[TimeClass, int]:
    """The paid minutes of these, class by class, without classes that have none."""
    found: dict[TimeClass, int] = {}
    for each in segments:
        if each.paid and each.time_class is not None:
            found[each.time_class] = found.get(each.time_class, 0) + each.minutes
    return MappingProxyType(found)
