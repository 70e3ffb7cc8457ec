"""Newcomers that a box has registered: their sealed records, and what HR decides about each.

A sealed record is the only copy of what the identity card says. It is opened in memory when somebody looks, never
stored in clear, and destroyed when HR refuses the newcomer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, Row, select, update

from hr.people import badges, records
from hr.people.claims import Claim, ClaimState, by_person, set_state, settle
from hr.people.records import Rejected
from hr.people.version import bump
from hr.store.tables import badge, badge_claim, fact, person, person_key, sealed_record
from sync.wire.facts import BadgeBound, BadgeLinked, BadgeOffered, PersonRegistered
from sync.wire.identity import IdCard, sealed_digest, unseal
from sync.wire.reference_data import Newcomer as Listed
from sync.wire.reference_data import Person

SAFE_AFTER_US = 7 * 86_400_000_000
"""A record that no backup has taken for a week: the box lets go of its copy all the same, for it must not keep
personal data without end."""

LISTED_FOR_US = 60 * 86_400_000_000
"""Boxes are told for so long that a record is here. One that was away longer sends it once more and is told again."""

MAX_ASIDE = 3
"""Other records of one person key that are kept; a box that has more to say has gone wrong."""

JOINING = frozenset(each.__name__ for each in (PersonRegistered, BadgeOffered, BadgeBound, BadgeLinked))
"""Facts of joining itself: no hours and no pieces rest on them."""


class Card(StrEnum):
    """What HR has of a newcomer's identity card. DIFFERS: a record, but not the one the fact names."""

    HERE = "HERE"
    NOT_YET = "NOT_YET"
    DIFFERS = "DIFFERS"
    DESTROYED = "DESTROYED"


class RecordRefused(Exception):
    """A sealed record that HR does not take as this person's; it is not used."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody a box has registered. `person` is who he is at HR once that is decided; `refused` else."""

    key: str
    device: str
    epoch: int
    seq: int
    station: str
    at_us: int
    language: str
    minor: bool
    card: Card
    badges: tuple[Claim, ...]
    person: str | None
    refused: bool
    decided_us: int | None

    @property
    def waits(self) -> bool:
        return self.person is None and not self.refused

    @property
    def conflicts(self) -> tuple[Claim, ...]:
        return tuple(each for each in self.badges if each.state is ClaimState.CONFLICT)


# --- reading ----------------------------------------------------------------------------------------


def newcomers(connection: Connection, key: str | None = None) -> list[Newcomer]:
    """Those that wait first, the newest first; or the one with this key."""
    query = select(fact).where(fact.c.kind == PersonRegistered.__name__).order_by(fact.c.wall_us.desc())
    if key is not None:
        query = query.where(fact.c.person == key)
    decided = {row.key: row for row in connection.execute(select(person_key))}
    held: dict[str, list[Row[Any]]] = {}
    columns = (sealed_record.c.person, sealed_record.c.digest, sealed_record.c.sealed.is_not(None).label("whole"))
    for row in connection.execute(select(*columns)):
        held.setdefault(row.person, []).append(row)
    claims = by_person(connection)
    found: dict[str, Newcomer] = {}
    for row in connection.execute(query):
        said = msgspec.json.decode(row.body, type=PersonRegistered)
        decision = decided.get(said.person)
        found[said.person] = Newcomer(
            key=said.person,
            device=row.device,
            epoch=row.epoch,
            seq=row.seq,
            station=said.station,
            at_us=row.wall_us,
            language=said.language,
            minor=said.minor,
            card=_card(held.get(said.person, []), said.sealed),
            badges=tuple(claims.get(said.person, ())),
            person=None if decision is None else decision.person,
            refused=decision is not None and decision.person is None,
            decided_us=None if decision is None else decision.decided_us,
        )
    return sorted(found.values(), key=lambda each: not each.waits)


