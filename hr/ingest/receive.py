"""The transaction around a batch: read what is held, let `decide` decide, write, and only then make the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from hr.clocks import boots
from hr.ingest.decide import Gap, Held, Plan, as_text, decide
from hr.ingest.rows import rows_of
from hr.kiosks.store import note_contact
from hr.people import claims
from hr.store import lock_box
from hr.store.bulk import insert
from hr.store.tables import fact, journal, quarantine
from sync.wire.envelope import ClockState, Fact, Receipt, Refusal, Stamp, Wanted
from sync.wire.facts import BadgeBound, BadgeLinked, Body


def batch(connection: Connection, facts: list[Fact], nonce: str, now_us: int) -> Receipt | Wanted:
    """Stores what can be stored. The caller commits before it sends the Receipt on."""
    device, epoch = facts[0].device, facts[0].epoch
    lock_box(connection, device)
    held = _held(connection, facts)
    plan = decide(facts, held)
    if isinstance(plan, Gap):
        note_contact(connection, device, now_us)
        return Wanted(device, plan.epoch, plan.seq, nonce)
    _write(connection, plan, now_us)
    _advance(connection, held, plan, (device, epoch))
    # Last: the office changes the box's row too, and writing the facts may have to wait for the office.
    note_contact(connection, device, now_us)
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
    lock_box(connection, device)
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


def devices(connection: Connection) -> list[str]:
    """The boxes that have sent facts, by name."""
    return list(connection.scalars(select(journal.c.device).distinct().order_by(journal.c.device)))


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


def _held(connection: Connection, facts: list[Fact]) -> Held:
    device, epoch, first, last = facts[0].device, facts[0].epoch, facts[0].seq, facts[-1].seq
    here = connection.execute(select(journal).where(journal.c.device == device, journal.c.epoch == epoch)).first()
    if here is None:
        held = Held(earlier=_earlier(connection, device, epoch))
    else:
        held = Held(here.last_seq, here.head)
        if first > here.last_seq:
            # As nearly always: nothing of this batch has come before.
            return held
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
    return replace(
        held,
        hashes={row.seq: row.hash for row in stored},
        aside={(row.seq, row.digest): Refusal(row.seq, row.code, row.detail) for row in aside},
    )


def _earlier(connection: Connection, device: str, epoch: int) -> tuple[int, int, str] | None:
    query = select(journal).where(journal.c.device == device, journal.c.epoch < epoch)
    before = connection.execute(query.order_by(journal.c.epoch.desc()).limit(1)).first()
    return None if before is None else (before.epoch, before.last_seq, before.head)


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
    """The facts, the three tables that say which fact rests on which, the badges that were given, and what is
    known of the boots."""
    for table, names, values in rows_of(stored, now_us):
        insert(connection, table, names, values)
    claims.note(connection, [(each, body) for each, body in stored if isinstance(body, BadgeBound | BadgeLinked)])
    boots.note(connection, stored, now_us)
