"""What a box keeps of taps at other boxes, and since when it knows of none."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sync.reference.store import ReferenceReader, ReferenceStore
from sync.wire.facts import Direction
from sync.wire.presence import NOWHERE, ClockingBox, Elsewhere, Seen, presence

KEY = bytes(32)
MINUTE_US = 60_000_000
NOW_US = 1_790_000_000_000_000
WANG = Seen("p-1", Direction.IN, NOW_US, "door-2")
LI = Seen("p-2", Direction.OUT, NOW_US, "door-2")
DOOR = ClockingBox("door-2")


@pytest.mark.parametrize(
    ("known", "since_us"),
    [
        (Elsewhere(presence([], [WANG]), 0, False), None),
        (Elsewhere(presence([DOOR], []), NOW_US - MINUTE_US, True), None),
        (Elsewhere(presence([DOOR], []), NOW_US - 6 * MINUTE_US, True), None),
        (Elsewhere(presence([DOOR], []), NOW_US - 8 * MINUTE_US, True), NOW_US - 8 * MINUTE_US),
        (Elsewhere(presence([DOOR], []), NOW_US - 4 * MINUTE_US, False), None),
        (Elsewhere(presence([DOOR], []), NOW_US - 6 * MINUTE_US, False), NOW_US - 6 * MINUTE_US),
        (Elsewhere(presence([DOOR, ClockingBox("door-3", 5)], []), NOW_US, True), 5),
    ],
    ids=["no other", "in touch", "noted seldom", "sync is dead", "just cut", "cut", "a silent box"],
)
def test_since_when_a_tap_elsewhere_may_be_unknown(known: Elsewhere, since_us: int | None):
    assert known.unknown_since_us(NOW_US) == since_us


def test_the_version_is_made_of_what_is_said_and_of_nothing_else():
    assert presence([DOOR], [WANG, LI]).version == presence([DOOR], [LI, WANG]).version > 0
    versions = {presence(boxes, seen).version for boxes, seen in (([DOOR], [WANG]), ([], [WANG]), ([DOOR], [LI]))}
    assert len(versions) == 3


@pytest.fixture
def store(tmp_path: Path):
    with closing(ReferenceStore(tmp_path / "reference.db", KEY)) as made:
        yield made


@pytest.fixture
def reader(store: ReferenceStore, tmp_path: Path):
    with closing(ReferenceReader(tmp_path / "reference.db", KEY)) as made:
        yield made


def test_a_reader_sees_nothing_before_hr_has_told_and_then_what_it_told(store: ReferenceStore, reader: ReferenceReader):
    assert reader.elsewhere() == NOWHERE
    first, second = presence([DOOR], [WANG, LI]), presence([DOOR], [LI])
    for told in (first, second):
        store.presence.replace(told)
        assert reader.elsewhere().presence == told
        assert store.presence.version() == told.version


def test_a_reader_sees_how_it_goes_with_hr(store: ReferenceStore, reader: ReferenceReader):
    reader.elsewhere()
    store.contact(NOW_US, "ok")
    assert (reader.elsewhere().contact_us, reader.elsewhere().in_touch) == (NOW_US, True)
    store.contact(0, "unreachable")
    assert (reader.elsewhere().contact_us, reader.elsewhere().in_touch) == (NOW_US, False)


def test_without_a_file_there_is_no_other_box(tmp_path: Path):
    with closing(ReferenceReader(tmp_path / "none.db", KEY)) as reader:
        assert reader.elsewhere() == NOWHERE


def test_one_tap_elsewhere_costs_the_card_no_more_than_a_few_pages(store: ReferenceStore, tmp_path: Path):
    many = [Seen(f"person-{each:04d}", Direction.IN, NOW_US, "door-2") for each in range(500)]
    store.presence.replace(presence([DOOR], many))
    wal = tmp_path / "reference.db-wal"
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    many[250] = Seen("person-0250", Direction.OUT, NOW_US + 1, "door-2")
    store.presence.replace(presence([DOOR], many))
    assert 0 < wal.stat().st_size < 16_384
