"""A fictional newcomer with a fictional identity card, and HR's sealing key for him."""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.link.messages import CardRead, RegisterPerson
from sync.wire.envelope import Stamp, b64
from sync.wire.identity import CardKind, IdCard, Identity, seal, sealing_fingerprint

NEWCOMER = "0190a000-0000-7000-8000-00000000aaaa"
NEW_BADGE = "EM4100:20000000A1"
SEALING_KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
NOTICE = "5" * 64

CARD = IdCard(
    kind=CardKind.RESIDENT,
    name="张三丰",
    number="110101190001011017",
    sex="M",
    birth="1900-01-01",
    valid_from="2020-01-01",
    address="北京市东城区测试胡同1号",
    issuer="北京市公安局东城分局",
)

GROWN = msgspec.structs.replace(CARD, birth="2001-05-06")
"""Of an age to work in the tests' years."""


def card_read(at: Stamp, command: str = "card", station: str = "gate") -> CardRead:
    return CardRead(command, at, station, "gate-card-reader", card=CARD)


def registration(
    at: Stamp, command: str = "register", person: str = NEWCOMER, station: str = "gate", sealed: bytes | None = None
) -> RegisterPerson:
    """He has confirmed his card; what is `sealed` is that card unless told otherwise."""
    key = SEALING_KEY.public_key()
    raw = seal(Identity(person, CARD), key) if sealed is None else sealed
    return RegisterPerson(command, at, station, person, b64(raw), sealing_fingerprint(key), NOTICE, "zh")
