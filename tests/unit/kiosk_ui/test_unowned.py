"""Pieces that nobody owns, and what is left of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.line.output import balance, loose, open_rows
from kiosk_ui.line.unowned import unowned
from kiosk_ui.today import pieces_by_order
from sync.wire.envelope import Fact
from sync.wire.facts import Bucket
from tests.unit.kiosk_ui.fakes import DAY, FakeBox
from tests.unit.kiosk_ui.line_scene import unowned as lost


def made(box: FakeBox) -> list[Fact]:
    return box.views.of_work_date(DAY, ["MaterialActualRecorded", "MaterialActualAssigned"])


def test_lots_gather_what_may_be_given_away_together():
    box = FakeBox()
    first = box.views.add(lost(Bucket.UNATTRIBUTED, 86, "press-04"), "14:36:00")
    second = box.views.add(lost(Bucket.UNATTRIBUTED, 14, "press-04"), "14:40:00")
    box.views.add(lost(Bucket.QUARANTINED, 4096, "press-04"), "14:50:00")
    box.views.add(lost(Bucket.SETUP, 7, "press-04"), "15:00:00")
    found = unowned(made(box))
    assert [(each.lot.bucket, each.left, len(each.actuals)) for each in found] == [
        (Bucket.UNATTRIBUTED, 100, 2),
        (Bucket.QUARANTINED, 4096, 1),
    ]
    assert found[0].actuals == [first, second]


def test_what_was_given_away_is_left_no_longer():
    box = FakeBox()
    first = box.views.add(lost(Bucket.UNATTRIBUTED, 86, "press-04"), "14:36:00")
    second = box.views.add(lost(Bucket.UNATTRIBUTED, 14, "press-04"), "14:40:00")
    box.assigned(first, 86, "15:00:00")
    box.assigned(second, 4, "15:00:00")
    (lot,) = unowned(made(box))
    assert (lot.counted, lot.left, lot.actuals) == (100, 10, [second])
    box.assigned(second, 10, "15:01:00")
    assert unowned(made(box)) == []


def test_assigned_pieces_wait_for_a_seal_like_counted_ones_and_say_so():
    box = FakeBox()
    lost_ones = box.views.add(lost(Bucket.UNATTRIBUTED, 86, "press-04"), "14:36:00")
    box.made(40, "14:00:00")
    seq = box.assigned(lost_ones, 60, "15:00:00")
    rows = {row.key.order: row for row in open_rows(made(box), [])}
    assert (rows["o-1"].counted, rows["o-1"].assigned) == (40, False)
    assert (rows[None].counted, rows[None].assigned, rows[None].actuals) == (60, True, [seq])
    assert pieces_by_order(made(box), "p-zhang") == {"o-1": 40, None: 60}


@given(st.lists(st.tuples(st.sampled_from([Bucket.UNATTRIBUTED, Bucket.QUARANTINED]), st.integers(1, 99)), max_size=6))
def test_counted_stays_what_it_was_whatever_is_given_away(pieces):
    box = FakeBox()
    seqs = [box.views.add(lost(bucket, quantity, "press-04"), "14:36:00") for bucket, quantity in pieces]
    before = balance(made(box))
    for seq, (_bucket, quantity) in zip(seqs, pieces, strict=True):
        box.assigned(seq, (quantity + 1) // 2, "15:00:00")
    after = balance(made(box))
    assert after.counted == before.counted
    assert after.unclaimed + after.quarantined == sum(each.left for each in unowned(made(box)))
    assert sum(each.quantity for each in loose(made(box))) == after.unclaimed + after.quarantined
