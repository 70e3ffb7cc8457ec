"""A newcomer as a box registers him. The person is fictional; the number is the example in GB 11643."""

from __future__ import annotations

from hr.service import HrService
from sync.facts import BadgeBound, BadgeOffered, Outcome, PersonRegistered
from sync.identity import CardKind, CardWarning, IdCard, Identity, seal, sealed_digest, sealing_fingerprint
from tests.unit.hr.cast import NOON_US, Box

NEW_KEY, OTHER_KEY = "019aa000-0000-7000-8000-00000000a001", "019aa000-0000-7000-8000-00000000a002"
NEW_BADGE = "EM4100:1000C0FFEE"
CARD = IdCard(
    CardKind.RESIDENT,
    name="欧阳晓芸",
    number="11010519491231002X",
    sex="F",
    birth="1949-12-31",
    valid_from="2016-05-05",
    valid_until="2036-05-05",
    address="北京市朝阳区建国路118号",
    issuer="北京市公安局朝阳分局",
    warnings=[CardWarning.EXPIRED],
)


def sealed_for(service: HrService, key: str = NEW_KEY, card: IdCard = CARD) -> bytes:
    return seal(Identity(key, card), service.keys.sealing.public_key())


def registered(service: HrService, sealed: bytes, key: str = NEW_KEY, *, minor: bool = False) -> PersonRegistered:
    return PersonRegistered(
        Outcome.REGISTERED,
        "gate",
        key,
        sealed_digest(sealed),
        sealing_fingerprint(service.keys.sealing.public_key()),
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
