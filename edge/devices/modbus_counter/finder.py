"""Which register counts the pieces: found from what the registers held before, during and after a known number. Pure.

The machine stands before and after. A register that moves then is a clock or an analogue value, and no counter; so is
one that goes down while the pieces are made. What is left went up by a whole number of counts for each piece, or by one
count for a whole number of pieces.

The low word of a counter moves alone until it is full. Which neighbour is its high word, if any, is then not to be
seen: each way to read it that the pieces do not rule out is told, and the section says which one it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from edge.config import MAX_COUNTS_PER_PIECE
from edge.devices.modbus_counter.codec import value_of
from edge.devices.modbus_counter.keys import ModbusKeys

WordOrder = Literal["hi-first", "lo-first"]
Register = tuple[int, int]
"""Function code and address."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a number lies, and how it is read."""

    function: int
    address: int
    words: int
    word_order: WordOrder = "hi-first"

    @classmethod
    def of(cls, counter: ModbusKeys) -> Place:
        return cls(
            counter.function, counter.address, counter.words, counter.word_order if counter.words > 1 else "hi-first"
        )

    @property
    def registers(self) -> list[Register]:
        return [(self.function, self.address + word) for word in range(self.words)]

    @property
    def low(self) -> Register:
        """The register of its low word, which moves first."""
        return self.registers[0 if self.word_order == "lo-first" else -1]

    def __str__(self) -> str:
        order = f", {self.word_order}" if self.words > 1 else ""
        return f"function {self.function}, address {self.address}, {self.words} word{'s' * (self.words > 1)}{order}"


@dataclass(frozen=True)
class Look:
    """What the registers held. One that did not answer is missing. `at_us`: UTC."""

    at_us: int
    held: Mapping[Register, int]

    def words(self, place: Place) -> list[int] | None:
        found = [self.held[each] for each in place.registers if each in self.held]
        return found if len(found) == place.words else None

    def value(self, place: Place) -> int | None:
        words = self.words(place)
        return None if words is None else value_of(words, place.word_order)


@dataclass(frozen=True)
class Run:
    """The machine made `pieces` between the last look of `before` and the first of `after`, and stood else."""

    pieces: int
    before: tuple[Look, ...]
    during: tuple[Look, ...]
    after: tuple[Look, ...]

    @property
    def looks(self) -> tuple[Look, ...]:
        return self.before + self.during + self.after


class Misfit(StrEnum):
    """Why a number is not the count of the pieces."""

    UNREAD = "it did not always answer"
    RESTLESS = "it moved while the machine stood"
    STANDS = "it did not move"
    BACKWARDS = "it went down, or over its end"
    NOT_WHOLE = "it went up by no whole number of counts for a piece, nor by one for a whole number of pieces"
    TOO_FEW = "one count for all of them: run more pieces"
    TOO_MANY = "it went up by far too many counts for a piece"
    CHANGED = "the next pieces gave other counts"


@dataclass(frozen=True)
class Growth:
    """One of the two is 1, or both are."""

    counts_per_piece: int
    pieces_per_count: int

    def counts(self, pieces: int) -> int:
        return pieces * self.counts_per_piece // self.pieces_per_count


@dataclass(frozen=True)
class Finding:
    """The low word that counted, by how much, and the ways to read it that are left."""

    low: Register
    growth: Growth
    ways: tuple[Place, ...]

    def nearest(self, section: Place, sure: Collection[str]) -> Place:
        """The section's own registers if they can be; else as the section says it is read, by the keys it is `sure` of;
        else the low word alone, which counts right whichever of its neighbours is the high word."""

        def distance(way: Place) -> tuple[bool, int, int]:
            others = [
                key for key in ("words", "word_order") if key in sure and getattr(way, key) != getattr(section, key)
            ]
            return way.registers != section.registers, len(others), way.words

        return min(self.ways, key=distance)


def judged(place: Place, runs: Sequence[Run]) -> Growth | Misfit:
    """What the pieces of all runs say of one number."""
    growths = [_judged_once(place, run) for run in runs]
    for each in growths:
        if isinstance(each, Misfit):
            return each
    return growths[0] if len(set(growths)) == 1 else Misfit.CHANGED


def found(runs: Sequence[Run]) -> list[Finding]:
    """All that may be the counter, in the order of their registers."""
    ways: dict[tuple[Register, Growth], list[Place]] = {}
    for place in places(runs):
        growth = judged(place, runs)
        if isinstance(growth, Growth):
            ways.setdefault((place.low, growth), []).append(place)
    return [
        Finding(low, growth, tuple(each)) for (low, growth), each in sorted(ways.items(), key=lambda item: item[0][0])
    ]


