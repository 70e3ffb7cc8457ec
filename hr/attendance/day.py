"""What an attendance day is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stretch:
    """From a tap in to a tap out; `out_us` is None while nobody made the closing mark."""

    in_us: int | None
    out_us: int | None


@dataclass(frozen=True)
class AttendanceDay:
    """One person's work date. `minutes` counts closed stretches only; `open` asks a person to look.

    `amended`: taps whose time HR has set right. `unsure_us`: how far off the least known of them may be, 0 for not.
    `paper`: taps that are on paper only; `matched`: those that are there and a box has recorded too.
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
