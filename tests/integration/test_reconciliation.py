"""Device = queue = HR, day by day: what a box tells of its days, against what HR's database holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from hr.fleet.reconcile import DayRow, Span
from hr.fleet.reconcile import Verdict as Day
from hr.ingest.aside import Action
from hr.store import writing
from hr.store.tables import fact
from sync.daybook import DayBook
from sync.policy import Verdict
from sync.reporting import Reporter
from sync.wire.envelope import ClockState, Fact, fingerprint
from sync.wire.facts import Direction
from sync.wire.report import BoxStatus, Report, encode_report
from sync.wire.tally import DayTally, Tally
from sync.worker import SyncWorker
from tests.contract.hr_servers import real_hr
from tests.integration.sending_box import KEY, close, make_box
from tests.unit.hr.cast import DAY, LI_WEI, Factory, actual, clock_us, factory, reading, span, tap
from tests.unit.hr_web.conftest import Desk, desk_of
from tests.unit.sync.made import DEVICE, NOON_US, forged

GOOD = BoxStatus(ClockState.NTP, "1.2.0", 8_000_000_000, True, True)
NEXT_DAY_US = clock_us(36)


@pytest.fixture
def hr(tmp_path: Path) -> Iterator[Factory]:
    yield from with_a_day(factory(tmp_path))


def with_a_day(made: Factory) -> Iterator[Factory]:
    made.gate.write(tap(Direction.IN), clock_us(8))
    for value in (500, 600):
        made.gate.write(reading(value), clock_us(9))
    made.gate.write(actual([span(2, 3, 100)], {LI_WEI: 400}), clock_us(9))
    made.gate.write(tap(Direction.OUT), clock_us(17))
    made.service.office.clock = partial(int, NEXT_DAY_US)
    yield made
    made.service.close()


def day_of(facts: list[Fact], **change: Any) -> DayTally:
    book = Tally(1, ZoneInfo("Asia/Shanghai"))
    for each in facts:
        book.add(each)
    (day,) = book.days
    return replace(day, **change)


def tell(hr: Factory, *days: DayTally) -> None:
    report = Report(NEXT_DAY_US, 1, 5, 0, 0, GOOD, list(days))
    assert hr.gate.ask(hr.client, "POST", "/v1/report", encode_report(report)).status == 200


def row(hr: Factory, date: str = DAY) -> DayRow:
    (found,) = [each for each in hr.service.reconciliation.rows(date, date) if each.device == "gate-1"]
    return found


def test_a_day_of_which_hr_holds_everything_is_equal(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)
    tell(hr, day_of(hr.gate.journal, signed=5))
    found = row(hr)
    assert found.verdict is Day.EQUAL
    assert found.held is not None
    assert (found.held.facts, found.held.taps, found.held.counts, found.held.pieces) == (5, 2, 100, 400)


def test_both_databases_give_the_same_sums(tmp_path: Path, hr_url: str):
    for hr in with_a_day(factory(tmp_path, hr_url)):
        test_a_day_of_which_hr_holds_everything_is_equal(hr)


def test_what_the_box_has_not_sent_yet_is_named_by_its_numbers(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal[:2])
    tell(hr, day_of(hr.gate.journal, signed=2))
    assert (row(hr).verdict, row(hr).waiting) == (Day.WAITING, Span(3, 5))
    hr.gate.send(hr.client, hr.gate.journal[2:])
    assert row(hr).verdict is Day.EQUAL


def test_what_hr_has_signed_for_and_does_not_hold_is_missing_not_waiting(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal[:2])
    tell(hr, day_of(hr.gate.journal, signed=5))
    assert (row(hr).verdict, row(hr).waiting) == (Day.MISSING, Span(3, 5))


def test_a_record_that_has_gone_from_the_database_is_named(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)
    with writing(hr.store).begin() as connection:
        connection.execute(fact.delete().where(fact.c.seq.in_([2, 3])))
    tell(hr, day_of(hr.gate.journal, signed=5))
    found = row(hr)
    assert (found.verdict, found.short) == (Day.MISSING, 2)
    assert found.held is not None
    assert found.held.gaps == (Span(2, 3),)


def test_a_record_set_aside_is_named_until_somebody_decides(hr: Factory):
    broken = replace(hr.gate.journal[4], hash="0" * 64)
    hr.gate.send(hr.client, [*hr.gate.journal[:4], broken])
    tell(hr, day_of(hr.gate.journal, signed=5))
    found = row(hr)
    assert found.held is not None
    assert (found.verdict, found.held.aside, found.held.gaps) == (Day.ASIDE, (5,), ())
    (record,) = hr.service.inbox.waiting()
    hr.service.inbox.decide(record.key, Action.LEFT, "wang", "asked him: a test tap")
    assert row(hr).verdict is Day.LEFT
    hr.service.inbox.decide(record.key, Action.REOPENED, "wang", "")
    hr.service.inbox.decide(record.key, Action.TAKEN, "wang", "he was there")
    assert row(hr).verdict is Day.EQUAL


def test_a_second_journal_is_told_of_since_the_first_of_its_records_that_waits(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)

    def forked_us() -> int | None:
        (standing,) = [each for each in hr.service.fleet.standing() if each.box.device == "gate-1"]
        return standing.box.forked_us

    moments = [NEXT_DAY_US, NEXT_DAY_US + 60_000_000]
    for moment_us, command in zip(moments, ("another", "and another"), strict=True):
        hr.service.office.clock = partial(int, moment_us)
        hr.gate.send(hr.client, [forged(hr.gate.journal[4], command=command)])
    for since_us in moments:
        assert forked_us() == since_us
        oldest = hr.service.inbox.waiting()[-1]
        hr.service.inbox.decide(oldest.key, Action.LEFT, "wang", "a copied card")
    assert forked_us() is None


def test_pieces_that_are_not_what_the_readings_say_are_no_equal_day(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)
    tell(hr, day_of(hr.gate.journal, signed=5, read=99))
    assert row(hr).verdict is Day.DIFFERS


def test_pieces_that_hr_does_not_hold_as_the_box_recorded_them_are_no_equal_day(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)
    tell(hr, day_of(hr.gate.journal, signed=5, pieces=404))
    assert row(hr).verdict is Day.DIFFERS


def test_a_day_that_a_box_has_not_told_of_is_no_equal_day(hr: Factory):
    hr.service.office.clock = partial(int, NEXT_DAY_US + 86_400_000_000)
    hr.gate.send(hr.client, hr.gate.journal)
    tell(hr, day_of(hr.gate.journal, signed=5))
    assert row(hr).verdict is Day.EQUAL
    assert row(hr, "2026-11-03").verdict is Day.NOT_TOLD
    assert hr.service.reconciliation.rows("2026-11-01", "2026-11-01") == []


def test_today_is_not_judged(hr: Factory):
    hr.service.office.clock = partial(int, clock_us(20))
    assert hr.service.reconciliation.rows(DAY, DAY) == []


def test_two_days_whose_numbers_overlap_are_told_apart_by_their_stamps(hr: Factory):
    late = hr.gate.write(tap(Direction.IN), clock_us(32))
    hr.gate.write(tap(Direction.OUT), clock_us(20))
    hr.service.office.clock = partial(int, NEXT_DAY_US + 86_400_000_000)
    hr.gate.send(hr.client, hr.gate.journal)
    tell(hr, day_of([each for each in hr.gate.journal if each != late], signed=7), day_of([late], signed=7))
    assert row(hr).verdict is row(hr, "2026-11-03").verdict is Day.EQUAL
    assert [each.facts for day in (DAY, "2026-11-03") if (each := row(hr, day).told)] == [6, 1]


def test_a_box_that_looks_back_less_far_takes_nothing_back(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)
    tell(hr, day_of(hr.gate.journal, signed=5))
    tell(hr, day_of(hr.gate.journal[3:], signed=5))
    told = row(hr).told
    assert told is not None
    assert told.facts == 5


def test_an_earlier_journal_has_rows_of_its_own(hr: Factory):
    hr.gate.send(hr.client, hr.gate.journal)
    second = replace(day_of(hr.gate.journal[:1]), epoch=2)
    tell(hr, day_of(hr.gate.journal, signed=5), second)
    found = hr.service.reconciliation.rows(DAY, DAY)
    assert sorted((each.told.epoch, each.verdict) for each in found if each.told) == [
        (1, Day.EQUAL),
        (2, Day.WAITING),
    ]


# --- on the pages -------------------------------------------------------------------------------------


@pytest.fixture
def desk(hr: Factory) -> Desk:
    return desk_of(hr.service)


def test_the_page_and_the_files_say_the_same(hr: Factory, desk: Desk):
    hr.gate.send(hr.client, hr.gate.journal[:2])
    tell(hr, day_of(hr.gate.journal, signed=2))
    text = desk.text(f"/reconciliation?start={DAY}&end={DAY}")
    assert "still waiting" in text
    assert "still in the kiosk: 3–5" in text
    (told,) = msgspec.json.decode(desk.get(f"/reconciliation.json?start={DAY}&end={DAY}").data)["days"]
    assert (told["made"], told["in_use"], told["waiting"], told["verdict"]) == (5, 2, "3-5", "WAITING")
    raw = desk.get(f"/reconciliation.csv?start={DAY}&end={DAY}").data.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(raw))
    assert line == {name: "" if value is None else str(value) for name, value in told.items()}


def test_the_first_page_says_that_a_closed_day_is_not_the_same_and_is_silent_when_it_is(hr: Factory, desk: Desk):
    hr.gate.send(hr.client, hr.gate.journal[:2])
    tell(hr, day_of(hr.gate.journal, signed=2))
    assert "1 closed day is not the same here" in desk.text("/")
    hr.gate.send(hr.client, hr.gate.journal[2:])
    assert "not the same here" not in desk.text("/")


# --- from a box over the wire -------------------------------------------------------------------------


def test_a_box_tells_of_its_days_and_hr_finds_them_equal(tmp_path: Path):
    tomorrow = partial(int, NOON_US + 86_400_000_000)
    with real_hr(tmp_path) as server:
        box = make_box(tmp_path, server.url, server.service.office.keys.signing)
        server.service.office.clock = tomorrow
        server.service.kiosks.enrol(DEVICE, KEY.public_key())
        server.accept(fingerprint(KEY.public_key()))
        days = DayBook(box.source, box.store, ZoneInfo("Asia/Shanghai"), tomorrow)
        reporter = Reporter(box.source, box.store, lambda: GOOD, tomorrow, days=days)
        box.worker = SyncWorker(box.source, box.store, box.client, DEVICE, box.now, reporter=reporter)
        assert box.worker.round() is Verdict.DONE
        (found,) = server.service.reconciliation.rows("2026-01-01", "2026-01-01")
        close(box)
    assert found.told is not None
    assert (found.verdict, found.told.facts, found.told.signed) == (Day.EQUAL, 5, 5)
