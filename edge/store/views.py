"""Reading the journal for pages and for `sync`: read-only, all rows fetched, no transaction kept open."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from database import RECORD, NewerSchema, NotThereYet, open_reader, refuse_newer
from edge.store.migrations import migrations
from edge.store.rows import COLUMNS, fact_of_row
from sync.wire import Fact


class JournalViews(Protocol):
    """What the pages read. Each call raises NotThereYet or NewerSchema instead of guessing."""

    def head(self) -> int:
        """The last seq; 0 for an empty journal."""

    def answers_after(self, seq: int, limit: int = 100) -> list[Fact]:
        """Facts with an outcome shown at a station (body has `outcome` and `station`), oldest first."""

    def of_person(self, person: str, since_wall_us: int) -> list[Fact]:
        """Taps, log-ons, log-offs and confirmations whose body names this person, oldest first."""

    def of_work_date(self, work_date: str, kinds: list[str]) -> list[Fact]:
        """Facts of these kinds whose body has this `work_date`, oldest first."""

    def facts(self, seqs: list[int]) -> list[Fact]:
        """The facts with these seqs, in order of seq; missing ones are left out."""

    def latest(self, kind: str, machine: str) -> Fact | None:
        """The last fact of this kind whose body names this machine."""

    def of_machine(self, kind: str, machine: str, after: int, limit: int) -> list[Fact]:
        """The last `limit` facts of this kind after `after` whose body names this machine, oldest first."""


class SqlViews:
    """JournalViews over facts.db. One connection per thread; closed and opened again after an error."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._file, self._key = file, key
        self._local = threading.local()
        self._device = ""

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

    def of_machine(self, kind: str, machine: str, after: int, limit: int) -> list[Fact]:
        where = "kind = ? AND machine = ? AND seq > ? ORDER BY seq DESC LIMIT ?"
        return self._facts(where, (kind, machine, after, limit))[::-1]

    def after(self, seq: int, limit: int) -> list[Fact]:
        """Facts after `seq`, oldest first: what `sync` sends."""
        return self._facts("seq > ? ORDER BY seq LIMIT ?", (seq, limit))

    def close(self) -> None:
        """Closes the connection of the calling thread."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _facts(self, where: str, values: tuple[Any, ...]) -> list[Fact]:
        rows = self._rows(f"SELECT {', '.join(COLUMNS)} FROM fact WHERE {where}", values)  # noqa: S608 - constant text
        return [fact_of_row(row, self._device) for row in rows]

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(query, values).fetchall()
            return rows

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = self._open()
        try:
            yield self._local.connection
        except BaseException:
            self.close()
            raise

    def _open(self) -> Any:
        connection = open_reader(self._file, self._key)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
            if not {"fact", "box", RECORD} <= tables:
                raise NotThereYet(f"{self._file} is being created")
            refuse_newer(connection, migrations, self._file)
            row = connection.execute("SELECT device FROM box").fetchone()
            if row is None:
                raise NotThereYet(f"{self._file} is being created")
            self._device = row[0]
        except BaseException:
            connection.close()
            raise
        return connection


__all__ = ["JournalViews", "NewerSchema", "NotThereYet", "SqlViews"]
