"""A batch without its hashes, for a slow line: they follow from the facts, and HR computes each of them anyway.

Nothing packs them shorter. Of a packed batch they are two thirds.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sync.wire.envelope import MAX_BATCH_FACTS, Fact, Stamp, WireError, encode_batch, sealed

CHAINED = "clockpiece-chain"
"""The content coding's name. What is coded so is packed too."""


class _Bare(msgspec.Struct, forbid_unknown_fields=True):
    """A fact that follows the one before it."""

    at: Stamp
    body: dict[str, Any]
    command: str
    device: str
    epoch: int
    kind: str
    part: int
    seq: int


class _Chain(msgspec.Struct, forbid_unknown_fields=True):
    """`previous` is the first one's `prev_hash`, `head` the last one's hash: it proves all between them."""

    facts: list[_Bare]
    head: str
    previous: str


def chained(body: bytes) -> bytes | None:
    """What `unchained` makes these very bytes of; None where hashes do not follow from the facts."""
    try:
        facts = msgspec.json.decode(body, type=list[Fact])
        # As they came from `encode_batch`: canonical, so the order of their fields is given.
        bare = [_Bare(**{name: getattr(fact, name) for name in _Bare.__struct_fields__}) for fact in facts]
        short = msgspec.json.encode(_Chain(bare, facts[-1].hash, facts[0].prev_hash), order="sorted")
        return short if unchained(short) == body else None
    except (msgspec.MsgspecError, WireError, IndexError):
        return None


def unchained(short: bytes) -> bytes:
    """The canonical bytes of the batch. WireError when it is none, or its hashes do not end at the head it names."""
    try:
        chain = msgspec.json.decode(short, type=_Chain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a chain of facts: {error}") from error
    if not 1 <= len(chain.facts) <= MAX_BATCH_FACTS:
        raise WireError(f"chain of {len(chain.facts)} facts, wanted 1 to {MAX_BATCH_FACTS}")
    facts: list[Fact] = []
    previous = chain.previous
    for bare in chain.facts:
        facts.append(sealed(Fact(**msgspec.structs.asdict(bare), prev_hash=previous, hash="")))
        previous = facts[-1].hash
    if previous != chain.head:
        raise WireError("the facts do not end at the hash that the chain names")
    return encode_batch(facts)
