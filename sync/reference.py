"""reference.db: what HR sent down, how far HR has received, and what it refused. `sync` is its only writer."""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlcipher3 import dbapi2
from sqlite_utils import Database, Migrations

from database import NotThereYet, immediate, migrate, open_reader, open_writer
from sync.reference_data import Directory, Reference
from sync.wire import Receipt, canonical_json

log = logging.getLogger(__name__)

migrations = Migrations("reference")


@migrations(name="0001_reference")
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


class Contact(NamedTuple):
    """When HR last answered (wall time, microseconds; 0 for never), and `ok`, `waiting` or `unreachable`."""

    wall_us: int
    state: str
    acknowledged: int
    parked: int


class ReferenceStore:
    """The writer's end."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._connection = open_writer(file, key)
        migrate(self._connection, migrations, file)

    def close(self) -> None:
        self._connection.close()

    def version(self) -> int:
        row = self._connection.execute("SELECT version FROM reference").fetchone()
        return int(row[0]) if row else 0

    def replace(self, reference: Reference) -> None:
        """The whole of it in one transaction: readers see the old or the new, never a mixture."""
        with immediate(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO reference VALUES (1, ?, ?)", (reference.version, canonical_json(reference))
            )

    def acknowledged(self) -> int:
        """The seq up to which HR has signed a receipt; 0 before the first."""
        row = self._connection.execute("SELECT seq FROM cursor").fetchone()
        return int(row[0]) if row else 0

    def accept(self, receipt: Receipt, body: bytes, signature: bytes, acknowledged: int) -> None:
        """Moves the cursor to `acknowledged`, keeps the receipt, and parks what HR refused, together."""
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?, ?)", (acknowledged, receipt.head))
            self._connection.execute(
                "INSERT OR REPLACE INTO receipt VALUES (?, ?, ?, ?)", (receipt.seq, body, receipt.nonce, signature)
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO parked VALUES (?, ?, ?)",
                [(refusal.seq, refusal.code, refusal.detail) for refusal in receipt.refusals],
            )

    def rewind(self, wanted: int) -> None:
        """HR asks for `wanted` next: it was restored, or a receipt was lost."""
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?, '')", (wanted - 1,))

    def contact(self, wall_us: int, state: str) -> None:
        """Notes how it went with HR. `wall_us` 0 keeps the last time it answered."""
        with immediate(self._connection):
            self._connection.execute(
                """INSERT INTO contact VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE
                   SET wall_us = max(contact.wall_us, excluded.wall_us), state = excluded.state""",
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
                local.directory = self._read(connection)
                local.seen = changed
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
        return getattr(local, "directory", None) or Directory()

    def contact(self) -> Contact:
        """How it stands with HR."""
        try:
            row = self._connected().execute("SELECT wall_us, state FROM contact").fetchone() or (0, "unreachable")
            seq = self._connected().execute("SELECT seq FROM cursor").fetchone() or (0,)
            parked = self._connected().execute("SELECT count(*) FROM parked").fetchone()
        except (NotThereYet, dbapi2.OperationalError):
            self.close()
            return Contact(0, "unreachable", 0, 0)
        return Contact(int(row[0]), str(row[1]), int(seq[0]), int(parked[0]))

    def close(self) -> None:
        """Closes the connection of the calling thread."""
        connection = getattr(self._local, "connection", None)
        self._local.connection, self._local.seen = None, None
        if connection is not None:
            with contextlib.suppress(dbapi2.Error):
                connection.close()

    def _connected(self) -> dbapi2.Connection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = open_reader(self._file, self._key)
        return self._local.connection

    @staticmethod
    def _read(connection: dbapi2.Connection) -> Directory:
        row = connection.execute("SELECT body FROM reference").fetchone()
        try:
            return Directory(msgspec.json.decode(row[0], type=Reference)) if row else Directory()
        except msgspec.MsgspecError as error:
            # Clocking goes on without it, every badge unknown, until HR's next version comes.
            log.error("the reference data is of another release: %s", error)
            return Directory()
