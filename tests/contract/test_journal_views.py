"""What the pages read is the same from the journal itself and from the fake that their tests use."""

from __future__ import annotations

import pytest

from edge.store.journal import Draft, Journal
from edge.store.views import JournalViews, NotThereYet, SqlViews
from sync.wire import facts
from sync.wire.envelope import Fact
from sync.wire.facts import Outcome
from tests.unit.kiosk_ui.fakes import DAY, FakeBox, FakeViews, wall_us
from tests.unit.kiosk_ui.line_scene import busy_day

KEY = bytes(32)


@pytest.fixture(scope="module")
def day() -> FakeViews:
    """A busy day with taps, the same facts for both."""
    box = FakeBox()
    box.tap(Outcome.CLOCKED_IN, "07:58:00")
    box.tap(Outcome.UNKNOWN_BADGE, "07:59:00", person=None)
    busy_day(box)
    box.tap(Outcome.CLOCKED_OUT, "17:32:00")
    return box.views


@pytest.fixture(params=["fake", "journal"], scope="module")
def views(request, day, tmp_path_factory):
    if request.param == "fake":
        yield day
        return
    file = tmp_path_factory.mktemp("box") / "facts.db"
    journal = Journal(file, KEY, "box")
    with journal.transaction():
        for fact in day.journal:
            journal.append(Draft(fact.command, fact.at, facts.body_of(fact.kind, fact.body)), fact.part)
    journal.close()
    real = SqlViews(file, KEY)
    yield real
    real.close()


def seqs(found: list[Fact]) -> list[int]:
    return [fact.seq for fact in found]


def test_the_head_is_the_last_fact(views: JournalViews, day):
    assert views.head() == len(day.journal)


def test_answers_are_facts_shown_at_a_station(views: JournalViews, day):
    assert seqs(views.answers_after(0)) == [1, 2, 3, len(day.journal)]
    assert seqs(views.answers_after(1, 2)) == [2, 3]


def test_a_persons_facts_are_those_that_name_him(views: JournalViews, day):
    sealed = len(day.journal) - 1
    assert seqs(views.of_person("p-zhang", 0)) == [1, sealed, len(day.journal)]
    assert seqs(views.of_person("p-zhang", wall_us("17:30:00"))) == [len(day.journal)]


def test_the_facts_of_a_day_are_of_the_wanted_kinds(views: JournalViews, day):
    wanted = [fact.seq for fact in day.journal if fact.kind == "MaterialActualRecorded"]
    assert seqs(views.of_work_date(DAY, ["MaterialActualRecorded"])) == wanted
    assert views.of_work_date("2026-11-22", ["MaterialActualRecorded"]) == []


def test_facts_are_found_by_number_and_missing_ones_left_out(views: JournalViews):
    assert seqs(views.facts([3, 1, 999])) == [1, 3]
    assert views.facts([]) == []


def test_the_latest_of_a_machine_is_the_last_one(views: JournalViews, day):
    latest = views.latest("MaterialActualRecorded", "press-03")
    mine = [f.seq for f in day.journal if f.kind == "MaterialActualRecorded" and f.body["machine"] == "press-03"]
    assert latest is not None
    assert latest.seq == mine[-1]
    assert views.latest("CounterReading", "press-99") is None


def test_the_latest_of_a_person_is_the_last_one_of_its_kind(views: JournalViews, day):
    latest = views.latest_of_person("AttendanceTap", "p-zhang")
    assert latest is not None
    assert latest.seq == len(day.journal)
    assert views.latest_of_person("BadgeBound", "p-zhang") is None


def test_the_facts_of_a_machine_are_its_last_ones_in_order(views: JournalViews, day):
    mine = [f.seq for f in day.journal if f.kind == "CounterReading" and f.body["machine"] == "press-03"]
    assert len(mine) > 3
    assert seqs(views.of_machine("CounterReading", "press-03", 0, 1000)) == mine
    assert seqs(views.of_machine("CounterReading", "press-03", 0, 2)) == mine[-2:]
    assert seqs(views.of_machine("CounterReading", "press-03", mine[0], 1000)) == mine[1:]
    assert views.of_machine("CounterReading", "press-99", 0, 100) == []


def test_a_journal_that_is_not_there_yet_is_told(tmp_path):
    fake = FakeViews()
    fake.missing = True
    for views in (fake, SqlViews(tmp_path / "facts.db", KEY)):
        with pytest.raises(NotThereYet):
            views.head()


def test_facts_of_a_kind_come_from_after_a_place_on(views: JournalViews, day):
    kinds = ["CounterStateChanged", "QuantityConfirmed"]
    wanted = [fact.seq for fact in day.journal if fact.kind in kinds]
    assert seqs(views.of_kinds(kinds, 0)) == wanted
    assert seqs(views.of_kinds(kinds, wanted[0])) == wanted[1:]
