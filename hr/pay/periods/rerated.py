"""What a change of a price, of terms or of a setting does to a month, before it is saved. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hr.pay.periods.adjustments import Difference, differences
from hr.pay.periods.period import Entry
from hr.pay.rules.items import Item, Kind
from hr.pay.rules.money import ZERO


class Least(StrEnum):
    """How somebody stands to the minimum wage by the change, where he stood otherwise before."""

    FALLS_UNDER = "FALLS_UNDER"
    """It is filled up now."""
    RISES_ABOVE = "RISES_ABOVE"
    """It is not filled up any more."""


@dataclass(frozen=True)
class Moved:
    """One person's month before and with the change; None where he is not in it. `lines`: the items whose amounts are
    others; they add up to `net`."""

    before: Entry | None
    now: Entry | None
    lines: tuple[Difference, ...]
    least: Least | None

    @property
    def entry(self) -> Entry:
        found = self.now or self.before
        assert found is not None
        return found

    @property
    def net_before(self) -> Decimal:
        return ZERO if self.before is None else self.before.statement.net

    @property
    def net_now(self) -> Decimal:
        return ZERO if self.now is None else self.now.statement.net

    @property
    def net(self) -> Decimal:
        """How much more the net is, in yuan."""
        return self.net_now - self.net_before

    @property
    def same(self) -> Decimal:
        """What the items that stay as they are make of the net, before and with the change."""
        return self.net_before - sum((amount(each.closed) for each in self.lines), ZERO)

    @property
    def held_before(self) -> int:
        return 0 if self.before is None else len(self.before.statement.held)

    @property
    def held_now(self) -> int:
        return 0 if self.now is None else len(self.now.statement.held)


@dataclass(frozen=True)
class Rerated:
    """A month with the change beside the month without: those of whom anything is another, the largest first."""

    month: str
    moved: tuple[Moved, ...]

    @property
    def net_before(self) -> Decimal:
        return sum((each.net_before for each in self.moved), ZERO)

    @property
    def net_now(self) -> Decimal:
        return sum((each.net_now for each in self.moved), ZERO)

    @property
    def net(self) -> Decimal:
        return self.net_now - self.net_before

    def people(self, least: Least) -> int:
        return sum(each.least is least for each in self.moved)


def amount(item: Item | None) -> Decimal:
    """Of one side of a difference; nothing where there is none."""
    return ZERO if item is None else item.amount


def rerated(month: str, pairs: Iterable[tuple[Entry | None, Entry | None]]) -> Rerated:
    """Everybody's month before and with the change, in any order."""
    moved = [each for each in map(_moved, pairs) if each is not None]
    return Rerated(month, tuple(sorted(moved, key=lambda each: (-abs(each.net), each.entry.number))))


def _moved(pair: tuple[Entry | None, Entry | None]) -> Moved | None:
    before, now = pair
    lines = _lines(before, now)
    held = [None if each is None else each.statement.held for each in pair]
    if not lines and held[0] == held[1]:
        return None
    return Moved(before, now, tuple(lines), _least(before, now))


def _lines(before: Entry | None, now: Entry | None) -> list[Difference]:
    if before is None or now is None:
        found = [Difference(each, None) for each in _items(before)] + [Difference(None, each) for each in _items(now)]
    else:
        found = differences(before.statement, now.statement, kept=())
    moved = [each for each in found if amount(each.closed) != amount(each.now)]
    order = {kind: place for place, kind in enumerate(Kind)}
    return sorted(moved, key=lambda each: (order[each.either.kind], each.either.work_date, each.either.key))


def _items(entry: Entry | None) -> tuple[Item, ...]:
    return () if entry is None else entry.statement.items


def _least(before: Entry | None, now: Entry | None) -> Least | None:
    was, is_ = (any(each.kind is Kind.MINIMUM_TOPUP for each in _items(entry)) for entry in (before, now))
    if was == is_:
        return None
    return Least.FALLS_UNDER if is_ else Least.RISES_ABOVE
