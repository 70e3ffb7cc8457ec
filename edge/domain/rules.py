"""What every decision is handed besides the state: reference data, the plant's zone, what is known of other boxes."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.domain.attribution import Dated
from sync.wire import workdate
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Outcome
from sync.wire.presence import NOWHERE, Elsewhere
from sync.wire.reference_data import Directory, Role, Shift

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
    elsewhere: Elsewhere = NOWHERE

    def is_supervisor(self, person: str) -> bool:
        known = self.directory.person(person)
        return known is not None and known.role is Role.SUPERVISOR

    def same_person(self, one: str, other: str) -> bool:
        """Whether two person keys are of one person: boxes may have minted several."""
        known, too = self.directory.person(one), self.directory.person(other)
        return one == other or (known is not None and too is not None and known.id == too.id)

    def keys_of(self, person: str) -> set[str]:
        """All keys that boxes have minted for whoever has this one."""
        known = self.directory.person(person)
        return {person} if known is None else {person, known.id, *known.keys}

    def minute(self, wall_us: int) -> int:
        """Minutes after local midnight."""
        moment = workdate.local(wall_us, self.zone)
        return moment.hour * 60 + moment.minute

    def shifts(self, wall_us: int) -> list[Shift]:
        """With the times of the calendar date."""
        return workdate.on(self.directory.shifts, workdate.calendar_date(wall_us, self.zone))

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
