"""reference.db: what HR sent down, how far HR has received, and what it refused. `sync` is its only writer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlcipher3 import dbapi2

from database import NotThereYet, Steps, immediate, migrate, open_reader, open_writer
from sync.reference.kept_pages import TABLES, KeptPages, SeenPages, carry_over
from sync.reference.kept_presence import TABLES as PRESENCE_TABLES
from sync.reference.kept_presence import KeptPresence, elsewhere
from sync.wire.anchors import ClockAnchor
from sync.wire.continuity import AtHr
from sync.wire.envelope import Receipt, canonical_json
from sync.wire.presence import NOWHERE, Elsewhere
from sync.wire.reference_data import Directory

if TYPE_CHECKING:
    from sqlite_utils import Database

steps = Steps("reference")


@steps("0001_reference")
def _reference(db: Database) -> None:
    for statement in (
        "CREATE TABLE reference (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER, body BLOB NOT NULL)",
        # How far HR has signed for; `head` is the chain head it saw there.
        "CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, head TEXT NOT NULL)",
        # Receipts are evidence: kept as received, with what is needed to check the signature again.
        "CREATE TABLE receipt (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, nonce TEXT NOT NULL, signature BLOB)",
        # Facts HR set aside: nothing is deleted, a person reads the reason.
        "CREATE TABLE parked (seq INTEGER PRIMARY KEY, code TEXT NOT NULL, detail TEXT NOT NULL)",
        "CREATE TABLE contact (one INTEGER PRIMARY KEY CHECK (one = 1), wall_us INTEGER NOT NULL, state TEXT NOT NULL)",
    ):
        db.execute(statement)


@steps("0002_sealed_answer")
def _sealed_answer(db: Database) -> None:
    # What HR said to a sealed record; `code` is empty when it took it. A refused one is not sent again.
    db.execute("CREATE TABLE sealed_answer (person TEXT PRIMARY KEY, code TEXT NOT NULL, detail TEXT NOT NULL)")


@steps("0003_epochs")
def _epochs(db: Database) -> None:
    # Until here every journal was of epoch 1. `parted`: what HR holds after `seq` is not what this box has.
    for statement in (
        "ALTER TABLE cursor RENAME TO old_cursor",
        "ALTER TABLE receipt RENAME TO old_receipt",
        "ALTER TABLE parked RENAME TO old_parked",
        """CREATE TABLE cursor (epoch INTEGER PRIMARY KEY, seq INTEGER NOT NULL, head TEXT NOT NULL,
           parted INTEGER NOT NULL DEFAULT 0)""",
        """CREATE TABLE receipt (epoch INTEGER, seq INTEGER, head TEXT NOT NULL, body BLOB NOT NULL,
           nonce TEXT NOT NULL, signature BLOB, PRIMARY KEY (epoch, seq)) WITHOUT ROWID""",
        """CREATE TABLE parked (epoch INTEGER, seq INTEGER, code TEXT NOT NULL, detail TEXT NOT NULL,
           PRIMARY KEY (epoch, seq))""",
        "INSERT INTO cursor SELECT 1, seq, head, 0 FROM old_cursor",
        "INSERT INTO receipt SELECT 1, seq, CAST(body AS TEXT) ->> '$.head', body, nonce, signature FROM old_receipt",
        "INSERT INTO parked SELECT 1, seq, code, detail FROM old_parked",
        "DROP TABLE old_cursor",
        "DROP TABLE old_receipt",
        "DROP TABLE old_parked",
    ):
        db.execute(statement)


@steps("0004_receipt_is_the_cursor")
def _receipt_is_the_cursor(db: Database) -> None:
    # Two rows for each receipt were two pages of the card. A cursor is only kept where the newest receipt is not it.
    for statement in (
        "ALTER TABLE receipt ADD COLUMN acknowledged INTEGER",
        "ALTER TABLE receipt ADD COLUMN parted INTEGER NOT NULL DEFAULT 0",
        "UPDATE receipt SET acknowledged = seq",
        "CREATE TABLE moved_cursor (epoch INTEGER PRIMARY KEY, seq INTEGER NOT NULL, parted INTEGER NOT NULL)",
        "INSERT INTO moved_cursor SELECT epoch, seq, parted FROM cursor",
        "DROP TABLE cursor",
    ):
        db.execute(statement)


@steps("0005_clock_anchor")
def _clock_anchor(db: Database) -> None:
    # The newest that HR's receipts said of the time: a `ClockAnchor` as JSON.
    db.execute("CREATE TABLE clock_anchor (one INTEGER PRIMARY KEY CHECK (one = 1), body BLOB NOT NULL)")


@steps("0006_pages")
def _pages(db: Database) -> None:
    for statement in TABLES:
        db.execute(statement)
    carry_over(db.conn)
    db.execute("DROP TABLE reference")


@steps("0007_presence")
def _presence(db: Database) -> None:
    for statement in PRESENCE_TABLES:
        db.execute(statement)


class KeptReceipt(NamedTuple):
    """A receipt as it came, with what is needed to check its signature again."""

    epoch: int
    seq: int
    body: bytes
    nonce: str
    signature: bytes


class Contact(NamedTuple):
    """When HR last answered (wall time, microseconds; 0 for never), and `ok`, `waiting`, `parted`,
    `certificate` or `unreachable`."""

    wall_us: int
    state: str
    acknowledged: int
    parked: int


class ReferenceStore:
    """The writer's end."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._connection = open_writer(file, key)
        migrate(self._connection, steps, file)
        self.pages = KeptPages(self._connection)
        self.presence = KeptPresence(self._connection)

    def close(self) -> None:
        self._connection.close()

    def sealed_settled(self) -> set[str]:
        """Person keys whose sealed record HR holds, or has refused: it is not sent again."""
        listed = {each.person for each in self.pages.rows("newcomers")}
        return listed | {person for (person,) in self._connection.execute("SELECT person FROM sealed_answer")}

    def sealed_answer(self, person: str, code: str = "", detail: str = "") -> None:
        """HR has signed for this person's sealed record, or has refused it with this code."""
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO sealed_answer VALUES (?, ?, ?)", (person, code, detail))

    def acknowledged(self, epoch: int | None = None) -> int:
        """The seq up to which HR has signed for what this box sent of an epoch, the newest if none is named."""
        return self.at_hr(epoch).common

    def at_hr(self, epoch: int | None = None) -> AtHr:
        """What HR's receipts say of an epoch; of the newest one without."""
        return _at_hr(self._connection, epoch)

    def accept(self, receipt: Receipt, body: bytes, signature: bytes, acknowledged: int, parted: bool = False) -> None:
        """Moves the cursor to `acknowledged`, keeps the receipt, and parks what HR refused, together.

        `parted`: HR holds something else than this box after `acknowledged`.
        """
        epoch = receipt.epoch
        with immediate(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (epoch, receipt.seq, receipt.head, body, receipt.nonce, signature, acknowledged, parted),
            )
            self._place(epoch, receipt.seq, acknowledged, parted)
            self._connection.executemany(
                "INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?)",
                [(epoch, refusal.seq, refusal.code, refusal.detail) for refusal in receipt.refusals],
            )

    def rewind(self, wanted: int, epoch: int = 1) -> None:
        """HR asks for `wanted` next: it was restored, or a receipt was lost."""
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO moved_cursor VALUES (?, ?, 0)", (epoch, wanted - 1))

    def _place(self, epoch: int, receipt_seq: int, acknowledged: int, parted: bool) -> None:
        """Of a restored HR newer receipts are kept than the last one that came: then the cursor stands by itself."""
        newest = self._connection.execute("SELECT max(seq) FROM receipt WHERE epoch = ?", (epoch,)).fetchone()[0]
        if newest == receipt_seq:
            self._connection.execute("DELETE FROM moved_cursor WHERE epoch = ?", (epoch,))
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO moved_cursor VALUES (?, ?, ?)", (epoch, acknowledged, parted)
            )

    def anchor(self) -> ClockAnchor | None:
        """What HR's receipts said last of the time."""
        return _anchor(self._connection)

    def note_anchor(self, anchor: ClockAnchor) -> None:
        """Keeps it for core, which makes a fact of it."""
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO clock_anchor VALUES (1, ?)", (canonical_json(anchor),))

    def contact(self, wall_us: int, state: str) -> None:
        """Notes how it went with HR. `wall_us` 0 keeps the last time it answered."""
        with immediate(self._connection):
            self._connection.execute(
                """INSERT INTO contact VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE
                   SET wall_us = iif(excluded.wall_us = 0, contact.wall_us, excluded.wall_us),
                       state = excluded.state""",
                (wall_us, state),
            )


