"""What was said of machines: when they were set up, who was logged on, and why one count of a counter is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from hr.pay.rules.items import FactId
from hr.pay.rules.waiting import Mark
from hr.store.tables import fact
from sync.wire.facts import (
    Body,
    CounterCommissioned,
    EquipmentState,
    EquipmentStateChanged,
    PersonnelLogOff,
    PersonnelLogOn,
    body_of,
)


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


def marks(connection: Connection, from_us: int, to_us: int, whose: Mapping[str, str]) -> list[Mark]:
    """Where set-ups began and ended and people logged on and off, in no order; `to_us` is not included any more.
    Nothing where no machine was set up. `whose` says to whom a person key belongs."""
    # People log on a hundred times for each set-up, and no index tells when: without one they are not looked at.
    found = _marks(connection, (EquipmentStateChanged,), from_us, to_us, whose)
    return [*found, *_marks(connection, (PersonnelLogOn, PersonnelLogOff), from_us, to_us, whose)] if found else []


def _marks(
    connection: Connection, kinds: Iterable[type[Body]], from_us: int, to_us: int, whose: Mapping[str, str]
) -> list[Mark]:
    query = select(fact.c.device, fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.kind, fact.c.body).where(
        fact.c.kind.in_([each.__name__ for each in kinds]), fact.c.wall_us >= from_us, fact.c.wall_us < to_us
    )
    made = (
        _mark((row.device, row.epoch, row.seq), row.wall_us, body_of(row.kind, msgspec.json.decode(row.body)), whose)
        for row in connection.execute(query)
    )
    return [each for each in made if each is not None]


def _mark(at: FactId, at_us: int, body: Body, whose: Mapping[str, str]) -> Mark | None:
    match body:
        case EquipmentStateChanged():
            return Mark(at, at_us, body.machine, body.state is EquipmentState.SETUP)
        case PersonnelLogOn() | PersonnelLogOff():
            return Mark(at, at_us, body.machine, isinstance(body, PersonnelLogOn), whose[body.person])
        case _:
            return None
