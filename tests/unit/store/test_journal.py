"""The journal: appended without a gap, chained, never changed, deleted only below a seal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from database import immediate, open_writer
from edge.store.errors import CannotRecord, WrongBox
from edge.store.journal import Draft, Journal
from sync.wire.envelope import GENESIS
from sync.wire.facts import (
    ClockStepped,
    CounterCommissioned,
    LineQuestioned,
    Outcome,
    QuestionAnswered,
    QuestionReply,
)
from tests.moments import moment
from tests.unit.store.boxes import DEVICE, KEY, broken_at, open_journal, write


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def connection(journal: Journal, tmp_path: Path) -> Iterator[Any]:
    """Somebody who gets at the file with the key and SQL of his own."""
    write(journal, 5)
    connection = open_writer(tmp_path / "facts.db", KEY)
    yield connection
    connection.close()


def test_a_new_journal_begins_at_the_genesis(journal: Journal) -> None:
    assert (journal.seq, journal.head, journal.epoch) == (0, GENESIS, 1)


def test_facts_are_numbered_and_chained_from_one(journal: Journal) -> None:
    written = write(journal, 20)
    assert [fact.seq for fact in written] == list(range(1, 21))
    assert list(journal.after(0)) == written
    assert broken_at(written) is None


def test_what_was_committed_is_there_after_opening_again(journal: Journal, tmp_path: Path) -> None:
    written = write(journal, 3)
    journal.close()
    again = open_journal(tmp_path)
    assert (again.seq, again.head, list(again.after(0))) == (3, written[-1].hash, written)
    again.close()


def half_a_command(journal: Journal) -> None:
    with journal.transaction():
        journal.append(Draft("lost", moment(), ClockStepped(0)), 0)
        raise RuntimeError("while deciding")


def test_the_chain_goes_on_after_a_transaction_that_failed(journal: Journal) -> None:
    write(journal, 2)
    with pytest.raises(RuntimeError, match="while deciding"):
        half_a_command(journal)
    write(journal, 2, since=2)
    assert broken_at(list(journal.after(0))) is None
    assert journal.of_command("lost") == []


def test_a_command_finds_all_its_facts_in_their_order(journal: Journal) -> None:
    with journal.transaction():
        made = [journal.append(Draft("one", moment(), ClockStepped(part)), part) for part in range(3)]
    assert journal.of_command("one") == made


def test_a_command_cannot_be_stored_twice(journal: Journal) -> None:
    write(journal, 1)
    with pytest.raises(dbapi2.IntegrityError, match="UNIQUE"):
        write(journal, 1)
    assert journal.seq == 1


TAMPERING = [
    ("UPDATE fact SET body = '{}' WHERE seq = 2", "never changed"),
    ("UPDATE fact SET seq = 9 WHERE seq = 5", "never changed"),
    ("DELETE FROM fact WHERE seq = 5", "only below a seal"),
    ("DELETE FROM fact", "only below a seal"),
    ("INSERT INTO fact SELECT 7, epoch, 'x', 0, kind, boot_id, boottime_ns, wall_us, clock, body, hash, hash"
     " FROM fact WHERE seq = 5", "without a gap"),
    ("INSERT OR REPLACE INTO fact SELECT seq, epoch, 'x', 0, kind, boot_id, boottime_ns, wall_us, clock, body,"
     " prev_hash, hash FROM fact WHERE seq = 5", "without a gap"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "refusal"), TAMPERING)
def test_the_database_itself_refuses_to_change_facts(connection: Any, sql: str, refusal: str) -> None:
    before = connection.execute("SELECT * FROM fact").fetchall()
    with pytest.raises(dbapi2.IntegrityError, match=refusal):
        connection.execute(sql)
    assert connection.execute("SELECT * FROM fact").fetchall() == before


def test_a_change_behind_the_triggers_breaks_the_chain(connection: Any, journal: Journal) -> None:
    connection.execute("DROP TRIGGER fact_is_never_changed")
    connection.execute("UPDATE fact SET body = '{\"step_us\":99}' WHERE seq = 3")
    assert broken_at(list(journal.after(0))) == 3


def seal_up_to(connection: Any, last: int) -> None:
    connection.execute(
        "INSERT INTO seal SELECT ?, min(seq), (SELECT hash FROM fact WHERE seq = 1),"
        " (SELECT hash FROM fact WHERE seq = ?), count(*) FROM fact WHERE seq <= ?",
        (last, last, last),
    )


def test_facts_below_a_seal_may_go_and_those_above_stay(connection: Any) -> None:
    with immediate(connection):
        seal_up_to(connection, 3)
        connection.execute("DELETE FROM fact WHERE seq <= 3")
    with pytest.raises(dbapi2.IntegrityError, match="only below a seal"):
        connection.execute("DELETE FROM fact WHERE seq = 4")
    assert [seq for (seq,) in connection.execute("SELECT seq FROM fact")] == [4, 5]


@pytest.mark.parametrize("sealed", [3, 5])
def test_the_chain_goes_on_above_a_seal(connection: Any, journal: Journal, tmp_path: Path, sealed: int) -> None:
    with immediate(connection):
        seal_up_to(connection, sealed)
        connection.execute("DELETE FROM fact WHERE seq <= ?", (sealed,))
    (head,) = connection.execute("SELECT last_hash FROM seal").fetchone()
    journal.reopen()
    write(journal, 2, since=5)
    left = list(journal.after(0))
    assert [fact.seq for fact in left] == list(range(sealed + 1, 8))
    assert broken_at(left, head) is None


def test_a_journal_of_another_box_is_not_written(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(WrongBox, match="box-2"):
        Journal(tmp_path / "facts.db", KEY, "box-2")
    assert DEVICE != "box-2"


def test_a_checkpoint_is_replaced_by_the_next(journal: Journal) -> None:
    assert journal.checkpoint() is None
    for state in (b"first", b"second"):
        write(journal, 1, since=journal.seq)
        with journal.transaction():
            journal.save_checkpoint(state)
    assert journal.checkpoint() == (2, b"second")


def test_a_probe_writes_and_changes_nothing(journal: Journal, tmp_path: Path) -> None:
    wal = tmp_path / "facts.db-wal"
    write(journal, 1)
    before = wal.stat().st_size
    journal.probe()
    assert wal.stat().st_size > before
    journal.reopen()
    assert (journal.epoch, journal.seq) == (1, 1)


def test_a_store_that_is_gone_cannot_record(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    (tmp_path / "facts.db").write_bytes(b"\0" * 8192)
    (tmp_path / "facts.db-wal").unlink(missing_ok=True)
    with pytest.raises(Exception, match="not a database"):
        journal.reopen()


def test_a_locked_store_says_that_nothing_was_stored(journal: Journal, connection: Any) -> None:
    journal._connection.execute("PRAGMA busy_timeout = 0")
    with immediate(connection), pytest.raises(CannotRecord) as refused:
        write(journal, 1, since=9)
    assert not refused.value.disk_full
    assert journal.seq == 5


def test_proofs_of_counters_are_found_among_all_else(journal: Journal) -> None:
    proof = CounterCommissioned(
        Outcome.COMMISSIONED, "press-1", "strokes", "register 1", "", 10, 10, "NOT_TRIED", [], "person-1", "person-2"
    )
    with journal.transaction():
        for name, body in [("a", ClockStepped(1)), ("b", proof), ("c", ClockStepped(2)), ("d", proof)]:
            journal.append(Draft(name, moment(), body), 0)
    assert [fact.seq for fact in journal.commissionings()] == [2, 4]


def test_questions_about_pay_and_their_answers_are_found_among_all_else(journal: Journal) -> None:
    asked = LineQuestioned(Outcome.QUESTION_ASKED, "gate", "person-1", "2026-03-31", "gate-1/1/4")
    reply = QuestionAnswered(
        Outcome.QUESTION_ANSWERED, "person-2", 2, "person-1", "2026-03-31", QuestionReply.EXPLAINED
    )
    with journal.transaction():
        for name, body in [("a", ClockStepped(1)), ("b", asked), ("c", ClockStepped(2)), ("d", reply)]:
            journal.append(Draft(name, moment(), body), 0)
    assert [fact.seq for fact in journal.questions()] == [2, 4]