class ReferenceReader:
    """The readers' end: core and the kiosk. Reads again only when the file has changed."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._file, self._key = file, key
        self._local = threading.local()

    def directory(self) -> Directory:
        """The people, badges, orders and shifts known now; an empty directory before the first download."""
        local = self._local
        try:
            connection = self._connected()
            changed = connection.execute("PRAGMA data_version").fetchone()[0]
            if changed != getattr(local, "seen", None):
                local.directory = self._pages().directory(connection)
                local.seen = changed
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
        return getattr(local, "directory", None) or Directory()

    def elsewhere(self) -> Elsewhere:
        """What is known of taps at other boxes; nothing before HR has told of any."""
        local = self._local
        try:
            connection = self._connected()
            changed = connection.execute("PRAGMA data_version").fetchone()[0]
            if changed != getattr(local, "heard", None):
                local.elsewhere = elsewhere(connection)
                local.heard = changed
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
        return getattr(local, "elsewhere", None) or NOWHERE

    def sealed_received(self) -> set[str]:
        """The newcomers whose sealed record HR keeps safe: the box may delete its own copy."""
        return {each.person for each in self.directory().reference.newcomers if each.safe}

    def at_hr(self) -> AtHr:
        """What HR has signed for of this box's newest epoch; nothing while that cannot be read."""
        try:
            return _at_hr(self._connected(), None)
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
            return AtHr()

    def anchor(self) -> ClockAnchor | None:
        """What HR's receipts said last of the time; nothing while that cannot be read."""
        try:
            return _anchor(self._connected())
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
            return None

    def receipts(self) -> Iterator[KeptReceipt]:
        """Every receipt, in order. Raises NotThereYet on a box that never spoke to HR."""
        rows = self._connected().execute("SELECT epoch, seq, body, nonce, signature FROM receipt ORDER BY epoch, seq")
        for row in rows:
            yield KeptReceipt(*row)

    def contact(self) -> Contact:
        """How it stands with HR."""
        try:
            row = self._connected().execute("SELECT wall_us, state FROM contact").fetchone() or (0, "unreachable")
            at_hr = _at_hr(self._connected(), None)
            parked = self._connected().execute("SELECT count(*) FROM parked").fetchone()
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
            return Contact(0, "unreachable", 0, 0)
        return Contact(int(row[0]), str(row[1]), at_hr.common, int(parked[0]))

    def close(self) -> None:
        """Closes the connection of the calling thread."""
        connection = getattr(self._local, "connection", None)
        self._local.connection, self._local.seen, self._local.heard = None, None, None
        if connection is not None:
            with contextlib.suppress(dbapi2.Error):
                connection.close()

    def _connected(self) -> dbapi2.Connection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = open_reader(self._file, self._key)
        return self._local.connection

    def _pages(self) -> SeenPages:
        if getattr(self._local, "pages", None) is None:
            self._local.pages = SeenPages()
        pages: SeenPages = self._local.pages
        return pages


