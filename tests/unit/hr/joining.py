"""A newcomer as a box registers him. The person is fictional."""

from __future__ import annotations

import msgspec

from hr.service import HrService
from sync.wire.facts import BadgeBound, BadgeOffered, Outcome, PersonRegistered
from sync.wire.identity import CardWarning, IdCard, Identity, seal, sealed_digest, sealing_fingerprint
from tests import newcomers
from tests.unit.hr.cast import NOON_US, Box

NEW_KEY, OTHER_KEY = "019aa000-0000-7000-8000-00000000a001", "019aa000-0000-7000-8000-00000000a002"
NEW_BADGE = "EM4100:1000C0FFEE"
CARD = msgspec.structs.replace(
    newcomers.CARD, name="欧阳晓芸", valid_until="2036-05-05", warnings=[CardWarning.EXPIRED]
)


def sealed_for(service: HrService, key: str = NEW_KEY, card: IdCard = CARD) -> bytes:
    return seal(Identity(key, card), service.office.keys.sealing.public_key())


def registered(service: HrService, sealed: bytes, key: str = NEW_KEY, *, minor: bool = False) -> PersonRegistered:
    return PersonRegistered(
        Outcome.REGISTERED,
        "gate",
        key,
        sealed_digest(sealed),
        sealing_fingerprint(service.office.keys.sealing.public_key()),
        "0" * 64,
        "vi",
        minor,
    )


def joins(
    service: HrService, box: Box, key: str = NEW_KEY, badge: str | None = NEW_BADGE, wall_us: int = NOON_US
) -> bytes:
    """Writes the facts of joining into the box's journal; returns the sealed record."""
    sealed = sealed_for(service, key)
    box.write(registered(service, sealed, key), wall_us)
    if badge is not None:
        offered = box.write(BadgeOffered(Outcome.BADGE_OFFERED, "gate", "gate-reader", key, badge), wall_us)
        box.write(bound(key, badge, offered.seq), wall_us)
    return sealed


def bound(key: str = NEW_KEY, badge: str = NEW_BADGE, offered: int = 1) -> BadgeBound:
    return BadgeBound(Outcome.BADGE_BOUND, "gate", "gate-reader", key, badge, offered)
