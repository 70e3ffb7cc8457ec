"""What an attendance day is judged from. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hr.attendance.rules.shifts import ShiftRule
from hr.attendance.rules.taps import Tap
from hr.calendar.day_class import Calendar


@dataclass(frozen=True)
class Who:
    """What a list shows of a person; empty for a key that HR does not know."""

    name: str = ""
    number: str = ""
    team: str = ""


@dataclass(frozen=True)
class Leave:
    """Leave that was granted, in microseconds UTC; whole days from midnight to midnight. What is paid for it, pay
    says."""

    id: str
    kind: str
    from_us: int
    to_us: int


@dataclass(frozen=True)
class Approved:
    """Minutes of one work date that a person approved; None: nobody has decided yet. `after` the end of the shift,
    `before` its start, `unscheduled` in no shift."""

    after_min: int | None = None
    before_min: int | None = None
    unscheduled_min: int | None = None


@dataclass(frozen=True)
class DayInput:
    """Everything about one person and one work date.

    `taps`: all of this person around the date, in any order: from two dates before to one date after; approved repairs
    and paper are among them. `roster`: the shifts of the date before, the date itself and the date after; an empty
    tuple is a day off, None or no entry that nobody has rostered it. `now_us`: a shift whose window is still open then
    is not judged as missing anything; None for a date long gone.
    """

    person: str
    work_date: str
    taps: tuple[Tap, ...]
    zone: ZoneInfo
    calendar: Calendar = field(default_factory=Calendar)
    roster: Mapping[str, tuple[ShiftRule, ...] | None] = field(default_factory=dict)
    leaves: tuple[Leave, ...] = ()
    approved: Approved = field(default_factory=Approved)
    repairs_pending: int = 0
    who: Who = field(default_factory=Who)
    now_us: int | None = None
