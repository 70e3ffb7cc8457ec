"""What an identity card says is on no disk of the box: in no database, even without a key, no log and no free page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

import database
from database import KeyRefused, open_reader
from sync.wire.envelope import b64
from sync.wire.identity import Identity, seal, sealing_fingerprint, unseal
from tests.faults import canary
from tests.faults.canary import BADGE, CARD, EVERYTHING, IDENTITY, PERSON, found_in, joining, search, spellings
from tests.moments import moment
from tests.newcomers import SEALING_KEY
from tests.unit.core.running import EIGHT_S, RunningCore
from tests.unit.store.boxes import KEY, OTHER_KEY, open_journal, write


@pytest.mark.slow
def test_he_is_at_hr_and_nowhere_on_the_box():
    found = canary.run()
    assert found.at_hr == list(IDENTITY)
    assert found.on_screen == ["order", "reason", "operation", "amount as shown"]
    # The badge is in the facts, and HR has told the box his name: that is what the databases are keyed for.
    assert found.with_key == {"facts.db": ["badge"], "reference.db": ["name", "badge"]}
    assert found.on_box == {}


def open_as(uri: str) -> database.Connection:
    connection = dbapi2.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


@pytest.fixture
def unkeyed(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCore]:
    """Core on a journal that anybody can read."""
    monkeypatch.setattr(database, "_keyed", lambda uri, _key: open_as(uri))
    core = RunningCore(short_folder).start()
    yield core
    core.close()


def test_even_a_store_without_a_key_holds_nothing_of_the_card(unkeyed: RunningCore):
    record = seal(Identity(PERSON, CARD), SEALING_KEY.public_key())
    commands = joining(sealing_fingerprint(SEALING_KEY.public_key()), record, lambda: moment(EIGHT_S), "gate")
    for command in commands:
        unkeyed.ask(command)
    folder = unkeyed.folder
    assert (folder / "facts.db").read_bytes().startswith(b"SQLite format 3")
    for stopped in (False, True):
        if stopped:
            unkeyed.stop()
        hits = search(folder, EVERYTHING)
        assert hits, "the badge is in the facts, so the search must find it"
        assert {name for names in hits.values() for name in names} == {"badge"}
    assert any(record in file.read_bytes() for file in folder.glob("facts.db*"))
    assert unseal(record, PERSON, SEALING_KEY).card == CARD


def test_what_was_sealed_leaves_no_copy_in_free_pages_once_hr_has_it(unkeyed: RunningCore):
    record = seal(Identity(PERSON, CARD), SEALING_KEY.public_key())
    for command in joining(sealing_fingerprint(SEALING_KEY.public_key()), record, lambda: moment(EIGHT_S), "gate"):
        unkeyed.ask(command)
    unkeyed.journal.drop_sealed({PERSON})
    unkeyed.stop()
    assert [file.name for file in unkeyed.folder.glob("facts.db*") if record in file.read_bytes()] == []


def test_the_store_that_is_shipped_is_keyed(tmp_path: Path):
    journal = open_journal(tmp_path)
    write(journal, 3)
    journal.close()
    file = tmp_path / "facts.db"
    assert not file.read_bytes().startswith(b"SQLite format 3")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        sqlite3.connect(file).execute("SELECT * FROM fact")
    with pytest.raises(KeyRefused):
        open_reader(file, OTHER_KEY)
    assert open_reader(file, KEY).execute("SELECT count(*) FROM fact").fetchone() == (3,)


@pytest.mark.parametrize("how", range(len(spellings(CARD.name))))
def test_the_search_finds_every_spelling(how: int):
    hidden = b"\x00\x17" + spellings(CARD.name)[how] + b"\xff"
    assert found_in(hidden, IDENTITY) == ["name"]


def test_the_search_finds_base64_at_any_place_and_nothing_where_nothing_is():
    for shift in range(4):
        text = b"x" * shift + CARD.number.encode() + b"and more"
        assert found_in(database.__name__.encode() + b64(text).encode(), EVERYTHING) == ["number"]
    assert found_in(BADGE[:-1].encode(), EVERYTHING) == []
