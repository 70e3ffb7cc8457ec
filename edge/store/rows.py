"""A fact as a row of the table `fact`, and back."""

from __future__ import annotations

from typing import Any

import msgspec

from sync.wire.envelope import ClockState, Fact, Stamp, canonical_json

COLUMNS = (
    "seq", "epoch", "command", "part", "kind",
    "boot_id", "boottime_ns", "wall_us", "clock", "body", "prev_hash", "hash",
)  # fmt: skip


def row_of_fact(fact: Fact) -> tuple[Any, ...]:
    at = fact.at
    body = canonical_json(fact.body).decode()
    return (
        fact.seq, fact.epoch, fact.command, fact.part, fact.kind,
        at.boot_id, at.boottime_ns, at.wall_us, at.clock.value, body, fact.prev_hash, fact.hash,
    )  # fmt: skip


def fact_of_row(row: tuple[Any, ...], device: str) -> Fact:
    seq, epoch, command, part, kind, boot_id, boottime_ns, wall_us, clock, body, prev_hash, hash_ = row
    return Fact(
        device=device,
        epoch=epoch,
        seq=seq,
        command=command,
        part=part,
        kind=kind,
        at=Stamp(boot_id, boottime_ns, wall_us, ClockState(clock)),
        body=msgspec.json.decode(body),
        prev_hash=prev_hash,
        hash=hash_,
    )
