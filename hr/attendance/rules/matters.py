"""What of a day waits for a person, and in which order it is worked off. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hr.attendance.rules.day import AttendanceDay, Flag, SegmentKind, Status
from hr.attendance.rules.given import DayInput


class Beyond(StrEnum):
    """Which minutes of a day: after the end of a shift, before its start, or in no shift at all."""

    OVERTIME = "OVERTIME"
    EARLY = "EARLY"
    UNSCHEDULED = "UNSCHEDULED"


class Matter(StrEnum):
    """The first needs a person most."""

    MISSING_PUNCH = "MISSING_PUNCH"
    REPAIR = "REPAIR"
    """A repair was asked for and waits for a second person."""
    UNSCHEDULED = "UNSCHEDULED"
    OFF_SHIFT = "OFF_SHIFT"
    OVERTIME = "OVERTIME"
    EARLY = "EARLY"
    UNSURE = "UNSURE"
    UNCLASSIFIED = "UNCLASSIFIED"
    OPEN = "OPEN"
    """The shift is not over; by itself it becomes something else."""


ORDER = list(Matter)

OFFERED_FROM_MIN = 30
"""Whoever comes up to this early has not come to work: nobody is asked about it."""

BEYOND = {
    Matter.OVERTIME: Beyond.OVERTIME,
    Matter.UNSCHEDULED: Beyond.UNSCHEDULED,
    Matter.OFF_SHIFT: Beyond.UNSCHEDULED,
    Matter.EARLY: Beyond.EARLY,
}
"""Which minutes are approved, or not, to settle a matter."""


@dataclass(frozen=True)
class Waiting:
    """A matter of one day. `minutes`: how many are offered, where it is about minutes."""

    matter: Matter
    day: AttendanceDay
    minutes: int = 0


def matters(given: DayInput, day: AttendanceDay, today: str) -> Iterator[Waiting]:
    """What is undecided about one day. What a person has decided is not listed again; the day's flags go on saying
    it."""
    flags = set(day.flags)
    if Flag.REPAIR_PENDING in flags:
        yield Waiting(Matter.REPAIR, day)
    elif _misses_punch(day, flags, today):
        yield Waiting(Matter.MISSING_PUNCH, day)
    if given.approved.unscheduled_min is None:
        offered = sum(each.minutes for each in day.unscheduled if each.kind is SegmentKind.OFFERED)
        if offered:
            yield Waiting(Matter.UNSCHEDULED, day, offered)
        elif Flag.OFF_SHIFT in flags:
            yield Waiting(Matter.OFF_SHIFT, day)
    if given.approved.after_min is None and day.ot_candidate_min > day.ot_approved_min:
        yield Waiting(Matter.OVERTIME, day, day.ot_candidate_min - day.ot_approved_min)
    early = sum(each.before_min for each in day.shifts)
    if given.approved.before_min is None and early > OFFERED_FROM_MIN:
        yield Waiting(Matter.EARLY, day, early)
    if Flag.UNSURE_TIME in flags:
        yield Waiting(Matter.UNSURE, day)
    if Flag.UNCLASSIFIED in flags and day.paid_min:
        yield Waiting(Matter.UNCLASSIFIED, day)
    if day.status is Status.OPEN and day.taps:
        yield Waiting(Matter.OPEN, day)


def sorted_matters(found: Iterable[Waiting]) -> list[Waiting]:
    """By what needs a person most, then by date and employee number."""
    return sorted(found, key=lambda each: (ORDER.index(each.matter), each.day.work_date, each.day.person_number))


def _misses_punch(day: AttendanceDay, flags: set[Flag], today: str) -> bool:
    if day.status is Status.OPEN:
        return False
    missing = bool(flags & {Flag.MISSING_IN, Flag.MISSING_OUT, Flag.LATE_AS_LACK})
    return missing or (day.status is Status.UNSCHEDULED and day.open and day.work_date < today)
