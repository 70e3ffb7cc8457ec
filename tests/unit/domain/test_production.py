"""From samples to facts: which are kept, and whose the pieces between them are."""

from __future__ import annotations

import msgspec
import pytest

from sync.wire.envelope import ClockState
from sync.wire.facts import CounterStateChanged, Step
from sync.wire.reference_data import Directory, Reference
from tests.cast import CAPS, LI, LI_BADGE, LOST_BADGE, REFERENCE, WANG, WANG_BADGE
from tests.ledgers import rules
from tests.moments import at, later
from tests.unit.domain.press import Press


@pytest.fixture
def press() -> Press:
    """Wang is logged on since 08:00; the counter shows 100."""
    press = Press()
    press.sample(at("07:50"), 100)
    press.tap(at("08:00"), WANG_BADGE)
    press.sample(at("08:00:01"), 100)
    return press


def steps(press: Press) -> list[tuple[Step, int]]:
    return [(each.step, each.counts) for actual in press.actuals() for each in actual.readings]


# --- which samples become facts -------------------------------------------------------------------


def test_the_first_sample_is_a_baseline_and_counts_nothing() -> None:
    press = Press()
    press.sample(at("08:00"), 48_213)
    assert (press.whys(), press.actuals()) == (["baseline"], [])


def test_a_counter_that_is_not_commissioned_makes_no_fact_and_then_begins_with_a_baseline() -> None:
    press = Press()
    for minute in range(10):
        press.sample(at(f"08:{minute:02d}"), 65_536 * minute, commissioned=False)
    assert press.ledger.facts == []
    press.tap(at("08:20"), WANG_BADGE)
    press.sample(at("08:21"), 9, commissioned=False)
    press.sample(at("08:30"), 10)
    press.sample(at("08:40"), 40)
    assert (press.whys(), press.counted()) == (["baseline", "start"], [(WANG.id, "EXACT", 30)])


def test_a_value_that_is_only_shown_changes_nothing_for_the_counters_of_others(press: Press) -> None:
    press.sample(at("08:01"), 130)
    press.sample(at("08:02"), 65_000, counter="second", commissioned=False)
    press.sample(at("08:06"), 150)
    assert press.counted() == [(WANG.id, "EXACT", 50)]


def test_a_counter_that_stands_still_writes_nothing(press: Press) -> None:
    before = len(press.ledger.facts)
    for minute in range(1, 60):
        press.sample(at(f"08:{minute:02d}"), 100)
    assert len(press.ledger.facts) == before


