"""Whether a journal may go on, given what HR has signed for."""

from __future__ import annotations

import pytest

from sync.wire.continuity import AtHr, Cut, cut

CHAIN = {seq: f"hash-{seq}" for seq in range(1, 11)}
"""A journal that ends at 10."""


def judged(at_hr: AtHr, epoch: int = 1, seq: int = 10) -> Cut | None:
    return cut(epoch, seq, lambda number, hash_: number <= seq and CHAIN.get(number) == hash_, at_hr)


@pytest.mark.parametrize(
    "at_hr",
    [
        AtHr(),
        AtHr(1, 0, "", 0),
        AtHr(1, 7, "hash-7", 7),
        AtHr(1, 10, "hash-10", 10),
        AtHr(1, 10, "hash-10", 3),
    ],
    ids=["never spoke", "asked from the start", "behind", "level", "sending again"],
)
def test_a_journal_that_holds_what_hr_signed_for_goes_on(at_hr: AtHr):
    assert judged(at_hr) is None


def test_a_journal_that_ends_before_what_hr_holds_is_cut_at_its_own_end():
    assert judged(AtHr(1, 12, "hash-12", 12)) == Cut(previous=1, here=10, at_hr=12, common=10)
    assert judged(AtHr(1, 12, "hash-12", 12), seq=0) == Cut(1, 0, 12, 0)


def test_a_journal_that_went_on_differently_is_cut_where_it_parts():
    assert judged(AtHr(1, 9, "another", 6, parted=True)) == Cut(1, 10, 9, 6)
    assert judged(AtHr(1, 40, "another", 6, parted=True)) == Cut(1, 10, 40, 6)


def test_as_long_as_it_has_not_been_compared_to_its_end_nothing_is_decided():
    assert judged(AtHr(1, 12, "hash-12", 5)) is None
    assert judged(AtHr(1, 9, "another", 5)) is None


def test_a_journal_of_an_earlier_epoch_than_hr_knows_follows_that_later_one():
    assert judged(AtHr(3, 4, "hash-4", 4), epoch=1) == Cut(previous=3, here=0, at_hr=4, common=10)


def test_a_journal_of_a_later_epoch_has_nothing_at_hr_yet():
    assert judged(AtHr(1, 12, "another", 12), epoch=2, seq=1) is None
