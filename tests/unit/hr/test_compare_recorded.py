"""What of a worker-day's lines and attendance day is set beside a sheet."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hr.attendance.rules.day import AttendanceDay
from hr.compare.comparison import OurDay
from hr.compare.recorded import Recorded, Worker, our_day
from hr.pay.rules.lines import ActualPart, AssignedPart, WageLine

FRIDAY = "2026-11-20"
WHO = Worker("key", "0317", "张三丰")


def part(machine: str = "press-04", basis: str = "EXACT") -> ActualPart:
    return ActualPart(1, 3, machine, machine, 100, 100, 1, basis, ())


def line(*parts: ActualPart, amount: str | None = "22.00", fails: bool = False) -> WageLine:
    said = (FRIDAY, "o", "p", "", "q", "", 100, 100, 0, 0, 0, 0, "", "boss", 0)
    money = None if amount is None else Decimal(amount)
    failed = (("the sum", 100, 99),) if fails else ()
    return WageLine("d", 1, 9, "key", "", "", *said, Decimal(1), "2025-01-01", money, parts or (part(),), failed)


def day(**changes) -> AttendanceDay:
    plain = AttendanceDay("key", "张三丰", "0317", "", FRIDAY, (), 480, False, 2, 1)
    return replace(plain, **changes)


def ours(*lines: WageLine, of: AttendanceDay | None = None) -> OurDay:
    return our_day(WHO, FRIDAY, Recorded(lines, of, unsealed=7), {"press-04": 10, "tap-03": 5})


def test_lines_that_add_up_and_have_a_price_are_summed():
    made = ours(line(), line(amount="0.50"), of=day())
    assert (made.pieces, made.amount, made.minutes, made.unsealed) == (200, Decimal("22.50"), 480, 7)
    assert (made.person, made.number, made.name, made.work_date) == ("key", "0317", "张三丰", FRIDAY)


def test_the_others_are_counted_and_in_no_sum():
    made = ours(line(), line(amount=None), line(fails=True), line(amount=None, fails=True))
    assert (made.pieces, made.unpriced, made.unproved) == (100, 1, 2)
    assert len(made.lines) == 4


def test_what_is_paid_by_the_months_quantity_is_in_the_pieces_and_lacks_no_price():
    made = ours(line(), replace(line(amount=None), unit_price=None))
    assert (made.pieces, made.amount, made.by_quantity, made.unpriced) == (200, Decimal("22.00"), 1, 0)


def test_nobodys_pieces_may_be_those_of_whoever_has_a_line_of_the_machine():
    assert ours(line(), line()).unclaimed == 10
    assert ours(line(), line(part("tap-03"), amount=None)).unclaimed == 15
    assert ours().unclaimed == 0


@pytest.mark.parametrize(
    ("found", "estimated", "by_hand", "unsure_time"),
    [
        (ours(line(), of=day()), False, False, False),
        (ours(line(part(basis="ESTIMATED"))), True, False, False),
        (ours(line(part(basis="ESTIMATED"), amount=None)), False, False, False),
        (ours(line(), of=day(paper=1)), False, True, False),
        (ours(line(), of=day(unsure_us=1)), False, False, True),
    ],
)
def test_what_is_no_proof_is_said(found, estimated, by_hand, unsure_time):
    assert (found.estimated, found.by_hand, found.unsure_time) == (estimated, by_hand, unsure_time)


def test_a_line_corrected_or_assigned_was_made_by_hand():
    assert ours(replace(line(), adjustment=3)).by_hand
    assert ours(line(replace(part(), assigned=AssignedPart("boss", 0, "", "UNCLAIMED", 3, 100)))).by_hand


def test_without_a_tap_nothing_is_said_of_the_time():
    made = ours(line())
    assert (made.minutes, made.open, made.has_taps) == (0, False, False)
    assert ours(of=day(open=True)).open
