"""Presence in reference.db: a row for each person, so that a tap elsewhere costs the card a page and not the list."""

from __future__ import annotations

import logging

import msgspec

from database import Connection, immediate
from sync.wire.envelope import canonical_json
from sync.wire.presence import ClockingBox, Elsewhere, Presence, Seen

log = logging.getLogger(__name__)

TABLES = (
    "CREATE TABLE presence (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, boxes BLOB NOT NULL)",
    "CREATE TABLE seen (person TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
)


class KeptPresence:
    """The writer's end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self) -> int:
        """0 before the first answer, and for one of another release."""
        return _read(self._connection).version

    def replace(self, told: Presence) -> None:
        """Readers see the old or the new; only rows that differ are written."""
        held = dict(self._connection.execute("SELECT person, body FROM seen"))
        rows = {each.person: canonical_json(each) for each in told.seen}
        with immediate(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO seen VALUES (?, ?)", [row for row in rows.items() if held.get(row[0]) != row[1]]
            )
            self._connection.executemany(
                "DELETE FROM seen WHERE person = ?", [(person,) for person in sorted(held.keys() - rows.keys())]
            )
            self._connection.execute(
                "INSERT OR REPLACE INTO presence VALUES (1, ?, ?)", (told.version, canonical_json(told.boxes))
            )


def elsewhere(connection: Connection) -> Elsewhere:
    """What readers know of other boxes, and how it goes with HR; all of one moment."""
    connection.execute("BEGIN")
    try:
        contact = connection.execute("SELECT wall_us, state FROM contact").fetchone()
        told = _read(connection)
    finally:
        connection.execute("ROLLBACK")
    wall_us, state = contact or (0, "")
    return Elsewhere(told, int(wall_us), state == "ok")


def _read(connection: Connection) -> Presence:
    row = connection.execute("SELECT version, boxes FROM presence").fetchone()
    if row is None:
        return Presence(0)
    try:
        boxes = msgspec.json.decode(row[1], type=list[ClockingBox])
        decoder = msgspec.json.Decoder(Seen)
        seen = [decoder.decode(body) for (body,) in connection.execute("SELECT body FROM seen")]
    except msgspec.MsgspecError as error:
        log.error("what HR told of other boxes is of another release: %s", error)
        return Presence(0)
    return Presence(row[0], boxes, seen)
