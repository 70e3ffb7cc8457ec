"""Taps that a person typed from the paper list of an outage, and the facts that come later for the same ones. Pure.

Who writes himself on the paper and taps as well has come once. A typed tap and a fact of the same person and direction
within MATCH_US are one punch: the fact counts, for a clock is better than handwriting, and both are shown. Which come
together depends on what there is, never on the order in which it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from hr.attendance.rules.judging import SaidBy, Tap
from sync.wire.facts import Direction

MATCH_US = 10 * 60 * 1_000_000
"""What people write down is rounded, and the list lies some steps from the reader."""


class Evidence(StrEnum):
    """What a record of HR's own rests on."""

    PAPER = "PAPER"


@dataclass(frozen=True)
class PaperTap:
    """One line of a paper list. `reference` says which list and line, `typed_by` is an account. Once it is taken back
    it counts for nothing, and stays with who, when and why."""

    id: str
    person: str
    direction: Direction
    at_us: int
    work_date: str
    reference: str
    typed_by: str
    typed_us: int
    evidence: Evidence = Evidence.PAPER
    taken_back_by: str | None = None
    taken_back_us: int | None = None
    taken_back_why: str = ""

    @property
    def stands(self) -> bool:
        return self.taken_back_by is None


def merged(taps: Iterable[Tap], typed: Iterable[PaperTap]) -> list[Tap]:
    """The taps of one person with what was typed for him: matched ones carry it, the others are taps of their own."""
    facts, standing = list(taps), [each for each in typed if each.stands]
    of_fact = _matches(facts, standing)
    matched = set(of_fact.values())
    found = [
        tap if (place := of_fact.get(number)) is None else _with(tap, standing[place])
        for number, tap in enumerate(facts)
    ]
    return found + [_alone(each) for place, each in enumerate(standing) if place not in matched]


def _matches(facts: list[Tap], typed: list[PaperTap]) -> dict[int, int]:
    """Which typed tap belongs to which fact, by their places: the closest pairs first, each in one pair only."""
    pairs = sorted(
        (abs(fact.at_us - each.at_us), each.at_us, fact.at_us, each.id, _name(fact), number, place)
        for place, each in enumerate(typed)
        for number, fact in enumerate(facts)
        if _fit(fact, each)
    )
    found: dict[int, int] = {}
    for *_order, number, place in pairs:
        if number not in found and place not in found.values():
            found[number] = place
    return found


def _fit(fact: Tap, typed: PaperTap) -> bool:
    """A fact of which nobody is sure when it was waits to be dated; a direction that the box did not know, or had to
    guess, is told by the paper."""
    same = fact.direction in (None, typed.direction) or fact.said_by is SaidBy.NOBODY
    return fact.effective and not fact.unsure_us and same and abs(fact.at_us - typed.at_us) <= MATCH_US


def _with(fact: Tap, typed: PaperTap) -> Tap:
    said_by = SaidBy.PERSON if fact.said_by is SaidBy.NOBODY else fact.said_by
    return replace(fact, direction=typed.direction, said_by=said_by, paper=typed)


def _alone(typed: PaperTap) -> Tap:
    return Tap(typed.person, typed.work_date, typed.at_us, typed.direction, effective=True, paper=typed)


def _name(fact: Tap) -> tuple[str, int, int]:
    record = fact.record
    return ("", 0, 0) if record is None else (record.device, record.epoch, record.seq)