def _card(held: list[Row[Any]], named: str) -> Card:
    if not held:
        return Card.NOT_YET
    if not any(row.whole for row in held):
        return Card.DESTROYED
    return Card.HERE if any(row.whole and row.digest == named for row in held) else Card.DIFFERS


def open_card(connection: Connection, key: str, sealing: X25519PrivateKey) -> IdCard | None:
    """What the card says, in memory only; None while HR has no record. Raises sync.wire.identity.NotSealedForUs."""
    named = {
        msgspec.json.decode(body, type=PersonRegistered).sealed
        for body in connection.scalars(
            select(fact.c.body).where(fact.c.kind == PersonRegistered.__name__, fact.c.person == key)
        )
    }
    rows = connection.execute(
        select(sealed_record)
        .where(sealed_record.c.person == key, sealed_record.c.sealed.is_not(None))
        .order_by(sealed_record.c.aside)
    ).all()
    likeliest = min(rows, key=lambda row: row.digest not in named, default=None)
    return None if likeliest is None else unseal(likeliest.sealed, key, sealing).card


def listed(connection: Connection) -> list[Listed]:
    """What boxes are told of the sealed records that are here."""
    rows = connection.execute(
        select(sealed_record.c.person, sealed_record.c.safe)
        .where(sealed_record.c.listed.is_(True), sealed_record.c.aside.is_(False))
        .order_by(sealed_record.c.person)
    )
    return [Listed(row.person, row.safe) for row in rows]


# --- what boxes send --------------------------------------------------------------------------------


def keep(connection: Connection, device: str, key: str, sealed: bytes, now_us: int) -> str:
    """Stores the record and returns its digest; the same one again is no news. RecordRefused for another one of the
    same person, which is kept aside. Of a newcomer that HR has refused only the digest is kept."""
    digest = sealed_digest(sealed)
    rows = select(sealed_record.c.digest, sealed_record.c.aside).where(sealed_record.c.person == key)
    there: dict[str, bool] = {row.digest: row.aside for row in connection.execute(rows)}
    aside = there.get(digest, bool(there))
    if digest not in there and len(there) <= MAX_ASIDE:
        wanted = None if _is_refused(connection, key) else sealed
        values = {"person": key, "digest": digest, "device": device, "received_us": now_us, "sealed": wanted}
        connection.execute(sealed_record.insert().values(**values, aside=aside, safe=False, listed=True))
    elif not aside:
        # The list that the box has seen does not name it, or it would not have come again.
        again = update(sealed_record).where(sealed_record.c.person == key, sealed_record.c.digest == digest)
        connection.execute(again.values(listed=True, received_us=now_us))
    if aside:
        raise RecordRefused("another record of this person came before")
    bump(connection)
    return digest


def _is_refused(connection: Connection, key: str) -> bool:
    refused = select(person_key.c.key).where(person_key.c.key == key, person_key.c.person.is_(None))
    return connection.scalar(refused) is not None


def mark_safe(connection: Connection, keys: list[tuple[str, str]]) -> None:
    """These records, by person key and digest, are in a backup now."""
    changed = 0
    for key, digest in keys:
        row = (sealed_record.c.person == key, sealed_record.c.digest == digest, sealed_record.c.safe.is_(False))
        changed += connection.execute(update(sealed_record).where(*row).values(safe=True)).rowcount
    if changed:
        bump(connection)


def grow_old(connection: Connection, now_us: int) -> None:
    """Once a day: records that no backup has taken for a week, and those that no box can still ask about."""
    week = (sealed_record.c.safe.is_(False), sealed_record.c.received_us <= now_us - SAFE_AFTER_US)
    months = (sealed_record.c.listed.is_(True), sealed_record.c.received_us <= now_us - LISTED_FOR_US)
    changed = connection.execute(update(sealed_record).where(*week).values(safe=True)).rowcount
    changed += connection.execute(update(sealed_record).where(*months).values(listed=False)).rowcount
    if changed:
        bump(connection)


