"""Which taps count, and which pairs of in and out they make (AT-R3, R6, R13). Pure.

A direction that a box had to guess, and that the person did not choose, gives way to the taps before it at all boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hr.attendance.rules.shifts import Directions, Pairing
from hr.attendance.rules.taps import Tap, order
from sync.wire.facts import Direction

REPEAT_US = 60_000_000
"""Two taps of a person no further apart than this are one (AT-R3)."""

IN, OUT = Direction.IN, Direction.OUT


@dataclass(frozen=True)
class Punches:
    """Pairs of in and out, and the taps to which the other half is missing, with what they count as."""

    pairs: tuple[tuple[Tap, Tap], ...] = ()
    lone: tuple[tuple[Tap, Direction], ...] = ()

    @property
    def first_in(self) -> Tap | None:
        return min(self._marks(IN), key=order, default=None)

    @property
    def last_out(self) -> Tap | None:
        return max(self._marks(OUT), key=order, default=None)

    @property
    def missing(self) -> frozenset[Direction]:
        """Which halves nobody tapped; both where there is no tap at all."""
        if not self.pairs and not self.lone:
            return frozenset({IN, OUT})
        return frozenset(OUT if direction is IN else IN for _tap, direction in self.lone)

    def _marks(self, wanted: Direction) -> Iterable[Tap]:
        yield from (pair[wanted is OUT] for pair in self.pairs)
        yield from (tap for tap, direction in self.lone if direction is wanted)


def counting(ordered: Iterable[Tap]) -> list[Tap]:
    """The effective taps, in order of time; of two within a minute that no single box could compare, the first."""
    kept: list[Tap] = []
    for tap in ordered:
        if tap.effective and not (kept and _repeats(tap, kept[-1])):
            kept.append(tap)
    return kept


def directed(taps: Iterable[Tap]) -> list[tuple[Tap, Direction]]:
    """What each counts as: what was said; where nobody knew, the other direction than that of the tap before."""
    found: list[tuple[Tap, Direction]] = []
    before: Direction | None = None
    for tap in taps:
        said = tap.direction if before is None else tap.said
        before = said or (OUT if before is IN else IN)
        found.append((tap, before))
    return found


def pairs_of(marks: Iterable[tuple[Tap, Direction]]) -> list[tuple[Tap | None, Tap | None]]:
    """Each in with the out that follows it; None for the half that nobody tapped."""
    found: list[tuple[Tap | None, Tap | None]] = []
    opening: Tap | None = None
    for tap, direction in marks:
        if direction is OUT:
            found.append((opening, tap))
            opening = None
            continue
        if opening is not None:
            found.append((opening, None))
        opening = tap
    if opening is not None:
        found.append((opening, None))
    return found


def punches(taps: Sequence[Tap], pairing: Pairing, directions: Directions, *, alone: Direction = IN) -> Punches:
    """Of the taps of one shift, or of one part of it, in order of time. `alone`: what a single tap counts as of which
    nobody said the direction; the caller knows which end of the shift it is nearer to."""
    if directions is Directions.LOG_TYPE:
        return _by_log_type([tap for tap in taps if tap.said is not None], pairing)
    said = [None if directions is Directions.ALTERNATING else tap.said for tap in taps]
    if pairing is Pairing.FIRST_LAST or len(taps) == 1:
        return _first_and_last(taps, said, alone)
    marks = (
        directed(taps) if directions is Directions.AS_SAID else [(tap, (IN, OUT)[n % 2]) for n, tap in enumerate(taps)]
    )
    return _of_pairs(pairs_of(marks))


def _first_and_last(taps: Sequence[Tap], said: Sequence[Direction | None], alone: Direction) -> Punches:
    """The first tap opens unless it was said to be out, and the last closes unless it was said to be in."""
    if not taps:
        return Punches()
    if len(taps) == 1:
        return Punches(lone=((taps[0], said[0] or alone),))
    opens, closes = said[0] is not OUT, said[-1] is not IN
    if opens and closes:
        return Punches(pairs=((taps[0], taps[-1]),))
    lone = (*(((taps[0], IN),) if opens else ()), *(((taps[-1], OUT),) if closes else ()))
    return Punches(lone=lone or ((taps[0], OUT), (taps[-1], IN)))


def _by_log_type(taps: Sequence[Tap], pairing: Pairing) -> Punches:
    """By what each tap says alone: an out before any in, and an in after an in, say nothing."""
    if pairing is Pairing.FIRST_LAST:
        first = next((tap for tap in taps if tap.said is IN), None)
        last = next((tap for tap in reversed(taps) if tap.said is OUT), None)
        if first is not None and last is not None and order(first) < order(last):
            return Punches(pairs=((first, last),))
        lone = (*(((first, IN),) if first else ()), *(((last, OUT),) if last else ()))
        return Punches(lone=lone)
    told: list[tuple[Tap, Direction]] = []
    for tap in taps:
        wanted = OUT if told and told[-1][1] is IN else IN
        if tap.said is wanted:
            told.append((tap, wanted))
    return _of_pairs(pairs_of(told))


def _of_pairs(found: Iterable[tuple[Tap | None, Tap | None]]) -> Punches:
    pairs, lone = [], []
    for first, last in found:
        if first is not None and last is not None:
            pairs.append((first, last))
        elif first is not None:
            lone.append((first, IN))
        elif last is not None:
            lone.append((last, OUT))
    return Punches(tuple(pairs), tuple(lone))


def _repeats(tap: Tap, before: Tap) -> bool:
    """Within the time, and not the other direction where somebody said so: who goes from one shift to the next at one
    reader taps twice."""
    same = before.direction is None or tap.said in (None, before.direction)
    return same and tap.at_us - before.at_us <= REPEAT_US
