"""Taps from the paper list, and the facts that come later for the same ones."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from hr.attendance.rules.day import AttendanceDay
from hr.attendance.rules.judging import Record, Tap, Who, day, placed
from hr.attendance.rules.paper import MATCH_US, PaperTap, merged
from hr.outbox.rules import attendance_lines
from sync.wire.facts import Direction, Outcome
from tests.unit.hr.cast import DAY, LI_WEI, clock_us

IN, OUT = Direction.IN, Direction.OUT
NOON, EVENING = clock_us(12), clock_us(18)


def typed(direction: Direction, hours: int, minutes: int = 0, at: int = NOON, id_: str = "a") -> PaperTap:
    return PaperTap(id_, LI_WEI, direction, clock_us(hours, minutes), DAY, "list 3, line 7", "wang", at)


def fact(direction: Direction | None, hours: int, minutes: int = 0, seq: int = 1, at: int = EVENING) -> Tap:
    record = Record("gate-1", 1, seq, "gate", Outcome.CLOCKED_IN, at)
    return Tap(LI_WEI, DAY, clock_us(hours, minutes), direction, effective=True, record=record)


def of(taps: list[Tap], papers: list[PaperTap]) -> AttendanceDay:
    return day(merged(taps, papers), Who("李伟", "1001", "注塑"))


def test_a_line_of_paper_counts_like_a_tap_and_the_day_says_so():
    made = of([fact(OUT, 17)], [typed(IN, 8)])
    assert (made.minutes, made.open, made.paper, made.matched) == (540, False, 1, 0)


def test_a_late_fact_of_the_same_punch_counts_once_with_its_own_time():
    made = of([fact(IN, 7, 58), fact(OUT, 17, seq=2)], [typed(IN, 8)])
    assert (made.minutes, made.taps, made.paper, made.matched) == (542, 2, 0, 1)


@pytest.mark.parametrize(("off_us", "matched"), [(MATCH_US, 1), (-MATCH_US, 1), (MATCH_US + 1, 0), (-MATCH_US - 1, 0)])
def test_ten_minutes_are_one_punch_and_more_are_two(off_us: int, matched: int):
    tap = replace(fact(IN, 8), at_us=clock_us(8) + off_us)
    assert of([tap], [typed(IN, 8)]).matched == matched


def test_another_direction_is_another_punch():
    made = of([fact(OUT, 8, 5)], [typed(IN, 8)])
    assert (made.matched, made.minutes) == (0, 5)


def test_a_fact_whose_direction_the_box_could_not_know_is_told_it_by_the_paper():
    taps = merged([fact(None, 8, 5)], [typed(OUT, 8)])
    assert [(tap.direction, tap.paper is not None) for tap in taps] == [(OUT, True)]


def test_a_fact_that_is_not_dated_for_sure_matches_nothing_yet():
    unsure = replace(fact(IN, 8), unsure_us=1)
    assert of([unsure], [typed(IN, 8)]).matched == 0


def test_a_fact_that_did_not_count_does_not_take_the_paper_with_it():
    repeated = replace(fact(IN, 8), effective=False)
    assert of([repeated], [typed(IN, 8)]).paper == 1


def test_the_closest_belong_together_and_each_only_once():
    taps = merged([fact(IN, 8, 6), fact(IN, 7, 59, seq=2)], [typed(IN, 8), typed(IN, 8, 12, id_="b")])
    assert [(tap.record.seq, tap.paper.id) for tap in taps if tap.record and tap.paper] == [(1, "b"), (2, "a")]


def test_what_was_taken_back_counts_for_nothing():
    back = replace(typed(IN, 8), taken_back_by="wang", taken_back_us=EVENING, taken_back_why="wrong person")
    assert [tap.paper for tap in merged([fact(IN, 8)], [back])] == [None]
    assert merged([], [back]) == []


def test_any_order_of_arrival_makes_the_same_day_and_the_same_lines():
    chosen = random.Random(7)
    for _ in range(40):
        minutes = [chosen.randrange(480, 520) for _ in range(6)]
        taps = [fact(chosen.choice([IN, OUT, None]), 0, each, seq) for seq, each in enumerate(minutes[:3], 1)]
        papers = [typed(chosen.choice([IN, OUT]), 0, each, id_=str(each)) for each in set(minutes[3:])]
        seen = {
            (of(list(facts), list(lines)), str(placed_lines(list(facts), list(lines))))
            for facts in itertools.permutations(taps)
            for lines in itertools.permutations(papers)
        }
        assert len(seen) == 1


# --- what other systems are sent ----------------------------------------------------------------------


def placed_lines(taps: list[Tap], papers: list[PaperTap]) -> list[tuple[str, int]]:
    found = attendance_lines("1001", placed(merged(taps, papers)))
    return sorted((name, line.at_us) for name, line in found.items())


def test_a_line_of_paper_is_sent_under_its_own_name():
    assert placed_lines([], [typed(IN, 8)]) == [("attendance/paper/a", clock_us(8))]


def test_a_late_fact_is_a_revision_of_the_line_that_was_sent_for_the_paper():
    assert placed_lines([fact(IN, 7, 58)], [typed(IN, 8)]) == [("attendance/paper/a", clock_us(7, 58))]


def test_paper_typed_after_the_fact_was_received_changes_nothing_that_was_sent():
    late = typed(IN, 8, at=EVENING + 1)
    assert placed_lines([fact(IN, 7, 58)], [late]) == placed_lines([fact(IN, 7, 58)], [])
