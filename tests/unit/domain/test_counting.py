"""What two readings are worth (AB-R1, AB-R2; protocols: counter semantics)."""

from __future__ import annotations

import pytest

from edge.domain.counting import Profile, Seen, judge, settle
from sync.wire.facts import Step
from tests.moments import moment

RATE_PER_MIN = 300


def seen(seq: int, seconds: float, value: int, session: int | None = None) -> Seen:
    return Seen(seq, moment(seconds), value, session)


BELIEVED_AT_ONCE = [
    pytest.param(100, 103, 2**16, 2, Step.NORMAL, 3, id="counts on"),
    pytest.param(100, 100, 2**16, 2, Step.NORMAL, 0, id="stands still, or a poll that is answered twice"),
    pytest.param(65_530, 4, 2**16, 2, Step.ROLLOVER, 10, id="wraps at 16 bits"),
    pytest.param(4_294_967_290, 6, 2**32, 5, Step.ROLLOVER, 12, id="wraps at 32 bits"),
    pytest.param(999_998, 3, 10**6, 2, Step.ROLLOVER, 5, id="wraps at six decimals"),
    pytest.param(8_388_600, 5, 2**23, 10, Step.ROLLOVER, 13, id="wraps at 23 bits"),
    pytest.param(65_000, 200, 2**16, 200, Step.ROLLOVER, 736, id="a far wrap that had the time for it"),
    pytest.param(0, 9_000, 2**32, 28_800, Step.NORMAL, 9_000, id="a long gap"),
    pytest.param(1, 0x20000, 2**32, 26_300, Step.NORMAL, 0x1FFFF, id="over the low word of 32 bits"),
]


@pytest.mark.parametrize(("last", "new", "modulus", "seconds", "step", "counts"), BELIEVED_AT_ONCE)
def test_a_plausible_step_is_believed_at_once(
    last: int, new: int, modulus: int, seconds: int, step: Step, counts: int
) -> None:
    verdict = judge(seen(1, 0, last), None, seen(2, seconds, new), Profile(modulus, RATE_PER_MIN))
    assert [(each.step, each.counts, each.plausible) for each in verdict.steps] == [(step, counts, True)]
    assert verdict.held is None


HELD_AND_THEN = [
    pytest.param(48_213, 0, 2**16, Step.RESET_INFERRED, 0, True, id="somebody pressed reset"),
    pytest.param(48_213, 7, 2**32, Step.RESET_INFERRED, 7, True, id="a restart that counted on"),
    pytest.param(65_000, 200, 2**16, Step.RESET_INFERRED, 200, False, id="too far for a wrap and for a restart"),
    pytest.param(100, 90_000, 2**32, Step.IMPLAUSIBLE, 89_900, False, id="preset by hand"),
    pytest.param(0x1FFFF, 0x2FFFF, 2**32, Step.IMPLAUSIBLE, 0x10000, False, id="a torn read of two words"),
]


@pytest.mark.parametrize(("last", "new", "modulus", "step", "counts", "plausible"), HELD_AND_THEN)
def test_an_odd_step_waits_for_the_next_reading(
    last: int, new: int, modulus: int, step: Step, counts: int, plausible: bool
) -> None:
    profile = Profile(modulus, RATE_PER_MIN)
    before, odd, after = seen(1, 0, last), seen(2, 2, new), seen(3, 4, new + 1)
    assert judge(before, None, odd, profile).held == odd
    verdict = judge(before, odd, after, profile)
    assert [(each.step, each.counts, each.plausible) for each in verdict.steps] == [
        (step, counts, plausible),
        (Step.NORMAL, 1, True),
    ]


def test_the_first_reading_is_a_baseline_and_counts_nothing() -> None:
    assert judge(None, None, seen(1, 0, 48_213), Profile(2**32, RATE_PER_MIN)) == ((), None, None)


def test_a_new_session_of_the_counter_is_a_restart_at_once() -> None:
    verdict = judge(seen(1, 0, 5_230, 1), None, seen(2, 300, 12, 2), Profile(2**32, 60))
    assert [(each.step, each.counts) for each in verdict.steps] == [(Step.RESET, 12)]


def test_a_restart_of_the_counter_that_shows_more_than_can_be_made_is_not_plausible() -> None:
    verdict = judge(seen(1, 0, 5_230, 1), None, seen(2, 10, 5_400, 2), Profile(2**32, 60))
    assert [(each.step, each.counts, each.plausible) for each in verdict.steps] == [(Step.RESET, 5_400, False)]


def test_a_counter_without_a_session_register_has_no_restart_known_at_once() -> None:
    assert judge(seen(1, 0, 5_230), None, seen(2, 300, 12, 2), Profile(2**32, 60)).held is not None


def test_a_drop_that_jumps_back_was_a_glitch_and_only_the_difference_counts() -> None:
    glitch = seen(2, 10, 0)
    verdict = judge(seen(1, 0, 5_000), glitch, seen(3, 20, 5_003), Profile(2**16, 60))
    assert [(each.earlier.seq, each.later.seq, each.counts) for each in verdict.steps] == [(1, 3, 3)]
    assert verdict.glitch == glitch


def test_a_jump_that_falls_back_was_a_glitch_too() -> None:
    verdict = judge(seen(1, 0, 100), seen(2, 10, 65_535), seen(3, 20, 102), Profile(2**16, 60))
    assert [each.counts for each in verdict.steps] == [2]
    assert verdict.glitch is not None


def test_a_second_odd_reading_settles_the_first_and_waits_itself() -> None:
    verdict = judge(seen(1, 0, 5_000), seen(2, 10, 9_000), seen(3, 20, 100), Profile(2**16, 60))
    assert [(each.step, each.counts) for each in verdict.steps] == [(Step.IMPLAUSIBLE, 4_000)]
    assert verdict.held == seen(3, 20, 100)


@pytest.mark.parametrize(("counts", "plausible"), [(6, True), (7, False)])
def test_five_counts_more_than_the_rate_allows_are_still_plausible(counts: int, plausible: bool) -> None:
    settled = settle(seen(1, 0, 1_000), seen(2, 1, counts), Profile(2**16, 60))
    assert settled.plausible is plausible


def test_time_that_runs_backwards_between_two_boots_makes_no_room_for_counts() -> None:
    earlier = Seen(1, moment(0, "boot-1"), 100)
    later = Seen(2, moment(-3_600, "boot-2"), 200)
    assert judge(earlier, None, later, Profile(2**16, 60)).held == later


def test_a_reading_beyond_what_the_counter_can_show_never_makes_less_than_no_pieces() -> None:
    """Six digits, and both words misread as ones: the good reading after it is no roll-over."""
    misread, good = seen(1, 0, 0xFFFF_FFFF), seen(2, 10, 5_003)
    assert judge(misread, None, good, Profile(10**6, 60)).held == good
