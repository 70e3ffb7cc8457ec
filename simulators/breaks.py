"""Ways to break HR's data on purpose, so that the shift's books are seen to find it."""

from __future__ import annotations

from pathlib import Path

from sqlcipher3 import dbapi2

BREAKS = {
    # A sealed quantity never arrived.
    "drop": ("DELETE FROM fact WHERE seq = (SELECT min(seq) FROM fact WHERE kind = 'QuantityConfirmed')",),
    # A sealed quantity counts twice.
    "double": (
        """INSERT INTO fact ({columns}) SELECT {renumbered} FROM fact
           WHERE seq = (SELECT min(seq) FROM fact WHERE kind = 'QuantityConfirmed')""",
    ),
    # One worker's seal is put to another's account.
    "wrong-worker": (
        """CREATE TEMP TABLE pair AS SELECT min(person) AS one, max(person) AS other FROM fact
           WHERE kind = 'QuantityConfirmed'""",
        """UPDATE fact SET body = replace(body, (SELECT one FROM pair), (SELECT other FROM pair)),
           person = (SELECT other FROM pair)
           WHERE kind = 'QuantityConfirmed' AND person = (SELECT one FROM pair)""",
    ),
}


def break_hr(database: Path, how: str) -> None:
    """Changes rows behind HR's back. KeyError for an unknown way."""
    connection = dbapi2.connect(str(database))
    try:
        names = [row[1] for row in connection.execute("PRAGMA table_info(fact)")]
        renumbered = ["seq + 1000000" if name == "seq" else name for name in names]
        for statement in BREAKS[how]:
            connection.execute(statement.format(columns=", ".join(names), renumbered=", ".join(renumbered)))
        connection.commit()
    finally:
        connection.close()
