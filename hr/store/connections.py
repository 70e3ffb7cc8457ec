"""How the HR database is opened. Nothing else makes an engine.

Whoever reads sees one moment, on either database. Whoever writes waits his turn: SQLite has one writer at a time by
itself; on PostgreSQL the same is said with advisory locks. There are two kinds, taken in this order and held until the
transaction ends: those of *boxes*, by name, so that two workers never extend one journal at once, and the *office's*,
for everything that a person decides. Boxes do not wait for one another, nor for the office unless they bring a badge.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlcipher3.dbapi2
from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from settings import Mendable

WAIT_FOR_WRITER_S = 10
POSTGRESQL = "postgresql"
DRIVER = "postgresql+psycopg"
_WRITES = "clockpiece_writes"
_OFFICE = 0
"""No box has this number."""


class UnknownDatabase(Mendable):
    """The URL is for a database that HR does not run on, or not a URL."""


def engine(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`. UnknownDatabase for anything else.

    SQLite comes through sqlcipher3, which brings a newer SQLite than the system's.
    """
    name = _backend(url)
    if name == POSTGRESQL:
        return _postgresql(url)
    made = create_engine(url, module=sqlcipher3.dbapi2, connect_args={"timeout": WAIT_FOR_WRITER_S})
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _backend(url: str) -> str:
    try:
        name = make_url(url).get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        name = ""
    if name not in ("sqlite", POSTGRESQL):
        # Without the URL: there may be a password in it.
        raise UnknownDatabase(f"database is not a URL for HR: wanted sqlite:///FILE or {DRIVER}://USER@HOST/NAME")
    return name


def _postgresql(url: str) -> Engine:
    try:
        # Whoever reads: PostgreSQL's own default would show each statement another moment.
        made = create_engine(
            make_url(url).set(drivername=DRIVER), pool_pre_ping=True, isolation_level="REPEATABLE READ"
        )
    except ImportError as error:
        raise UnknownDatabase(
            "the database is PostgreSQL and its driver is not installed: pip install 'clockpiece[postgres]'"
        ) from error
    event.listen(made, "begin", _begin_postgresql)
    return made


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: `with writing(engine).begin() as connection`."""
    return _for_writers(engine, office=True)


def receiving(engine: Engine) -> Engine:
    """The same for transactions that write what a box sent, and begin with `lock_box`."""
    return _for_writers(engine, office=False)


def _for_writers(engine: Engine, *, office: bool) -> Engine:
    if engine.dialect.name == POSTGRESQL:
        # What a statement sees once it has its lock is all that was committed before: not the moment of BEGIN.
        engine = engine.execution_options(isolation_level="READ COMMITTED")
    return engine.execution_options(**{_WRITES: "office" if office else "box"})


def lock_box(connection: Connection, device: str) -> None:
    """Waits for other transactions that hold this box."""
    if connection.dialect.name == POSTGRESQL:
        digest = hashlib.sha256(device.encode()).digest()
        _lock(connection, int.from_bytes(digest[:8], signed=True) or 1)


def lock_office(connection: Connection) -> None:
    """Waits for other transactions of `writing`; for one of `receiving` that changes more than the box's facts."""
    if connection.dialect.name == POSTGRESQL:
        _lock(connection, _OFFICE)


def _lock(connection: Connection, number: int) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(number)))


def scrub(engine: Engine) -> bool:
    """Takes what was deleted out of the write-ahead log too; False when a reader held on to it: try again.

    A page that `secure_delete` has overwritten lies there in its old form until the log is written back and cut.
    PostgreSQL does the same by itself, in its own time (VACUUM).
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.close()
    finally:
        connection.close()
    return not busy


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would begin them deferred.
    dbapi_connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A write that starts as a read fails at once when another writer came between; IMMEDIATE waits its turn.
    writes = _WRITES in connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITES) == "office":
        lock_office(connection)
