"""What to do with a batch, given what is held already. Pure: no database, no clock.

A fact that cannot be used never blocks the ones behind it: it is kept aside whole, the box is told why, and the
sequence goes on. Nothing that is held is ever overwritten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from sync.wire.envelope import GENESIS, Fact, Refusal, WireError, fact_hash
from sync.wire.facts import KINDS, Body, MaterialActualAssigned, MaterialActualRecorded, QuantityConfirmed, body_of

SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_SEQ = 2**53
"""Beyond this an integer is no longer safe in every reader of the wire's JSON."""

MAX_INT = 2**63 - 1
MAX_DETAIL = 200
KEY_LIMITS = {"person": 64, "machine": 64, "badge": 64, "work_date": 10}
"""Fields of a body that become columns, and how long they may be. All are text, and left out when there is nothing."""

TEXT_LIMITS = {"command": 64, "kind": 40, "prev_hash": 64, "hash": 64, "boot_id": 64, **KEY_LIMITS}
_LIMITS = tuple(TEXT_LIMITS.values())


@dataclass(frozen=True)
class Held:
    """What HR has of the batch's journal. `last_seq` None: nothing of this epoch yet.

    `hashes` are those of the facts in the batch's range, `aside` the refusals of facts kept aside, by seq and
    content digest. `earlier` is the newest earlier epoch of the box, with its last seq and head.
    """

    last_seq: int | None = None
    head: str = GENESIS
    hashes: Mapping[int, str] = field(default_factory=dict)
    aside: Mapping[tuple[int, str], Refusal] = field(default_factory=dict)
    earlier: tuple[int, int, str] | None = None


@dataclass(frozen=True)
class Gap:
    """The batch does not continue what is held: HR wants `epoch` from `seq` on first."""

    epoch: int
    seq: int


@dataclass(frozen=True)
class Aside:
    """A fact kept out of use, with the reason; `digest` tells one content from another."""

    fact: Fact
    digest: str
    refusal: Refusal


@dataclass(frozen=True)
class Plan:
    """What to store and what to answer. `stored` come with their typed bodies."""

    stored: list[tuple[Fact, Body]]
    aside: list[Aside]
    refusals: list[Refusal]
    last_seq: int
    head: str


@dataclass(slots=True)
class _Draft:
    """A plan while it is made."""

    stored: list[tuple[Fact, Body]]
    aside: list[Aside]
    refusals: list[Refusal]
    last_seq: int
    head: str


def decide(batch: list[Fact], held: Held) -> Plan | Gap:
    """`batch` is numbered without a gap and of one device and epoch, as `wire.decode_batch` gives it."""
    gap = _gap(batch[0], held)
    if gap is not None:
        return gap
    plan = _Draft([], [], [], batch[0].seq - 1 if held.last_seq is None else held.last_seq, held.head)
    forks, last_seq = _forks(batch, held), plan.last_seq
    for fact in batch:
        if fact.seq <= last_seq:
            _again(plan, fact, held)
        elif forks:
            # Another journal under the same name: a card that has forgotten, or a copy. None of it goes on from here.
            _put_aside_once(plan, fact, held, "conflict", "it goes on from a fact that is not the one received")
        else:
            _next(plan, fact, held)
    return Plan(plan.stored, plan.aside, plan.refusals, plan.last_seq, plan.head)


def _gap(first: Fact, held: Held) -> Gap | None:
    """What is missing before the batch. Of a journal that is not known here, everything: HR has lost it."""
    if held.last_seq is not None:
        return Gap(first.epoch, held.last_seq + 1) if first.seq > held.last_seq + 1 else None
    if first.seq <= 1 or first.prev_hash in _beginnings(held):
        return None
    if held.earlier is not None:
        epoch, last_seq, _head = held.earlier
        return Gap(epoch, last_seq + 1)
    return Gap(first.epoch, 1)


def _beginnings(held: Held) -> set[str]:
    """What the first fact of an epoch may follow: nothing, or the end of the epoch before."""
    return {GENESIS} if held.earlier is None else {GENESIS, held.earlier[2]}


def _again(plan: _Draft, fact: Fact, held: Held) -> None:
    """A number received before: a resend, or something else under the same name."""
    if held.hashes.get(fact.seq) != fact.hash or fault(fact) is not None:
        _put_aside_once(plan, fact, held, "conflict", "this number was received before with other content")


