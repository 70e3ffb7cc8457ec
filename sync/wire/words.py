"""A fingerprint as six words, which two people can compare over the telephone."""

from __future__ import annotations

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from mnemonic import Mnemonic

WORDS = 6
_BITS = 11


@cache
def _all_words() -> list[str]:
    """The 2,048 English words of BIP-39: short, common, no two with the same first four letters."""
    return Mnemonic("english").wordlist


def words_of(key: Ed25519PublicKey) -> str:
    """The first 66 bits of the key's SHA-256: the same bits that `fingerprint` begins with."""
    value = int.from_bytes(hashlib.sha256(key.public_bytes_raw()).digest()) >> (256 - WORDS * _BITS)
    return " ".join(_all_words()[(value >> (_BITS * place)) & 2047] for place in reversed(range(WORDS)))
