"""What a box counts of its own days."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from sync import daybook
from sync.daybook import DayBook
from sync.reference.store import ReferenceStore
from sync.wire.envelope import ClockState, Fact, Receipt, Stamp
from sync.wire.facts import (
    Basis,
    Body,
    Bucket,
    CounterReading,
    CounterRole,
    MaterialActualRecorded,
    Reading,
    Step,
    as_dict,
)
from sync.wire.tally import DayTally, Tally, closed
from tests.integration.sending_box import DB_KEY, ListSource
from tests.unit.sync.made import DEVICE, NOON_US, chained, tap

ZONE = ZoneInfo("Asia/Shanghai")
DAY_US = int(timedelta(days=1).total_seconds()) * 1_000_000


def fact(seq: int, body: Body, wall_us: int = NOON_US, epoch: int = 1) -> Fact:
    stamp = Stamp("boot-a", seq, wall_us, ClockState.NTP)
    return Fact(DEVICE, epoch, seq, f"c-{seq}", 0, type(body).__name__, stamp, as_dict(body), "", "")


def reading(value: int, role: CounterRole = CounterRole.PRODUCED) -> CounterReading:
    return CounterReading("press", "total", value, "00", "interval", 1000, role=role)


def made(from_seq: int, to_seq: int, counts: int, step: Step = Step.NORMAL, said: int | None = None) -> Body:
    spans = [Reading(from_seq, to_seq, step, counts if said is None else said)]
    return MaterialActualRecorded(
        "press", Bucket.UNATTRIBUTED, counts * 2, counts, 2, Basis.EXACT, spans, "2026-01-01", "2026-01-01"
    )


def tally(*facts: Fact) -> DayTally:
    book = Tally(1, ZONE)
    for each in facts:
        book.add(each)
    (day,) = book.days
    return day


def test_a_day_says_how_many_facts_and_taps_between_which_numbers():
    day = tally(fact(4, tap(1)), fact(5, reading(1)), fact(6, tap(2)))
    assert (day.first, day.last, day.facts, day.taps) == (4, 6, 3, 2)


def test_pieces_are_those_recorded_and_counts_are_taken_from_the_readings_themselves():
    day = tally(fact(1, reading(10)), fact(2, reading(40)), fact(3, made(1, 2, 30)))
    assert (day.read, day.counts, day.pieces) == (30, 30, 60)


def test_a_record_that_says_more_than_its_readings_is_seen():
    day = tally(fact(1, reading(10)), fact(2, reading(40)), fact(3, made(1, 2, 31)))
    assert (day.read, day.counts) == (30, 31)


def test_a_stretch_that_several_records_share_is_read_once():
    parts = [made(1, 2, each, said=30) for each in (12, 18)]
    day = tally(fact(1, reading(10)), fact(2, reading(40)), fact(3, parts[0]), fact(4, parts[1]))
    assert (day.read, day.counts) == (30, 30)


@pytest.mark.parametrize(
    ("start", "end", "step", "counts"),
    [(990, 20, Step.ROLLOVER, 30), (500, 7, Step.RESET, 7), (500, 7, Step.RESET_INFERRED, 7)],
)
def test_each_step_is_read_by_its_own_rule(start: int, end: int, step: Step, counts: int):
    day = tally(fact(1, reading(start)), fact(2, reading(end)), fact(3, made(1, 2, counts, step)))
    assert (day.read, day.counts) == (counts, counts)


def test_rejects_are_no_pieces():
    rejects = replace(made(1, 2, 30), role=CounterRole.DEFECTIVE)
    assert tally(fact(1, reading(10)), fact(2, reading(40)), fact(3, rejects)).pieces == 0


def test_a_day_is_the_plants_and_ends_at_its_midnight():
    midnight_us = NOON_US + 12 * 3_600_000_000
    book = Tally(1, ZONE)
    for seq, wall_us in enumerate((midnight_us - 1, midnight_us, midnight_us + 1), 1):
        book.add(fact(seq, tap(seq), wall_us))
    assert [(each.date, each.facts) for each in book.days] == [("2026-01-01", 1), ("2026-01-02", 2)]
    assert book.days[0].to_us == book.days[1].from_us == midnight_us


def test_today_is_not_closed_and_a_quiet_day_is_told_as_empty():
    book = Tally(1, ZONE)
    book.add(fact(1, tap(1)))
    book.add(fact(2, tap(1), NOON_US + 3 * DAY_US))
    found = closed([book], NOON_US + 3 * DAY_US, ZONE)
    assert [(each.date, each.facts, each.last) for each in found] == [
        ("2026-01-01", 1, 1),
        ("2026-01-02", 0, 0),
        ("2026-01-03", 0, 0),
    ]


# --- the book that reads the journal ------------------------------------------------------------------


class Desk:
    def __init__(self, folder: Path, facts: list[Fact]) -> None:
        self.source, self.now_us = ListSource(facts), NOON_US + DAY_US
        self.store = ReferenceStore(folder / "reference.db", DB_KEY)
        self.book = DayBook(self.source, self.store, ZONE, lambda: self.now_us)

    def told(self, now_s: float) -> list[tuple[str, int, int]]:
        self.book.advance()
        return [(each.date, each.facts, each.signed) for each in self.book.due(now_s)]


def test_nothing_is_told_before_all_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(daybook, "STEP_FACTS", 3)
    desk = Desk(tmp_path, chained(5))
    assert desk.told(0) == []
    assert desk.told(10) == [("2026-01-01", 5, 0)]


def test_a_day_is_told_again_when_it_changes_and_once_an_hour(tmp_path: Path):
    desk = Desk(tmp_path, chained(5))
    assert desk.told(0) == [("2026-01-01", 5, 0)]
    assert desk.told(60) == []
    third = desk.source.facts[2]
    desk.store.accept(Receipt(DEVICE, 1, 3, third.hash, 1, "n"), b"{}", b"", 3)
    assert desk.told(120) == [("2026-01-01", 5, 3)]
    desk.source.facts += chained(1, after=desk.source.facts[-1])
    assert desk.told(180) == [("2026-01-01", 6, 3)]
    assert desk.told(3599) == []
    assert desk.told(3600) == [("2026-01-01", 6, 3)]


def test_a_new_journal_is_counted_beside_the_old_one(tmp_path: Path):
    desk = Desk(tmp_path, chained(5))
    desk.told(0)
    desk.source.facts += chained(2, epoch=2)
    assert [facts for _date, facts, _signed in desk.told(3600)] == [5, 2]


def test_of_a_parted_journal_only_what_hr_shares_is_counted_once_a_later_one_carries_on(tmp_path: Path):
    desk = Desk(tmp_path, chained(5))
    desk.store.accept(Receipt(DEVICE, 1, 4, "other", 1, "n"), b"{}", b"", 3, parted=True)
    assert desk.told(0) == [("2026-01-01", 5, 3)]
    desk.source.facts += chained(2, epoch=2)
    assert desk.told(3600) == [("2026-01-01", 3, 3), ("2026-01-01", 2, 0)]
