"""What Tryton's rows and employments mean for our lines."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sync.connectors.port import AttendanceLine, Delivered, Event
from sync.connectors.tryton.lines import Day, Employment, Moment, Row, employed, found, masked
from sync.wire.facts import Direction

ZONE = ZoneInfo("Asia/Shanghai")
AT = Moment(2026, 11, 2, 0, 0, 0)
LINE = AttendanceLine("0101", "2026-11-02", 1_793_577_600_999_999, Direction.IN)
OWN, CLERK = 4, 5


def row(number: int, creator: int) -> Row:
    return Row(number, 1, AT, "in", Day(2026, 11, 2), f"17{number}.5", creator, None)


def employment(number: int, start: Day | None, end: Day | None) -> Employment:
    return Employment(number, "李伟", Employment.Party("0101"), start, end)


WHO = employment(1, None, None)


def test_of_two_rows_that_say_the_same_the_one_made_here_is_the_line():
    event = Event("e-1", "attendance/gate-1/1/1", 1, 1, LINE)
    assert found([(event, LINE, WHO)], [row(7, CLERK), row(8, OWN)], OWN) == {"e-1": Delivered("8", "178.5")}


def test_a_fraction_of_a_second_is_no_difference():
    event = Event("e-1", "attendance/gate-1/1/1", 1, 1, LINE)
    assert found([(event, LINE, WHO)], [row(8, OWN)], OWN)


@pytest.mark.parametrize(
    ("first_day", "expected"),
    [(Day(2026, 11, 2), 2), (Day(2026, 11, 3), None)],
)
def test_who_came_back_is_sent_under_the_employment_of_that_day(first_day: Day, expected: int | None):
    staff = {"0101": [employment(1, None, Day(2026, 11, 1)), employment(2, first_day, None)]}
    who = employed(LINE, staff, ZONE)
    assert (who.id if who else None) == expected


def test_a_sentence_is_kept_without_the_name_and_on_one_line():
    assert masked('"李伟@11/20/2026" is\n closed', ["李伟", ""]) == '"…@11/20/2026" is closed'
