"""What an attendance day is computed from: taps, and what was said of them. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sync.wire.facts import Direction, Outcome

if TYPE_CHECKING:
    from hr.attendance.rules.paper import PaperTap

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
    `repair`: the id of the approved repair that put it here; there is no record of it.
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
    repair: str | None = None

    @property
    def said(self) -> Direction | None:
        """The direction, where somebody knew it."""
        return None if self.said_by is SaidBy.NOBODY else self.direction

    @property
    def identity(self) -> tuple[str, int, int]:
        """The same for a tap that came twice, and for no other."""
        if self.record is not None:
            return self.record.device, self.record.epoch, self.record.seq
        return self.repair or ("" if self.paper is None else self.paper.id), 0, 0


def order(tap: Tap) -> tuple[int, bool, str, int, int]:
    """By time; on one moment out comes before in, and whatever came first at HR changes nothing."""
    return tap.at_us, tap.direction is Direction.IN, *tap.identity
