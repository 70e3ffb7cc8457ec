"""What every decision is handed besides the state: reference data and the plant's zone."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.domain import workdate
from edge.domain.attribution import Dated
from sync.facts import Outcome
from sync.reference_data import Directory
from sync.wire import Stamp

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

    def work_date(self, wall_us: int) -> str:
        """The work date of a tap."""
        return workdate.work_date(wall_us, self.zone, self.directory.shifts).isoformat()

    def dated(self, wall_us: int) -> Dated:
        """The dates of pieces: work date and calendar date."""
        worked = workdate.work_date_of_pieces(wall_us, self.zone, self.directory.shifts)
        return Dated(worked.isoformat(), workdate.calendar_date(wall_us, self.zone).isoformat())

    def boundaries(self, from_us: int, to_us: int) -> list[int]:
        return workdate.boundaries(from_us, to_us, self.zone, self.directory.shifts)
