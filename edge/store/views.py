"""Reading the journal for pages and for `sync`: read-only, all rows fetched, no transaction kept open."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from database import RECORD, NewerSchema, NotThereYet, open_reader, refuse_newer
from edge.store.files import file_of, journals, newest
from edge.store.migrations import steps
from edge.store.rows import COLUMNS, fact_of_row
from sync.wire.envelope import Fact


class JournalViews(Protocol):
    """What the pages read. Each call raises NotThereYet or NewerSchema instead of guessing."""

    def head(self) -> int:
        """The last seq; 0 for an empty journal."""

    def answers_after(self, seq: int, limit: int = 100) -> list[Fact]:
        """Facts with an outcome shown at a station (body has `outcome` and `station`), oldest first."""

    def of_person(self, person: str, since_wall_us: int) -> list[Fact]:
        """Taps, choices, log-ons, log-offs and confirmations whose body names this person, oldest first."""

    def of_work_date(self, work_date: str, kinds: list[str]) -> list[Fact]:
        """Facts of these kinds whose body has this `work_date`, oldest first."""

    def of_kinds(self, kinds: list[str], after: int) -> list[Fact]:
        """Facts of these kinds after `after`, oldest first. Reads all that came since: for what is rare and recent."""

    def facts(self, seqs: list[int]) -> list[Fact]:
        """The facts with these seqs, in order of seq; missing ones are left out."""

    def latest(self, kind: str, machine: str) -> Fact | None:
        """The last fact of this kind whose body names this machine."""

    def latest_of_person(self, kind: str, person: str) -> Fact | None:
        """The last fact of this kind whose body names this person."""

    def of_machine(self, kind: str, machine: str, after: int, limit: int) -> list[Fact]:
        """The last `limit` facts of this kind after `after` whose body names this machine, oldest first."""


class SqlViews:
    """JournalViews over the newest journal. One connection per thread; opened again after an error, or when core has
    opened a new journal.

    `file` is the name of the first one. With `epoch`, that of this epoch instead of the newest.
    """

    def __init__(self, file: Path, key: bytes, epoch: int | None = None) -> None:
        self._file, self._key, self._epoch = file, key, epoch
        self._local = threading.local()
        self._device = ""
        self._earlier: dict[int, SqlViews] = {}

    def head(self) -> int:
        rows = self._rows("SELECT coalesce(max(seq), 0) FROM fact", ())
        return int(rows[0][0])

    def answers_after(self, seq: int, limit: int = 100) -> list[Fact]:
        return self._facts("answered AND seq > ? ORDER BY seq LIMIT ?", (seq, limit))

    def of_person(self, person: str, since_wall_us: int) -> list[Fact]:
        return self._facts("person = ? AND wall_us >= ? ORDER BY seq", (person, since_wall_us))

    def of_work_date(self, work_date: str, kinds: list[str]) -> list[Fact]:
        marks = ", ".join("?" * len(kinds))
        return self._facts(f"work_date = ? AND kind IN ({marks}) ORDER BY seq", (work_date, *kinds))

    def of_kinds(self, kinds: list[str], after: int) -> list[Fact]:
        marks = ", ".join("?" * len(kinds))
        return self._facts(f"seq > ? AND +kind IN ({marks}) ORDER BY seq", (after, *kinds))

    def facts(self, seqs: list[int]) -> list[Fact]:
        found: list[Fact] = []
        for start in range(0, len(seqs), 500):
            chunk = sorted(set(seqs))[start : start + 500]
            marks = ", ".join("?" * len(chunk))
            found += self._facts(f"seq IN ({marks}) ORDER BY seq", tuple(chunk))
        return found

    def latest(self, kind: str, machine: str) -> Fact | None:
        rows = self._facts("kind = ? AND machine = ? ORDER BY seq DESC LIMIT 1", (kind, machine))
        return rows[0] if rows else None

    def latest_of_person(self, kind: str, person: str) -> Fact | None:
        rows = self._facts("kind = ? AND person = ? ORDER BY seq DESC LIMIT 1", (kind, person))
        return rows[0] if rows else None

    def of_machine(self, kind: str, machine: str, after: int, limit: int) -> list[Fact]:
        where = "kind = ? AND machine = ? AND seq > ? ORDER BY seq DESC LIMIT ?"
        return self._facts(where, (kind, machine, after, limit))[::-1]

    def after(self, seq: int, limit: int) -> list[Fact]:
        """Facts after `seq`, oldest first: what `sync` sends."""
        return self._facts("seq > ? ORDER BY seq LIMIT ?", (seq, limit))

    def epochs(self) -> list[int]:
        """The journals that are this box's own history, oldest first; one that took over from another box begins it."""
        own: list[int] = []
        for epoch in reversed(journals(self._file) or [1]):
            own.insert(0, epoch)
            if epoch == 1 or not self._goes_on(epoch):
                break
        return own

    def of_epoch(self, epoch: int, seq: int, limit: int) -> list[Fact]:
        """Facts of one epoch after `seq`, oldest first; none for one whose file is not here."""
        known = journals(self._file)
        if known and epoch not in known:
            return []
        if self._epoch is not None or epoch == max(known, default=1):
            return self.after(seq, limit)
        return self._of(epoch).after(seq, limit)

    def head_of(self, epoch: int) -> int:
        """The last seq of one epoch; 0 for one whose file is not here."""
        known = journals(self._file)
        if known and epoch not in known:
            return 0
        return self.head() if epoch == max(known, default=1) else self._of(epoch).head()

    def _of(self, epoch: int) -> SqlViews:
        return self._earlier.setdefault(epoch, SqlViews(self._file, self._key, epoch))

    def _goes_on(self, epoch: int) -> bool:
        """Whether this journal followed the one before it on this box."""
        first = self._of(epoch)._facts("TRUE ORDER BY seq LIMIT 1", ())
        return bool(first) and first[0].kind == "EpochOpened" and first[0].body["reason"] == "cut"

    def sealed_records(self, limit: int) -> list[tuple[str, int, bytes]]:
        """What newcomers' cards say, sealed to HR's key: the person, the fact with the digest, the bytes."""
        rows = self._rows("SELECT person, seq, sealed FROM sealed_record ORDER BY seq LIMIT ?", (limit,))
        return [(person, seq, sealed) for person, seq, sealed in rows]

    def close(self) -> None:
        """Closes the connection of the calling thread."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()
        for each in self._earlier.values():
            each.close()

    def _facts(self, where: str, values: tuple[Any, ...]) -> list[Fact]:
        rows = self._rows(f"SELECT {', '.join(COLUMNS)} FROM fact WHERE {where}", values)  # noqa: S608 - constant text
        return [fact_of_row(row, self._device) for row in rows]

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(query, values).fetchall()
            return rows

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        epoch, file = newest(self._file) if self._epoch is None else (self._epoch, file_of(self._file, self._epoch))
        if getattr(self._local, "connection", None) is None or self._local.epoch != epoch:
            self.close()
            self._local.connection, self._local.epoch = self._open(file), epoch
        try:
            yield self._local.connection
        except BaseException:
            self.close()
            raise

    def _open(self, file: Path) -> Any:
        connection = open_reader(file, self._key)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
            if not {"fact", "box", RECORD} <= tables:
                raise NotThereYet(f"{file} is being created")
            refuse_newer(connection, steps, file)
            row = connection.execute("SELECT device FROM box").fetchone()
            if row is None:
                raise NotThereYet(f"{file} is being created")
            self._device = row[0]
        except BaseException:
            connection.close()
            raise
        return connection


__all__ = ["JournalViews", "NewerSchema", "NotThereYet", "SqlViews"]
