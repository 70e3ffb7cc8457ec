"""From a row of the confirm page down to the readings of its counter, and the same sum on the way."""

import msgspec
import pytest

from kiosk_ui.line import readings
from sync.wire import facts
from sync.wire.facts import Step
from tests.unit.kiosk_ui.fakes import FakeBox


@pytest.fixture
def box():
    return FakeBox()


def count(box: FakeBox, *values: int, machine: str = "press-03") -> None:
    """The counter shows these values one after another, all of them Zhang's pieces."""
    seqs = [box.reading(value, f"08:{minute:02d}:00", [], machine) for minute, value in enumerate(values)]
    for before, after in zip(range(len(seqs)), range(1, len(seqs)), strict=False):
        step = Step.NORMAL if values[after] >= values[before] else Step.ROLLOVER
        counts = values[after] - values[before] + (65536**2 if step is Step.ROLLOVER else 0)
        seq = box.made(counts, f"08:{after:02d}:00", machine=machine, between=(seqs[before], seqs[after]))
        change(box, seq, readings=[facts.Reading(seqs[before], seqs[after], step, counts)])


def change(box: FakeBox, seq: int, **changes: object) -> None:
    fact = box.views.journal[seq - 1]
    made = msgspec.structs.replace(facts.body_of(fact.kind, fact.body), **changes)
    box.views.journal[seq - 1] = msgspec.structs.replace(fact, body=facts.as_dict(made))


def behind(box: FakeBox, person: str = "p-zhang") -> list[readings.Stretch]:
    made = [fact for fact in box.views.journal if fact.kind.startswith("MaterialActual")]
    gone = {fact.body["actual"] for fact in made if "actual" in fact.body}
    pieces = readings.behind(made, [fact.seq for fact in made if fact.seq not in gone])
    marks = readings.marks(box.views.facts(readings.reading_seqs(pieces)))
    return readings.stretches(pieces, person, marks)


def test_readings_that_follow_one_another_are_one_stretch(box):
    count(box, 100, 140, 190, 261)
    (stretch,) = behind(box)
    assert stretch.opening is not None
    assert stretch.closing is not None
    assert (stretch.opening.value, stretch.closing.value, stretch.counts, stretch.mine) == (100, 261, 161, 161)
    assert [each.counts for each in stretch.singles] == [40, 50, 71]


def test_a_gap_and_another_machine_begin_another_stretch(box):
    count(box, 100, 140)
    count(box, 150, 190)
    count(box, 7, 9, machine="tap-02")
    assert [(each.machine, each.mine) for each in behind(box)] == [("press-03", 40), ("press-03", 40), ("tap-02", 2)]


def test_a_rollover_stays_within_its_stretch_and_is_counted(box):
    top = 65536**2
    count(box, top - 10, top - 4, 6, 20)
    (stretch,) = behind(box)
    assert stretch.opening is not None
    assert stretch.closing is not None
    between = stretch.closing.value - stretch.opening.value + stretch.rollovers * stretch.closing.modulus
    assert (stretch.rollovers, between, stretch.counts) == (1, 30, 30)


def test_a_restart_stands_alone_because_its_difference_says_nothing(box):
    count(box, 100, 140, 150)
    last = box.views.journal[-1]
    change(box, last.seq, readings=[facts.Reading(2, 3, Step.RESET, 10)])
    assert [each.restarted for each in behind(box)] == [False, True]


def test_a_part_split_by_time_and_a_share_are_told_with_the_whole(box):
    first, second = box.reading(100, "08:00:00", []), box.reading(160, "09:00:00", [])
    seq = box.made(60, "09:00:00", between=(first, second))
    shares = [facts.Share("p-zhang", 15), facts.Share("p-li", 15)]
    change(box, seq, counts=30, quantity=30, shares=shares)
    (stretch,) = behind(box)
    assert (stretch.counts, stretch.part, stretch.pieces, stretch.mine) == (60, 30, 30, 15)


def test_a_reading_that_is_no_longer_kept_leaves_its_place_empty(box):
    box.made(40, "08:00:00", between=(998, 999))
    (stretch,) = behind(box)
    assert (stretch.opening, stretch.closing, stretch.mine) == (None, None, 40)


def test_assigned_pieces_rest_on_the_readings_they_were_counted_by_and_stand_alone(box):
    first, second = box.reading(100, "08:00:00", []), box.reading(186, "09:00:00", [])
    seq = box.made(86, "09:00:00", between=(first, second))
    change(box, seq, bucket=facts.Bucket.UNATTRIBUTED, shares=[])
    box.assigned(seq, 60, "09:10:00")
    (stretch,) = behind(box)
    assert (stretch.assigned, stretch.counts, stretch.pieces, stretch.mine) == (True, 86, 86, 60)
