"""Fetches, for a list of confirmations, the facts they rest on: a few queries for the list, not a few for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from hr.pay.rules.wage_line import Actual, Assigned, Evidence
from hr.store.tables import actual_use, assigned_use, fact, journal, reading_use
from sync.wire.facts import (
    Body,
    CounterReading,
    MaterialActualAssigned,
    MaterialActualRecorded,
    Outcome,
    QuantityConfirmed,
)

DENSE = 16
"""Reading this many rows in a row of the index costs less than looking one up."""

CHUNK = 400
"""Numbers in one IN list; engines limit the parameters of a statement."""

B = TypeVar("B", bound=Body)

Use = tuple[str, int, int, int]
"""Device, epoch, and the seqs of the two readings that an actual rests on."""


@dataclass(frozen=True)
class Held:
    """A fact's place and its typed body."""

    device: str
    epoch: int
    seq: int
    wall_us: int
    body: QuantityConfirmed


class Archive:
    """The confirmations of a list, and what they name."""

    def __init__(self, connection: Connection, rows: Sequence[Any]) -> None:
        self._connection = connection
        decoder = msgspec.json.Decoder(QuantityConfirmed)
        found = [Held(row.device, row.epoch, row.seq, row.wall_us, decoder.decode(row.body)) for row in rows]
        self.confirmations = [each for each in found if each.body.outcome is Outcome.CONFIRMED]
        named = _by_device((each.device, seq) for each in self.confirmations for seq in each.body.actuals)
        self._actuals = _Bodies(connection, MaterialActualRecorded)
        self._assigned = _Bodies(connection, MaterialActualAssigned)
        self._readings = _Bodies(connection, CounterReading)
        self._uses: dict[Use, set[int]] = defaultdict(set)
        self._actuals.load(named)
        self._assigned.load(named)
        self._load_assigned()
        self._taken = self._load_taken(named)
        self._load_uses()
        self._load_readings()

    def evidence(self, confirmation: Held) -> Evidence:
        """What is held of the facts this confirmation names."""
        device, epoch = confirmation.device, confirmation.epoch
        actuals, ends = [], set()
        for seq in sorted(set(confirmation.body.actuals)):
            assigned = self._assignment(device, epoch, seq)
            actual_seq = seq if assigned is None else assigned.body.actual
            found = self._actuals.find(device, epoch, actual_seq)
            if found is None:
                continue
            together = self._resting_together(device, found[0], actual_seq)
            actuals.append(Actual(found[0], seq, found[1], tuple(together), assigned))
            named = (reading for body in together for reading in body.readings)
            ends |= {(found[0], end) for each in named for end in (each.from_seq, each.to_seq)}
        readings = {}
        for end in ends:
            reading = self._readings.find(device, *end)
            if reading is not None:
                readings[end] = (reading[1], reading[2], reading[0])
        return Evidence(tuple(actuals), readings, self._taken_before(confirmation))

    def _assignment(self, device: str, epoch: int, seq: int) -> Assigned | None:
        found = self._assigned.find(device, epoch, seq)
        if found is None:
            return None
        _epoch, body, at_us = found
        of_it = (self._assigned.find(device, epoch, each) for each in self._given[device, epoch, body.actual])
        return Assigned(body, at_us, sum(each[1].quantity for each in of_it if each is not None))

    def _resting_together(self, device: str, epoch: int, seq: int) -> list[MaterialActualRecorded]:
        """The actuals connected to this one by readings that they share, in order of seq, itself included."""
        bodies: dict[int, MaterialActualRecorded] = {}
        waiting = {seq}
        while waiting:
            each = waiting.pop()
            found = self._actuals.find(device, epoch, each)
            if found is None:
                continue
            bodies[each] = found[1]
            for reading in found[1].readings:
                waiting |= self._uses[device, epoch, reading.from_seq, reading.to_seq] - bodies.keys()
        return [bodies[each] for each in sorted(bodies)]

    def _taken_before(self, confirmation: Held) -> dict[int, int]:
        """The first confirmation of a part stands; this says which one that is for each part that comes again."""
        device, place = confirmation.device, (confirmation.epoch, confirmation.seq)
        taken = {}
        for seq in confirmation.body.actuals:
            own = self._epoch_of(device, confirmation.epoch, seq)
            covering = self._taken.get((device, seq, confirmation.body.person), [])
            earlier = [each for each in covering if each < place and self._epoch_of(device, each[0], seq) == own]
            if earlier:
                taken[seq] = earlier[0][1]
        return taken

    def _epoch_of(self, device: str, epoch: int, seq: int) -> int | None:
        return self._actuals.epoch_of(device, epoch, seq) or self._assigned.epoch_of(device, epoch, seq)

    def _load_assigned(self) -> None:
        """The records whose pieces were assigned, and what else was assigned of each."""
        self._given: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        of = _by_device((key[0], body.actual) for key, (body, _us) in self._assigned.held())
        self._actuals.load(of)
        for device, seqs in _chunks(of):
            query = select(assigned_use).where(
                assigned_use.c.device == device, _within(assigned_use.c.actual_seq, seqs)
            )
            for row in self._connection.execute(query):
                self._given[device, row.epoch, row.actual_seq].append(row.assigned_seq)
        self._assigned.load(_by_device((key[0], seq) for key, seqs in self._given.items() for seq in seqs))

    def _load_taken(self, named: dict[str, set[int]]) -> dict[tuple[str, int, str], list[tuple[int, int]]]:
        taken: dict[tuple[str, int, str], list[tuple[int, int]]] = defaultdict(list)
        for device, seqs in _chunks(named):
            query = (
                select(actual_use.c.epoch, actual_use.c.confirmation_seq, actual_use.c.actual_seq, actual_use.c.person)
                .where(actual_use.c.device == device, _within(actual_use.c.actual_seq, seqs))
                .order_by(actual_use.c.epoch, actual_use.c.confirmation_seq)
            )
            for epoch, confirmation_seq, actual_seq, person in self._connection.execute(query).all():
                taken[device, actual_seq, person].append((epoch, confirmation_seq))
        return taken

    def _load_uses(self) -> None:
        """Finds the actuals that share a pair of readings with one that is held, and theirs in turn, and holds them."""
        asked: set[Use] = set()
        while True:
            pairs = {
                (key[0], key[1], reading.from_seq, reading.to_seq)
                for key, (body, _us) in self._actuals.held()
                for reading in body.readings
            } - asked
            if not pairs:
                return
            asked |= pairs
            for device, seqs in _chunks(_by_device((pair[0], pair[2]) for pair in pairs)):
                columns = (reading_use.c[each] for each in ("epoch", "actual_seq", "from_seq", "to_seq"))
                query = select(*columns).where(reading_use.c.device == device, _within(reading_use.c.from_seq, seqs))
                for epoch, actual_seq, from_seq, to_seq in self._connection.execute(query).all():
                    pair = (device, epoch, from_seq, to_seq)
                    if pair in pairs:
                        self._uses[pair].add(actual_seq)
            self._actuals.load(_by_device((pair[0], seq) for pair in pairs for seq in self._uses[pair]))

    def _load_readings(self) -> None:
        ends = ((pair[0], seq) for pair in self._uses for seq in pair[2:])
        self._readings.load(_by_device(ends))


