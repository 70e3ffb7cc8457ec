"""The one way to open a database of the box: SQLCipher, WAL, FULL, a recent SQLite.

Each database has one writer; everybody else reads. Errors of the engine are `sqlcipher3.dbapi2.*`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2

from settings import Mendable

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

OLDEST_SAFE_SQLITE = (3, 51, 3)
"""Below this a WAL database can be corrupted when two connections write at once (sqlite.org, WAL-reset bug)."""

RECORD = "_sqlite_migrations"
"""sqlite-utils' own table of the steps a database has been through."""

WRITER_WAITS_MS = 2000
"""There is one writer, so a lock is a maintenance tool's or a checkpoint's and is soon gone."""


class NotThereYet(Exception):
    """The database has not been created; its writer makes it at its first start. Try again later."""


class NewerSchema(Mendable):
    """The database was written by a newer Clockpiece; this one must not touch it."""


class UnusableStore(Mendable):
    """This SQLite or this file system cannot keep the promise that what is committed is durable."""


class KeyRefused(Mendable):
    """The database does not open with this key."""


Connection = Any  # sqlcipher3 ships no types


def read_key(file: Path) -> bytes:
    """The 32-byte database key from a file of 64 hex digits. Raises ValueError with the mend."""
    try:
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise ValueError(f"{file}: no database key ({error}); make one with `openssl rand -hex 32`") from error
    if len(key) != 32:
        raise ValueError(f"{file}: a database key has 64 hex digits, got {2 * len(key)}")
    return key


def open_writer(file: Path, key: bytes) -> Connection:
    """The sole writer's connection, in autocommit mode: transactions are opened by hand."""
    if dbapi2.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise UnusableStore(f"SQLite {dbapi2.sqlite_version} has the WAL-reset bug; install sqlcipher3 >= 0.6.4")
    # SQLite gives -wal and -shm the rights of the database, and every reader in the group must be able to write those.
    with contextlib.suppress(OSError):  # a folder that cannot be used is SQLite's to refuse
        os.close(os.open(file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o660))
    connection = _keyed(f"file:{file}", key)
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise UnusableStore(f"{file}: the file system does not support WAL (journal mode stays {mode})")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA busy_timeout = {WRITER_WAITS_MS}")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(file: Path, key: bytes) -> Connection:
    """A connection that cannot write. Raises NotThereYet while the file does not exist."""
    if not file.exists():
        raise NotThereYet(f"{file} does not exist yet")
    connection = _keyed(f"file:{file}?mode=ro", key)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA busy_timeout = 200")
    return connection


def _keyed(uri: str, key: bytes) -> Connection:
    connection = dbapi2.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except dbapi2.DatabaseError as error:
        connection.close()
        if "not a database" in str(error):
            raise KeyRefused(
                f"{uri}: not a database of this key: the key file and the data belong together, "
                "or the first page is damaged"
            ) from error
        raise
    return connection


@contextlib.contextmanager
def immediate(connection: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE .. COMMIT; rolls back on any exception. What returns from here is durable."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A failed COMMIT (disk full, EIO) may leave the transaction open or may have rolled it back already.
        if connection.in_transaction:
            with contextlib.suppress(dbapi2.Error):
                connection.execute("ROLLBACK")
        raise


class Steps:
    """The schema of one database, in the order in which it came about; each step has a name and is never edited."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps: dict[str, Callable[[Database], None]] = {}

    def __call__(self, name: str) -> Callable[[Callable[[Database], None]], Callable[[Database], None]]:
        def step(apply: Callable[[Database], None]) -> Callable[[Database], None]:
            self._steps[name] = apply
            return apply

        return step

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._steps)

    def migrations(self) -> Migrations:
        """The steps as sqlite-utils applies them, each with its record in one transaction."""
        # Loaded only to apply something: it costs each service 9 MB, and 12 more where numpy is installed.
        from sqlite_utils import Migrations

        found = Migrations(self.name)
        for name, apply in self._steps.items():
            found(name=name)(apply)
        return found


def migrate(connection: Connection, steps: Steps, file: Path) -> None:
    """Brings a database to this program's schema, step by step. NewerSchema when it is already beyond it."""
    if applied(connection, steps) != steps.names:
        refuse_newer(connection, steps, file)
        from sqlite_utils import Database

        steps.migrations().apply(Database(connection))


def refuse_newer(connection: Connection, steps: Steps, file: Path) -> None:
    """NewerSchema for a database that has been migrated further than this program knows."""
    unknown = sorted(applied(connection, steps) - steps.names)
    if unknown:
        raise NewerSchema(f"{file} was written by a newer Clockpiece (knows {unknown[-1]}); install that version")


def applied(connection: Connection, steps: Steps) -> frozenset[str]:
    """The names of the steps that the database has been through."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (RECORD,)).fetchone() is None:
        return frozenset()
    query = f"SELECT name FROM {RECORD} WHERE migration_set = ?"  # noqa: S608 - a constant
    return frozenset(name for (name,) in connection.execute(query, (steps.name,)).fetchall())
