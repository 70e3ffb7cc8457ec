"""What a signed receipt says of the time, and when it is worth saying again."""

from __future__ import annotations

from msgspec.structs import replace

from sync.timekeeping import Timekeeper
from sync.wire.anchors import ClockAnchor, better, is_news, measured, vouched
from sync.wire.envelope import ClockState, Stamp
from sync.wire.facts import AnchorSource
from tests.moments import later, moment

S = 1_000_000
DAY_S = 86_400
NOW = replace(moment(0), clock=ClockState.NONE)
TRUE_US = 1_800_000_000 * S


def said(at: Stamp = NOW, utc_us: int = TRUE_US, within_us: int = 0, source: AnchorSource = AnchorSource.SERVER):
    return ClockAnchor(at, utc_us, within_us, source)


def on(seconds: float, off_s: float = 0, within_us: int = 0, source: AnchorSource = AnchorSource.SERVER):
    """The anchor of so many seconds later, `off_s` away from what the first one says."""
    return said(later(NOW, seconds), TRUE_US + round((seconds + off_s) * S), within_us, source)


def test_the_server_read_its_clock_between_question_and_answer():
    anchor = measured(NOW, later(NOW, 3), TRUE_US)
    assert anchor == said(later(NOW, 3), TRUE_US + 1_500_000, 1_500_000)


def test_a_reboot_in_between_says_nothing():
    assert measured(NOW, moment(3, "boot-2"), TRUE_US) is None


def test_it_is_news_once_a_boot_once_a_day_and_when_it_contradicts():
    assert is_news(None, said())
    assert not is_news(said(), on(DAY_S - 1, off_s=2))
    assert is_news(said(), on(DAY_S))
    assert is_news(said(), on(60, off_s=2.1))
    assert is_news(said(), on(60, off_s=-2.1))
    assert is_news(said(), said(moment(9, "boot-2")))


def test_a_much_surer_one_is_news_and_a_vague_one_contradicts_nothing():
    assert is_news(said(within_us=10 * S), on(60, within_us=4 * S))
    assert not is_news(said(within_us=1 * S), on(60, within_us=0))
    assert not is_news(said(), on(60, off_s=9, within_us=10 * S))


def test_no_person_speaks_against_hr_in_the_same_boot():
    person = on(60, off_s=600, source=AnchorSource.SUPERVISOR)
    assert better(said(), person) == said()
    assert better(person, said()) == said()
    assert better(said(moment(0, "boot-0")), person) == person


def test_a_stamp_is_vouched_for_while_its_wall_time_agrees_and_its_times_stay():
    here = said(utc_us=NOW.wall_us)
    assert vouched(here, later(NOW, 9)) == replace(later(NOW, 9), clock=ClockState.SERVER)
    wrong = replace(NOW, wall_us=NOW.wall_us + 3 * S)
    assert vouched(here, wrong) is wrong
    other_boot = moment(9, "boot-2")
    assert vouched(here, other_boot) is other_boot


def test_a_persons_watch_vouches_to_the_minute_and_not_for_a_real_time_clock():
    watch = said(utc_us=NOW.wall_us + 61 * S, within_us=60 * S, source=AnchorSource.SUPERVISOR)
    assert vouched(watch, NOW).clock is ClockState.SUPERVISOR
    battery = replace(NOW, clock=ClockState.RTC)
    assert vouched(watch, battery) is battery


def test_only_a_signed_answer_that_is_news_is_noted():
    now, noted = [NOW], list[ClockAnchor]()
    keeper = Timekeeper(lambda: now[0], noted.append)
    keeper.learn(TRUE_US)
    keeper.asked()
    keeper.learn(TRUE_US)
    assert noted == []  # no whole answer yet
    for _ in range(2):
        keeper.asked()
        now[0] = later(now[0], 1)
        keeper.answered()
        keeper.learn(TRUE_US)
    assert [each.utc_us for each in noted] == [TRUE_US + S // 2]


def test_what_was_noted_before_a_restart_is_not_noted_again():
    noted = list[ClockAnchor]()
    keeper = Timekeeper(lambda: NOW, noted.append, said())
    keeper.asked()
    keeper.answered()
    keeper.learn(TRUE_US)
    assert noted == []