class _Bodies(Generic[B]):
    """Typed bodies of one kind by identity."""

    def __init__(self, connection: Connection, kind: type[B]) -> None:
        self._connection, self._kind = connection, kind
        self._decoder = msgspec.json.Decoder(kind)
        self._held: dict[tuple[str, int, int], tuple[B, int]] = {}
        self._epochs: dict[tuple[str, int], list[int]] = defaultdict(list)

    def load(self, named: dict[str, set[int]]) -> None:
        """Fetches what is not there yet."""
        missing = {device: {seq for seq in seqs if (device, seq) not in self._epochs} for device, seqs in named.items()}
        for device, seqs in _chunks(missing):
            wanted = set(seqs)
            query = select(fact.c.epoch, fact.c.seq, fact.c.wall_us, fact.c.body).where(
                fact.c.device == device,
                # Named, though all are meant: without them the primary key could not be used beyond the device.
                fact.c.epoch.in_(select(journal.c.epoch).where(journal.c.device == device)),
                _within(fact.c.seq, seqs),
                fact.c.kind == self._kind.__name__,
            )
            for epoch, seq, wall_us, body in self._connection.execute(query.order_by(fact.c.epoch)).all():
                if seq in wanted:
                    self._held[device, epoch, seq] = (self._decoder.decode(body), wall_us)
                    self._epochs[device, seq].append(epoch)

    def find(self, device: str, epoch: int, seq: int) -> tuple[int, B, int] | None:
        """The fact with this number in this epoch: (epoch, body, wall_us). Every epoch numbers from 1 anew."""
        found = self._held.get((device, epoch, seq))
        return None if found is None else (epoch, *found)

    def epoch_of(self, device: str, epoch: int, seq: int) -> int | None:
        found = self.find(device, epoch, seq)
        return None if found is None else found[0]

    def held(self) -> Iterable[tuple[tuple[str, int, int], tuple[B, int]]]:
        return self._held.items()


def _by_device(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    grouped: dict[str, set[int]] = defaultdict(set)
    for device, seq in pairs:
        grouped[device].add(seq)
    return grouped


def _within(column: ColumnElement[int], seqs: list[int]) -> ColumnElement[bool]:
    """A condition that all of these meet; where they lie close together others in between meet it too."""
    if seqs[-1] - seqs[0] < DENSE * len(seqs):
        return column.between(seqs[0], seqs[-1])
    return column.in_(seqs)


def _chunks(named: dict[str, set[int]]) -> Iterator[tuple[str, list[int]]]:
    for device, seqs in named.items():
        ordered = sorted(seqs)
        for start in range(0, len(ordered), CHUNK):
            yield device, ordered[start : start + CHUNK]
