"""What somebody should look at before a month is closed: differences to the month before, and outliers. Pure.

The rules are plain on purpose: whoever is named can be told in one sentence why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median

from hr.pay.periods.period import Column, Row
from hr.pay.rules.money import ZERO

CHANGED = Decimal("0.30")
"""A month's net that differs from the last one's by this part of it."""

APART = Decimal(2)
"""An hour that is worth so many times the team's middle one, or is that so many times more."""

LEAST_TEAM = 5
"""In a team with fewer people nobody is an outlier: there is no middle."""

OVERTIME_MIN = 36 * 60
"""In a month (劳动法 art. 41)."""


class Remark(StrEnum):
    NEW = "NEW"
    """Not in the month before."""
    GONE = "GONE"
    """In the month before, and not in this one."""
    MORE = "MORE"
    LESS = "LESS"
    HIGH_HOUR = "HIGH_HOUR"
    """An hour brings twice as much as in the middle of the team."""
    LOW_HOUR = "LOW_HOUR"
    TOPPED_UP = "TOPPED_UP"
    """Pieces did not reach the guarantee or the minimum wage."""
    LONG_HOURS = "LONG_HOURS"
    NO_HOURS = "NO_HOURS"
    """Money without working time."""


@dataclass(frozen=True)
class Difference:
    """One person's two months; `before` or `now` is None where there was none."""

    before: Row | None
    now: Row | None
    remarks: tuple[Remark, ...]

    @property
    def row(self) -> Row:
        found = self.now or self.before
        assert found is not None
        return found

    @property
    def net(self) -> Decimal:
        """How much more the net is than a month ago."""
        before, now = (ZERO if each is None else each.net for each in (self.before, self.now))
        return now - before

    def by(self, column: Column) -> Decimal:
        before, now = (ZERO if each is None else each.amount(column) for each in (self.before, self.now))
        return now - before


def differences(before: Iterable[Row], now: Iterable[Row]) -> list[Difference]:
    """Everybody in either month, those with a remark first, then by how far the net has moved."""
    earlier = {row.person: row for row in before}
    rows = list(now)
    hours = _middles(rows)
    found = [_of(earlier.get(row.person), row, bool(earlier), hours.get(row.team)) for row in rows]
    here = {row.person for row in rows}
    found += [Difference(row, None, (Remark.GONE,)) for row in earlier.values() if row.person not in here]
    return sorted(found, key=lambda each: (not each.remarks, -abs(each.net), each.row.number, each.row.person))


def _of(before: Row | None, now: Row, compared: bool, middle: Decimal | None) -> Difference:
    remarks: list[Remark] = []
    if before is None:
        remarks += [Remark.NEW] if compared else []
    elif abs(now.net - before.net) >= CHANGED * abs(before.net) and now.net != before.net:
        remarks.append(Remark.MORE if now.net > before.net else Remark.LESS)
    hour = _hour(now)
    if hour is not None and middle is not None and middle > ZERO:
        remarks += [Remark.HIGH_HOUR] if hour >= APART * middle else []
        remarks += [Remark.LOW_HOUR] if hour * APART <= middle else []
    remarks += [Remark.TOPPED_UP] if now.amount(Column.TOPUP) else []
    remarks += [Remark.LONG_HOURS] if now.work.overtime > OVERTIME_MIN else []
    remarks += [Remark.NO_HOURS] if now.gross and not now.work.paid else []
    return Difference(before, now, tuple(remarks))


def _hour(row: Row) -> Decimal | None:
    """What an hour brought in pieces; None without hours."""
    if not row.work.paid:
        return None
    return (row.amount(Column.PIECES) + row.amount(Column.OVERTIME)) * 60 / row.work.paid


def _middles(rows: Iterable[Row]) -> dict[str, Decimal]:
    teams: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        if (hour := _hour(row)) is not None:
            teams[row.team].append(hour)
    return {team: median(hours) for team, hours in teams.items() if len(hours) >= LEAST_TEAM}
