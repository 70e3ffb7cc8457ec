"""Which boxes may speak: a box asks with its own key, a person compares the fingerprint and accepts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, func, select

from hr.store.tables import journal, kiosk, loss
from settings import Mendable
from sync.wire.envelope import fingerprint, public_from_text, public_text, verified
from sync.wire.rotation import Rotation, rotation_bytes
from sync.wire.words import words_of

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
    CODE_WANTED = "code_wanted"
    BAD_CODE = "bad_code"
    TOO_MANY_TRIES = "too_many_tries"


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
    replaces: bool = False

    @property
    def words(self) -> str:
        """The fingerprint as two people compare it."""
        return words_of(public_from_text(self.public_key))


@dataclass(frozen=True)
class Place:
    """A box that replaces another begins `epoch`; the journal before it, `previous`, ends here at `at_hr`."""

    epoch: int
    previous: int
    at_hr: int


@dataclass(frozen=True)
class Loss:
    """A journal whose box was replaced: what that box recorded after `last_seq`, after its last contact, was never
    received. `taken_us`: when the rest of it was taken from its card (`clockpiece hr take`)."""

    device: str
    epoch: int
    last_seq: int
    last_contact_us: int | None
    replaced_us: int
    taken_us: int | None


def has_asked(connection: Connection, key: Ed25519PublicKey) -> bool:
    """Whether this key is known, however it was decided about: it needs no code to ask again."""
    return connection.scalar(select(kiosk.c.device).where(kiosk.c.fingerprint == fingerprint(key))) is not None


def enrol(
    connection: Connection, device: str, key: Ed25519PublicKey, now_us: int, *, replaces: bool = False
) -> Enrolment:
    """The answer for this key; a key not seen before is noted as pending when its name is free, or when it asks to
    take the place of the one that has the name."""
    print_ = fingerprint(key)
    known = connection.execute(select(kiosk).where(kiosk.c.fingerprint == print_)).first()
    if known is not None and known.device == device and known.state != State.PENDING:
        return Enrolment[known.state]
    if known is not None and known.device != device:
        return Enrolment.NAME_TAKEN
    if accepted_key(connection, device) is not None and not replaces:
        return Enrolment.NAME_TAKEN
    if known is not None:
        if replaces and not known.replaces:
            connection.execute(kiosk.update().where(kiosk.c.fingerprint == print_).values(replaces=True))
        return Enrolment.PENDING
    waiting = connection.scalar(select(func.count()).where(kiosk.c.state == State.PENDING))
    if (waiting or 0) >= MAX_PENDING:
        return Enrolment.TOO_MANY
    connection.execute(
        kiosk.insert().values(
            fingerprint=print_,
            device=device,
            public_key=public_text(key),
            state=State.PENDING,
            asked_us=now_us,
            replaces=replaces,
        )
    )
    return Enrolment.PENDING


def rotate(connection: Connection, device: str, key: Ed25519PublicKey, rotation: Rotation, now_us: int) -> bool:
    """Whether `key` is let in, because the key of this box that was until now has signed for it; that one has ended
    with the same transaction. Nothing is done for a key that was decided about, or for the word of one that is not
    let in (any more)."""
    known = connection.execute(select(kiosk).where(kiosk.c.fingerprint == fingerprint(key))).first()
    if known is not None and (known.device, known.state) != (device, State.PENDING):
        return bool(known.device == device and known.state == State.ACCEPTED)
    old = connection.execute(select(kiosk).where(kiosk.c.device == device, kiosk.c.state == State.ACCEPTED)).first()
    message = rotation_bytes(device, rotation.follows, public_text(key))
    if old is None or old.public_key != rotation.follows:
        return False
    if not verified(public_from_text(old.public_key), rotation.signature, message):
        return False
    _set_state(connection, old.fingerprint, State.REVOKED)
    if known is not None:
        _set_state(connection, known.fingerprint, State.ACCEPTED)
        return True
    connection.execute(
        kiosk.insert().values(
            fingerprint=fingerprint(key),
            device=device,
            public_key=public_text(key),
            state=State.ACCEPTED,
            asked_us=now_us,
            last_contact_us=old.last_contact_us,
        )
    )
    return True


def accept(connection: Connection, fingerprint: str, now_us: int) -> None:
    """Lets a box in; one that replaces another takes its place in the same moment. Raises Undecidable when nobody
    asked with it, when another accepted key has the name, or when another box has sent facts under the name."""
    device = _device_of(connection, fingerprint)
    asked = connection.execute(select(kiosk).where(kiosk.c.fingerprint == fingerprint)).one()
    taken = select(kiosk).where(kiosk.c.device == device, kiosk.c.state == State.ACCEPTED)
    other = connection.execute(taken).first()
    if asked.state == State.ACCEPTED:
        return
    if asked.state == State.PENDING and asked.replaces:
        _replace(connection, asked, now_us)
    elif other is not None:
        raise Undecidable(f"{device} is already accepted with the key {other.fingerprint}: revoke that one first")
    elif asked.state == State.PENDING and _newest(connection, device) is not None:
        raise Undecidable(
            f"{device} has a history here with another key: run `clockpiece replace-box` on the new box, "
            "or give it another name"
        )
    _set_state(connection, fingerprint, State.ACCEPTED)


def _replace(connection: Connection, asked: Row[Any], now_us: int) -> None:
    """Ends the old key, opens the next epoch for the new one, and notes where the old journal ends here."""
    of_device = kiosk.c.device == asked.device
    before = connection.scalar(select(func.max(kiosk.c.last_contact_us)).where(of_device))
    connection.execute(kiosk.update().where(of_device, kiosk.c.state == State.ACCEPTED).values(state=State.REVOKED))
    newest, allotted = (
        _newest(connection, asked.device),
        connection.scalar(select(func.max(kiosk.c.epoch)).where(of_device)),
    )
    epoch = max(newest or 0, allotted or 0) + 1
    connection.execute(kiosk.update().where(kiosk.c.fingerprint == asked.fingerprint).values(epoch=epoch))
    if newest is not None and _loss_of(connection, asked.device, newest) is None:
        noted = {"device": asked.device, "epoch": newest, "last_contact_us": before, "replaced_us": now_us}
        connection.execute(loss.insert().values(noted))


def _newest(connection: Connection, device: str) -> int | None:
    """The newest epoch that HR has facts of."""
    epoch: int | None = connection.scalar(select(func.max(journal.c.epoch)).where(journal.c.device == device))
    return epoch


def _loss_of(connection: Connection, device: str, epoch: int) -> Row[Any] | None:
    return connection.execute(select(loss).where(loss.c.device == device, loss.c.epoch == epoch)).first()


def place_of(connection: Connection, fingerprint: str) -> Place | None:
    """Where a box that replaces another begins; None for any other."""
    asked = connection.execute(select(kiosk.c.device, kiosk.c.epoch).where(kiosk.c.fingerprint == fingerprint)).first()
    if asked is None or asked.epoch is None:
        return None
    earlier = select(journal.c.epoch, journal.c.last_seq).where(
        journal.c.device == asked.device, journal.c.epoch < asked.epoch
    )
    before = connection.execute(earlier.order_by(journal.c.epoch.desc()).limit(1)).first()
    return Place(asked.epoch, before.epoch if before else 0, before.last_seq if before else 0)


def known_keys(connection: Connection, device: str) -> list[Ed25519PublicKey]:
    """Every key that was ever let in under this name."""
    query = select(kiosk.c.public_key).where(kiosk.c.device == device, kiosk.c.state != State.PENDING)
    return [public_from_text(text) for text in connection.scalars(query)]


def losses(connection: Connection) -> list[Loss]:
    """The newest first."""
    query = (
        select(loss, journal.c.last_seq)
        .join(journal, (journal.c.device == loss.c.device) & (journal.c.epoch == loss.c.epoch))
        .order_by(loss.c.replaced_us.desc(), loss.c.device)
    )
    return [
        Loss(row.device, row.epoch, row.last_seq, row.last_contact_us, row.replaced_us, row.taken_us)
        for row in connection.execute(query)
    ]


def note_taken(connection: Connection, device: str, epoch: int, now_us: int) -> None:
    """The rest of this journal has come from its card."""
    connection.execute(loss.update().where(loss.c.device == device, loss.c.epoch == epoch).values(taken_us=now_us))


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
        select(kiosk, newest.c.epoch.label("newest"), journal.c.last_seq)
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
            row.newest,
            row.last_seq,
            row.replaces,
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
