"""Enrolment codes: what a person carries from HR's page to a new box, and how the box proves that it has one. Pure.

A code is 40 bits and is worth something for ten minutes, for one name, once. It never crosses the wire: both ends make
the same Ed25519 key from it, HR keeps the public half, and the box signs with the private one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from settings import Mendable
from sync.wire.envelope import BASE32, public_text

CODE_BYTES = 5
CODE_LETTERS = 8
TICKET = "clockpiece-enrolment-1"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class BadCode(Mendable):
    """What was typed or scanned is no code."""


@dataclass(frozen=True, repr=False)
class Ticket:
    """What HR's page shows as a QR code: where HR is, which key it has, for which box the code is, and the code."""

    url: str
    hr_key: str
    device: str
    code: str

    def text(self) -> str:
        return " ".join((TICKET, self.url, self.hr_key, self.device, self.code))


def code_of(chance: bytes) -> str:
    """The code that CODE_BYTES random bytes make: eight letters of Crockford's base32."""
    value = int.from_bytes(chance[:CODE_BYTES])
    return "".join(BASE32[(value >> (5 * place)) & 31] for place in reversed(range(CODE_LETTERS)))


def shown(code: str) -> str:
    """In two groups, as a person reads it aloud."""
    return f"{code[:4]}-{code[4:]}"


def read_code(text: str) -> str:
    """A code as somebody typed it: small letters, groups, and O, I and L for the digits they look like. BadCode."""
    code = text.upper().translate(_READ_AS)
    if len(code) != CODE_LETTERS or any(letter not in BASE32 for letter in code):
        raise BadCode("a code has 8 letters and digits, such as K7QM-2XNA: read it again on HR's page of kiosks")
    return code


def read_ticket(text: str) -> Ticket | None:
    """What a scanner made of the QR code; None when the text is no such thing."""
    match text.split():
        case [start, url, hr_key, device, code] if start == TICKET:
            return Ticket(url, hr_key, device, read_code(code))
        case _:
            return None


def code_key(code: str, device: str, hr_key: Ed25519PublicKey) -> Ed25519PrivateKey:
    """The key that both ends make from a code: Argon2id with 19 MiB and two passes, so that each guess costs something.

    The salt names HR and the box: a code is good for no other, and nothing can be computed beforehand.
    """
    salt = hashlib.sha256(f"{TICKET}\n{public_text(hr_key)}\n{device}".encode()).digest()[:16]
    seed = hash_secret_raw(
        code.encode(), salt, time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, type=Type.ID
    )
    return Ed25519PrivateKey.from_private_bytes(seed)


def proof_bytes(device: str, public_key: str, *, replaces: bool, nonce: str) -> bytes:
    """What the box signs with the code's key: its name and key, what it asks for, and the nonce of this request."""
    return "\n".join((TICKET, device, public_key, str(int(replaces)), nonce)).encode()
