"""What a harness saw, and what of it is lost or doubled. Pure: the harness gathers, this judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TypeVar

from sync.wire.envelope import GENESIS, Fact, fact_hash
from sync.wire.facts import AttendanceTap, Body, CounterReading, MaterialActualRecorded, body_of
from tests.faults.counted import Counted

T = TypeVar("T", bound=Body)

READ_WITHIN_US = 1_500_000
"""A reading is waited for 1 s."""

LOST_IN_PLC = 15
"""Pieces that may be made between the last poll and a restart of the PLC, at 600 a minute; they are gone with it."""


@dataclass
class Evidence:
    """`presented`: how often each person held his badge to the reader; `acknowledged`: the seqs shown to him.

    `made_at` is what the PLC's register showed at a moment (microseconds UTC), `made` what it shows at the end.
    `restarts`: the moments at which the PLC lost its count, with what the register showed just before.
    `read_within_us`: a register is read at most so long before the stamp that its answer gets.
    """

    presented: dict[str, int]
    acknowledged: dict[str, list[int]]
    journal: list[Fact]
    at_hr: list[Fact]
    made_at: Callable[[int], int]
    made: int
    aside: int = 0
    restarts: list[tuple[int, int]] = field(default_factory=list)
    read_within_us: int = READ_WITHIN_US


@dataclass
class Findings(Counted):
    """One sentence each; what is broken is neither lost nor doubled, and yet not as it must be."""

    broken: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> dict[str, list[str]]:
        return super().sentences | {"broken": self.broken}


def judge(evidence: Evidence) -> Findings:
    """Every promise of a box, checked against what the world outside saw."""
    findings = Findings()
    _chain(evidence.journal, findings)
    _taps("the journal", evidence.journal, evidence, findings)
    _taps("HR", evidence.at_hr, evidence, findings)
    _same(evidence, findings)
    _pieces(evidence, findings)
    return findings


def _chain(journal: list[Fact], findings: Findings) -> None:
    if journal and (journal[0].seq, journal[0].prev_hash) != (1, GENESIS):
        findings.broken.append(f"the journal begins with {journal[0].seq}")
    for earlier, later in pairwise(journal):
        if later.seq != earlier.seq + 1 or later.prev_hash != earlier.hash:
            findings.broken.append(f"fact {later.seq} does not follow {earlier.seq}")
    findings.broken += [f"fact {fact.seq} has another hash" for fact in journal if fact.hash != fact_hash(fact)]
    for (command, part), times in Counter((fact.command, fact.part) for fact in journal).items():
        if times > 1:
            findings.doubled.append(f"part {part} of command {command} is stored {times} times")


def _taps(where: str, facts: list[Fact], evidence: Evidence, findings: Findings) -> None:
    stored: dict[str, int] = Counter()
    effective: dict[str, int] = Counter()
    seqs: set[int] = set()
    for fact, tap in _bodies(facts, AttendanceTap):
        who = tap.person or tap.badge or ""
        stored[who] += 1
        effective[who] += tap.effective
        seqs.add(fact.seq)
    for who, times in evidence.presented.items():
        if effective[who] > 1:
            findings.doubled.append(f"{who} has {effective[who]} effective taps at {where}")
        if stored[who] > times:
            findings.doubled.append(f"{who} tapped {times} times, {where} has {stored[who]} taps")
    for who, shown in evidence.acknowledged.items():
        if not effective[who]:
            findings.lost.append(f"{who} saw a tick and has no effective tap at {where}")
        findings.lost += [f"{who} saw fact {seq}, which {where} has not" for seq in shown if seq not in seqs]
    strangers = stored.keys() - evidence.presented.keys()
    findings.broken += [f"a tap of {who} at {where}, who never tapped" for who in sorted(strangers)]


def _same(evidence: Evidence, findings: Findings) -> None:
    here = {fact.seq: fact for fact in evidence.journal}
    there = {fact.seq: fact for fact in evidence.at_hr}
    if len(there) != len(evidence.at_hr):
        findings.doubled.append("HR holds a number twice")
    findings.lost += [f"HR has not got fact {seq}" for seq in sorted(here.keys() - there.keys())]
    findings.broken += [f"HR has fact {seq}, the journal has not" for seq in sorted(there.keys() - here.keys())]
    findings.broken += [f"fact {seq} differs at HR" for seq in here.keys() & there.keys() if here[seq] != there[seq]]
    if evidence.aside:
        findings.broken.append(f"HR set {evidence.aside} facts aside")


def _pieces(evidence: Evidence, findings: Findings) -> None:
    readings = [(fact, body) for fact, body in _bodies(evidence.journal, CounterReading) if not body.held]
    for fact, body in readings:
        if not any(low <= body.value <= high for low, high in _shown(evidence, fact.at.wall_us)):
            findings.broken.append(f"reading {fact.seq} shows {body.value}, the counter did not")
    lives = [[body.value for _, body in life] for _, life in groupby(readings, key=lambda each: each[1].session)]
    if len(lives) != len(evidence.restarts) + 1:
        findings.lost.append(f"the PLC began {len(evidence.restarts) + 1} times, the readings show {len(lives)}")
        return
    counted = _counted(evidence.journal, findings)
    # After a restart a register begins at 0, so what it first shows has been made since.
    expected = sum(life[-1] for life in lives) - lives[0][0]
    _compare(f"counted {counted} pieces, the readings say {expected}", counted - expected, findings)
    for life, (_, before) in zip(lives, evidence.restarts, strict=False):
        if not 0 <= before - life[-1] <= LOST_IN_PLC:
            findings.lost.append(f"the PLC restarted at {before}, the last reading before it shows {life[-1]}")
    shown = lives[-1][-1]
    _compare(f"the last reading shows {shown}, the machine made {evidence.made}", shown - evidence.made, findings)


def _shown(evidence: Evidence, at_us: int) -> list[tuple[int, int]]:
    """The ranges in which the register was while the reading with this stamp may have been taken."""
    earliest_us = at_us - evidence.read_within_us
    ranges, low = [], evidence.made_at(earliest_us)
    for restart_us, before in evidence.restarts:
        if earliest_us < restart_us <= at_us:
            ranges.append((low, before))
            low = 0
    return [*ranges, (low, evidence.made_at(at_us))]


def _counted(journal: list[Fact], findings: Findings) -> int:
    """The quantity of all actuals; each stretch between two readings must be in there once."""
    quantity: dict[tuple[int, int], int] = Counter()
    worth: dict[tuple[int, int], int] = {}
    for _fact, actual in _bodies(journal, MaterialActualRecorded):
        (reading,) = actual.readings
        stretch = (reading.from_seq, reading.to_seq)
        quantity[stretch] += actual.quantity
        worth[stretch] = reading.counts * actual.pieces_per_count
    for stretch, pieces in quantity.items():
        text = f"between the readings {stretch[0]} and {stretch[1]} {pieces} pieces, worth {worth[stretch]}"
        _compare(text, pieces - worth[stretch], findings)
    for earlier, later in pairwise(sorted(quantity)):
        if later[0] < earlier[1]:
            findings.doubled.append(f"the readings {earlier} and {later} count the same pieces")
    return sum(quantity.values())


def _compare(sentence: str, surplus: int, findings: Findings) -> None:
    if surplus > 0:
        findings.doubled.append(sentence)
    elif surplus < 0:
        findings.lost.append(sentence)


def _bodies(facts: list[Fact], kind: type[T]) -> list[tuple[Fact, T]]:
    bodies = ((fact, body_of(fact.kind, fact.body)) for fact in facts if fact.kind == kind.__name__)
    return [(fact, body) for fact, body in bodies if isinstance(body, kind)]
