"""A count that the box keeps itself: begun at 0 with each start of the service, and a fact every few seconds."""

from __future__ import annotations

import msgspec

from edge.devices.shared.own_count import KEEP_S, OwnCount
from edge.domain import production
from edge.link.messages import CounterSample
from sync.wire.envelope import Stamp
from sync.wire.facts import Step
from tests.cast import PRESS, WANG, WANG_BADGE
from tests.moments import at, later
from tests.unit.domain.press import COUNTER, Press


def told(press: Press, moment: Stamp, count: OwnCount, keep_s: int | None = KEEP_S) -> None:
    reading = count.value(moment)
    sample = CounterSample(
        PRESS, COUNTER, moment, reading.value, reading.raw, 2**32, 600, reading.session, keep_s=keep_s
    )
    press.waiting[COUNTER] = production.take(press.ledger, press.rules, press.waiting.get(COUNTER), sample)


def steps(press: Press) -> list[tuple[Step, int]]:
    return [(each.step, each.counts) for actual in press.actuals() for each in actual.readings]


def test_the_pieces_before_the_first_reading_of_a_new_counter_are_counted() -> None:
    press, count = Press(), OwnCount(1)
    press.tap(at("08:00"), WANG_BADGE)
    count.add(3)
    told(press, at("08:00:01"), count)
    told(press, at("08:00:02"), count)
    told(press, at("08:01:30"), count)
    press.sample(at("08:10"), 3, session=1)
    assert sum(counts for _, counts in steps(press)) == 3


def test_it_is_a_fact_every_five_seconds_while_it_moves_and_not_when_it_stands() -> None:
    press, count = Press(), OwnCount(1)
    told(press, at("08:00"), count)
    for second in range(60):
        count.add()
        told(press, later(at("08:00"), second + 1), count)
    moving = len(press.readings())
    for second in range(60, 180):
        told(press, later(at("08:00"), second + 1), count)
    assert 60 / KEEP_S - 1 <= moving <= 60 / KEEP_S + 1
    assert len(press.readings()) <= moving + 1


def test_a_count_that_the_device_keeps_is_a_fact_far_less_often() -> None:
    press, count = Press(), OwnCount(1)
    for second in range(60):
        count.add()
        told(press, later(at("08:00"), second + 1), count, keep_s=None)
    assert len(press.readings()) == 1


def test_a_restart_of_the_service_is_a_reset_from_0_and_only_the_gap_is_lost() -> None:
    press, before, after = Press(), OwnCount(1), OwnCount(2)
    told(press, at("08:00"), before)
    press.tap(at("08:00:01"), WANG_BADGE)
    told(press, at("08:00:02"), before)
    before.add(10)
    told(press, at("08:00:30"), before)
    before.add(4)
    told(press, at("08:00:31"), before)
    after.add(7)  # made before its first reading
    told(press, at("08:01:10"), after)
    told(press, at("08:01:11"), after)
    told(press, at("08:01:20"), after)
    press.tap(at("08:02"), WANG_BADGE)
    told(press, at("08:02:01"), after)
    assert sum(counts for _, counts in steps(press)) == 10 + 4 + 7
    assert {step for step, _ in steps(press)} <= {Step.NORMAL, Step.RESET}
    assert {person for person, _, _ in press.counted()} == {WANG.id}


def test_a_sample_says_how_often_it_is_kept_only_where_the_box_counts() -> None:
    sample = CounterSample(PRESS, COUNTER, at("08:00"), 1, "0001", 65_536, 60)
    assert b"keep_s" not in msgspec.json.encode(sample)
    assert b'"keep_s":5' in msgspec.json.encode(msgspec.structs.replace(sample, keep_s=KEEP_S))
