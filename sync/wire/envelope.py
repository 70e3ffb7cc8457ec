"""What crosses the wire between a box and HR: canonical bytes, hashes, signed requests and signed receipts.

Pure: no I/O, no clock. Every byte that is hashed or signed is made here and nowhere else, so that
a third party can recompute it from this page alone (docs/wire.md).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

GENESIS = "0" * 64
"""`prev_hash` of the first fact of an epoch that starts a new journal."""

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that looks like a digit."""

MAX_BATCH_FACTS = 500
MAX_BATCH_BYTES = 1_000_000
DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
PERSON_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")


class ClockState(StrEnum):
    """Where the wall clock of a fact came from, worst first."""

    NONE = "none"
    RTC = "rtc"
    SUPERVISOR = "supervisor"
    NTP = "ntp"
    SERVER = "server"


# gc=False here and below: thousands come at once, and what JSON was made from holds no circles to collect.
class Stamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The moment something was captured: raw, never corrected afterwards.

    `boottime_ns` orders within one `boot_id`; `wall_us` is UTC, microseconds since 1970.
    """

    boot_id: str
    boottime_ns: int
    wall_us: int
    clock: ClockState

    def seconds_since(self, earlier: Stamp) -> float:
        """Elapsed seconds; by boot time within one boot, by wall clock across boots."""
        if self.boot_id == earlier.boot_id:
            return (self.boottime_ns - earlier.boottime_ns) / 1e9
        return (self.wall_us - earlier.wall_us) / 1e6


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One row of a box's journal. (device, epoch, seq) is its identity, unique for ever.

    `command` is the UUIDv7 of what caused it and `part` its place among the facts of that command.
    `hash` is SHA-256 over `canonical(fact)`, which holds `prev_hash` but not `hash`.
    """

    device: str
    epoch: int
    seq: int
    command: str
    part: int
    kind: str
    at: Stamp
    body: dict[str, Any]
    prev_hash: str
    hash: str


class WireError(ValueError):
    """The bytes are not what they claim to be; the message says what was wrong."""


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no spaces, UTF-8; floats are refused because two machines may print them differently."""
    _refuse_floats(value)
    return msgspec.json.encode(value, order="sorted")


_PLAIN = frozenset({str, int, bool, type(None)})
"""Exactly these types, which is most of what is in a fact: looked up, because asking for kinds is slow."""


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise WireError(f"a float has no canonical form: {value!r}; send an integer or a decimal string")
    for item in _inside(value):
        if type(item) not in _PLAIN:
            _refuse_floats(item)


def _inside(value: Any) -> Iterable[Any]:
    # The commonest first.
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, str):
        return ()
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, msgspec.Struct):
        return [getattr(value, name) for name in value.__struct_fields__]
    return value.values() if isinstance(value, Mapping) else ()


class _Content(msgspec.Struct):
    """A fact without its hash."""

    device: str
    epoch: int
    seq: int
    command: str
    part: int
    kind: str
    at: Stamp
    body: dict[str, Any]
    prev_hash: str


def canonical(fact: Fact) -> bytes:
    """The bytes a fact's hash is taken over: every field but `hash`."""
    # The other fields are text.
    numbers = (fact.epoch, fact.seq, fact.part, fact.at.boottime_ns, fact.at.wall_us)
    if not _PLAIN.issuperset(map(type, numbers)):
        _refuse_floats(numbers)
    _refuse_floats(fact.body)
    content = _Content(
        fact.device,
        fact.epoch,
        fact.seq,
        fact.command,
        fact.part,
        fact.kind,
        fact.at,
        fact.body,
        fact.prev_hash,
    )
    return msgspec.json.encode(content, order="sorted")


def fact_hash(fact: Fact) -> str:
    return hashlib.sha256(canonical(fact)).hexdigest()


def sealed(fact: Fact) -> Fact:
    """The fact with its hash filled in."""
    return msgspec.structs.replace(fact, hash=fact_hash(fact))