# --- what HR decides --------------------------------------------------------------------------------


def employ(connection: Connection, key: str, wanted: Person, now_us: int) -> None:
    """A new employee, whose person key is the one the box minted. Rejected when his number is somebody's."""
    _demand_waiting(connection, key)
    if records.person_id(connection, wanted.number) is not None:
        raise Rejected("number", wanted.number, "a number that nobody has")
    records.put_person(connection, msgspec.structs.replace(wanted, id=key))
    _decide(connection, key, key, now_us)


def map_to(connection: Connection, key: str, owner: str, now_us: int) -> None:
    """He is somebody HR has on its list already. Rejected when there is none with this person key."""
    _demand_waiting(connection, key)
    if connection.scalar(select(person.c.id).where(person.c.id == owner)) is None:
        raise Rejected("person", owner, "a person that is known")
    _decide(connection, key, owner, now_us)


def _decide(connection: Connection, key: str, owner: str | None, now_us: int) -> None:
    connection.execute(person_key.insert().values(key=key, person=owner, decided_us=now_us))
    bump(connection)
    settle(connection, key)


def forget(connection: Connection, key: str, now_us: int) -> None:
    """Destroys the sealed record and keeps the fact; one who waits is refused by it. The caller scrubs the store."""
    newcomer = _known(connection, key)
    connection.execute(update(sealed_record).where(sealed_record.c.person == key).values(sealed=None))
    if newcomer.waits:
        _decide(connection, key, None, now_us)


def undo(connection: Connection, key: str) -> None:
    """Takes back what was decided. Rejected once hours or pieces count for him, or nothing was decided."""
    newcomer = _known(connection, key)
    if newcomer.waits:
        raise Rejected("person", key, "a newcomer that has been decided about")
    given = [each.badge for each in newcomer.badges if each.state is ClaimState.GIVEN]
    named = (fact.c.person == key) | (fact.c.badge.in_(given) & fact.c.person.is_(None))
    if connection.scalar(select(fact.c.seq).where(named, fact.c.kind.not_in(JOINING)).limit(1)) is not None:
        raise Rejected("person", key, "a newcomer for whom nothing counts yet: hours or pieces rest on this")
    others = select(person_key.c.key).where(person_key.c.person == key, person_key.c.key != key).limit(1)
    if newcomer.person == key and connection.scalar(others) is not None:
        raise Rejected("person", key, "a newcomer whom no other one was mapped to: take that one back first")
    connection.execute(badge.delete().where(badge.c.key.in_(given), badge.c.person == newcomer.person))
    of_him = update(badge_claim).where(badge_claim.c.person == key)
    connection.execute(of_him.values(state=ClaimState.WAITING))
    connection.execute(person_key.delete().where(person_key.c.key == key))
    if newcomer.person == key:
        connection.execute(badge.delete().where(badge.c.person == key))
        connection.execute(person.delete().where(person.c.id == key))
    bump(connection)


def decide_badge(connection: Connection, key: str, badge_key: str, give: bool) -> None:
    """A badge that a box bound to this newcomer and that somebody else has: his from now on, or the other's still."""
    newcomer = _known(connection, key)
    disputed = [each for each in newcomer.conflicts if each.badge == badge_key]
    if not disputed or newcomer.person is None:
        raise Rejected("badge", badge_key, "a badge that two people claim")
    if give:
        badges.put_badge(connection, badge_key, newcomer.person, False)
    for claim in disputed:
        set_state(connection, claim, ClaimState.GIVEN if give else ClaimState.LEFT)


def _known(connection: Connection, key: str) -> Newcomer:
    found = newcomers(connection, key)
    if not found:
        raise Rejected("person", key, "a newcomer that a box has registered")
    return found[0]


def _demand_waiting(connection: Connection, key: str) -> None:
    if not _known(connection, key).waits:
        raise Rejected("person", key, "a newcomer that waits for a decision")
