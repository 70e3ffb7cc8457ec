"""Which rule of a shift holds on which work date."""

from __future__ import annotations

import pytest

from hr.attendance.rules.shifts import ShiftRule
from hr.attendance.rules.timetable import EVER, ShiftVersion, Timetable

OLD, NEW = ShiftRule("D", "day", 480, 1020), ShiftRule("D", "day", 420, 960)
NIGHT, EARLIER = ShiftRule("N", "night", 1320, 1800), ShiftRule("N", "night", 300, 700)
TABLE = Timetable(
    [
        ShiftVersion("2026-11-10", NEW),
        ShiftVersion(EVER, NIGHT),
        ShiftVersion(EVER, OLD),
        ShiftVersion("2026-12-01", EARLIER),
    ]
)


@pytest.mark.parametrize(
    ("date", "rule"), [("1999-01-01", OLD), ("2026-11-09", OLD), ("2026-11-10", NEW), ("2099-01-01", NEW)]
)
def test_the_newest_version_that_has_begun_holds(date: str, rule: ShiftRule):
    assert TABLE.on("D", date) == rule


def test_a_shift_that_nobody_typed_has_no_rule():
    assert TABLE.on("X", "2026-11-10") is None
    assert ("X" in TABLE, "D" in TABLE) == (False, True)


def test_a_day_lists_every_shift_as_it_is_then_by_its_beginning():
    assert TABLE.day("2026-11-30") == [NEW, NIGHT]
    assert TABLE.day("2026-12-01") == [EARLIER, NEW]


@pytest.mark.parametrize(
    ("date", "next_one"), [(EVER, "2026-11-10"), ("2026-11-09", "2026-11-10"), ("2026-11-10", None)]
)
def test_a_version_lasts_until_the_next_one(date: str, next_one: str | None):
    assert TABLE.next_change("D", date) == next_one
