"""Records of pieces put together to stretches, and their sums folded with them."""

from dataclasses import replace
from typing import Any

import pytest

from hr.pay.rules.lines import ActualPart, AssignedPart, ReadingSpan
from hr.web.stretches import folded, runs, stretches
from tests.unit.hr_web.plant import FRIDAY, moment

SUM = "readings x pieces per count = pieces"


def span(
    seqs: tuple[int, int], values: tuple[int, int], step: str = "NORMAL", counts: int | None = None
) -> ReadingSpan:
    (start, end), (before, after) = seqs, values
    made = after - before if counts is None else counts
    times = [moment(FRIDAY, "08:00:00") + seq * 60_000_000 for seq in seqs]
    return ReadingSpan("m1", "total", 1, start, before, "0001", times[0], 1, end, after, "0002", times[1], step, made)


def part(seq: int, *spans: ReadingSpan, **more) -> ActualPart:
    quantity = sum(each.counts for each in spans)
    values: dict[str, Any] = {
        "quantity": quantity,
        "whole_quantity": quantity,
        "pieces_per_count": 1,
        "basis": "EXACT",
    } | more
    return ActualPart(1, seq, "m1", "冲床", spans=spans, **values)


FIRST = part(20, span((1, 2), (10, 14)))
NEXT = part(21, span((2, 3), (14, 20)))


def test_records_that_share_a_reading_are_one_stretch():
    (stretch,) = stretches([NEXT, FIRST])
    (run,) = stretch.runs
    assert (run.first.from_value, run.last.to_value, run.counts, run.between) == (10, 20, 10, 1)
    assert stretch.quantity == 10
    assert [single.part.seq for single in run.singles] == [20, 21]


@pytest.mark.parametrize(
    "second",
    [
        part(21, span((3, 4), (14, 20))),
        part(21, replace(span((2, 3), (14, 20)), counter="other")),
        part(21, replace(span((2, 3), (14, 20)), from_epoch=2)),
        replace(NEXT, machine="m2"),
        replace(NEXT, pieces_per_count=2),
        replace(NEXT, basis="ESTIMATED"),
        replace(NEXT, quantity=3),
        replace(NEXT, spans=()),
        replace(NEXT, assigned=AssignedPart("p", 0, "forgot", "UNATTRIBUTED", 19, 6)),
    ],
    ids=["gap", "counter", "epoch", "machine", "cavities", "split by time", "shared", "not held", "assigned"],
)
def test_another_kind_of_pieces_or_a_gap_begins_a_new_stretch(second):
    assert [stretch.parts for stretch in stretches([FIRST, second])] == [(FIRST,), (second,)]


def test_another_persons_pieces_in_between_split_the_stretch():
    later = part(23, span((3, 4), (20, 26)))
    assert [stretch.quantity for stretch in stretches([FIRST, later])] == [4, 6]


@pytest.mark.parametrize("step", ["ROLLOVER", "RESET", "RESET_INFERRED", "IMPLAUSIBLE"])
def test_a_counter_that_began_again_is_said_within_its_stretch(step):
    again = part(21, span((2, 3), (14, 6), step, 6))
    (stretch,) = stretches([FIRST, again, part(22, span((3, 4), (6, 8)))])
    assert [each.step for each in stretch.runs[0].special] == [step]
    assert stretch.counts == 12


def test_two_records_split_over_the_same_readings_show_them_once():
    mine = part(20, span((1, 2), (10, 20)), basis="ESTIMATED", quantity=4)
    (stretch,) = stretches([mine, replace(mine, seq=21, quantity=3)])
    assert (stretch.counts, stretch.quantity, len(stretch.parts)) == (10, 7, 2)


def test_a_gap_within_one_record_makes_two_runs():
    assert [run.counts for run in runs([part(20, span((1, 2), (10, 14)), span((3, 4), (20, 26)))])] == [4, 6]


def test_the_sums_of_a_stretch_are_one_sum_and_the_single_ones_lie_behind_it():
    proofs = [("all", 10, 10), (f"part 20: {SUM}", 4, 4), (f"part 21: {SUM}", 6, 6)]
    shown, single = folded(proofs, stretches([FIRST, NEXT]))
    assert [(proof.text, proof.left, proof.stretch is not None) for proof in shown] == [
        ("all", 10, False),
        (SUM, 10, True),
    ]
    assert [proof.text for proof in single] == [text for text, _, _ in proofs[1:]]


def test_a_single_sum_that_fails_is_never_folded_away():
    proofs = [(f"part 20: {SUM}", 4, 5), (f"part 21: {SUM}", 6, 5)]
    shown, single = folded(proofs, stretches([FIRST, NEXT]))
    assert [(proof.left, proof.right) for proof in shown] == [(4, 5), (6, 5)]
    assert single == ()


def test_a_sum_of_a_record_that_is_not_held_is_shown():
    shown, _single = folded([(f"part 99: {SUM}", 1, 1)], ())
    assert [proof.text for proof in shown] == [f"part 99: {SUM}"]
