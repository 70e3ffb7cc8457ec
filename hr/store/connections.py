"""How the HR database is opened. Nothing else makes an engine."""

from __future__ import annotations

from typing import Any

import sqlcipher3.dbapi2
from sqlalchemy import Connection, Engine, create_engine, event, make_url

WAIT_FOR_WRITER_S = 10
_WRITES = "clockpiece_writes"


def engine(url: str) -> Engine:
    """An engine for `sqlite:///file` or any other SQLAlchemy URL, for example `postgresql+psycopg://...`.

    SQLite comes through sqlcipher3, which brings a newer SQLite than the system's.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    made = create_engine(url, module=sqlcipher3.dbapi2, connect_args={"timeout": WAIT_FOR_WRITER_S})
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: `with writing(engine).begin() as connection`."""
    return engine.execution_options(**{_WRITES: True})


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
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
