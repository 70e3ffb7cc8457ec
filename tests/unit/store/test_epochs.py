"""A new journal becomes the newest whole, or not at all, wherever the machine stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store import epochs
from edge.store.epochs import forget_sealed_in_earlier, open_next
from edge.store.files import journals, newest
from edge.store.journal import Draft, Journal
from edge.store.views import SqlViews
from sync.wire.facts import ClockStepped, EpochOpened
from tests.moments import moment
from tests.unit.store.boxes import DEVICE, KEY, broken_at, open_journal, write

FACTS = [
    (Draft("opening", moment(), EpochOpened(1, "cut", 3, 5)), 0),
    (Draft("command-9", moment(1), ClockStepped(9)), 2),
]


@pytest.fixture
def first(tmp_path: Path) -> Path:
    journal = open_journal(tmp_path)
    write(journal, 3)
    with journal.transaction():
        journal.keep_sealed("p-new", 3, b"sealed")
    journal.close()
    return tmp_path / "facts.db"


@pytest.fixture
def views(first: Path) -> Iterator[SqlViews]:
    views = SqlViews(first, KEY)
    yield views
    views.close()


def opened(first: Path, epoch: int = 2) -> Journal:
    open_next(first, KEY, DEVICE, epoch, FACTS, [("p-new", 1, b"sealed")])
    number, file = newest(first)
    return Journal(file, KEY, DEVICE, number)


def test_the_new_journal_is_numbered_and_chained_from_one_under_its_own_epoch(first: Path) -> None:
    journal = opened(first)
    facts = list(journal.after(0))
    assert [(fact.epoch, fact.seq, fact.command, fact.part) for fact in facts] == [
        (2, 1, "opening", 0),
        (2, 2, "command-9", 2),
    ]
    assert broken_at(facts) is None
    assert journal.sealed_records() == [("p-new", 1, b"sealed")]
    journal.close()


def test_the_facts_of_the_old_one_are_untouched_and_its_sealed_records_go(first: Path) -> None:
    before = list(open_journal(first.parent).after(0))
    opened(first).close()
    forget_sealed_in_earlier(first, KEY, DEVICE)
    old = open_journal(first.parent)
    assert (list(old.after(0)), old.sealed_people()) == (before, set())
    old.close()


def test_a_reader_that_is_open_reads_the_new_journal_at_its_next_question(first: Path, views: SqlViews) -> None:
    assert views.head() == 3
    journal = opened(first)
    assert (views.head(), views.epochs()) == (2, [1, 2])
    write(journal, 1)
    assert views.head() == 3
    assert [fact.epoch for fact in views.of_epoch(1, 0, 9)] == [1, 1, 1]
    assert [fact.epoch for fact in views.of_epoch(2, 0, 9)] == [2, 2, 2]
    assert views.of_epoch(3, 0, 9) == []
    journal.close()


def test_a_journal_that_took_over_from_another_box_begins_this_boxes_history(first: Path, views: SqlViews) -> None:
    facts = [(Draft("opening", moment(), EpochOpened(4, "replaced", 0, 70)), 0)]
    open_next(first, KEY, DEVICE, 5, facts)
    assert views.epochs() == [5]
    open_next(first, KEY, DEVICE, 6, FACTS)
    assert views.epochs() == [5, 6]


STEPS = ("transaction", "append", "keep_sealed", "close", "rename", "fsync")


class PlugPulled(BaseException):
    """Nothing after this point happens."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_stops_the_newest_is_the_old_or_the_new_whole_and_a_second_try_succeeds(
    first: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    owner = {"rename": Path, "fsync": os}.get(step, Journal)
    real = getattr(owner, step)

    def stops(*arguments: object) -> object:
        if after:
            real(*arguments)
        raise PlugPulled

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, stops)
        with pytest.raises(PlugPulled):
            open_next(first, KEY, DEVICE, 2, FACTS, [("p-new", 1, b"sealed")])
    number, file = newest(first)
    journal = Journal(file, KEY, DEVICE, number)
    assert (number, journal.seq) in {(1, 3), (2, 2)}
    assert (number == 2) == ((step, after) in {("rename", True), ("fsync", False), ("fsync", True)})
    journal.close()
    if number == 1:
        opened(first).close()
    assert list(journals(first)) == [1, 2]
    assert epochs.SIDES[1] == "-wal"
