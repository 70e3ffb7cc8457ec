"""Badges: from what is printed on a card or shown by a tap to the key a reader sends; and the ones nobody owns yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from hr.people.records import Rejected, put
from hr.store.tables import badge, badge_claim, fact, person, person_key

DEFAULT_TECHNOLOGY = "EM4100"
_HEX = re.compile(r"[0-9A-F]{10}")
_PRINTED = re.compile(r"[0-9]{10}")
_ANY_KEY = re.compile(r"[A-Z0-9_-]{1,16}:[A-Z0-9]{1,40}")
_CODE_KEY = re.compile(r"CODE:[^\s,;]{1,64}")
"""What a scanner reads is any text, and its capitals matter."""


@dataclass(frozen=True)
class UnknownBadge:
    """A badge that was tapped and belongs to nobody: where and when last, and how often in all."""

    badge: str
    last_seen_us: int
    device: str
    station: str
    machine: str | None
    times: int


def assign(connection: Connection, text: str, owner: str, technology: str = DEFAULT_TECHNOLOGY) -> str:
    """Gives the badge to the person with this key and returns the badge's key. Rejected with the mend."""
    if connection.scalar(select(person.c.id).where(person.c.id == owner)) is None:
        raise Rejected("person", owner, "a person that is known")
    key = key_of(connection, text, technology)
    put_badge(connection, key, owner, False)
    return key


def block(connection: Connection, key: str, blocked: bool) -> None:
    """A blocked badge is refused at every box from its next download on."""
    owner = connection.scalar(select(badge.c.person).where(badge.c.key == key))
    if owner is None:
        raise Rejected("badge", key, "a badge that belongs to somebody")
    put_badge(connection, key, owner, blocked)


def stored(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(badge).where(badge.c.key == key)).first()


def put_badge(connection: Connection, key: str, owner: str, blocked: bool) -> bool:
    return put(connection, badge, {"key": key, "person": owner, "blocked": blocked})


def key_of(connection: Connection, text: str, technology: str = DEFAULT_TECHNOLOGY) -> str:
    """The key of a badge given as hex, as printed, or as a whole key such as EM4100:100086F444."""
    technology = technology.strip().upper()
    code = text.strip() if ":" in text else f"{technology}:{text.strip()}"
    if _CODE_KEY.fullmatch(code):
        return code
    text = text.strip().upper()
    if ":" not in text and technology == DEFAULT_TECHNOLOGY:
        return _em4100(connection, text)
    key = text if ":" in text else f"{technology}:{text}"
    plain_em4100 = key.startswith(DEFAULT_TECHNOLOGY + ":")
    if not _ANY_KEY.fullmatch(key) or (plain_em4100 and not _HEX.fullmatch(key.partition(":")[2])):
        raise Rejected("badge", text, "technology and number, for example EM4100:100086F444")
    return key


def _em4100(connection: Connection, text: str) -> str:
    if not _HEX.fullmatch(text):
        raise Rejected("badge", text, "10 hex digits such as 100086F444, or the 10 digits printed on the badge")
    as_hex = f"{DEFAULT_TECHNOLOGY}:{text}"
    if not _PRINTED.fullmatch(text) or int(text) > 0xFFFFFFFF:
        return as_hex
    seen = _tapped(connection)
    # Ten decimal digits are read as printed (8H10D: the low four bytes); the fifth byte is known from a tap only.
    candidates = sorted({key for key in seen if key.endswith(f"{int(text):08X}")} | ({as_hex} & seen))
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise Rejected("badge", text, f"its 10 hex digits, for several badges end like this: {', '.join(candidates)}")
    raise Rejected("badge", text, "its 10 hex digits: tap the badge once and take them from the list of unknown badges")


def _tapped(connection: Connection) -> set[str]:
    tapped = select(fact.c.badge).where(fact.c.badge.like(f"{DEFAULT_TECHNOLOGY}:%")).distinct()
    owned = select(badge.c.key).where(badge.c.key.like(f"{DEFAULT_TECHNOLOGY}:%"))
    return set(connection.scalars(tapped)) | set(connection.scalars(owned))


def unknown_badges(connection: Connection) -> list[UnknownBadge]:
    """Last seen first. One that a box has bound to a newcomer is his as soon as HR says who he is, and not unknown."""
    refused = select(person_key.c.key).where(person_key.c.person.is_(None))
    bound = select(badge_claim.c.badge).where(badge_claim.c.person.not_in(refused), badge_claim.c.state == "WAITING")
    owned = select(badge.c.key).union(bound)
    groups = connection.execute(
        select(fact.c.badge, func.count().label("times"), func.max(fact.c.wall_us).label("last"))
        .where(fact.c.badge.is_not(None), fact.c.badge.not_in(owned), fact.c.person.is_(None))
        .group_by(fact.c.badge)
        .order_by(func.max(fact.c.wall_us).desc())
    ).all()
    return [_unknown(connection, row.badge, row.times, row.last) for row in groups]


def _unknown(connection: Connection, key: str, times: int, last: int) -> UnknownBadge:
    row = connection.execute(
        select(fact.c.device, fact.c.machine, fact.c.body).where(fact.c.badge == key, fact.c.wall_us == last).limit(1)
    ).one()
    station = msgspec.json.decode(row.body).get("station", "")
    return UnknownBadge(key, last, row.device, station, row.machine, times)
