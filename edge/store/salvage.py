"""Reading a journal that may be damaged: every row that can be read, and the ranges that cannot.

SQLCipher authenticates each page, so a damaged byte costs the rows of its page and never changes one unseen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from database import Connection, open_reader
from edge.store.rows import COLUMNS, fact_of_row
from settings import Mendable
from sync.wire.envelope import Fact

CHUNK = 256


@dataclass(frozen=True)
class Lost:
    """Rows that cannot be read; `last` 0: to the end, wherever that was."""

    first: int
    last: int
    why: str


@dataclass(frozen=True)
class Seal:
    """Facts that were pruned after HR had received them."""

    first: int
    last: int
    first_hash: str
    last_hash: str


class Salvage:
    """One journal's file, opened anew after each page that fails."""

    def __init__(self, file: Path, key: bytes, device: str) -> None:
        self._file, self._key, self._device = file, key, device
        self._connection: Connection = None
        with contextlib.closing(dbapi2.connect(":memory:")) as whole_process:
            # SQLCipher tells of each page that fails, three lines a time; what was lost is said once, by seq.
            whole_process.execute("PRAGMA cipher_log_level = NONE")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def seals(self) -> list[Seal]:
        try:
            rows = self._ask("SELECT first_seq, last_seq, first_hash, last_hash FROM seal ORDER BY last_seq", ())
        except (dbapi2.Error, Mendable):
            return []
        return [Seal(*row) for row in rows]

    def facts(self, first: int, expected: int) -> Iterator[Fact | Lost]:
        """All from `first` on, in order; `expected` is the last one that somebody else knows of, 0 for none."""
        end, why = expected, ""
        try:
            end = max(end, self._ask("SELECT coalesce(max(seq), 0) FROM fact", ())[0][0])
        except (dbapi2.Error, Mendable) as error:
            why = str(error)
        lost: Lost | None = None
        for each in self._range(first, end) if end else ():
            if isinstance(each, Lost):
                lost = Lost(lost.first if lost else each.first, each.last, each.why)
                continue
            if lost is not None:
                yield lost
                lost = None
            yield each
        if why:
            yield Lost(lost.first if lost else end + 1, 0, why)
        elif lost is not None:
            yield lost

    def _range(self, first: int, last: int) -> Iterator[Fact | Lost]:
        for start in range(first, last + 1, CHUNK):
            yield from self._halved(start, min(start + CHUNK - 1, last))

    def _halved(self, first: int, last: int) -> Iterator[Fact | Lost]:
        """The rows of a range that can be read as a whole, else of its two halves."""
        try:
            yield from self._decoded(first, last)
        except Mendable as error:
            yield Lost(first, last, str(error))
        except dbapi2.Error as error:
            if first == last:
                yield Lost(first, last, str(error))
                return
            middle = (first + last) // 2
            yield from self._halved(first, middle)
            yield from self._halved(middle + 1, last)

    def _decoded(self, first: int, last: int) -> list[Fact | Lost]:
        query = f"SELECT {', '.join(COLUMNS)} FROM fact WHERE seq BETWEEN ? AND ? ORDER BY seq"  # noqa: S608 - constant names
        return [self._fact(row) for row in self._ask(query, (first, last))]

    def _fact(self, row: tuple[Any, ...]) -> Fact | Lost:
        try:
            return fact_of_row(row, self._device)
        except ValueError as error:
            return Lost(row[0], row[0], f"is not a fact any more ({error})")

    def _ask(self, query: str, values: tuple[int, ...]) -> list[tuple[Any, ...]]:
        try:
            if self._connection is None:
                self._connection = open_reader(self._file, self._key)
            rows: list[tuple[Any, ...]] = self._connection.execute(query, values).fetchall()
        except dbapi2.Error:
            # Nothing is believed of a connection that has met a damaged page; the next question opens another.
            self.close()
            raise
        return rows
