"""What pages and `sync` read while core writes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from database import open_writer
from edge.core.recorder import Recorder
from edge.link.messages import CounterSamples
from edge.store.journal import Journal
from edge.store.views import NotThereYet, SqlViews
from tests import cast
from tests.faults.powercut_writer import open_recorder, sample, tap
from tests.moments import StandingClock, moment
from tests.unit.store.boxes import KEY, open_journal, write

DAY = "2026-03-31"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def views(tmp_path: Path) -> Iterator[SqlViews]:
    views = SqlViews(tmp_path / "facts.db", KEY)
    yield views
    views.close()


def test_before_core_has_started_there_is_nothing_to_read(views: SqlViews) -> None:
    with pytest.raises(NotThereYet):
        views.head()


def test_while_core_creates_the_journal_it_is_not_there_yet(views: SqlViews, tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "facts.db", KEY)
    connection.execute("CREATE TABLE half (made)")
    with pytest.raises(NotThereYet, match="being created"):
        views.head()
    connection.close()


def test_it_is_read_as_soon_as_it_is_there(views: SqlViews, tmp_path: Path) -> None:
    with pytest.raises(NotThereYet):
        views.head()
    journal = open_journal(tmp_path)
    write(journal, 2)
    assert views.head() == 2
    journal.close()


def test_each_reader_sees_every_commit_at_once(journal: Journal, views: SqlViews, tmp_path: Path) -> None:
    another = SqlViews(tmp_path / "facts.db", KEY)
    for number in range(20):
        write(journal, 1, since=number)
        assert (views.head(), another.head()) == (number + 1, number + 1)
    another.close()


def test_two_readers_read_whole_chains_while_core_writes(journal: Journal, tmp_path: Path) -> None:
    written, torn = threading.Event(), []

    def read() -> None:
        views = SqlViews(tmp_path / "facts.db", KEY)
        while not written.is_set():
            seqs = [fact.seq for fact in views.after(0, 1000)]
            if seqs != list(range(1, len(seqs) + 1)):
                torn.append(seqs)
        views.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    write(journal, 200)
    written.set()
    for reader in readers:
        reader.join()
    assert torn == []


def test_a_reader_keeps_no_wal_from_being_recycled(journal: Journal, views: SqlViews) -> None:
    write(journal, 5)
    views.after(0, 100)
    busy, _, _ = journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0


@pytest.fixture
def worked(tmp_path: Path) -> Iterator[Recorder]:
    """Wang taps in, logs on and makes 40 pieces; the stranger is refused."""
    journal, recorder = open_recorder(tmp_path, StandingClock(moment(9 * 3600)))
    seconds = 8 * 3600.0
    own = (f"own-{number}" for number in itertools.count())
    recorder.record(
        [
            tap("in", seconds, cast.WANG_BADGE),
            tap("on", seconds + 5, cast.WANG_BADGE, cast.PRESS),
            tap("who", seconds + 6, cast.STRANGERS_BADGE),
        ],
        lambda: next(own),
    )
    recorder.record([samples("count-0", seconds + 10, 0)], lambda: next(own))
    recorder.record([samples("count-1", seconds + 400, 40)], lambda: next(own))
    yield recorder
    journal.close()


def samples(name: str, seconds: float, value: int) -> CounterSamples:
    return CounterSamples(name, [sample(seconds, value)])


@pytest.mark.usefixtures("worked")
def test_answers_are_what_a_station_shows(views: SqlViews) -> None:
    answers = views.answers_after(0)
    assert [fact.body["outcome"] for fact in answers] == ["CLOCKED_IN", "LOGGED_ON", "UNKNOWN_BADGE"]
    assert views.answers_after(answers[0].seq, limit=1) == answers[1:2]


@pytest.mark.usefixtures("worked")
def test_a_person_sees_his_own_facts_only(views: SqlViews) -> None:
    assert [fact.kind for fact in views.of_person(cast.WANG.id, 0)] == ["AttendanceTap", "PersonnelLogOn"]
    assert views.of_person(cast.WANG.id, moment(9 * 3600).wall_us) == []
    assert views.of_person(cast.STRANGER, 0) == []


@pytest.mark.usefixtures("worked")
def test_a_days_pieces_are_found_with_the_readings_they_rest_on(views: SqlViews) -> None:
    (made,) = views.of_work_date(DAY, ["MaterialActualRecorded"])
    (reading,) = made.body["readings"]
    assert [fact.body["value"] for fact in views.facts([reading["to_seq"], reading["from_seq"], 10**6])] == [0, 40]


@pytest.mark.usefixtures("worked")
def test_the_latest_of_a_kind_at_a_machine(views: SqlViews) -> None:
    latest = views.latest("CounterReading", cast.PRESS)
    assert latest is not None
    assert latest.body["value"] == 40
    assert views.latest("CounterReading", "lathe-1") is None
