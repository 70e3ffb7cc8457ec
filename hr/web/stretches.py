"""Pieces of one person put together to stretches: a box records them every few minutes, a reader wants one figure.

A stretch goes on as long as each record of pieces begins with the very reading the one before ended with. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hr.pay.rules.lines import ActualPart, AssignedPart, ReadingSpan

QUIET_STEPS = ("NORMAL", "BASELINE")
"""Steps that need no word; any other is said in a line of its own."""

OF_PART = re.compile(r"part (\d+): (.+)")


@dataclass(frozen=True)
class Single:
    """Two readings that follow one another, and the record of pieces that rests on them."""

    span: ReadingSpan
    part: ActualPart


@dataclass(frozen=True)
class Run:
    """Readings that follow one another without a gap: the first, the last, and the counts between them."""

    singles: tuple[Single, ...]

    @property
    def first(self) -> ReadingSpan:
        return self.singles[0].span

    @property
    def last(self) -> ReadingSpan:
        return self.singles[-1].span

    @property
    def counts(self) -> int:
        return sum(single.span.counts for single in self.singles)

    @property
    def between(self) -> int:
        """How many readings lie between the first and the last."""
        return len(self.singles) - 1

    @property
    def special(self) -> tuple[ReadingSpan, ...]:
        """Where the counter began again, was set back, or jumped."""
        return tuple(single.span for single in self.singles if single.span.step not in QUIET_STEPS)


@dataclass(frozen=True)
class Stretch:
    """Records of pieces that join without a gap, of one kind, and their readings; several runs only when a single
    record rests on readings with a gap between them."""

    parts: tuple[ActualPart, ...]
    runs: tuple[Run, ...]

    @property
    def machine_name(self) -> str:
        return self.parts[0].machine_name

    @property
    def pieces_per_count(self) -> int:
        return self.parts[0].pieces_per_count

    @property
    def quantity(self) -> int:
        """The person's own pieces."""
        return sum(part.quantity for part in self.parts)

    @property
    def whole_quantity(self) -> int:
        """Everybody's pieces."""
        return sum(part.whole_quantity for part in self.parts)

    @property
    def shared(self) -> bool:
        return _shared(self.parts[0])

    @property
    def estimated(self) -> bool:
        return self.parts[0].basis == "ESTIMATED"

    @property
    def assigned(self) -> AssignedPart | None:
        """The supervisor's word by which the pieces became the person's; None for pieces counted as his."""
        return self.parts[0].assigned

    @property
    def counts(self) -> int:
        return sum(run.counts for run in self.runs)


def stretches(parts: Iterable[ActualPart]) -> tuple[Stretch, ...]:
    """In order of time; a part whose readings are not held stands last and alone."""
    joined: list[list[ActualPart]] = []
    for part in sorted(parts, key=_place):
        if joined and _joins(joined[-1][-1], part):
            joined[-1].append(part)
        else:
            joined.append([part])
    return tuple(Stretch(tuple(group), runs(group)) for group in joined)


def runs(parts: Iterable[ActualPart]) -> tuple[Run, ...]:
    """The parts' readings joined where one ends with the very reading the next begins with; each pair once."""
    joined: list[list[Single]] = []
    seen = set()
    for part in parts:
        for span in part.spans:
            if _pair(span) in seen:
                continue
            seen.add(_pair(span))
            if joined and _end(joined[-1][-1].span) == _start(span):
                joined[-1].append(Single(span, part))
            else:
                joined.append([Single(span, part)])
    return tuple(Run(tuple(group)) for group in joined)


def _place(part: ActualPart) -> tuple[bool, str, int, int, int]:
    """By machine: somebody may work at two at once, and each has its own course."""
    first_us = part.spans[0].from_wall_us if part.spans else 0
    return not part.spans, part.machine, first_us, part.epoch, part.seq


def _joins(before: ActualPart, part: ActualPart) -> bool:
    """Only what is alike: what was split by time, among several people or assigned never hides in a measured one."""
    if not before.spans or not part.spans or _likeness(before) != _likeness(part):
        return False
    same_readings = [_pair(span) for span in before.spans] == [_pair(span) for span in part.spans]
    return same_readings or _end(before.spans[-1]) == _start(part.spans[0])


def _likeness(part: ActualPart) -> tuple[str, int, str, bool, int]:
    assigned = part.seq if part.assigned else 0
    return part.machine, part.pieces_per_count, part.basis, _shared(part), assigned


def _shared(part: ActualPart) -> bool:
    return part.quantity != part.whole_quantity


def _start(span: ReadingSpan) -> tuple[str, str, int, int]:
    return span.machine, span.counter, span.from_epoch, span.from_seq


def _end(span: ReadingSpan) -> tuple[str, str, int, int]:
    return span.machine, span.counter, span.to_epoch, span.to_seq


def _pair(span: ReadingSpan) -> tuple[object, ...]:
    return _start(span), _end(span)


# --- proofs -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """A sum added up again. `stretch` is the one it speaks of; None for the line as a whole or a single record."""

    text: str
    left: int
    right: int
    stretch: Run | None = None

    @property
    def equal(self) -> bool:
        return self.left == self.right


def folded(
    proofs: Iterable[tuple[str, int, int]], of: Sequence[Stretch]
) -> tuple[tuple[Proof, ...], tuple[Proof, ...]]:
    """What is shown at once, and the single ones behind it: totals, one per stretch, and every one that fails."""
    single = [Proof(*each) for each in proofs]
    shown = [proof for proof in single if OF_PART.fullmatch(proof.text) is None]
    by_seq = {int(found[1]): proof for proof in single if (found := OF_PART.fullmatch(proof.text))}
    folded_away = []
    for stretch in of:
        proofs_of = [by_seq.pop(part.seq) for part in stretch.parts if part.seq in by_seq]
        equal = [proof for proof in proofs_of if proof.equal]
        shown += [proof for proof in proofs_of if not proof.equal]
        if len(equal) > 1 and len(equal) == len(proofs_of) and stretch.runs:
            shown.append(_sum_of(equal, stretch.runs[0]))
            folded_away += equal
        else:
            shown += equal
    return (*shown, *by_seq.values()), tuple(folded_away)


def _sum_of(proofs: Sequence[Proof], run: Run) -> Proof:
    found = OF_PART.fullmatch(proofs[0].text)
    text = proofs[0].text if found is None else found[2]
    return Proof(text, sum(proof.left for proof in proofs), sum(proof.right for proof in proofs), run)