def test_a_moving_counter_is_kept_every_five_minutes(press: Press) -> None:
    for second in range(2, 902, 2):
        press.sample(later(at("08:00"), second), 100 + second // 4)
    assert press.whys() == ["baseline", "change", "interval", "interval"]
    assert sum(counts for _, counts in steps(press)) == press.readings()[-1].value - 100


def test_a_counter_that_starts_is_kept_with_the_moment_it_last_stood(press: Press) -> None:
    press.sample(at("08:30"), 100)
    press.sample(at("08:30:05"), 103)
    assert press.whys()[-2:] == ["before-start", "start"]


def test_a_sample_that_comes_later_than_a_newer_one_is_let_go(press: Press) -> None:
    press.sample(at("08:20"), 150)
    press.sample(at("08:10"), 130)
    press.sample(at("08:10:01"), 131)
    assert steps(press) == [(Step.NORMAL, 50)]


def test_a_silent_counter_keeps_what_it_last_showed_and_says_so(press: Press) -> None:
    press.sample(at("08:01"), 120)
    press.go_silent(at("08:02"))
    press.go_silent(at("08:03"))
    assert press.whys()[-1] == "stale"
    assert [each.state for each in press.bodies(CounterStateChanged)] == ["STALE"]


def test_a_standing_machine_whose_plc_restarts_has_made_nothing_however_long_it_had_stood() -> None:
    """From 65,526 to 0 are ten counts, and an hour would have been time for them: twelve seconds are not."""
    press = Press(max_rate_per_min=20)
    for minute in range(60):
        press.sample(at(f"08:{minute:02}"), 65_526)
    press.go_silent(at("08:59:06"))
    press.sample(at("08:59:12"), 0)
    press.sample(at("08:59:13"), 0)
    assert steps(press) == []
    assert [reading.held for reading in press.readings()][-2:] == [True, False]


def test_a_held_reading_that_comes_once_more_settles_nothing(press: Press) -> None:
    for _ in range(3):
        press.sample(at("08:20"), 0)
    press.sample(at("08:21"), 150)
    assert steps(press) == [(Step.NORMAL, 50)]


def test_a_counter_that_is_back_is_read_at_once(press: Press) -> None:
    press.go_silent(at("08:02"))
    press.sample(at("08:03"), 101)
    assert press.whys()[-1] == "back"
    assert steps(press) == [(Step.NORMAL, 1)]


# --- whose they are -------------------------------------------------------------------------------


def test_pieces_belong_to_who_is_logged_on(press: Press) -> None:
    press.sample(at("08:10"), 150)
    assert press.counted() == [(WANG.id, "EXACT", 50)]


def test_pieces_with_nobody_logged_on_are_nobodys() -> None:
    press = Press()
    press.sample(at("08:00"), 10)
    press.sample(at("08:30"), 45)
    assert press.counted() == [("UNATTRIBUTED", "EXACT", 35)]


def test_a_snapshot_at_the_change_splits_exactly(press: Press) -> None:
    press.tap(at("08:05"), LI_BADGE)
    press.sample(at("08:05:00.050"), 149)
    press.sample(at("08:15"), 200)
    assert press.counted() == [(WANG.id, "EXACT", 49), (LI.id, "EXACT", 51)]


def test_a_snapshot_names_every_change_it_answers(press: Press) -> None:
    off = press.tap(at("08:05"), WANG_BADGE).seq
    on = press.tap(at("08:05:01"), LI_BADGE).seq
    press.sample(at("08:05:02"), 149)
    press.sample(at("08:12"), 160)
    assert press.readings()[-2].changes == [off, on]
    assert press.counted() == [(WANG.id, "EXACT", 49), (LI.id, "EXACT", 11)]


def test_a_reading_captured_before_the_change_is_no_snapshot_of_it(press: Press) -> None:
    press.tap(at("08:10"), LI_BADGE)
    press.sample(at("08:09:59"), 159)
    assert press.readings()[-1].changes == []
    press.sample(at("08:10:00.100"), 160)
    press.sample(at("08:20"), 170)
    assert press.counted() == [(WANG.id, "EXACT", 59), (WANG.id, "EXACT", 1), (LI.id, "EXACT", 10)]


def test_a_reading_at_the_instant_of_the_change_counts_before_it(press: Press) -> None:
    press.tap(at("08:05"), LI_BADGE)
    press.sample(at("08:05"), 130)
    assert press.counted() == [(WANG.id, "EXACT", 30)]


def test_a_missed_snapshot_is_split_by_time_and_says_so(press: Press) -> None:
    press.tap(at("08:04:01"), LI_BADGE)
    press.miss_snapshot(at("08:04:04"))
    press.sample(at("08:10:01"), 200)
    assert press.counted() == [(WANG.id, "ESTIMATED", 40), (LI.id, "ESTIMATED", 60)]


def test_after_an_estimate_the_next_pieces_are_exact_again(press: Press) -> None:
    press.tap(at("08:04:01"), LI_BADGE)
    press.miss_snapshot(at("08:04:04"))
    press.sample(at("08:10:01"), 200)
    press.sample(at("08:20:01"), 230)
    assert press.counted()[-1] == (LI.id, "EXACT", 30)


def test_a_refused_badge_is_no_change(press: Press) -> None:
    press.tap(at("08:05"), LOST_BADGE)
    press.sample(at("08:05:01"), 130)
    assert press.readings()[-1].changes == []


# --- counters that do odd things ------------------------------------------------------------------


def test_a_rollover_is_counted_over_the_top() -> None:
    press = Press(modulus=10_000)
    press.sample(at("08:00"), 9_900)
    press.sample(at("09:00"), 100)
    assert steps(press) == [(Step.ROLLOVER, 200)]


def test_a_restart_keeps_what_was_counted_before_it(press: Press) -> None:
    press.sample(at("08:01"), 130)
    press.sample(at("08:02"), 3)
    press.sample(at("08:03"), 9)
    assert steps(press) == [(Step.NORMAL, 30), (Step.RESET_INFERRED, 3), (Step.NORMAL, 6)]


def test_a_restart_with_a_session_register_is_known_at_once() -> None:
    press = Press()
    press.sample(at("08:00"), 100, session=1)
    press.sample(at("08:01"), 130, session=1)
    press.sample(at("08:02"), 3, session=2)
    assert steps(press) == [(Step.NORMAL, 30), (Step.RESET, 3)]


def test_a_restart_between_a_change_and_its_snapshot_loses_nothing() -> None:
    press = Press()
    press.sample(at("08:00"), 100, session=1)
    press.sample(at("08:01"), 130, session=1)
    press.tap(at("08:01:30"), WANG_BADGE)
    press.sample(at("08:01:31"), 3, session=2)
    assert steps(press) == [(Step.NORMAL, 30), (Step.RESET, 3)]


def test_a_glitch_is_thrown_out_and_named(press: Press) -> None:
    press.sample(at("08:01"), 0)
    held = press.ledger.facts[-1]
    press.sample(at("08:01:10"), 103)
    assert (press.readings()[-2].held, press.readings()[-1].glitch) == (True, held.seq)
    assert steps(press) == [(Step.NORMAL, 3)]


def test_an_impossible_jump_is_set_aside_and_counting_goes_on(press: Press) -> None:
    press.sample(at("08:01"), 8_100)
    press.sample(at("08:01:10"), 8_105)
    assert press.counted() == [("QUARANTINED", "EXACT", 8_000), (WANG.id, "EXACT", 5)]


def test_held_readings_count_for_who_was_there_before_the_hand_over(press: Press) -> None:
    press.sample(at("08:01"), 7)
    press.tap(at("08:01:05"), LI_BADGE)
    press.sample(at("08:01:06"), 9)
    press.sample(at("08:11:06"), 19)
    assert press.counted() == [(WANG.id, "EXACT", 7), (WANG.id, "EXACT", 2), (LI.id, "EXACT", 10)]


# --- days -----------------------------------------------------------------------------------------


def by_date(press: Press) -> list[tuple[str, str, int]]:
    return [(each.work_date, each.calendar_date, each.counts) for each in press.actuals()]


def test_readings_on_both_sides_of_midnight_split_exactly() -> None:
    press = Press()
    press.sample(at("23:58"), 0)
    press.sample(at("23:59:58"), 60)
    press.sample(at("00:00:02", day=1), 62)
    press.sample(at("00:05:02", day=1), 70)
    assert by_date(press) == [
        ("2026-03-31", "2026-03-31", 60),
        ("2026-03-31", "2026-03-31", 2),
        ("2026-03-31", "2026-04-01", 8),
    ]
    assert {actual.basis.value for actual in press.actuals()} == {"EXACT"}


def test_a_gap_over_midnight_is_split_by_time() -> None:
    press = Press()
    press.sample(at("23:50"), 0)
    press.sample(at("00:30", day=1), 40)
    assert by_date(press) == [("2026-03-31", "2026-03-31", 10), ("2026-03-31", "2026-04-01", 30)]
    assert {actual.basis.value for actual in press.actuals()} == {"ESTIMATED"}


def test_a_change_right_after_midnight_does_not_blur_the_day_before() -> None:
    press = Press()
    press.sample(at("23:58"), 0)
    press.sample(at("23:59:59"), 60)
    press.tap(at("00:00:01", day=1), WANG_BADGE)
    press.sample(at("00:00:02", day=1), 62)
    assert [(day, counts) for _, day, counts in by_date(press)] == [("2026-03-31", 60), ("2026-03-31", 2)]
    assert {actual.basis.value for actual in press.actuals()} == {"EXACT"}


def test_a_day_that_moves_no_counter_splits_nothing() -> None:
    press = Press(directory=Directory(Reference(1, "")))
    press.sample(at("23:50"), 5)
    press.sample(at("00:30", day=1), 5)
    assert press.actuals() == []


def test_a_change_of_cavities_splits_where_it_happened() -> None:
    four = msgspec.structs.replace(CAPS, pieces_per_count=4)
    press = Press()
    press.sample(at("08:00"), 0)
    press.take_orders(at("08:00:01"))
    press.rules = rules(Directory(msgspec.structs.replace(REFERENCE, version=2, orders=[four])))
    press.sample(at("08:00:02"), 0)
    press.take_orders(at("08:05"))
    press.sample(at("08:05:01"), 20)
    press.sample(at("08:11"), 30)
    assert [(each.counts, each.pieces_per_count, each.quantity) for each in press.actuals()] == [
        (20, 1, 20),
        (10, 4, 40),
    ]


@pytest.mark.fault("F15")
def test_between_a_clock_that_was_not_set_and_one_that_is_lie_no_midnights_that_anybody_knows_of() -> None:
    """Else the counts would be spread over 56 years, and core would be busy with that for minutes."""
    press = Press()
    press.sample(msgspec.structs.replace(at("00:05"), wall_us=300_000_000, clock=ClockState.NONE), 100)
    press.sample(at("09:00", boot="boot-2"), 150)
    assert press.counted() == [("UNATTRIBUTED", "EXACT", 50)]
