"""What a machine counted as thrown out is shown at the seal, and is nobody's output."""

from __future__ import annotations

import msgspec
import pytest

from kiosk_ui.line.output import Quantities, balance, loose, open_rows, sealed_rows
from kiosk_ui.line.sealing import Attempt, entry_for
from kiosk_ui.line.trails import Trails
from kiosk_ui.line.unowned import unowned
from kiosk_ui.today import pieces_by_order, session_pieces
from sync.wire.envelope import Fact
from sync.wire.facts import Bucket, CounterReading, CounterRole, Ended, MaterialActualRecorded, PersonnelLogOff, body_of
from tests.unit.kiosk_ui.fakes import DAY, FakeBox
from tests.unit.kiosk_ui.line_scene import sealed

REJECT = CounterRole.DEFECTIVE


def made_in(box: FakeBox) -> list[Fact]:
    return box.views.of_work_date(DAY, ["MaterialActualRecorded"])


@pytest.fixture
def box() -> FakeBox:
    """Zhang has made 100 pieces, and the machine threw 4 of them out."""
    box = FakeBox()
    box.made(100, "09:00:00")
    box.made(4, "09:00:00", role=REJECT)
    return box


def test_the_seal_is_for_the_pieces_and_good_is_proposed_without_the_rejects(box: FakeBox) -> None:
    (row,) = open_rows(made_in(box), [])
    assert (row.counted, row.actuals, row.rejects) == (100, [1], 4)
    entry = entry_for(row, Attempt())
    assert entry is not None
    assert entry.quantities == Quantities(96, 0, 0, 0)


def test_more_rejects_than_pieces_are_shown_as_they_are_and_no_field_is_below_zero(box: FakeBox) -> None:
    box.made(200, "09:10:00", role=REJECT)
    (row,) = open_rows(made_in(box), [])
    entry = entry_for(row, Attempt())
    assert row.rejects == 204
    assert entry is not None
    assert entry.quantities == Quantities(0, 0, 0, 0)


def test_rejects_of_before_a_seal_are_not_proposed_again(box: FakeBox) -> None:
    box.views.add(sealed(1), "10:00:00")
    box.made(50, "11:00:00")
    box.made(3, "11:00:00", role=REJECT)
    seals = sealed_rows(box.views.of_work_date(DAY, ["QuantityConfirmed"]))
    assert [(row.counted, row.rejects) for row in open_rows(made_in(box), seals)] == [(50, 3)]


def test_rejects_are_in_no_figure_of_output(box: FakeBox) -> None:
    nobodys = body_of("MaterialActualRecorded", made_in(box)[1].body)
    assert isinstance(nobodys, MaterialActualRecorded)
    box.views.add(msgspec.structs.replace(nobodys, bucket=Bucket.UNATTRIBUTED, shares=[]), "09:20:00")
    made = made_in(box)
    assert (balance(made).counted, loose(made), unowned(made)) == (100, [], [])
    assert list(pieces_by_order(made, "p-zhang").values()) == [100]
    assert session_pieces(made, PersonnelLogOff("press-03", "p-zhang", Ended.LOG_OFF, 0)) == 100


def test_a_counter_of_rejects_does_not_tell_whether_the_machine_runs() -> None:
    box = FakeBox()
    box.views.add(CounterReading("press-03", "made", 100, "", "interval", 65_536), "09:00:00")
    box.views.add(CounterReading("press-03", "thrown-out", 7, "", "interval", 65_536, role=REJECT), "09:00:01")
    assert [point.value for point in Trails(box.views).of("press-03", 0).points] == [100]
