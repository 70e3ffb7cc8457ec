"""What every decision is handed besides the state: reference data and the plant's zone."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.domain.attribution import Dated
from sync import workdate
from sync.facts import Outcome
from sync.reference_data import Directory, Role
from sync.wire import ClockState, Stamp

REPEAT_WINDOW_S = 60.0
LATE_AFTER_S = 10.0


def is_repeat(now: Stamp, earlier: Stamp) -> bool:
    """Whether a second tap only shows the first again.

    A wall clock that fell back between two boots makes no repeat: the later tap then seems to lie long before.
    """
    return abs(now.seconds_since(earlier)) < REPEAT_WINDOW_S


class Decision(NamedTuple):
    """The outcome a person sees and the seq of the fact that holds it."""

    outcome: Outcome
    seq: int


class Rules(NamedTuple):
    directory: Directory
    zone: ZoneInfo

    def is_supervisor(self, person: str) -> bool:
        known = self.directory.person(person)
        return known is not None and known.role is Role.SUPERVISOR

    def same_person(self, one: str, other: str) -> bool:
        """Whether two person keys are of one person: boxes may have minted several."""
        known, too = self.directory.person(one), self.directory.person(other)
        return one == other or (known is not None and too is not None and known.id == too.id)

    def work_date(self, wall_us: int) -> str:
        """The work date of a tap."""
        return workdate.work_date(wall_us, self.zone, self.directory.shifts).isoformat()

    def dated(self, wall_us: int) -> Dated:
        """The dates of pieces: work date and calendar date."""
        worked = workdate.work_date_of_pieces(wall_us, self.zone, self.directory.shifts)
        return Dated(worked.isoformat(), workdate.calendar_date(wall_us, self.zone).isoformat())

    def boundaries(self, first: Stamp, last: Stamp) -> list[int]:
        """The class boundaries that were passed between two stamps, in the wall time of the first.

        A wall clock that was set in between passes none: only time that went by does. Across boots nobody knows how
        much that was when one of the clocks had not been set: between 1970 and today lie 20,000 midnights.
        """
        if first.boot_id != last.boot_id and ClockState.NONE in (first.clock, last.clock):
            return []
        until_us = first.wall_us + round(last.seconds_since(first) * 1e6)
        return workdate.boundaries(first.wall_us, until_us, self.zone, self.directory.shifts)
