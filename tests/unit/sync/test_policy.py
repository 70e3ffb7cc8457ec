"""What the sender does after each answer, and how long it waits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.policy import FIRST_PAUSE_S, LONGEST_ASKED_S, UNKNOWN_BOX_PAUSE_S, Pace, Verdict, asked_pause_s, judge


@pytest.mark.parametrize(
    ("status", "signed", "verdict"),
    [
        (200, True, Verdict.DONE),
        (200, False, Verdict.RETRY),
        (202, True, Verdict.RETRY),
        (204, True, Verdict.RETRY),
        (301, True, Verdict.RETRY),
        (302, False, Verdict.RETRY),
        (304, True, Verdict.RETRY),
        (400, True, Verdict.RETRY),
        (400, False, Verdict.RETRY),
        (401, True, Verdict.UNKNOWN_BOX),
        (401, False, Verdict.UNKNOWN_BOX),
        (403, False, Verdict.UNKNOWN_BOX),
        (404, False, Verdict.RETRY),
        (409, True, Verdict.REWIND),
        (409, False, Verdict.RETRY),
        (413, False, Verdict.RETRY),
        (429, False, Verdict.RETRY),
        (500, True, Verdict.RETRY),
        (503, False, Verdict.RETRY),
    ],
)
def test_an_answer_is_judged_by_status_and_signature(status: int, signed: bool, verdict: Verdict):
    assert judge(status, signed=signed) is verdict


@given(status=st.integers(0, 999))
def test_nothing_moves_the_queue_without_a_signature(status: int):
    assert judge(status, signed=False) in {Verdict.RETRY, Verdict.UNKNOWN_BOX}


def paces(count: int, longest_s: float) -> list[Pace]:
    """The paces of `count` troubles in a row."""
    found = [Pace(longest_s)]
    for _ in range(count):
        found.append(found[-1].after_trouble())
    return found[1:]


def test_the_pause_doubles_from_the_first_one_to_the_longest():
    assert [pace.pause_s for pace in paces(7, 30.0)] == [1, 2, 4, 8, 16, 30, 30]


def test_all_well_is_no_pause_and_trouble_then_starts_from_the_first_one():
    well = paces(5, 300.0)[-1].after_success()
    assert well.wait_s(lambda: 1.0) == 0.0
    assert well.after_trouble().pause_s == FIRST_PAUSE_S


@pytest.mark.parametrize(
    ("verdict", "pause_s"),
    [(Verdict.DONE, 0.0), (Verdict.RETRY, 128.0), (Verdict.REWIND, 128.0), (Verdict.UNKNOWN_BOX, UNKNOWN_BOX_PAUSE_S)],
)
def test_a_box_that_waits_to_be_accepted_asks_more_often_than_one_in_trouble(verdict: Verdict, pause_s: float):
    assert Pace(300.0, 64.0).after(verdict).pause_s == pause_s


@given(troubles=st.integers(1, 2000), chance=st.floats(0, 1, exclude_max=True))
def test_trouble_always_waits_and_never_much_longer_than_the_longest(troubles: int, chance: float):
    pace = paces(troubles, 300.0)[-1]
    assert FIRST_PAUSE_S <= pace.pause_s <= pace.wait_s(lambda: chance) <= 300.0 * 1.25


TOLD = "Mon, 23 Nov 2026 09:00:00 GMT"
IN_TWO_MINUTES = "Mon, 23 Nov 2026 09:02:00 GMT"


@pytest.mark.parametrize(
    ("status", "retry_after", "date", "pause_s"),
    [
        (503, "120", "", 120.0),
        (429, " 7 ", "", 7.0),
        (503, IN_TWO_MINUTES, TOLD, 120.0),
        (503, TOLD, IN_TWO_MINUTES, 0.0),
        (503, "86400", "", LONGEST_ASKED_S),
        (503, "9" * 5000, "", LONGEST_ASKED_S),
        (503, "Tue, 24 Nov 2026 09:00:00 GMT", TOLD, LONGEST_ASKED_S),
        (503, "Mon, 23 Nov 99999999999999999999 09:00:00 GMT", TOLD, 0.0),
    ],
)
def test_a_busy_server_says_for_how_long_and_is_believed_for_ten_minutes(
    status: int, retry_after: str, date: str, pause_s: float
):
    assert asked_pause_s(status, retry_after, date) == pause_s


@pytest.mark.parametrize("status", [200, 301, 401, 409, 500, 504])
def test_only_who_is_busy_is_waited_for(status: int):
    assert asked_pause_s(status, "120", "") == 0.0


@pytest.mark.parametrize("retry_after", ["", "soon", "-5", "1e9", "1.5", "\u0661\u0662", IN_TWO_MINUTES])
def test_what_is_no_number_of_seconds_and_no_moment_beside_another_asks_for_nothing(retry_after: str):
    assert asked_pause_s(503, retry_after, "") == 0.0
    assert asked_pause_s(503, retry_after if retry_after != IN_TWO_MINUTES else "soon", TOLD) == 0.0


def test_what_a_server_asked_for_delays_the_next_question_and_none_after_it():
    asked = Pace(300.0, 1.0).after(Verdict.RETRY, 480.0)
    assert (asked.wait_s(lambda: 0.0), asked.wait_s(lambda: 1.0)) == (480.0, 600.0)
    assert asked.after(Verdict.RETRY).wait_s(lambda: 0.0) == 4.0
    assert asked.after(Verdict.DONE).wait_s(lambda: 0.0) == 0.0


def test_asked_for_less_than_the_own_pause_the_own_one_counts():
    assert Pace(300.0, 64.0).after(Verdict.RETRY, 5.0).wait_s(lambda: 0.0) == 128.0


def test_boxes_that_failed_together_do_not_come_back_together():
    pace = paces(4, 300.0)[-1]
    chances = iter([place / 10 for place in range(10)])
    waits = [pace.wait_s(lambda: next(chances)) for _ in range(10)]
    assert all(later > earlier for earlier, later in pairwise(waits))
