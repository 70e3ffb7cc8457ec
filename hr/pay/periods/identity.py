"""The end of the number on people's identity cards: what a ledger shows of it."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, select

from hr.people.keys import owners
from hr.people.newcomers import open_card
from hr.store.tables import sealed_record
from sync.wire.identity import NotSealedForUs

SHOWN = 4


def ends(connection: Connection, sealing: X25519PrivateKey) -> dict[str, str]:
    """By person; nobody whose card is not here, or cannot be opened with this key."""
    whose = owners(connection)
    found = {}
    held = select(sealed_record.c.person).where(sealed_record.c.sealed.is_not(None)).distinct()
    for key in connection.scalars(held).all():
        try:
            card = open_card(connection, key, sealing)
        except NotSealedForUs:
            continue
        if card is not None:
            found[whose[key]] = card.number[-SHOWN:]
    return found
