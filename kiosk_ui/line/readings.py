"""The counter readings behind a row of the confirm page, folded into stretches. Pure arithmetic over facts.

Level by level the same sum: a row's count = its stretches' pieces = what lies between their readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from kiosk_ui.today import body
from sync.wire.envelope import Fact
from sync.wire.facts import CounterReading, MaterialActualAssigned, MaterialActualRecorded, Share, Step

PLAIN = (Step.NORMAL, Step.ROLLOVER)
RESTARTED = (Step.RESET, Step.RESET_INFERRED)


class Mark(msgspec.Struct, frozen=True):
    """One reading: what the counter showed, when, and the first value it cannot show."""

    value: int
    at_us: int
    modulus: int


class Single(msgspec.Struct, frozen=True):
    """What one step of the counter gave one person. A mark is None when the journal no longer holds its reading.

    `counts` lie between the marks; `part` of them fell to this row (fewer when the time was split), which made
    `pieces`; `mine` is the person's share of these. `assigned`: it is his because a supervisor said so.
    """

    from_seq: int
    to_seq: int
    opening: Mark | None
    closing: Mark | None
    step: Step
    counts: int
    part: int
    per_count: int
    pieces: int
    mine: int
    assigned: bool = False


class Behind(NamedTuple):
    """Pieces and whose they are: a record as it was counted, or what a supervisor gave away of it."""

    made: MaterialActualRecorded
    shares: Sequence[Share]
    assigned: bool = False


class Stretch(msgspec.Struct, frozen=True):
    """Steps of one machine that follow one another without a gap and count in the same way."""

    machine: str
    singles: list[Single]

    @property
    def opening(self) -> Mark | None:
        return self.singles[0].opening

    @property
    def closing(self) -> Mark | None:
        return self.singles[-1].closing

    @property
    def restarted(self) -> bool:
        """The counter began again at zero, so that only its last value counts."""
        return self.singles[0].step in RESTARTED

    @property
    def rollovers(self) -> int:
        return sum(each.step is Step.ROLLOVER for each in self.singles)

    @property
    def assigned(self) -> bool:
        return self.singles[0].assigned

    @property
    def per_count(self) -> int:
        return self.singles[0].per_count

    @property
    def counts(self) -> int:
        return sum(each.counts for each in self.singles)

    @property
    def part(self) -> int:
        return sum(each.part for each in self.singles)

    @property
    def pieces(self) -> int:
        return sum(each.pieces for each in self.singles)

    @property
    def mine(self) -> int:
        return sum(each.mine for each in self.singles)


def behind(made: Iterable[Fact], seqs: Iterable[int]) -> list[Behind]:
    """What the facts with these seqs rest on; `made` are the facts of the day, those they name included."""
    facts = {fact.seq: body(fact) for fact in made}
    found = []
    for seq in sorted(set(seqs) & facts.keys()):
        said: MaterialActualRecorded | MaterialActualAssigned = facts[seq]
        if isinstance(said, MaterialActualRecorded):
            found.append(Behind(said, said.shares))
        elif said.actual in facts:
            found.append(Behind(facts[said.actual], said.shares, assigned=True))
    return found


def reading_seqs(pieces: Iterable[Behind]) -> list[int]:
    """The seqs of the CounterReading facts that these pieces rest on."""
    steps = [step for each in pieces for step in each.made.readings]
    return sorted({seq for step in steps for seq in (step.from_seq, step.to_seq)})


def marks(readings: Iterable[Fact]) -> dict[int, Mark]:
    """By seq."""
    found = {}
    for fact in readings:
        if fact.kind == CounterReading.__name__:
            reading: CounterReading = body(fact)
            found[fact.seq] = Mark(reading.value, fact.at.wall_us, reading.modulus)
    return found


def stretches(pieces: Iterable[Behind], person: str, known: Mapping[int, Mark]) -> list[Stretch]:
    """Of the person's shares of these pieces, machine by machine, oldest first."""
    found: dict[str, list[Stretch]] = {}
    for each in pieces:
        made = each.made
        before = found.setdefault(made.machine, [])
        single = _single(each, person, known)
        if before and _follows(before[-1].singles[-1], single):
            before[-1] = Stretch(made.machine, [*before[-1].singles, single])
        else:
            before.append(Stretch(made.machine, [single]))
    return [stretch for machine in sorted(found) for stretch in found[machine]]


def _single(each: Behind, person: str, known: Mapping[int, Mark]) -> Single:
    made = each.made
    first, last = made.readings[0], made.readings[-1]
    return Single(
        from_seq=first.from_seq,
        to_seq=last.to_seq,
        opening=known.get(first.from_seq),
        closing=known.get(last.to_seq),
        step=first.step,
        counts=sum(step.counts for step in made.readings),
        part=made.counts,
        per_count=made.pieces_per_count,
        pieces=made.quantity,
        mine=sum(share.quantity for share in each.shares if share.person == person),
        assigned=each.assigned,
    )


def _follows(before: Single, after: Single) -> bool:
    """Whether the two can be told as one: no gap, no restart, nothing split by time between them."""
    whole = before.part == before.counts and after.part == after.counts
    plain = before.step in PLAIN and after.step in PLAIN and not before.assigned and not after.assigned
    return whole and plain and before.to_seq == after.from_seq and before.per_count == after.per_count
