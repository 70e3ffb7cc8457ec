"""A session left open ends with the shift in which it ran (AB-R11)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.domain.shift_end import end_of_shift
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import Ended, PersonnelLogOff, SnapshotMissed
from sync.wire.reference_data import Directory, Shift, ShiftChange
from tests.cast import DAY, LI, LI_BADGE, NIGHT, PRESS, REFERENCE, WANG, WANG_BADGE
from tests.ledgers import rules
from tests.moments import PLANT, at, later
from tests.unit.domain.press import Press

EARLY, MIDDLE, LATE = (
    Shift("a", "早", 6 * 60, 14 * 60),
    Shift("b", "中", 14 * 60, 22 * 60),
    Shift("c", "晚", 1320, 1800),
)
OFFICE = Shift("o", "常白", 8 * 60, 17 * 60, overtime_min=180)

SHORTER = replace(NIGHT, changes=(ShiftChange("2026-04-01", 22 * 60, 30 * 60),))
"""Until eight in the morning, and from the second night on until six."""


def with_shifts(*shifts: Shift) -> Directory:
    return Directory(replace(REFERENCE, version=2, shifts=list(shifts)))


@pytest.fixture
def press() -> Press:
    """Wang works by day; the counter is known."""
    press = Press()
    press.sample(at("08:00"), 0)
    press.tap(at("08:00"), WANG_BADGE)
    press.sample(at("08:00:01"), 0)
    return press


def offs(press: Press) -> list[tuple[str, str]]:
    facts = [each for each in press.ledger.facts if each.kind == "PersonnelLogOff"]
    return [(each.body["person"], moment(each.at)) for each in facts if each.body["ended_by"] == Ended.SHIFT_END]


def moment(stamp: Stamp) -> str:
    begin = at("00:00").wall_us
    minutes, seconds = divmod((stamp.wall_us - begin) // 1_000_000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


@pytest.mark.parametrize(
    ("begun", "day", "shifts", "ends", "ends_day"),
    [
        pytest.param("08:00", 0, [DAY, NIGHT], "20:00", 0, id="from the first minute"),
        pytest.param("07:50", 0, [DAY, NIGHT], "20:00", 0, id="early, while the night still runs"),
        pytest.param("19:59", 0, [DAY, NIGHT], "08:00", 1, id="a minute early"),
        pytest.param("03:00", 1, [DAY, NIGHT], "08:00", 1, id="after midnight"),
        pytest.param("13:30", 0, [EARLY, MIDDLE, LATE], "22:00", 0, id="early for the next of three"),
        pytest.param("11:00", 0, [EARLY, MIDDLE, LATE], "14:00", 0, id="in the middle of the first of three"),
        pytest.param("23:00", 0, [EARLY, MIDDLE, LATE], "06:00", 1, id="in the last of three"),
        pytest.param("09:00", 0, [OFFICE], "20:00", 0, id="overtime belongs to it"),
        pytest.param("18:00", 0, [OFFICE], "20:00", 0, id="begun in overtime"),
        pytest.param("23:00", 0, [SHORTER], "08:00", 1, id="on the last night before it gets shorter"),
        pytest.param("23:00", 1, [SHORTER], "06:00", 2, id="on the first night that is shorter"),
        pytest.param("21:00", 0, [OFFICE], "20:00", 1, id="outside of all: the next end"),
        pytest.param("05:30", 0, [OFFICE], "20:00", 0, id="long before"),
        pytest.param("06:05", 0, [EARLY, DAY], "14:00", 0, id="of two that overlap, the one that began nearest"),
        pytest.param("07:55", 0, [EARLY, DAY], "20:00", 0, id="of two that overlap, the one about to begin"),
    ],
)
def test_work_ends_with_its_shift(begun: str, day: int, shifts: list[Shift], ends: str, ends_day: int) -> None:
    assert end_of_shift(at(begun, day).wall_us, PLANT, shifts) == at(ends, ends_day).wall_us


def test_without_shifts_nothing_ends_by_itself(press: Press) -> None:
    assert end_of_shift(at("08:00").wall_us, PLANT, []) is None
    press.rules = rules(with_shifts())
    press.end_shifts(at("08:00", day=9))
    assert offs(press) == []


def test_it_ends_at_the_end_and_not_before(press: Press) -> None:
    press.end_shifts(later(at("20:00"), -0.01))
    assert offs(press) == []
    press.end_shifts(later(at("20:00"), 0.7))
    assert offs(press) == [(WANG.id, "20:00:00")]
    press.end_shifts(at("20:01"))
    assert len(offs(press)) == 1


def test_what_comes_after_is_nobodys_and_what_came_before_is_exact(press: Press) -> None:
    press.sample(at("19:59:59"), 700)
    press.end_shifts(later(at("20:00"), 0.7))
    press.sample(at("20:00:01"), 700)
    press.sample(at("20:30"), 730)
    press.go_silent(at("20:31"))
    assert {name for name, _, _ in press.counted()} == {WANG.id, "UNATTRIBUTED"}
    assert sum(pieces for name, _, pieces in press.counted() if name == WANG.id) == 700
    assert {basis for _, basis, _ in press.counted()} == {"EXACT"}


def test_the_end_is_where_it_was_when_core_was_away_over_it(press: Press) -> None:
    press.sample(at("19:50"), 690)
    press.end_shifts(at("20:10"))
    press.sample(at("20:10:01"), 710)
    assert offs(press) == [(WANG.id, "20:00:00")]
    assert len(press.bodies(SnapshotMissed)) == 1
    assert press.counted()[-2:] == [(WANG.id, "ESTIMATED", 10), ("UNATTRIBUTED", "ESTIMATED", 10)]


def test_a_box_that_was_off_over_the_end_ends_it_when_it_is_back(press: Press) -> None:
    press.sample(at("19:50"), 690)
    back = Stamp("boot-2", 20_000_000_000, at("20:10").wall_us, ClockState.RTC)
    press.end_shifts(back)
    press.sample(later(back, 1), 710)
    assert offs(press) == [(WANG.id, "20:10:00")]
    assert press.counted()[-1] == (WANG.id, "ESTIMATED", 20)


def test_a_box_that_came_back_before_the_end_knows_the_moment(press: Press) -> None:
    press.end_shifts(Stamp("boot-2", 900_000_000_000, at("20:10").wall_us, ClockState.RTC))
    assert offs(press) == [(WANG.id, "20:00:00")]


def test_the_clock_in_says_for_which_shift_somebody_came() -> None:
    press = Press()
    press.tap(at("19:50"), LI_BADGE, machine=None)
    press.tap(at("06:30", day=1), LI_BADGE)
    press.end_shifts(at("08:00:01", day=1))
    assert offs(press) == [(LI.id, "32:00:00")]


def test_without_a_clock_in_a_log_on_shortly_before_a_shift_is_for_that_shift() -> None:
    press = Press()
    press.tap(at("06:30", day=1), LI_BADGE)
    press.end_shifts(at("08:00:01", day=1))
    assert offs(press) == []


def test_a_clock_out_says_nothing_of_the_shift_of_a_later_log_on() -> None:
    press = Press()
    press.tap(at("19:50"), LI_BADGE, machine=None)
    press.tap(at("23:00"), LI_BADGE, machine=None)
    press.tap(at("06:30", day=1), LI_BADGE)
    press.end_shifts(at("08:00:01", day=1))
    assert offs(press) == []


def test_who_goes_on_after_his_own_shift_is_not_ended_at_once(press: Press) -> None:
    press.tap(at("07:50"), LI_BADGE, machine=None)
    press.tap(at("20:30"), LI_BADGE)
    press.end_shifts(at("21:00"))
    assert press.ledger.state.machine(PRESS).session_of(LI.id)


def test_a_clock_that_is_set_later_ends_nobodys_session() -> None:
    """Logged on in 1970, five minutes before a time server says that it is eight in the morning."""
    press = Press()
    now = at("08:00")
    press.tap(Stamp("boot-1", now.boottime_ns - 300_000_000_000, 30_000_000, ClockState.NONE), WANG_BADGE)
    press.end_shifts(now)
    assert offs(press) == []
    press.end_shifts(later(at("20:00"), 1))
    assert offs(press) == [(WANG.id, "20:00:00")]


def test_a_log_on_by_an_unset_clock_of_an_earlier_boot_never_ends_by_itself() -> None:
    press = Press()
    press.tap(Stamp("boot-1", 1, 30_000_000, ClockState.NONE), WANG_BADGE)
    press.end_shifts(at("21:00", boot="boot-2"))
    assert press.bodies(PersonnelLogOff) == []


def test_an_unset_clock_ends_nothing_however_late_it_says_it_is(press: Press) -> None:
    press.end_shifts(replace(at("21:00"), clock=ClockState.NONE))
    assert press.bodies(PersonnelLogOff) == []


def test_tapping_to_leave_just_after_the_end_is_a_log_off_already_made(press: Press) -> None:
    press.end_shifts(later(at("20:00"), 0.5))
    assert press.tap(at("20:00:20"), WANG_BADGE).outcome.value == "ALREADY_OFF"
    assert press.tap(later(at("20:00"), -0.2), WANG_BADGE).outcome.value == "ALREADY_OFF"