# --- batches and receipts -----------------------------------------------------------------------
# What HR answers may have more fields with a newer HR; a box leaves out what it does not know.


class Refusal(msgspec.Struct, frozen=True):
    """A fact HR kept aside instead of using, with the reason for a person.

    Codes: `conflict` (this identity was received before with other content), `bad_hash`,
    `broken_chain`, `unknown_kind`, `bad_body`.
    """

    seq: int
    code: str
    detail: str


class Receipt(msgspec.Struct, frozen=True):
    """HR's signed answer to a batch: everything up to `seq` is committed there and may be pruned here in time."""

    device: str
    epoch: int
    seq: int
    head: str
    server_time_us: int
    nonce: str
    refusals: list[Refusal] = []


class Wanted(msgspec.Struct, frozen=True):
    """HR's signed answer to a batch that does not continue what it holds: send from `seq` on."""

    device: str
    epoch: int
    seq: int
    nonce: str


class Introduced(msgspec.Struct, frozen=True, omit_defaults=True):
    """HR's signed answer to a box that asks to be let in. For one that replaces another: it begins `epoch`, and the
    journal before, `previous`, ends at HR at `at_hr`. More fields may come with a newer HR."""

    code: str
    epoch: int = 0
    previous: int = 0
    at_hr: int = 0


def encode_batch(facts: list[Fact]) -> bytes:
    """The canonical bytes of a list of facts."""
    return join_batch([canonical_json(fact) for fact in facts])


def join_batch(encoded: list[bytes]) -> bytes:
    """The same from facts that have been encoded one by one, as a sender does that watches the size."""
    return b"[" + b",".join(encoded) + b"]"


def decode_batch(body: bytes) -> list[Fact]:
    """Raises WireError for anything but 1 to MAX_BATCH_FACTS facts of one device and epoch, numbered without a gap."""
    if len(body) > MAX_BATCH_BYTES:
        raise WireError(f"batch of {len(body)} bytes, at most {MAX_BATCH_BYTES}")
    try:
        facts = msgspec.json.decode(body, type=list[Fact])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a batch of facts: {error}") from error
    if not 1 <= len(facts) <= MAX_BATCH_FACTS:
        raise WireError(f"batch of {len(facts)} facts, wanted 1 to {MAX_BATCH_FACTS}")
    for earlier, later in pairwise(facts):
        if (later.device, later.epoch, later.seq) != (earlier.device, earlier.epoch, earlier.seq + 1):
            raise WireError(f"fact {later.device}/{later.epoch}/{later.seq} does not follow {earlier.seq}")
    return facts


PACKED = "gzip"
"""The one content coding of a batch."""


def pack(body: bytes) -> bytes:
    """The same bytes for the same body: no time is in them."""
    return gzip.compress(body, compresslevel=6, mtime=0)


def unpack(packed: bytes, limit: int = MAX_BATCH_BYTES) -> bytes:
    """One gzip member, whole; never holds more than `limit` bytes and one. WireError for anything else."""
    inflating = zlib.decompressobj(wbits=31)
    try:
        body = inflating.decompress(packed, limit + 1)
    except zlib.error as error:
        raise WireError(f"not gzip: {error}") from error
    if len(body) > limit:
        raise WireError(f"unpacked more than {limit} bytes")
    if not inflating.eof or inflating.unused_data:
        raise WireError("not one whole gzip member")
    return body


# --- sealed records -----------------------------------------------------------------------------

MAX_SEALED_BYTES = 16_000


class SealedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an identity card says of one newcomer, readable by HR alone; `sealed` is URL-safe base64."""

    person: str
    sealed: str


class SealedReceipt(msgspec.Struct, frozen=True):
    """HR's signed answer: the bytes with this SHA-256 are committed there as this person's."""

    person: str
    digest: str


def encode_sealed(person: str, sealed: bytes) -> bytes:
    return canonical_json(SealedRecord(person, b64(sealed)))


def decode_sealed(body: bytes) -> tuple[str, bytes]:
    """The person key and the bytes. Raises WireError for anything else."""
    if len(body) > MAX_SEALED_BYTES:
        raise WireError(f"sealed record of {len(body)} bytes, at most {MAX_SEALED_BYTES}")
    try:
        record = msgspec.json.decode(body, type=SealedRecord)
        sealed = unb64(record.sealed)
    except ValueError as error:
        # Without the decoder's own words: they may quote what was sent.
        raise WireError("not a sealed record") from error
    if not (PERSON_KEY.fullmatch(record.person) and sealed):
        raise WireError("a sealed record names a person key and holds bytes")
    return record.person, sealed


# --- signatures ---------------------------------------------------------------------------------

HEADER = "Clockpiece-"


class SignedRequest(msgspec.Struct, frozen=True):
    """What a box signs: nothing of the request can be changed, replayed elsewhere or reordered unseen."""

    method: str
    host: str
    path: str
    digest: str
    device: str
    epoch: int
    first: int
    last: int
    nonce: str

    def signing_bytes(self) -> bytes:
        fields = (str(getattr(self, name)) for name in self.__struct_fields__)
        return b"clockpiece-request-1\n" + "\n".join(fields).encode()


def digest(body: bytes) -> str:
    return "sha-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def sign_request(key: Ed25519PrivateKey, request: SignedRequest) -> dict[str, str]:
    """The headers that carry the signature; the server rebuilds the rest from the request itself."""
    return {
        HEADER + "Device": request.device,
        HEADER + "Epoch": str(request.epoch),
        HEADER + "First": str(request.first),
        HEADER + "Last": str(request.last),
        HEADER + "Nonce": request.nonce,
        HEADER + "Signature": b64(key.sign(request.signing_bytes())),
        "Content-Digest": request.digest,
    }


def read_request(
    method: str, host: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[SignedRequest, bytes]:
    """What the headers claim and the signature over it, still to be checked. WireError when one is missing or bad."""
    try:
        request = SignedRequest(
            method=method,
            host=host,
            path=path,
            digest=headers["Content-Digest"],
            device=headers[HEADER + "Device"],
            epoch=int(headers[HEADER + "Epoch"]),
            first=int(headers[HEADER + "First"]),
            last=int(headers[HEADER + "Last"]),
            nonce=headers[HEADER + "Nonce"],
        )
        signature = unb64(headers[HEADER + "Signature"])
    except (KeyError, ValueError) as error:
        raise WireError(f"a signed request needs the header that is missing or bad: {error}") from error
    if request.digest != digest(body):
        raise WireError("the body does not have the digest that was signed")
    return request, signature


def response_bytes(nonce: str, body: bytes) -> bytes:
    """What HR signs: its answer bound to the question's nonce."""
    return b"clockpiece-response-1\n" + nonce.encode() + b"\n" + digest(body).encode()


def verified(public_key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Raises ValueError when the text is not URL-safe base64."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as one word for a configuration file."""
    return b64(key.public_bytes_raw())


def public_from_text(text: str) -> Ed25519PublicKey:
    """Raises WireError when the text is not a 32-byte key."""
    try:
        return Ed25519PublicKey.from_public_bytes(unb64(text.strip()))
    except ValueError as error:
        raise WireError(f"not an Ed25519 public key: {text[:60]!r}") from error


def fingerprint(key: Ed25519PublicKey) -> str:
    """80 bits of the key's hash as four groups of Crockford base32, short enough to compare across two screens."""
    return letters_of(hashlib.sha256(key.public_bytes_raw()).digest())


def letters_of(sha256: bytes) -> str:
    """A hash as its fingerprint is written."""
    value = int.from_bytes(sha256[:10])
    letters = "".join(BASE32[(value >> (5 * place)) & 31] for place in reversed(range(16)))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def plain_text(text: str, limit: int) -> str:
    """Text from a person or a device made safe to store: NFC, no control characters, at most `limit` characters."""
    kept = "".join(char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char)[0] != "C")
    return kept[:limit]
