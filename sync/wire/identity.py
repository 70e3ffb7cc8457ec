"""What an identity card says, and how it is sealed to HR's key at the box so that the box cannot read it again.

Pure. HPKE (RFC 9180), base mode: X25519, HKDF-SHA-256, AES-256-GCM; the person key is bound in as `info`, so that
one person's sealed record cannot be passed off as another's. Chance comes from the library.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sync.wire.envelope import b64, canonical_json, unb64

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class CardKind(StrEnum):
    """Which of the four layouts the card has (GA 467 and its successors)."""

    RESIDENT = "RESIDENT"
    HMT_RESIDENT = "HMT_RESIDENT"
    FOREIGN_2017 = "FOREIGN_2017"
    FOREIGN_2023 = "FOREIGN_2023"


class CardWarning(StrEnum):
    """Something a person should look at; it is never corrected and never by itself a refusal."""

    EXPIRED = "EXPIRED"
    NUMBER_CHECK = "NUMBER_CHECK"
    BIRTH_DIFFERS = "BIRTH_DIFFERS"
    SEX_DIFFERS = "SEX_DIFFERS"


class CardTrouble(StrEnum):
    """Why a card that lay on the reader was not read, sorted by what the person or the technician does next."""

    PLACE_AGAIN = "PLACE_AGAIN"
    NOT_AN_ID_CARD = "NOT_AN_ID_CARD"
    READER_FAULT = "READER_FAULT"


class IdCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The fields Clockpiece uses, as the card has them; nation, photo and fingerprint are dropped where they are read.

    `appended_address`: written to the card after it was made; only where a box asks for it.

    Dates are ISO 8601; `valid_until` None is a card without an end. `sex` is M, F, or empty when the card says neither.
    """

    kind: CardKind
    name: str
    number: str
    sex: str
    birth: str
    valid_from: str
    valid_until: str | None = None
    address: str = ""
    issuer: str = ""
    latin_name: str = ""
    nationality: str = ""
    appended_address: str = ""
    warnings: list[CardWarning] = []

    def __repr__(self) -> str:
        """Says nothing of the person: a card in a traceback or a log line must not be one of a real person."""
        return f"<IdCard {self.kind}>"


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sealed: the card, and whose it is."""

    person: str
    card: IdCard


class NotSealedForUs(ValueError):
    """The bytes were sealed to another key, for another person, or have been changed."""


def seal(identity: Identity, key: X25519PublicKey) -> bytes:
    """Only the holder of the private key can read it."""
    return _SUITE.encrypt(canonical_json(identity), key, _info(identity.person))


def unseal(sealed: bytes, person: str, key: X25519PrivateKey) -> Identity:
    """Raises NotSealedForUs."""
    try:
        identity = msgspec.json.decode(_SUITE.decrypt(sealed, key, _info(person)), type=Identity)
    except (InvalidTag, ValueError, msgspec.MsgspecError) as error:
        raise NotSealedForUs(f"the record of {person} cannot be opened with this key") from error
    if identity.person != person:
        raise NotSealedForUs(f"the record of {person} names somebody else")
    return identity


def sealed_digest(sealed: bytes) -> str:
    """What a PersonRegistered fact says of the sealed bytes."""
    return hashlib.sha256(sealed).hexdigest()


def sealing_text(key: X25519PublicKey) -> str:
    """A public sealing key as one word."""
    return b64(key.public_bytes_raw())


def sealing_from_text(text: str) -> X25519PublicKey:
    """Raises ValueError when the text is not a 32-byte key."""
    return X25519PublicKey.from_public_bytes(unb64(text))


def sealing_fingerprint(key: X25519PublicKey) -> str:
    """The first 16 hex digits of the key's SHA-256: which key something was sealed to."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _info(person: str) -> bytes:
    return b"clockpiece-identity-1\n" + person.encode()
