"""Boxes whose clocks were wrong for weeks: what core writes, what HR makes of it, and what nobody can know."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.link.messages import AnchorClock
from hr.clocks.effective import Basis
from hr.clocks.service import Confirmation, Unconfirmable
from sync.wire.anchors import ClockAnchor
from sync.wire.envelope import ClockState
from sync.wire.facts import AnchorSource
from tests import cast
from tests.moments import DAY_ONE, PLANT
from tests.unit.store.boxes import DEVICE
from tests.wrong_clocks import WEEK_S, S, WrongClockBox, many_boots


def dates(days: int) -> list[str]:
    return [(DAY_ONE + timedelta(days=day)).date().isoformat() for day in range(days)]


@pytest.fixture
def box(tmp_path: Path, hr_url: str) -> Iterator[WrongClockBox]:
    made = WrongClockBox(tmp_path, hr_url=hr_url)
    yield made
    made.close()


@pytest.mark.fault("F16")
def test_three_weeks_in_one_boot_with_steps_of_weeks_are_repaired_by_one_anchor(box: WrongClockBox):
    box.clock.set_wall_us(0)
    box.switch_on(0, lost_s=0)
    for day in range(21):
        box.clock.step_s(random.Random(day).choice([-2, -1, 1, 3]) * WEEK_S)
        box.work(day)
    raw_off_s = max(abs(fact.at.wall_us - box.truth[fact.seq]) / S for fact in box.facts("AttendanceTap"))
    box.reach_hr()
    assert raw_off_s > 7 * 86_400
    assert max(map(box.off_s, box.truth)) < 1
    assert box.worked() == {date: [552, 552] for date in dates(21)}
    assert box.hr.attendance.unsure_days() == []


def test_what_was_wrong_is_amended_and_the_fact_stays_as_it_came(box: WrongClockBox):
    box.clock.set_wall_us(0)
    box.switch_on(0, lost_s=0)
    box.work(0)
    box.reach_hr()
    box.reach_hr()
    amended = box.amended(1)
    assert (amended.before_date, amended.after_date) == ("1970-01-01", dates(1)[0])
    assert (amended.source, amended.basis) == ("server", Basis.ANCHORED)
    assert box.hr.inbox.facts(DEVICE, 1, [1]) == [next(iter(box.journal.after(0)))]


def test_a_tap_that_waits_for_an_anchor_is_flagged_and_not_believed(box: WrongClockBox):
    box.clock.set_wall_us(0)
    box.switch_on(0, lost_s=0)
    box.tap()
    box.hr.inbox.receive(list(box.journal.after(0)), "nonce")
    assert box.standing(1) is None
    assert box.hr.attendance.unsure_days() == [("1970-01-01", cast.WANG.id)]
    assert box.hr.attendance.days("1970-01-01", "1970-01-01")[0].unsure_us > 0


@pytest.mark.fault("F17")
def test_with_a_supervisors_word_each_boot_every_tap_is_right_to_the_minute(box: WrongClockBox):
    many_boots(box, supervised=True)
    box.reach_hr()
    box.tap()
    box.reach_hr()
    assert max(map(box.off_s, box.truth)) <= 60
    assert list(box.worked()) == dates(21)
    assert box.hr.attendance.unsure_days() == []


@pytest.mark.fault("F17")
def test_boots_of_which_nobody_knows_are_flagged_all_and_the_truth_lies_within_their_bounds(box: WrongClockBox):
    many_boots(box)
    box.reach_hr()
    box.tap()
    box.reach_hr()
    last_boot = box.clock.stamp().boot_id
    taps = box.facts("AttendanceTap")
    known = [fact.seq for fact in taps if fact.at.boot_id == last_boot]
    doubtful = [fact.seq for fact in taps if fact.at.boot_id != last_boot]
    assert max(map(box.off_s, known)) < 1
    assert all(map(box.is_unsure, doubtful))
    assert all(box.off_s(seq) <= box.amended(seq).within_us / S for seq in doubtful)
    assert len(box.hr.attendance.unsure_days()) > 0


def received(box: WrongClockBox) -> None:
    """HR gets what is in the journal, and nothing it says of the time comes back."""
    box.hr.inbox.receive(list(box.journal.after(0)), "nonce")


def test_taps_of_a_boot_that_came_one_by_one_are_all_flagged_once_the_next_has_begun(box: WrongClockBox):
    box.clock.set_wall_us(0)
    for day in (0, 1):
        box.switch_on(day, lost_s=0)
        for _ in range(3):
            box.clock.pass_s(600)
            box.tap()
            received(box)
    assert [box.is_unsure(seq) for seq in sorted(box.truth)] == [True] * 3 + [False] * 3


def test_a_boot_of_which_nobody_knows_began_after_the_last_tap_of_the_one_before_it(box: WrongClockBox):
    box.clock.set_wall_us(0)
    box.switch_on(0, lost_s=0)
    box.tap()
    box.reach_hr()
    box.clock.pass_s(9 * 3600)
    last = box.tap()
    box.reach_hr()
    box.switch_on(1, lost_s=WEEK_S)
    unknown = box.tap()
    box.switch_on(2, lost_s=WEEK_S)
    box.tap()
    box.reach_hr()
    assert box.is_unsure(unknown)
    assert box.amended(unknown).after_us >= box.truth[last]


@pytest.mark.fault("F17")
def test_a_real_time_clock_that_drifts_is_set_right_afterwards(tmp_path: Path):
    box = WrongClockBox(tmp_path, ClockState.RTC)
    for day in range(21):
        box.switch_on(day, lost_s=None)
        box.clock.offset_us += 20 * 86_400 // 1  # 20 ppm, fast
        box.work(day)
    raw_off_s = max(abs(fact.at.wall_us - box.truth[fact.seq]) for fact in box.facts("AttendanceTap")) / S
    box.reach_hr()
    box.tap()
    box.reach_hr()
    assert raw_off_s > 20
    assert max(map(box.off_s, box.truth)) < 4
    assert box.worked().keys() == set(dates(21))
    box.close()


def test_a_clock_that_is_right_makes_no_amendment(tmp_path: Path):
    box = WrongClockBox(tmp_path, ClockState.RTC)
    for day in range(3):
        box.switch_on(day, lost_s=None)
        box.work(day)
        box.reach_hr()
    assert [box.hr.clocks.amendments(DEVICE, 1, seq) for seq in box.truth] == [[]] * 12
    box.close()


def test_what_a_person_at_hr_says_dates_the_whole_boot_and_stays_on_record(box: WrongClockBox):
    many_boots(box, days=3)
    box.reach_hr()
    box.tap()
    box.reach_hr()
    first = min(box.truth)
    said = Confirmation(DEVICE, 1, first, box.truth[first] + 20 * S, "zhou.min", "the guard's book")
    assert box.hr.clocks.confirm_time(said) == 4 + 4  # those of the boot, and of the next, whose bounds it narrows
    second = first + 1
    assert box.off_s(second) == pytest.approx(20, abs=1)
    before, after = box.hr.clocks.amendments(DEVICE, 1, second)[-2:]
    assert (before.basis, after.basis) == (Basis.BOUNDED, Basis.ANCHORED)
    assert (after.source, after.said_by, after.reason) == ("hr", "zhou.min", "the guard's book")
    assert after.before_us == before.after_us
    # Said again, better: the later word holds.
    box.hr.clocks.confirm_time(said._replace(utc_us=box.truth[first]))
    assert box.off_s(second) < 1


def test_only_what_nobody_knows_better_can_be_confirmed_by_hand(box: WrongClockBox):
    many_boots(box, days=2)
    box.reach_hr()
    known = box.tap()
    box.reach_hr()
    said = Confirmation(DEVICE, 1, known, box.truth[known], "zhou.min", "the guard's book")
    with pytest.raises(Unconfirmable, match="from a server"):
        box.hr.clocks.confirm_time(said)
    with pytest.raises(Unconfirmable, match="say why"):
        box.hr.clocks.confirm_time(said._replace(reason=" "))
    with pytest.raises(Unconfirmable, match="future"):
        box.hr.clocks.confirm_time(said._replace(utc_us=box.clock.true_us + 3600 * S))
    with pytest.raises(Unconfirmable, match="no tap"):
        box.hr.clocks.confirm_time(said._replace(seq=999_999))


@pytest.mark.fault("F15")
def test_a_wrong_clock_never_refuses_a_tap(box: WrongClockBox):
    for wall_us in (
        0,
        round(datetime(2019, 1, 1, tzinfo=PLANT).timestamp()) * S,
        round(datetime(2099, 1, 1, tzinfo=PLANT).timestamp()) * S,
    ):
        box.clock.set_wall_us(wall_us)
        box.clock.pass_s(100)
        box.tap()
    assert [fact.body["outcome"] for fact in box.facts("AttendanceTap")] == ["CLOCKED_IN", "CLOCKED_OUT", "CLOCKED_IN"]


def test_an_anchor_is_a_fact_once_a_boot_and_again_after_a_day_or_a_contradiction(box: WrongClockBox):
    for _ in range(3):
        box.tap()
        box.reach_hr()
        box.clock.pass_s(3600)
    assert len(box.facts("ClockAnchored")) == 1
    box.clock.pass_s(86_400)
    box.tap()
    box.reach_hr()
    assert len(box.facts("ClockAnchored")) == 2
    now = box.clock.stamp()
    box.recorder.learn_time(ClockAnchor(now, box.clock.true_us + 3 * S, 0, AnchorSource.SERVER), lambda: "x")
    assert len(box.facts("ClockAnchored")) == 3
    box.switch_on(3, lost_s=None)
    box.tap()
    box.reach_hr()
    assert len(box.facts("ClockAnchored")) == 4


def test_a_stamp_says_who_vouches_for_it_only_while_its_wall_time_is_right(box: WrongClockBox):
    box.tap()
    box.reach_hr()
    box.clock.pass_s(100)
    box.tap()
    box.clock.step_s(WEEK_S)
    box.clock.pass_s(100)
    box.tap()
    assert [fact.at.clock for fact in box.facts("AttendanceTap")] == ["none", "server", "none"]


def test_who_is_no_supervisor_cannot_say_what_time_it_is(box: WrongClockBox):
    command = AnchorClock("x", box.clock.stamp(), AnchorSource.SUPERVISOR, 1, 60 * S, supervisor=cast.WANG.id)
    box.recorder.record([command], lambda: next(box._ids))
    assert [fact.kind for fact in box.journal.after(0)] == ["SupervisorRefused"]


@pytest.mark.fault("F18")
def test_the_time_zone_of_the_machine_changes_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = []
    for zone in ("Asia/Shanghai", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        (tmp_path / zone).mkdir(parents=True)
        box = WrongClockBox(tmp_path / zone)
        many_boots(box, days=2)
        box.reach_hr()
        rows.append((list(box.journal.after(0)), box.worked(), box.hr.clocks.amendments(DEVICE, 1, 1)))
        box.close()
    monkeypatch.undo()
    time.tzset()
    assert rows[0] == rows[1]
