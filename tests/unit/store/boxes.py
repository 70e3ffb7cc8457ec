"""Journals for the store's tests: on a real file, with a key that protects nothing."""

from __future__ import annotations

from pathlib import Path

from edge.store.journal import Draft, Journal
from sync.wire.envelope import GENESIS, Fact, fact_hash
from sync.wire.facts import ClockStepped
from tests.moments import moment

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
DEVICE = "box-1"


def open_journal(folder: Path) -> Journal:
    return Journal(folder / "facts.db", KEY, DEVICE)


def write(journal: Journal, count: int, since: int = 0) -> list[Fact]:
    """That many facts, each in a transaction of its own, as commands are."""
    facts = []
    for number in range(since, since + count):
        with journal.transaction():
            facts.append(journal.append(Draft(f"command-{number}", moment(number), ClockStepped(number)), 0))
    return facts


def broken_at(facts: list[Fact], head: str = GENESIS) -> int | None:
    """The seq of the first fact that does not continue the chain; None if all do."""
    seq = facts[0].seq - 1 if facts else 0
    for fact in facts:
        if (fact.seq, fact.prev_hash, fact.hash) != (seq + 1, head, fact_hash(fact)):
            return fact.seq
        seq, head = fact.seq, fact.hash
    return None
