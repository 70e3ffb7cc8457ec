"""Which boxes may speak: a box asks with its own key, a person compares the fingerprint and accepts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from hr.store.tables import journal, kiosk
from settings import Mendable
from sync.wire import fingerprint, public_from_text, public_text

MAX_PENDING = 50
"""More requests than this waiting for a decision are not a factory but an attack."""


CONTACT_US = 60_000_000
"""A contact is noted at most this often: a note on each request would wear the disk out for nothing."""


class State(StrEnum):
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REVOKED = "REVOKED"


class Enrolment(StrEnum):
    """How HR answers a box that asks to be let in."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    NAME_TAKEN = "name_taken"
    TOO_MANY = "too_many_pending"


class Undecidable(Mendable):
    """One sentence for the person who wanted to accept or revoke."""


@dataclass(frozen=True)
class Kiosk:
    """A key that asked, and how far its box's newest journal has come (`epoch` and `last_seq` None: nothing yet)."""

    fingerprint: str
    device: str
    public_key: str
    state: State
    asked_us: int
    last_contact_us: int | None
    epoch: int | None
    last_seq: int | None


def enrol(connection: Connection, device: str, key: Ed25519PublicKey, now_us: int) -> Enrolment:
    """The answer for this key; a key not seen before is noted as pending when its name is free."""
    print_ = fingerprint(key)
    known = connection.execute(select(kiosk.c.state, kiosk.c.device).where(kiosk.c.fingerprint == print_)).first()
    if known is not None and known.device == device and known.state != State.PENDING:
        return Enrolment[known.state]
    if (known is not None and known.device != device) or accepted_key(connection, device) is not None:
        return Enrolment.NAME_TAKEN
    if known is not None:
        return Enrolment.PENDING
    waiting = connection.scalar(select(func.count()).where(kiosk.c.state == State.PENDING))
    if (waiting or 0) >= MAX_PENDING:
        return Enrolment.TOO_MANY
    connection.execute(
        kiosk.insert().values(
            fingerprint=print_, device=device, public_key=public_text(key), state=State.PENDING, asked_us=now_us
        )
    )
    return Enrolment.PENDING


def accept(connection: Connection, fingerprint: str) -> None:
    """Raises Undecidable when nobody asked with it, or another accepted key has the name."""
    device = _device_of(connection, fingerprint)
    taken = select(kiosk.c.fingerprint).where(kiosk.c.device == device, kiosk.c.state == State.ACCEPTED)
    other = connection.scalar(taken)
    if other == fingerprint:
        return
    if other is not None:
        raise Undecidable(f"{device} is already accepted with the key {other}: revoke that one first")
    _set_state(connection, fingerprint, State.ACCEPTED)


def revoke(connection: Connection, fingerprint: str) -> None:
    """Raises Undecidable when nobody asked with it."""
    _device_of(connection, fingerprint)
    _set_state(connection, fingerprint, State.REVOKED)


def accepted_key(connection: Connection, device: str) -> Ed25519PublicKey | None:
    query = select(kiosk.c.public_key).where(kiosk.c.device == device, kiosk.c.state == State.ACCEPTED)
    text = connection.scalar(query)
    return None if text is None else public_from_text(text)


def contact_is_due(connection: Connection, device: str, now_us: int) -> bool:
    """Whether the last noted contact is a minute old, or lies ahead because the clock was set back."""
    query = select(kiosk.c.last_contact_us).where(kiosk.c.device == device, kiosk.c.state == State.ACCEPTED)
    row = connection.execute(query).first()
    return row is not None and (row[0] is None or abs(now_us - row[0]) >= CONTACT_US)


def note_contact(connection: Connection, device: str, now_us: int) -> None:
    """An accepted box spoke; written only when it is due."""
    if contact_is_due(connection, device, now_us):
        accepted = kiosk.update().where(kiosk.c.device == device, kiosk.c.state == State.ACCEPTED)
        connection.execute(accepted.values(last_contact_us=now_us))


def listed(connection: Connection) -> list[Kiosk]:
    """Pending ones first, then by name."""
    newest = select(journal.c.device, func.max(journal.c.epoch).label("epoch")).group_by(journal.c.device).subquery()
    rows = connection.execute(
        select(kiosk, newest.c.epoch, journal.c.last_seq)
        .outerjoin(newest, newest.c.device == kiosk.c.device)
        .outerjoin(journal, (journal.c.device == newest.c.device) & (journal.c.epoch == newest.c.epoch))
        .order_by(kiosk.c.device, kiosk.c.asked_us)
    )
    found = [
        Kiosk(
            row.fingerprint,
            row.device,
            row.public_key,
            State(row.state),
            row.asked_us,
            row.last_contact_us,
            row.epoch,
            row.last_seq,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: each.state is not State.PENDING)


def _device_of(connection: Connection, fingerprint: str) -> str:
    device: str | None = connection.scalar(select(kiosk.c.device).where(kiosk.c.fingerprint == fingerprint))
    if device is None:
        raise Undecidable(f"no kiosk has asked with the fingerprint {fingerprint}: compare it with the kiosk's screen")
    return device


def _set_state(connection: Connection, fingerprint: str, state: State) -> None:
    connection.execute(kiosk.update().where(kiosk.c.fingerprint == fingerprint).values(state=state))