NEWEST_EPOCH = """SELECT max(coalesce((SELECT max(epoch) FROM receipt), 0),
                             coalesce((SELECT max(epoch) FROM moved_cursor), 0))"""
NEWEST_RECEIPT = "SELECT seq, head, acknowledged, parted FROM receipt WHERE epoch = ? ORDER BY seq DESC LIMIT 1"


def _at_hr(connection: dbapi2.Connection, epoch: int | None) -> AtHr:
    # A cursor may stand without a receipt (HR asked for the beginning), and a receipt says more than the cursor.
    epoch = epoch or int(connection.execute(NEWEST_EPOCH).fetchone()[0])
    moved = connection.execute("SELECT seq, parted FROM moved_cursor WHERE epoch = ?", (epoch,)).fetchone()
    receipt = connection.execute(NEWEST_RECEIPT, (epoch,)).fetchone()
    if moved is None and receipt is None:
        return AtHr()
    seq, head, *stands = receipt or (0, "")
    common, parted = moved or stands
    return AtHr(epoch, seq, head, common, bool(parted))


def _anchor(connection: dbapi2.Connection) -> ClockAnchor | None:
    row = connection.execute("SELECT body FROM clock_anchor").fetchone()
    return msgspec.json.decode(row[0], type=ClockAnchor) if row else None