def moved(runs: Sequence[Run]) -> list[tuple[Register, Misfit]]:
    """Single registers that changed in any way and are not the counter, with the reason."""
    reasons = ((place.low, judged(place, runs)) for place in places(runs) if place.words == 1)
    others = (Misfit.STANDS, Misfit.UNREAD)
    return [(low, why) for low, why in reasons if isinstance(why, Misfit) and why not in others]


def places(runs: Sequence[Run]) -> Iterator[Place]:
    """Each way to read each register that was seen, alone and with its neighbour."""
    seen = sorted({register for run in runs for look in run.looks for register in look.held})
    for function, address in seen:
        yield Place(function, address, 1)
        if (function, address + 1) in seen:
            yield Place(function, address, 2, "hi-first")
            yield Place(function, address, 2, "lo-first")


def differences(section: Place, way: Place) -> dict[str, int | str]:
    """What to write into the section, by key, so that it reads `way`."""
    keys = ["function", "address", "words"] + (["word_order"] if way.words > 1 else [])
    return {
        key: getattr(way, key)
        for key in keys
        if getattr(way, key) != getattr(section, key) or (key == "word_order" and section.words == 1)
    }


def _judged_once(place: Place, run: Run) -> Growth | Misfit:
    before, during, after = (_values(place, looks) for looks in (run.before, run.during, run.after))
    if before is None or during is None or after is None:
        return Misfit.UNREAD
    if len(set(before)) > 1 or len(set(after)) > 1:
        return Misfit.RESTLESS
    if any(later < earlier for earlier, later in pairwise([before[-1], *during, after[0]])):
        return Misfit.BACKWARDS
    return growth_of(after[0] - before[-1], run.pieces)


def growth_of(counts: int, pieces: int) -> Growth | Misfit:
    """Neither is negative, and there were pieces."""
    if counts == 0:
        return Misfit.STANDS
    if counts > pieces * MAX_COUNTS_PER_PIECE:
        return Misfit.TOO_MANY
    if counts % pieces == 0:
        return Growth(counts // pieces, 1)
    if counts == 1:
        return Misfit.TOO_FEW
    if pieces % counts == 0:
        return Growth(1, pieces // counts)
    return Misfit.NOT_WHOLE


def _values(place: Place, looks: Iterable[Look]) -> list[int] | None:
    values = [look.value(place) for look in looks]
    return None if None in values else [value for value in values if value is not None]


# --- what to do next --------------------------------------------------------------------------------

MOST_RUNS = 3


@dataclass(frozen=True)
class Proven:
    """The section reads the pieces as it stands. `others` grew in the same way."""

    growth: Growth
    others: tuple[Finding, ...]


@dataclass(frozen=True)
class Change:
    """The section reads something else: what to write into it."""

    keys: Mapping[str, int | str]
    finding: Finding


@dataclass(frozen=True)
class Again:
    """More pieces are needed: several registers fit, or none does."""

    why: Growth | Misfit
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Unproven:
    """More pieces would not help."""

    why: Growth | Misfit
    findings: tuple[Finding, ...]


def concluded(
    section: Place, counts_per_piece: int, sure: Collection[str], runs: Sequence[Run]
) -> Proven | Change | Again | Unproven:
    """What the runs say of the section, which claims so many `counts_per_piece` and is `sure` of some of its keys."""
    own, findings = judged(section, runs), _distinct(section, found(runs))
    if len(runs) == 1 and any(each.low not in section.registers for each in findings):
        return Again(own, findings)  # another register that fits may do so by chance
    if isinstance(own, Growth):
        if own.counts_per_piece != counts_per_piece:
            (itself,) = (each for each in findings if each.low == section.low)
            return Change({"counts_per_piece": own.counts_per_piece}, itself)
        return Proven(own, tuple(each for each in findings if each.low != section.low))
    chosen = _chosen(section, findings)
    if chosen is None:
        return Again(own, findings) if len(runs) < MOST_RUNS else Unproven(own, findings)
    keys = differences(section, chosen.nearest(section, sure))
    if chosen.growth.counts_per_piece != counts_per_piece:
        keys["counts_per_piece"] = chosen.growth.counts_per_piece
    return Change(keys, chosen)


def _distinct(section: Place, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Many devices answer both functions with the same registers: of these the section's own is enough."""
    ours = {each.low[1] for each in findings if each.low[0] == section.function}
    return tuple(each for each in findings if each.low[0] == section.function or each.low[1] not in ours)


def _chosen(section: Place, findings: Sequence[Finding]) -> Finding | None:
    """The only one, or the only one within the section's own registers."""
    near = [each for each in findings if any(way.registers == section.registers for way in each.ways)]
    for some in (findings, near):
        if len(some) == 1:
            return some[0]
    return None
