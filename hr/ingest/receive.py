"""The transaction around a batch: read what is held, let `decide` decide, write, and only then make the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from hr.ingest.decide import KEY_LIMITS, Gap, Held, Plan, as_text, decide
from hr.kiosks import note_contact
from hr.people import claims
from hr.store.tables import actual_use, assigned_use, fact, journal, kiosk, quarantine, reading_use
from sync.facts import (
    BadgeBound,
    BadgeLinked,
    Body,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Outcome,
    QuantityConfirmed,
)
from sync.wire import GENESIS, ClockState, Fact, Receipt, Refusal, Stamp, Wanted, canonical_json

RETRIABLE = ("unknown_kind", "bad_body")
"""Reasons that a newer release may no longer have."""


@dataclass(frozen=True)
class Quarantined:
    """A fact kept aside; `fact` is its JSON as received."""

    device: str
    epoch: int
    seq: int
    code: str
    detail: str
    fact: str
    received_us: int


def batch(connection: Connection, facts: list[Fact], nonce: str, now_us: int) -> Receipt | Wanted:
    """Stores what can be stored. The caller commits before it sends the Receipt on."""
    device, epoch = facts[0].device, facts[0].epoch
    # Locks the box's row where the engine has row locks, so that two workers never extend one journal at once.
    connection.execute(select(kiosk.c.fingerprint).where(kiosk.c.device == device).with_for_update())
    held = _held(connection, facts)
    plan = decide(facts, held)
    note_contact(connection, device, now_us)
    if isinstance(plan, Gap):
        return Wanted(device, plan.epoch, plan.seq, nonce)
    _write(connection, plan, now_us)
    _advance(connection, held, plan, (device, epoch))
    return Receipt(device, epoch, plan.last_seq, plan.head, now_us, nonce, plan.refusals)


@dataclass
class Taken:
    """What of an exported journal HR did not have. `aside`: how many of them cannot be used."""

    epoch: int
    first: int
    last: int
    facts: int
    aside: int


def take(connection: Connection, facts: list[Fact], now_us: int) -> Taken | None:
    """Stores what HR lacks of a run of facts, numbered without a gap, from the card of a box that is gone.

    A run behind a range that nobody can read any more is stored as well: its own chain is what it must fit.
    """
    device, epoch = facts[0].device, facts[0].epoch
    held = _held(connection, facts)
    if held.last_seq is not None and facts[-1].seq <= held.last_seq:
        return None
    if held.last_seq is None or facts[0].seq > held.last_seq + 1:
        held = replace(held, last_seq=facts[0].seq - 1, head=facts[0].prev_hash)
        known = connection.scalar(select(journal.c.epoch).where(journal.c.device == device, journal.c.epoch == epoch))
        if known is None:
            connection.execute(
                journal.insert().values(device=device, epoch=epoch, last_seq=held.last_seq, head=held.head)
            )
    plan = decide(facts, held)
    if isinstance(plan, Gap):
        raise AssertionError("the run begins where what is held ends")
    _write(connection, plan, now_us)
    _advance(connection, held, plan, (device, epoch))
    new = [fact.seq for fact, _ in plan.stored] + [each.fact.seq for each in plan.aside]
    return Taken(epoch, min(new), max(new), len(plan.stored), len(plan.aside)) if new else None


def facts(connection: Connection, device: str, epoch: int, seqs: list[int]) -> list[Fact]:
    """In order of seq; missing ones are left out."""
    query = select(fact).where(fact.c.device == device, fact.c.epoch == epoch, fact.c.seq.in_(seqs))
    return [from_row(row) for row in connection.execute(query.order_by(fact.c.seq))]


def received_us(connection: Connection, device: str, epoch: int, seq: int) -> int | None:
    """When HR stored the fact; None when it has none of this number."""
    query = select(fact.c.received_us).where(fact.c.device == device, fact.c.epoch == epoch, fact.c.seq == seq)
    return connection.scalar(query)


def from_row(row: Row[Any]) -> Fact:
    """The fact exactly as it was received."""
    return Fact(
        device=row.device,
        epoch=row.epoch,
        seq=row.seq,
        command=row.command,
        part=row.part,
        kind=row.kind,
        at=Stamp(row.boot_id, row.boottime_ns, row.wall_us, ClockState(row.clock)),
        body=msgspec.json.decode(row.body),
        prev_hash=row.prev_hash,
        hash=row.hash,
    )


def quarantined(connection: Connection) -> list[Quarantined]:
    """Newest first."""
    query = select(quarantine).order_by(quarantine.c.received_us.desc(), quarantine.c.seq.desc())
    return [
        Quarantined(row.device, row.epoch, row.seq, row.code, row.detail, row.fact, row.received_us)
        for row in connection.execute(query)
    ]


def _held(connection: Connection, facts: list[Fact]) -> Held:
    device, epoch, first, last = facts[0].device, facts[0].epoch, facts[0].seq, facts[-1].seq
    here = connection.execute(select(journal).where(journal.c.device == device, journal.c.epoch == epoch)).first()
    before = connection.execute(
        select(journal)
        .where(journal.c.device == device, journal.c.epoch < epoch)
        .order_by(journal.c.epoch.desc())
        .limit(1)
    ).first()
    stored = connection.execute(
        select(fact.c.seq, fact.c.hash).where(
            fact.c.device == device, fact.c.epoch == epoch, fact.c.seq.between(first, last)
        )
    )
    aside = connection.execute(
        select(quarantine).where(
            quarantine.c.device == device, quarantine.c.epoch == epoch, quarantine.c.seq.between(first, last)
        )
    )
    return Held(
        last_seq=None if here is None else here.last_seq,
        head=GENESIS if here is None else here.head,
        hashes={row.seq: row.hash for row in stored},
        aside={(row.seq, row.digest): Refusal(row.seq, row.code, row.detail) for row in aside},
        earlier=None if before is None else (before.epoch, before.last_seq, before.head),
    )


def _advance(connection: Connection, held: Held, plan: Plan, key: tuple[str, int]) -> None:
    progress = {"last_seq": plan.last_seq, "head": plan.head}
    if held.last_seq is None:
        connection.execute(journal.insert().values(device=key[0], epoch=key[1], **progress))
    elif plan.last_seq > held.last_seq:
        connection.execute(
            journal.update().where(journal.c.device == key[0], journal.c.epoch == key[1]).values(**progress)
        )


def _write(connection: Connection, plan: Plan, now_us: int) -> None:
    insert_facts(connection, plan.stored, now_us)
    if plan.aside:
        connection.execute(
            quarantine.insert(),
            [
                {
                    "device": each.fact.device,
                    "epoch": each.fact.epoch,
                    "seq": each.fact.seq,
                    "digest": each.digest,
                    "code": each.refusal.code,
                    "detail": each.refusal.detail.replace("\0", ""),
                    "fact": as_text(each.fact).decode(),
                    "received_us": now_us,
                }
                for each in plan.aside
            ],
        )


def insert_facts(connection: Connection, stored: list[tuple[Fact, Body]], now_us: int) -> None:
    """The facts, the three tables that say which fact rests on which, and the badges that were given."""
    if not stored:
        return
    connection.execute(fact.insert(), [_row(each, body, now_us) for each, body in stored])
    claims.note(connection, [(each, body) for each, body in stored if isinstance(body, BadgeBound | BadgeLinked)])
    uses = [
        {
            "device": each.device,
            "epoch": each.epoch,
            "actual_seq": each.seq,
            "from_seq": from_seq,
            "to_seq": to_seq,
        }
        for each, body in stored
        if isinstance(body, MaterialActualRecorded)
        for from_seq, to_seq in sorted({(reading.from_seq, reading.to_seq) for reading in body.readings})
    ]
    if uses:
        connection.execute(reading_use.insert(), uses)
    covers = [
        {
            "device": each.device,
            "epoch": each.epoch,
            "confirmation_seq": each.seq,
            "actual_seq": actual_seq,
            "person": body.person,
        }
        for each, body in stored
        if isinstance(body, QuantityConfirmed) and body.outcome is Outcome.CONFIRMED
        for actual_seq in sorted(set(body.actuals))
    ]
    if covers:
        connection.execute(actual_use.insert(), covers)
    assigned = [
        {"device": each.device, "epoch": each.epoch, "assigned_seq": each.seq, "actual_seq": body.actual}
        for each, body in stored
        if isinstance(body, MaterialActualAssigned)
    ]
    if assigned:
        connection.execute(assigned_use.insert(), assigned)


def _row(each: Fact, body: Body, now_us: int) -> dict[str, Any]:
    return {
        "device": each.device,
        "epoch": each.epoch,
        "seq": each.seq,
        "command": each.command,
        "part": each.part,
        "kind": each.kind,
        "boot_id": each.at.boot_id,
        "boottime_ns": each.at.boottime_ns,
        "wall_us": each.at.wall_us,
        "clock": each.at.clock.value,
        "body": canonical_json(each.body).decode(),
        "prev_hash": each.prev_hash,
        "hash": each.hash,
        "received_us": now_us,
        **{name: getattr(body, name, None) for name in KEY_LIMITS},
    }


def reexamine(connection: Connection, now_us: int) -> int:
    """Takes facts out of quarantine that this release understands and an older one did not; says how many.

    Run once at start. The box was told that they are kept aside and does not send them again.
    """
    query = select(quarantine).where(quarantine.c.code.in_(RETRIABLE))
    taken = 0
    for row in connection.execute(query).all():
        again = msgspec.json.decode(row.fact, type=Fact)
        own_chain = Held(last_seq=again.seq - 1, head=again.prev_hash)
        plan = decide([again], own_chain)
        if isinstance(plan, Gap) or plan.aside:
            continue
        insert_facts(connection, plan.stored, now_us)
        key = (quarantine.c.device == row.device, quarantine.c.epoch == row.epoch, quarantine.c.seq == row.seq)
        connection.execute(quarantine.delete().where(*key, quarantine.c.digest == row.digest))
        taken += 1
    return taken