def _next(plan: _Draft, fact: Fact, held: Held) -> None:
    body, found = _examined(fact)
    found = found or _chain_fault(plan, fact, held)
    if found is not None:
        _put_aside(plan, fact, *found)
    elif body is not None:
        plan.stored.append((fact, body))
    # The box goes on chaining from the hash it wrote, good or bad, so that is what the next one must follow.
    plan.last_seq, plan.head = fact.seq, fact.hash if found is None else _as_head(fact)


def _as_head(fact: Fact) -> str:
    return fact.hash if SHA256.fullmatch(fact.hash) else GENESIS


def _forks(batch: list[Fact], held: Held) -> bool:
    """Whether the last fact received is another one in this batch."""
    place = -1 if held.last_seq is None else held.last_seq - batch[0].seq
    return 0 <= place < len(batch) and _as_head(batch[place]) != held.head


def _put_aside_once(plan: _Draft, fact: Fact, held: Held, code: str, detail: str) -> None:
    before = held.aside.get((fact.seq, content_digest(fact)))
    if before is None:
        _put_aside(plan, fact, code, detail)
    else:
        plan.refusals.append(before)


def _put_aside(plan: _Draft, fact: Fact, code: str, detail: str) -> None:
    refusal = Refusal(fact.seq, code, detail[:MAX_DETAIL])
    plan.aside.append(Aside(fact, content_digest(fact), refusal))
    plan.refusals.append(refusal)


def _chain_fault(plan: _Draft, fact: Fact, held: Held) -> tuple[str, str] | None:
    begins = held.last_seq is None and not plan.stored and not plan.aside
    if fact.prev_hash == plan.head or (begins and fact.prev_hash in _beginnings(held)):
        return None
    return "broken_chain", f"follows {fact.prev_hash[:12]}, but the fact before it has {plan.head[:12]}"


Fault = tuple[str, str]
"""A code and a detail."""


def fault(fact: Fact) -> Fault | None:
    """What is wrong with a fact by itself."""
    return _examined(fact)[1]


def content_fault(fact: Fact) -> Fault | None:
    """What is wrong with what a fact says, whatever its hash; it has a canonical form."""
    return _read(fact)[1]


def _examined(fact: Fact) -> tuple[Body | None, Fault | None]:
    """Its typed body, or what is wrong with it."""
    try:
        expected = fact_hash(fact)
    except (WireError, RecursionError) as error:
        return None, ("bad_body", str(error))
    if fact.hash != expected:
        return None, ("bad_hash", f"the content has the hash {expected[:12]}, the fact says {fact.hash[:12]}")
    return _read(fact)


def _read(fact: Fact) -> tuple[Body | None, Fault | None]:
    if fact.kind not in KINDS:
        return None, ("unknown_kind", f"this release does not know {fact.kind[:40]!r}")
    try:
        body = body_of(fact.kind, fact.body)
    except msgspec.ValidationError as error:
        return None, ("bad_body", str(error))
    return body, _unstorable(fact, body)


def _unstorable(fact: Fact, body: Body) -> Fault | None:
    texts = (fact.command, fact.kind, fact.prev_hash, fact.hash, fact.at.boot_id, *map(fact.body.get, KEY_LIMITS))
    for place, text in enumerate(texts):
        if text is not None and (len(text) > _LIMITS[place] or "\0" in text):
            name = tuple(TEXT_LIMITS)[place]
            return "bad_body", f"{name} is longer than {_LIMITS[place]} characters or holds a zero"
    if not (0 <= fact.part < 2**31 and abs(fact.at.wall_us) <= MAX_INT and abs(fact.at.boottime_ns) <= MAX_INT):
        return "bad_body", "a number is out of range"
    named = mentioned(body)
    if named and not (min(named) >= 0 and max(named) <= MAX_SEQ):
        return "bad_body", "a seq is out of range"
    return None


def mentioned(body: Body) -> list[int]:
    """The seqs of other facts that HR follows from this one."""
    match body:
        case MaterialActualRecorded():
            return [seq for each in body.readings for seq in (each.from_seq, each.to_seq)]
        case QuantityConfirmed():
            return body.actuals
        case MaterialActualAssigned():
            return [body.actual]
    return []


def content_digest(fact: Fact) -> str:
    """SHA-256 of the whole fact, its claimed hash included; also of one that has no canonical form."""
    return hashlib.sha256(as_text(fact)).hexdigest()


def as_text(fact: Fact) -> bytes:
    return msgspec.json.encode(fact, order="deterministic")
