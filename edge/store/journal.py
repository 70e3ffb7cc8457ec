"""The journal: appended, hash-chained, never changed. Core is its only writer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from database import Connection, immediate, migrate, open_writer
from edge.store.errors import CannotRecord, DamagedJournal, WrongBox
from edge.store.migrations import steps
from edge.store.rows import COLUMNS, fact_of_row, row_of_fact
from sync.wire.envelope import GENESIS, ClockState, Fact, Stamp, fact_hash, sealed
from sync.wire.facts import Body, as_dict
from sync.wire.identity import sealed_digest


@dataclass(frozen=True)
class Draft:
    """A fact that has not been numbered and chained yet."""

    command: str
    at: Stamp
    body: Body


class Journal:
    """facts.db, open for writing. One instance per box, in the process `core`."""

    def __init__(self, file: Path, key: bytes, device: str, epoch: int = 1) -> None:
        self._file, self._key, self._device = file, key, device
        self._connection: Connection = None
        self.epoch = epoch
        self.seq = 0
        self.head = GENESIS
        self.reopen()
        self._flush_what_was_left()

    def _flush_what_was_left(self) -> None:
        """The core before this one may have died of a failed flush: what it left in the page cache looks stored. Here
        it is written into the database itself and flushed, before anybody is told that it is there."""
        with self._translated():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def reopen(self) -> None:
        """Opens or opens again, migrates, and reads where the chain stands. Raises CannotRecord."""
        with self._translated():
            connection = open_writer(self._file, self._key)
            # The old one is let go only now: a file that nobody has open is recovered at the next opening, and a
            # transaction whose flush has failed would come back as if it had been committed.
            self.close()
            self._connection = connection
            migrate(connection, steps, self._file)
            with immediate(connection):
                connection.execute("INSERT OR IGNORE INTO box VALUES (1, ?, ?)", (self._device, self.epoch))
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

    def keep_sealed(self, person: str, seq: int, sealed: bytes) -> None:
        """Keeps what fact `seq` says was sealed, inside the open transaction."""
        self._connection.execute(
            "INSERT INTO sealed_record VALUES (?, ?, ?, ?)", (person, seq, sealed_digest(sealed), sealed)
        )

    def sealed_people(self) -> set[str]:
        """Whose sealed records are kept."""
        with self._translated():
            return {person for (person,) in self._connection.execute("SELECT person FROM sealed_record")}

    def drop_sealed(self, people: Set[str]) -> None:
        """Deletes their sealed records; the file keeps no copy of the bytes."""
        with self.transaction():
            self._connection.executemany("DELETE FROM sealed_record WHERE person = ?", [(each,) for each in people])

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

    def checked_after(self, seq: int) -> Iterator[Fact]:
        """The same, each held against its own hash and the one before it. Raises DamagedJournal."""
        head = GENESIS if seq == 0 else None
        for fact in self.after(seq):
            fits = fact.hash == fact_hash(fact)
            fits &= self.holds(fact.seq - 1, fact.prev_hash) if head is None else fact.prev_hash == head
            if not fits or fact.seq != seq + 1:
                raise DamagedJournal(self._file, f"fact {fact.seq} does not continue what was written before it")
            seq, head = fact.seq, fact.hash
            yield fact

    def newest_believed_us(self) -> int:
        """The wall time of the newest fact, 0 when it came from a clock that nobody had set."""
        with self._translated():
            row = self._connection.execute("SELECT wall_us, clock FROM fact ORDER BY seq DESC LIMIT 1").fetchone()
        return row[0] if row and row[1] != ClockState.NONE else 0

    def holds(self, seq: int, hash_: str) -> bool:
        """Whether the fact with this number has this hash; what was pruned is believed to have had it."""
        query = """
            SELECT hash FROM fact WHERE seq = :seq
            UNION ALL SELECT iif(last_seq = :seq, last_hash, :hash) FROM seal WHERE :seq BETWEEN first_seq AND last_seq
        """
        with self._translated():
            row = self._connection.execute(query, {"seq": seq, "hash": hash_}).fetchone()
        return row is not None and row[0] == hash_

    def taps_since(self, wall_us: int) -> list[Fact]:
        """Taps at clock readers and choices of their direction, not before this by the wall clock, oldest first."""
        return self._facts("kind IN ('AttendanceTap', 'DirectionChosen') AND wall_us >= ?", wall_us)

    def commissionings(self) -> list[Fact]:
        """All proofs of counters, oldest first."""
        return self._facts("kind = 'CounterCommissioned' AND machine IS NOT NULL")

    def questions(self) -> list[Fact]:
        """All questions about lines of pay and their answers, oldest first."""
        return self._facts("kind IN ('LineQuestioned', 'QuestionAnswered') AND work_date IS NOT NULL")

    def _facts(self, where: str, *values: object) -> list[Fact]:
        query = f"SELECT {', '.join(COLUMNS)} FROM fact WHERE {where} ORDER BY seq"  # noqa: S608 - constant names
        with self._translated():
            rows = self._connection.execute(query, values).fetchall()
        return [fact_of_row(row, self._device) for row in rows]

    def sealed_records(self) -> list[tuple[str, int, bytes]]:
        """The records that are kept: person key, fact, sealed bytes."""
        with self._translated():
            rows = self._connection.execute("SELECT person, seq, sealed FROM sealed_record ORDER BY seq").fetchall()
        return [(person, seq, record) for person, seq, record in rows]

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
            if "malformed" in str(error):
                raise DamagedJournal(self._file, str(error)) from error
            raise CannotRecord(str(error), disk_full="full" in str(error)) from error
