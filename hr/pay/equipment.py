"""What was said of machines: when they were set up, and why one count of a counter is what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from hr.store.tables import fact
from sync.wire.facts import CounterCommissioned, EquipmentStateChanged


@dataclass(frozen=True)
class Commissioning:
    """The proof of one counter and the fact that holds it."""

    device: str
    epoch: int
    seq: int
    at_us: int
    body: CounterCommissioned


@dataclass(frozen=True)
class StateChange:
    """A supervisor said that a machine is being set up, or runs again."""

    device: str
    epoch: int
    seq: int
    at_us: int
    body: EquipmentStateChanged


def commissionings(connection: Connection) -> list[Commissioning]:
    """The newest first."""
    query = (
        select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.body)
        .where(fact.c.kind == CounterCommissioned.__name__)
        .order_by(fact.c.wall_us.desc(), fact.c.seq.desc())
    )
    decoder = msgspec.json.Decoder(CounterCommissioned)
    return [
        Commissioning(row.device, row.epoch, row.seq, row.wall_us, decoder.decode(row.body))
        for row in connection.execute(query)
    ]


def in_force(
    of: Iterable[Commissioning], device: str, counter: tuple[str, str], place: tuple[int, int]
) -> Commissioning | None:
    """The last one of this (machine, counter) before the reading at `place`, its epoch and seq. Pure."""
    before = (
        each
        for each in of
        if (each.device, each.body.machine, each.body.counter) == (device, *counter) and (each.epoch, each.seq) < place
    )
    return max(before, key=lambda each: (each.epoch, each.seq), default=None)


def state_changes(connection: Connection, from_us: int, to_us: int) -> list[StateChange]:
    """In order of time; `to_us` is not included any more."""
    query = (
        select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.body)
        .where(fact.c.kind == EquipmentStateChanged.__name__, fact.c.wall_us >= from_us, fact.c.wall_us < to_us)
        .order_by(fact.c.wall_us, fact.c.seq)
    )
    decoder = msgspec.json.Decoder(EquipmentStateChanged)
    return [
        StateChange(row.device, row.epoch, row.seq, row.wall_us, decoder.decode(row.body))
        for row in connection.execute(query)
    ]
