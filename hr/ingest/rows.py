"""A fact as rows: its own, and those of the tables that say which fact rests on which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Table

from hr.ingest.decide import KEY_LIMITS
from hr.store.tables import actual_use, assigned_use, fact, reading_use
from sync.wire.envelope import Fact
from sync.wire.facts import Body, MaterialActualAssigned, MaterialActualRecorded, Outcome, QuantityConfirmed

_FACT = (
    *("device", "epoch", "seq", "command", "part", "kind", "boot_id", "boottime_ns", "wall_us", "clock", "body"),
    *("prev_hash", "hash", "received_us"),
    *KEY_LIMITS,
)
_encode = msgspec.json.Encoder(order="sorted").encode
"""Canonical JSON of a body: there is no float in it, for its hash has been taken."""


class Rows(NamedTuple):
    """Rows of one table; `names` are the columns, in the order of the values."""

    table: Table
    names: tuple[str, ...]
    values: list[tuple[Any, ...]]


def rows_of(stored: Sequence[tuple[Fact, Body]], now_us: int) -> list[Rows]:
    """The rows of facts that are received at this moment."""
    facts, readings, actuals, assigned = [], [], [], []
    for each, body in stored:
        facts.append(_fact(each, now_us))
        key = (each.device, each.epoch, each.seq)
        match body:
            case MaterialActualRecorded():
                used = {(reading.from_seq, reading.to_seq) for reading in body.readings}
                readings += [(*key, from_seq, to_seq) for from_seq, to_seq in sorted(used)]
            case QuantityConfirmed(outcome=Outcome.CONFIRMED):
                actuals += [(*key, seq, body.person) for seq in sorted(set(body.actuals))]
            case MaterialActualAssigned():
                assigned.append((*key, body.actual))
    return [
        Rows(fact, _FACT, facts),
        Rows(reading_use, ("device", "epoch", "actual_seq", "from_seq", "to_seq"), readings),
        Rows(actual_use, ("device", "epoch", "confirmation_seq", "actual_seq", "person"), actuals),
        Rows(assigned_use, ("device", "epoch", "assigned_seq", "actual_seq"), assigned),
    ]


def _fact(each: Fact, now_us: int) -> tuple[Any, ...]:
    at = each.at
    return (
        *(each.device, each.epoch, each.seq, each.command, each.part, each.kind),
        *(at.boot_id, at.boottime_ns, at.wall_us, at.clock.value),
        *(_encode(each.body).decode(), each.prev_hash, each.hash, now_us),
        *map(each.body.get, KEY_LIMITS),
    )
