"""The supervisor's figures."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.line.output import Balance, OpenRow, RowKey, SealedRow, balance, loose, open_rows, sealed_rows
from sync.wire import facts
from sync.wire.envelope import Fact
from sync.wire.facts import Bucket
from tests.unit.kiosk_ui.fakes import DAY, FakeBox
from tests.unit.kiosk_ui.line_scene import busy_day, sealed, unowned


def actuals(box: FakeBox) -> list[Fact]:
    return box.views.of_work_date(DAY, ["MaterialActualRecorded"])


def seals(box: FakeBox) -> list[SealedRow]:
    return sealed_rows(box.views.of_work_date(DAY, ["QuantityConfirmed"]))


def test_rows_gather_what_one_person_made_for_one_order():
    box = FakeBox()
    first = box.made(540, "09:00:00", person="p-li")
    second = box.made(400, "10:00:00", person="p-li")
    key = RowKey("p-li", "o-1", DAY)
    assert open_rows(actuals(box), []) == [OpenRow(key, ["press-03"], 940, [first, second], estimated=False)]


def test_a_sealed_piece_waits_no_longer():
    box = FakeBox()
    box.views.add(sealed(box.made(1010, "09:00:00")), "17:00:00")
    later = box.made(30, "17:30:00")
    assert [(row.counted, row.actuals) for row in open_rows(actuals(box), seals(box))] == [(30, [later])]


def test_a_seal_covers_only_its_own_persons_share():
    box = FakeBox()
    box.made(1010, "09:00:00")
    made = facts.body_of("MaterialActualRecorded", box.views.journal.pop().body)
    shares = [facts.Share("p-zhang", 700), facts.Share("p-li", 310)]
    seq = box.views.add(msgspec.structs.replace(made, shares=shares, basis=facts.Basis.ESTIMATED), "09:00:00")
    box.views.add(sealed(seq), "17:00:00")
    assert [(row.key.person, row.counted, row.estimated) for row in open_rows(actuals(box), seals(box))] == [
        ("p-li", 310, True)
    ]


def test_pieces_without_an_owner_are_listed_by_machine_and_reason():
    box = FakeBox()
    busy_day(box)
    assert [(part.machine, part.bucket, part.quantity) for part in loose(actuals(box))] == [
        ("press-04", Bucket.UNATTRIBUTED, 86),
        ("tap-02", Bucket.QUARANTINED, 4096),
    ]


def test_counted_is_owned_and_unclaimed_and_set_aside():
    box = FakeBox()
    busy_day(box)
    assert balance(actuals(box)) == Balance(owned=2510, unclaimed=86, quarantined=4096, setup=0)
    assert balance(actuals(box)).counted == 6692


@given(st.lists(st.tuples(st.sampled_from(Bucket), st.integers(0, 10_000)), max_size=20))
def test_every_piece_is_in_exactly_one_place(parts):
    box = FakeBox()
    for bucket, quantity in parts:
        if bucket is Bucket.ATTRIBUTED:
            box.made(quantity, "09:00:00")
        else:
            box.views.add(unowned(bucket, quantity, "press-04"), "09:00:00")
    rows, rest = open_rows(actuals(box), []), loose(actuals(box))
    assert sum(row.counted for row in rows) + sum(part.quantity for part in rest) == sum(each for _, each in parts)
