"""What a comparison of a sheet kept by hand with our record is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal("0.00")


class Verdict(StrEnum):
    SAME = "SAME"
    PAPER_WRONG = "PAPER_WRONG"
    OURS_WRONG = "OURS_WRONG"
    UNEXPLAINED = "UNEXPLAINED"


class Field(StrEnum):
    """What a sheet tells of a worker-day."""

    PIECES = "PIECES"
    MINUTES = "MINUTES"
    AMOUNT = "AMOUNT"


class Gap(StrEnum):
    """Why our figure of a worker-day may be wrong; each has a page on which it is mended."""

    OPEN_DAY = "OPEN_DAY"
    UNSEALED = "UNSEALED"
    DOES_NOT_ADD_UP = "DOES_NOT_ADD_UP"
    UNPRICED = "UNPRICED"
    UNCLAIMED = "UNCLAIMED"


class Doubt(StrEnum):
    """Why our figure, though complete, is no proof against the sheet."""

    NO_RECORD = "NO_RECORD"
    ESTIMATED = "ESTIMATED"
    BY_HAND = "BY_HAND"
    UNSURE_TIME = "UNSURE_TIME"
    PRICE = "PRICE"
    BY_QUANTITY = "BY_QUANTITY"


@dataclass(frozen=True)
class PaperRow:
    """One row of the sheet. None: the sheet does not say. `amount` is piece wage in yuan."""

    line: int
    number: str
    name: str
    work_date: str
    pieces: int | None = None
    minutes: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class OurDay:
    """What is recorded here of one worker-day. `pieces` and `amount` are of lines in the totals; `minutes` of closed
    stretches. `unclaimed` are the pieces of the machines this person worked at on that date that are nobody's."""

    person: str
    number: str
    name: str
    work_date: str
    pieces: int = 0
    minutes: int = 0
    amount: Decimal = ZERO
    unsealed: int = 0
    unclaimed: int = 0
    open: bool = False
    unproved: int = 0
    unpriced: int = 0
    by_quantity: int = 0
    estimated: bool = False
    by_hand: bool = False
    unsure_time: bool = False
    lines: tuple[tuple[str, int, int], ...] = ()
    has_taps: bool = False

    @property
    def gaps(self) -> frozenset[Gap]:
        found = {
            Gap.OPEN_DAY: self.open,
            Gap.UNSEALED: self.unsealed,
            Gap.DOES_NOT_ADD_UP: self.unproved,
            Gap.UNPRICED: self.unpriced,
            Gap.UNCLAIMED: self.unclaimed,
        }
        return frozenset(gap for gap, there in found.items() if there)


@dataclass(frozen=True)
class Difference:
    """One figure of a worker-day that differs."""

    field: Field
    paper: int | Decimal
    ours: int | Decimal
    verdict: Verdict
    gaps: tuple[Gap, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A worker-day in the sheet, here, or in both. `verdict` is the gravest of its differences."""

    number: str
    name: str
    work_date: str
    paper: PaperRow | None
    ours: OurDay | None
    verdict: Verdict
    differences: tuple[Difference, ...] = ()

    @property
    def paper_amount(self) -> Decimal | None:
        return None if self.paper is None else self.paper.amount

    @property
    def our_amount(self) -> Decimal:
        return ZERO if self.ours is None else self.ours.amount


@dataclass(frozen=True)
class Sum:
    """Worker-days of one verdict, and their yuan where the sheet tells any."""

    verdict: Verdict
    days: int
    paper: Decimal
    ours: Decimal

    @property
    def difference(self) -> Decimal:
        return self.ours - self.paper


@dataclass(frozen=True)
class Comparison:
    """`sums` has each verdict once; `unknown` are rows of people who are not on the list here."""

    date_from: str
    date_to: str
    days: tuple[Compared, ...]
    unknown: tuple[PaperRow, ...]
    sums: tuple[Sum, ...] = field(default=())

    @property
    def paper(self) -> Decimal:
        return sum((each.paper for each in self.sums), ZERO)

    @property
    def ours(self) -> Decimal:
        return sum((each.ours for each in self.sums), ZERO)
