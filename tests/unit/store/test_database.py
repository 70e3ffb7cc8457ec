"""How the box opens its databases: encrypted, durable, one writer, readers that cannot write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from database import Connection, KeyRefused, NotThereYet, immediate, open_reader, open_writer, read_key
from edge.store.journal import Draft
from sync.wire.facts import AttendanceTap, Outcome
from tests.moments import moment
from tests.unit.store.boxes import KEY, OTHER_KEY, open_journal

CANARY = "EM4100:CANARY0001"
FULL = 2


def test_the_writer_waits_for_the_disk_and_writes_ahead(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "some.db", KEY)
    settings = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": FULL}
    connection.close()


def test_sqlite_is_newer_than_the_one_that_corrupts_a_wal() -> None:
    assert dbapi2.sqlite_version_info >= (3, 51, 3)


@pytest.mark.parametrize("clean", [True, False], ids=["closed", "with its WAL"])
def test_nobody_reads_the_card_without_the_key(tmp_path: Path, clean: bool) -> None:
    journal = open_journal(tmp_path)
    body = AttendanceTap(Outcome.UNKNOWN_BADGE, "gate", "reader", "2026-03-31", badge=CANARY)
    with journal.transaction():
        journal.append(Draft("canary-command", moment(), body), 0)
    if clean:
        journal.close()
    for file in tmp_path.iterdir():
        raw = file.read_bytes()
        assert not raw.startswith(b"SQLite format 3")
        if not file.name.endswith("-shm"):
            assert not any(word in raw for word in (CANARY.encode(), b"canary", b"CREATE TABLE", b"box-1"))
    journal.close()


@pytest.mark.parametrize("opener", [open_writer, open_reader])
def test_another_key_is_refused_in_words(tmp_path: Path, opener: Callable[[Path, bytes], Connection]) -> None:
    open_journal(tmp_path).close()
    with pytest.raises(KeyRefused, match="belong together"):
        opener(tmp_path / "facts.db", OTHER_KEY)


def test_a_plain_database_is_not_taken_for_ours(tmp_path: Path) -> None:
    plain = dbapi2.connect(str(tmp_path / "facts.db"))
    plain.execute("CREATE TABLE fact (seq)")
    plain.close()
    with pytest.raises(KeyRefused):
        open_writer(tmp_path / "facts.db", KEY)


def test_a_reader_of_what_is_not_there_is_told_so_and_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotThereYet):
        open_reader(tmp_path / "facts.db", KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    reader = open_reader(tmp_path / "facts.db", KEY)
    with pytest.raises(dbapi2.OperationalError, match="readonly"):
        reader.execute("DELETE FROM box")
    reader.close()
    journal.close()


def half_a_transaction(connection: Connection, error: type[BaseException]) -> None:
    with immediate(connection):
        connection.execute("INSERT INTO thing VALUES ('half')")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_transaction_is_rolled_back_whatever_ends_it(tmp_path: Path, error: type[BaseException]) -> None:
    connection = open_writer(tmp_path / "some.db", KEY)
    connection.execute("CREATE TABLE thing (name)")
    with pytest.raises(error):
        half_a_transaction(connection, error)
    assert connection.execute("SELECT count(*) FROM thing").fetchone() == (0,)
    assert not connection.in_transaction
    connection.close()


@pytest.mark.parametrize(
    ("text", "message"), [(None, "no database key"), ("xyz", "no database key"), ("00" * 16, "64 hex digits, got 32")]
)
def test_a_key_file_that_is_none_says_how_to_make_one(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "key"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_key(file)


def test_a_key_file_is_64_hex_digits(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY.hex() + "\n")
    assert read_key(tmp_path / "key") == KEY
