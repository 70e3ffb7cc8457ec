"""Whether the journal on the card still is the one that HR has signed for. Pure; core and `sync` both ask.

A card can forget: it said that something was written and it was not, or somebody put an old copy back. HR's receipts
then know more than the journal does. Such a journal is *cut*: it must not go on under its old epoch, because numbers
that HR holds would be given again to other facts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class AtHr(NamedTuple):
    """The newest receipt of the newest epoch that HR has signed for: number and head there, whoever sent them.

    All up to `common` has been compared: HR holds the same as this box. `parted`: HR holds something else as
    number `common` + 1. Epoch 0: no receipt yet.
    """

    epoch: int = 0
    seq: int = 0
    head: str = ""
    common: int = 0
    parted: bool = False


class Cut(NamedTuple):
    """A journal that cannot go on. That of epoch `previous` ends at `here` on this box and at `at_hr` at HR; what the
    open journal has after `common` is not at HR under its number."""

    previous: int
    here: int
    at_hr: int
    common: int


def cut(epoch: int, seq: int, holds: Callable[[int, str], bool], at_hr: AtHr) -> Cut | None:
    """Judges the journal of `epoch` that ends at `seq`; `holds` says whether it has a fact with this number and hash.

    None while it may go on: it holds what HR has signed for, or `sync` has not yet compared it to its end or to the
    first difference. What is recorded until then is carried over.
    """
    if at_hr.epoch < epoch or at_hr.seq == 0:
        return None
    if at_hr.epoch > epoch:
        # An old copy of the whole journal: all of it is of an epoch that HR has seen the end of.
        return Cut(at_hr.epoch, 0, at_hr.seq, seq)
    if holds(at_hr.seq, at_hr.head):
        return None
    if at_hr.parted or at_hr.common >= seq:
        return Cut(epoch, seq, at_hr.seq, min(at_hr.common, seq))
    return None
