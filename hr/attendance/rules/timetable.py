"""Which rule of a shift holds on which work date. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hr.attendance.rules.shifts import ShiftRule

EVER = "0001-01-01"
"""The date of a shift's first version: it holds from the beginning."""


@dataclass(frozen=True)
class ShiftVersion:
    """What a shift asks for from a work date on, until its next version."""

    valid_from: str
    rule: ShiftRule


class Timetable:
    """All shifts of the plant, with what they have asked for and will."""

    def __init__(self, versions: Iterable[ShiftVersion]) -> None:
        self._versions: dict[str, list[ShiftVersion]] = {}
        for each in sorted(versions, key=lambda each: each.valid_from):
            self._versions.setdefault(each.rule.id, []).append(each)

    def __contains__(self, shift: object) -> bool:
        return shift in self._versions

    def on(self, shift: str, work_date: str) -> ShiftRule | None:
        """None for a shift that is not known."""
        found = [each.rule for each in self._versions.get(shift, ()) if each.valid_from <= work_date]
        return found[-1] if found else None

    def day(self, work_date: str) -> list[ShiftRule]:
        """Every shift as it is on a work date, by its start."""
        found = [rule for shift in self._versions if (rule := self.on(shift, work_date)) is not None]
        return sorted(found, key=lambda each: (each.start_min, each.id))

    def next_change(self, shift: str, work_date: str) -> str | None:
        """The first date after this one from which the shift has another version."""
        return next((each.valid_from for each in self._versions.get(shift, ()) if each.valid_from > work_date), None)
