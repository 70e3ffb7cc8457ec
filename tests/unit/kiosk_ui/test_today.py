"""A person's day from facts."""

from decimal import Decimal

import pytest

from kiosk_ui import today
from kiosk_ui.today import Stretch
from sync.wire import facts
from sync.wire.facts import Direction, Outcome
from tests.unit.kiosk_ui.fakes import DAY, FakeBox

IN, OUT = Direction.IN, Direction.OUT


@pytest.mark.parametrize(
    ("taps", "stretches"),
    [
        ([], []),
        ([(IN, 1)], [Stretch(1, None)]),
        ([(IN, 1), (OUT, 2), (IN, 3), (OUT, 4)], [Stretch(1, 2), Stretch(3, 4)]),
        ([(IN, 1), (IN, 5), (OUT, 6)], [Stretch(1, None), Stretch(5, 6)]),
        ([(OUT, 2), (IN, 3)], [Stretch(None, 2), Stretch(3, None)]),
        ([(IN, 1), (OUT, 2), (OUT, 3)], [Stretch(1, 2), Stretch(None, 3)]),
    ],
)
def test_a_mark_nobody_made_is_not_invented(taps, stretches):
    assert today.stretches(taps) == stretches


def test_only_closed_stretches_make_hours():
    day = [Stretch(0, 3_600_000_000), Stretch(4_000_000_000, None), Stretch(None, 9_000_000_000)]
    assert today.worked_s(day) == 3600


def test_taps_of_another_day_and_repeats_do_not_count():
    box = FakeBox()
    first = box.tap(Outcome.CLOCKED_IN, "07:58:00")
    box.tap(Outcome.ALREADY_IN, "07:58:20", repeats=first)
    assert today.effective_taps(box.views.journal, DAY) == [(IN, box.views.journal[0].at.wall_us)]
    assert today.effective_taps(box.views.journal, "2026-11-24") == []


def test_pieces_are_the_persons_own_shares_by_order():
    box = FakeBox()
    box.made(100, "09:00:00")
    box.made(20, "10:00:00", machine="tap-02")
    box.made(7, "10:00:00", person="p-li")
    assert today.pieces_by_order(box.views.journal, "p-zhang") == {"o-1": 100, "o-3": 20}


def test_an_estimate_is_pieces_times_price_to_the_cent():
    assert today.estimate({"o-1": 1064}, {"o-1": "0.2200"}.get) == Decimal("234.08")
    assert today.estimate({"o-1": 1}, {"o-1": "0.2250"}.get) == Decimal("0.23")


@pytest.mark.parametrize("pieces", [{}, {"o-9": 3}, {None: 3}, {"o-1": 5, "o-9": 3}])
def test_without_every_price_there_is_no_estimate(pieces):
    assert today.estimate(pieces, {"o-1": "0.2200"}.get) is None


def test_a_sessions_pieces_begin_at_its_own_log_on():
    box = FakeBox()
    box.made(50, "08:00:00")
    log_off = facts.PersonnelLogOff("press-03", "p-zhang", facts.Ended.LOG_OFF, log_on=1)
    box.made(261, "09:00:00")
    box.made(9, "09:00:00", machine="tap-02")
    assert today.session_pieces(box.views.journal, log_off) == 261
