"""The journal: appended, hash-chained, never changed. Core is its only writer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from database import Connection, immediate, migrate, open_writer
from edge.store.errors import CannotRecord, WrongBox
from edge.store.migrations import migrations
from edge.store.rows import COLUMNS, fact_of_row, row_of_fact
from sync.facts import Body, as_dict
from sync.wire import GENESIS, Fact, Stamp, sealed


@dataclass(frozen=True)
class Draft:
    """A fact that has not been numbered and chained yet."""

    command: str
    at: Stamp
    body: Body


class Journal:
    """facts.db, open for writing. One instance per box, in the process `core`."""

    def __init__(self, file: Path, key: bytes, device: str) -> None:
        self._file, self._key, self._device = file, key, device
        self._connection: Connection = None
        self.epoch = 0
        self.seq = 0
        self.head = GENESIS
        self.reopen()

    def reopen(self) -> None:
        """Opens or opens again, migrates, and reads where the chain stands. Raises CannotRecord."""
        self.close()
        with self._translated():
            connection = open_writer(self._file, self._key)
            self._connection = connection
            migrate(connection, migrations, self._file)
            with immediate(connection):
                connection.execute("INSERT OR IGNORE INTO box VALUES (1, ?, 1)", (self._device,))
            device, self.epoch = connection.execute("SELECT device, epoch FROM box").fetchone()
            if device != self._device:
                raise WrongBox(f"{self._file} is the journal of {device!r}, the configuration names {self._device!r}")
            self._read_head()

    def _read_head(self) -> None:
        query = """
            SELECT seq, hash FROM fact WHERE seq = (SELECT max(seq) FROM fact)
            UNION ALL SELECT last_seq, last_hash FROM seal ORDER BY 1 DESC LIMIT 1
        """
        row = self._connection.execute(query).fetchone()
        self.seq, self.head = row if row else (0, GENESIS)

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(dbapi2.Error):
                self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is appended inside is durable when this returns, or none of it is (CannotRecord)."""
        with self._translated():
            try:
                with immediate(self._connection):
                    yield
            except BaseException:
                # Rolled back: the chain goes on from what is really there. A broken store is opened anew later.
                with contextlib.suppress(dbapi2.Error):
                    self._read_head()
                raise

    def append(self, draft: Draft, part: int) -> Fact:
        """Numbers, chains and writes one fact inside the open transaction."""
        fact = sealed(
            Fact(
                device=self._device,
                epoch=self.epoch,
                seq=self.seq + 1,
                command=draft.command,
                part=part,
                kind=type(draft.body).__name__,
                at=draft.at,
                body=as_dict(draft.body),
                prev_hash=self.head,
                hash="",
            )
        )
        marks = ", ".join("?" * len(COLUMNS))
        self._connection.execute(f"INSERT INTO fact ({', '.join(COLUMNS)}) VALUES ({marks})", row_of_fact(fact))  # noqa: S608 - constant names
        self.seq, self.head = fact.seq, fact.hash
        return fact

    def of_command(self, command: str) -> list[Fact]:
        """The facts a command has already made; empty when it is new."""
        query = f"SELECT {', '.join(COLUMNS)} FROM fact WHERE command = ? ORDER BY part"  # noqa: S608 - constant names
        return [fact_of_row(row, self._device) for row in self._connection.execute(query, (command,)).fetchall()]

    def after(self, seq: int) -> Iterator[Fact]:
        """All facts after `seq`, oldest first."""
        query = f"SELECT {', '.join(COLUMNS)} FROM fact WHERE seq > ? ORDER BY seq"  # noqa: S608 - constant names
        with self._translated():
            for row in self._connection.execute(query, (seq,)):
                yield fact_of_row(row, self._device)

    def checkpoint(self) -> tuple[int, bytes] | None:
        """The last folded state and the seq it reaches."""
        with self._translated():
            row = self._connection.execute("SELECT seq, state FROM checkpoint").fetchone()
        return (row[0], row[1]) if row else None

    def save_checkpoint(self, state: bytes) -> None:
        """Replaces the folded state, inside the open transaction."""
        self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)", (self.seq, state))

    def probe(self) -> None:
        """Writes and commits a page that says what it said before. Raises CannotRecord while that cannot be done."""
        with self._translated(), immediate(self._connection):
            # An update to the value that is there already writes nothing; there and back again does.
            self._connection.execute("UPDATE box SET epoch = -epoch")
            self._connection.execute("UPDATE box SET epoch = -epoch")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (dbapi2.OperationalError, dbapi2.DatabaseError) as error:
            if isinstance(error, dbapi2.IntegrityError):
                raise
            raise CannotRecord(str(error), disk_full="full" in str(error)) from error
