"""The reference data in reference.db: pages that came, and the manifest whose pages readers see.

Each page is kept as it comes, so a cut costs the page that was on its way. Readers go over to the next manifest in one
transaction, when all of its pages are there.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import msgspec

from database import Connection, immediate
from sync.wire.envelope import canonical_json
from sync.wire.reference_data import KINDS, Directory, Reference
from sync.wire.reference_pages import KindPages, Manifest, name_of_page, rows_of

log = logging.getLogger(__name__)

PageName = tuple[str, str]
"""Kind, and the page's own name."""

TABLES = (
    "CREATE TABLE reference_page (kind TEXT, name TEXT, body BLOB NOT NULL, PRIMARY KEY (kind, name))",
    # The manifest that readers see; `count` rises with each.
    "CREATE TABLE shown (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL, body BLOB NOT NULL)",
)


def carry_over(connection: Connection) -> None:
    """What an older release kept in one piece becomes one page of each kind, under a manifest without a version: people
    go on clocking, and the next answer of HR brings its own pages."""
    row = connection.execute("SELECT version, body FROM reference").fetchone()
    if row is None:
        return
    whole = json.loads(row[1])
    whole["plant"] = [{"name": whole.get("plant", ""), "sealing_key": whole.get("sealing_key", "")}]
    kinds = []
    for kind, rows in whole.items():
        if isinstance(rows, list):
            page = canonical_json(rows)
            kinds.append(KindPages(kind, [name_of_page(page)]))
            connection.execute("INSERT INTO reference_page VALUES (?, ?, ?)", (kind, name_of_page(page), page))
    connection.execute("INSERT INTO shown VALUES (1, ?, ?)", (row[0], canonical_json(Manifest("", kinds))))


class KeptPages:
    """The writer's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._version: str | None = None

    def version(self) -> str:
        """Of the manifest that readers see; empty when they see none, or lack something of it that this release knows:
        then HR is asked for all of it again."""
        if self._version is None:
            shown = _shown(self._connection)
            self._version = shown[1].version if shown and self._is_whole(shown[1]) else ""
        return self._version

    def missing(self, manifest: Manifest) -> list[PageName]:
        """The pages of it that have not come yet. Those that came for another one, and were never seen, go."""
        held, wanted = self._held(), _pages_of(manifest)
        shown = _shown(self._connection)
        abandoned = held - set(wanted) - set(_pages_of(shown[1]) if shown else ())
        if abandoned:
            with immediate(self._connection):
                self._drop(abandoned)
        return [page for page in wanted if page not in held]

    def keep(self, page: PageName, body: bytes) -> None:
        """One page, one transaction."""
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO reference_page VALUES (?, ?, ?)", (*page, body))

    def show(self, manifest: Manifest) -> None:
        """All its pages are here: readers see them from now on, and those of the one before are gone."""
        count = 1 + (_shown(self._connection) or (0, None))[0]
        with immediate(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO shown VALUES (1, ?, ?)", (count, canonical_json(manifest)))
            self._drop(self._held() - set(_pages_of(manifest)))
            # From here on HR's list says what HR holds: one that it has lost since it answered is sent again.
            self._connection.execute("DELETE FROM sealed_answer WHERE code = ''")
        self._version = manifest.version

    def rows(self, kind: str) -> list[Any]:
        """What readers see of one kind; nothing when another release wrote it."""
        shown = _shown(self._connection)
        pages = [page for page in _pages_of(shown[1]) if page[0] == kind] if shown else []
        try:
            return [row for page in pages for row in rows_of(kind, _body(self._connection, page))]
        except msgspec.MsgspecError:
            # HR will say it again in words that this one knows.
            return []

    def _is_whole(self, manifest: Manifest) -> bool:
        try:
            # A page that has come has rows.
            return all(rows_of(page[0], _body(self._connection, page)) for page in _pages_of(manifest))
        except msgspec.MsgspecError:
            return False

    def _held(self) -> set[PageName]:
        return set(self._connection.execute("SELECT kind, name FROM reference_page"))

    def _drop(self, pages: set[PageName]) -> None:
        self._connection.executemany("DELETE FROM reference_page WHERE kind = ? AND name = ?", sorted(pages))


class SeenPages:
    """A reader's end: reads what has changed since it looked last, and of that only the pages that are new to it."""

    def __init__(self) -> None:
        self._count = 0
        self._rows: dict[PageName, list[Any]] = {}
        self._directory: Directory | None = None

    def directory(self, connection: Connection) -> Directory:
        """All of one manifest; an empty directory before the first one came."""
        # One moment for manifest and pages.
        connection.execute("BEGIN")
        try:
            shown = _shown(connection)
            if shown is None:
                return Directory()
            if self._directory is None or shown[0] != self._count:
                self._directory, self._count = self._read(connection, *shown), shown[0]
            return self._directory
        finally:
            connection.execute("ROLLBACK")

    def _read(self, connection: Connection, count: int, manifest: Manifest) -> Directory:
        pages = _pages_of(manifest)
        try:
            self._rows = {page: self._rows.get(page) or rows_of(page[0], _body(connection, page)) for page in pages}
        except msgspec.MsgspecError as error:
            # Clocking goes on without it, every badge unknown, until HR's next version comes.
            log.error("the reference data is of another release: %s", error)
            self._rows = {}
            return Directory()
        rows: dict[str, list[Any]] = {}
        for (kind, _), listed in self._rows.items():
            rows.setdefault(kind, []).extend(listed)
        return Directory(Reference.of(count, rows))


def _pages_of(manifest: Manifest) -> list[PageName]:
    """Those of the kinds that this release knows."""
    return [(each.kind, name) for each in manifest.kinds if each.kind in KINDS for name in each.pages]


def _shown(connection: Connection) -> tuple[int, Manifest] | None:
    row = connection.execute("SELECT count, body FROM shown").fetchone()
    return (row[0], msgspec.json.decode(row[1], type=Manifest)) if row else None


def _body(connection: Connection, page: PageName) -> bytes:
    """An empty list for a page that is not there: an older release has left out its kind."""
    row = connection.execute("SELECT body FROM reference_page WHERE kind = ? AND name = ?", page).fetchone()
    body: bytes = row[0] if row else b"[]"
    return body
