"""reference.db: replaced whole, receipts kept, the cursor moved only with its receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlcipher3 import dbapi2
from sqlite_utils import Database

from database import Connection, KeyRefused, NewerSchema, open_writer
from sync.reference import kept_pages
from sync.reference.store import Contact, ReferenceReader, ReferenceStore, steps
from sync.wire.continuity import AtHr
from sync.wire.envelope import Receipt, Refusal, canonical_json
from sync.wire.reference_data import Badge, Newcomer, Person, Reference
from sync.wire.reference_pages import KindPages, Manifest
from tests.references import give, pages_of

KEY = bytes(range(32))
OLD = Reference(1, "plant", people=[Person("p-1", "1001", "张伟")], badges=[Badge("EM4100:01", "p-1")])
NEW = Reference(2, "plant", people=[Person("p-2", "1002", "王芳")], badges=[Badge("EM4100:02", "p-2")])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "reference.db"


@pytest.fixture
def store(file: Path) -> Iterator[ReferenceStore]:
    store = ReferenceStore(file, KEY)
    yield store
    store.close()


@pytest.fixture
def reader(file: Path) -> Iterator[ReferenceReader]:
    reader = ReferenceReader(file, KEY)
    yield reader
    reader.close()


def listing(version: int, *newcomers: Newcomer) -> Reference:
    return Reference(version, "plant", newcomers=list(newcomers))


def test_a_sealed_record_may_go_only_once_hr_says_that_it_is_safe(store: ReferenceStore, reader: ReferenceReader):
    assert reader.sealed_received() == set()
    store.sealed_answer("p-1")
    give(store.pages, listing(1, Newcomer("p-1"), Newcomer("p-2", safe=True)))
    assert reader.sealed_received() == {"p-2"}
    give(store.pages, listing(2, Newcomer("p-1", safe=True)))
    assert reader.sealed_received() == {"p-1"}


def test_what_hr_took_is_settled_until_its_list_no_longer_names_it(store: ReferenceStore):
    store.sealed_answer("p-1")
    store.sealed_answer("p-2", "conflict", "another one came before")
    assert store.sealed_settled() == {"p-1", "p-2"}
    give(store.pages, listing(1, Newcomer("p-1")))
    assert store.sealed_settled() == {"p-1", "p-2"}
    give(store.pages, listing(2))
    assert store.sealed_settled() == {"p-2"}


def receipt(seq: int, *refusals: Refusal) -> Receipt:
    return Receipt("box-1", 1, seq, "head", 1, "nonce", list(refusals))


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    connection = open_writer(file, KEY)
    try:
        found: list[tuple[object, ...]] = connection.execute(query).fetchall()
        return found
    finally:
        connection.close()


def test_before_the_first_download_nobody_is_known_and_nothing_fails(reader: ReferenceReader):
    assert reader.directory().reference.version == 0
    assert reader.directory().badge("EM4100:01") is None
    assert reader.contact() == Contact(0, "unreachable", 0, 0)


def test_a_reader_sees_the_new_directory_at_once_and_whole(store: ReferenceStore, reader: ReferenceReader):
    give(store.pages, OLD)
    assert reader.directory().reference == OLD
    give(store.pages, NEW)
    assert reader.directory().reference == NEW
    assert reader.directory().reference.version == 2


def test_an_unchanged_directory_is_not_read_again(store: ReferenceStore, reader: ReferenceReader):
    give(store.pages, OLD)
    assert reader.directory() is reader.directory()


def test_what_has_not_changed_is_not_read_again_when_something_else_in_the_file_has(
    store: ReferenceStore, reader: ReferenceReader
):
    give(store.pages, OLD)
    before = reader.directory()
    store.accept(receipt(5), b"body", b"sig", 5)
    assert reader.directory() is before
    give(store.pages, msgspec.structs.replace(OLD, plant="another"))
    after = reader.directory()
    assert after is not before
    assert after.badge("EM4100:01") is before.badge("EM4100:01")


def test_readers_see_the_old_badges_until_the_last_page_of_the_new_set_is_here(
    store: ReferenceStore, reader: ReferenceReader
):
    give(store.pages, OLD)
    manifest, pages = pages_of(NEW)
    for page in store.pages.missing(manifest):
        store.pages.keep(page, pages[page])
        assert reader.directory().reference == OLD
    store.pages.show(manifest)
    assert reader.directory().reference == NEW


def test_a_reader_that_is_overtaken_while_it_reads_sees_one_set(
    store: ReferenceStore, reader: ReferenceReader, monkeypatch: pytest.MonkeyPatch
):
    give(store.pages, OLD)
    read, overtaken = kept_pages._body, iter([NEW])

    def slowly(connection: Connection, page: kept_pages.PageName) -> bytes:
        for newer in overtaken:
            monkeypatch.setattr(kept_pages, "_body", read)
            give(store.pages, newer)
        return read(connection, page)

    monkeypatch.setattr(kept_pages, "_body", slowly)
    assert reader.directory().reference == OLD
    assert reader.directory().reference == NEW


def test_what_came_before_a_cut_is_not_asked_for_again_also_by_a_new_process(store: ReferenceStore, file: Path):
    manifest, pages = pages_of(OLD)
    first, *rest = store.pages.missing(manifest)
    store.pages.keep(first, pages[first])
    store.close()
    again = ReferenceStore(file, KEY)
    assert again.pages.missing(manifest) == rest
    again.close()


def test_pages_of_a_set_that_was_never_seen_are_let_go_with_the_next(store: ReferenceStore, file: Path):
    give(store.pages, OLD)
    manifest, pages = pages_of(NEW)
    for page in store.pages.missing(manifest):
        store.pages.keep(page, pages[page])
    third = msgspec.structs.replace(OLD, badges=[])
    assert store.pages.missing(pages_of(third)[0]) == []
    kept = rows(file, "SELECT kind, name FROM reference_page")
    assert set(kept) == set(pages_of(OLD)[1])


def test_the_badge_of_a_leaver_is_gone_from_the_file_with_the_next_set(store: ReferenceStore, file: Path):
    give(store.pages, OLD)
    give(store.pages, NEW)
    assert set(rows(file, "SELECT kind, name FROM reference_page")) == set(pages_of(NEW)[1])


def test_a_set_that_breaks_leaves_the_old_directory(store: ReferenceStore, reader: ReferenceReader):
    give(store.pages, OLD)
    version = store.pages.version()
    broken = Manifest([], pages_of(NEW)[0].kinds)  # type: ignore[arg-type]  # breaks it
    store._connection.execute(
        "CREATE TRIGGER broken BEFORE DELETE ON reference_page BEGIN SELECT raise(ABORT, 'x'); END"
    )
    with pytest.raises(dbapi2.Error):
        store.pages.show(broken)
    assert reader.directory().reference == OLD
    assert store.pages.version() == version
    store._connection.execute("DROP TRIGGER broken")
    give(store.pages, NEW)


def test_a_kind_that_an_older_release_left_out_is_asked_for_by_one_that_knows_it(store: ReferenceStore, file: Path):
    give(store.pages, OLD)
    rows(file, "DELETE FROM reference_page WHERE kind = 'badges' RETURNING 1")
    again = ReferenceStore(file, KEY)
    assert again.pages.version() == ""
    manifest, _ = pages_of(OLD)
    assert [page[0] for page in again.pages.missing(manifest)] == ["badges"]
    give(again.pages, OLD)
    assert again.pages.version() == manifest.version
    again.close()


def test_a_kind_that_this_release_does_not_know_is_left_alone(store: ReferenceStore, reader: ReferenceReader):
    manifest, pages = pages_of(OLD)
    more = Manifest(manifest.version, [*manifest.kinds, KindPages("robots", ["0" * 32], must_know=False)])
    for page in store.pages.missing(more):
        store.pages.keep(page, pages[page])
    store.pages.show(more)
    assert (reader.directory().reference, store.pages.version()) == (OLD, manifest.version)


@pytest.mark.parametrize("known", [OLD, None], ids=["knew people", "knew nobody"])
def test_a_box_brought_up_from_an_older_release_knows_whom_it_knew_and_asks_for_all_of_it(
    file: Path, reader: ReferenceReader, known: Reference | None
):
    connection = open_writer(file, KEY)
    steps.migrations().apply(Database(connection), stop_before="0006_pages")
    if known is not None:
        connection.execute("INSERT INTO reference VALUES (1, 7, ?)", (canonical_json(known),))
    connection.close()
    store = ReferenceStore(file, KEY)
    assert store.pages.version() == ""
    assert reader.directory().reference.rows() == (known or Reference(0, "")).rows()
    assert reader.directory().reference.version == (7 if known else 0)
    give(store.pages, NEW)
    assert reader.directory().reference.rows() == NEW.rows()
    store.close()


def test_what_another_release_wrote_leaves_a_box_that_knows_nobody(
    store: ReferenceStore, reader: ReferenceReader, file: Path, caplog: pytest.LogCaptureFixture
):
    give(store.pages, OLD)
    rows(
        file,
        """UPDATE reference_page SET body = '[{"key":"EM4100:01","person":"p","robot":1}]' WHERE kind = 'badges'
                  RETURNING 1""",
    )
    assert reader.directory().reference.version == 0
    assert reader.directory().reference.version == 0
    assert caplog.text.count("of another release") == 1
    again = ReferenceStore(file, KEY)
    assert (again.pages.version(), again.pages.rows("badges")) == ("", [])
    again.close()


def test_a_receipt_moves_the_cursor_and_is_kept_as_evidence(store: ReferenceStore, file: Path):
    assert store.acknowledged() == 0
    store.accept(receipt(5), b"body-5", b"sig-5", 5)
    store.accept(receipt(9), b"body-9", b"sig-9", 9)
    assert store.acknowledged() == 9
    kept = rows(file, "SELECT seq, body, nonce, signature FROM receipt ORDER BY seq")
    assert kept == [(5, b"body-5", "nonce", b"sig-5"), (9, b"body-9", "nonce", b"sig-9")]


def test_a_receipt_for_more_than_was_sent_moves_the_cursor_no_further_than_what_was_sent(store: ReferenceStore):
    store.accept(receipt(2000), b"body", b"sig", 500)
    assert store.acknowledged() == 500


def test_a_refused_fact_is_parked_with_its_reason_in_the_same_transaction(
    store: ReferenceStore, reader: ReferenceReader, file: Path
):
    store.accept(receipt(5, Refusal(3, "bad_body", "why")), b"body", b"sig", 5)
    assert rows(file, "SELECT * FROM parked") == [(1, 3, "bad_body", "why")]
    assert reader.contact().parked == 1
    with pytest.raises(dbapi2.Error):
        store.accept(receipt(9, Refusal(7, "bad_body", [])), b"body", b"sig", 9)  # type: ignore[arg-type]  # breaks it
    assert store.acknowledged() == 5


def test_a_rewind_sends_again_from_what_hr_wants(store: ReferenceStore):
    store.accept(receipt(9), b"body", b"sig", 9)
    store.rewind(4)
    assert store.acknowledged() == 3


def test_after_a_rewind_the_cursor_stands_where_hr_is_until_its_receipts_have_caught_up(
    store: ReferenceStore, file: Path
):
    store.accept(receipt(9), b"old", b"sig", 9)
    store.rewind(4)
    for seq in (5, 7):
        store.accept(receipt(seq), b"body", b"sig", seq)
        assert store.acknowledged() == seq
    store.accept(receipt(9), b"new", b"sig", 9)
    assert store.acknowledged() == 9
    store.accept(receipt(12), b"body", b"sig", 12, parted=True)
    assert (store.at_hr().common, store.at_hr().parted) == (12, True)
    assert rows(file, "SELECT seq FROM receipt") == [(5,), (7,), (9,), (12,)]


def test_a_box_brought_up_from_an_older_release_goes_on_where_hr_was(file: Path):
    connection = open_writer(file, KEY)
    steps.migrations().apply(Database(connection), stop_before="0004_receipt_is_the_cursor")
    connection.execute("INSERT INTO cursor VALUES (1, 6, 'head', 1)")
    connection.execute("INSERT INTO receipt VALUES (1, 9, 'head', X'00', 'nonce', X'00')")
    connection.close()
    store = ReferenceStore(file, KEY)
    assert store.at_hr() == AtHr(1, 9, "head", 6, True)
    store.accept(receipt(10), b"body", b"sig", 10)
    assert store.at_hr() == AtHr(1, 10, receipt(10).head, 10, False)
    store.close()


def test_receipts_survive_a_rewind(store: ReferenceStore, file: Path):
    store.accept(receipt(9), b"body", b"sig", 9)
    store.rewind(1)
    assert rows(file, "SELECT seq FROM receipt") == [(9,)]


def test_the_time_of_the_last_contact_stays_when_hr_goes_away(store: ReferenceStore, reader: ReferenceReader):
    store.contact(1_000, "ok")
    store.contact(0, "unreachable")
    assert reader.contact() == Contact(1_000, "unreachable", 0, 0)


def test_everything_is_there_after_the_process_came_back(store: ReferenceStore, file: Path):
    give(store.pages, OLD)
    store.accept(receipt(9), b"body", b"sig", 9)
    store.close()
    again = ReferenceStore(file, KEY)
    assert (again.pages.version(), again.acknowledged()) == (pages_of(OLD)[0].version, 9)
    again.close()


def test_a_reader_survives_that_the_file_is_made_after_it(file: Path, reader: ReferenceReader):
    assert reader.directory().reference.version == 0
    store = ReferenceStore(file, KEY)
    give(store.pages, OLD)
    assert reader.directory().reference == OLD
    store.close()


def test_a_newer_reference_db_is_not_touched(store: ReferenceStore, file: Path):
    store.close()
    rows(file, "INSERT INTO _sqlite_migrations VALUES (NULL, 'reference', '0099_future', '2036') RETURNING 1")
    with pytest.raises(NewerSchema, match="0099_future"):
        ReferenceStore(file, KEY)


def test_another_key_does_not_open_it(store: ReferenceStore, file: Path):
    store.close()
    with pytest.raises(KeyRefused):
        ReferenceStore(file, bytes(32))


def test_names_and_badges_do_not_lie_on_the_card_in_the_clear(store: ReferenceStore, file: Path):
    give(store.pages, OLD)
    on_disk = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert b"EM4100" not in on_disk
    assert "张伟".encode() not in on_disk
