"""A month of pay: draft, review, closed; what keeps it open, and the entries that closing keeps. Pure.

A closed month is never opened again and never written again: what becomes known later is an adjustment in the month
that is open then (hr/pay/periods/adjustments.py).
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from hr.calendar.day_class import TimeClass
from hr.pay.rules.items import Hold, Item, Kind, Name
from hr.pay.rules.money import ZERO
from hr.pay.rules.statement import Statement


class State(StrEnum):
    DRAFT = "DRAFT"
    REVIEW = "REVIEW"
    CLOSED = "CLOSED"


class Step(StrEnum):
    """What HR does with a month."""

    REVIEW = "REVIEW"
    BACK = "BACK"
    """Back to the draft: the review has found something."""
    CLOSE = "CLOSE"


_NEXT = {
    (State.DRAFT, Step.REVIEW): State.REVIEW,
    (State.REVIEW, Step.BACK): State.DRAFT,
    (State.REVIEW, Step.CLOSE): State.CLOSED,
}


def after(state: State, step: Step) -> State | None:
    """Where a step leads; None where it cannot be taken. Nothing leads out of CLOSED."""
    return _NEXT.get((state, step))


# --- months -----------------------------------------------------------------------------------------


def days_of(month: str) -> tuple[str, str]:
    """First and last date of a month, YYYY-MM. ValueError for anything else."""
    first = date.fromisoformat(f"{month}-01")
    return first.isoformat(), first.replace(day=calendar.monthrange(first.year, first.month)[1]).isoformat()


def next_month(month: str, by: int = 1) -> str:
    """`by` months on; less than zero for earlier ones."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year:04d}-{number + 1:02d}"


def open_month(closed: Iterable[str], of: str) -> str:
    """The month that entries made in month `of` are posted to: `of` itself, or the first open one after it."""
    shut = set(closed)
    while of in shut:
        of = next_month(of)
    return of


# --- what keeps a month open ------------------------------------------------------------------------


class Why(StrEnum):
    """Why a month cannot be closed."""

    NOT_OVER = "NOT_OVER"
    NOT_REVIEWED = "NOT_REVIEWED"
    EARLIER_OPEN = "EARLIER_OPEN"
    """Months are closed in their order: each one rests on the one before."""
    NOBODY = "NOBODY"
    """There is nothing in it."""
    UNCONFIRMED = "UNCONFIRMED"
    """Pieces that no supervisor has sealed."""
    HELD = "HELD"
    """Lines or days that cannot be paid yet."""
    NO_SETTING = "NO_SETTING"
    """A local setting that people are paid by, and that nobody has entered."""


@dataclass(frozen=True)
class Obstacle:
    """`number` people, pieces or lines that are in the way; `hold` says what is held, `month` which one is to be closed
    first, `setting` what was not entered and is wanted from `since` on."""

    why: Why
    number: int = 0
    hold: Hold | None = None
    month: str = ""
    setting: str = ""
    since: str = ""


def to_work_on(closed: Iterable[str], today: str) -> str:
    """The first month that is not closed after those that are, else the one before this one; never a later one."""
    newest = max(closed, default="")
    return min(next_month(newest) if newest else next_month(today[:7], -1), today[:7])


def of_time(month: str, today: str, state: State, closed: Iterable[str]) -> list[Obstacle]:
    """What is in the way whatever the month holds."""
    found = []
    if today <= days_of(month)[1]:
        found.append(Obstacle(Why.NOT_OVER))
    newest = max((each for each in closed), default="")
    if newest and month > next_month(newest):
        found.append(Obstacle(Why.EARLIER_OPEN, month=next_month(newest)))
    if state is State.DRAFT:
        found.append(Obstacle(Why.NOT_REVIEWED))
    return found


def of_rows(rows: Iterable[Row]) -> list[Obstacle]:
    """What the statements themselves say: each setting that is missing, with how many people it holds, and the rest by
    reason; NOBODY without any."""
    numbers: dict[Hold, int] = {}
    dates: dict[str, list[str]] = {}
    people = 0
    for row in rows:
        people += 1
        for hold, number in row.held.items():
            numbers[hold] = numbers.get(hold, 0) + number
        for setting, since in row.missing.items():
            dates.setdefault(setting, []).append(since)
    if not people:
        return [Obstacle(Why.NOBODY)]
    unset = [Obstacle(Why.NO_SETTING, len(of), setting=each, since=min(of)) for each, of in sorted(dates.items())]
    return [*unset, *(Obstacle(Why.HELD, numbers[hold], hold) for hold in Hold if hold in numbers)]


OF_SETTINGS = frozenset({Hold.NO_SETTINGS, Hold.NO_MINIMUM_WAGE, Hold.NO_AMOUNT})
FIRST_SETTING = "minimum_month"
"""What a plant without any settings is to enter."""


# --- the ledger -------------------------------------------------------------------------------------


class Column(StrEnum):
    """The amounts of a ledger's row; together they are the net."""

    PIECES = "PIECES"
    OVERTIME = "OVERTIME"
    """What was made or worked in overtime, at its whole price."""
    TIME = "TIME"
    """Base, waiting, holidays, leave."""
    BONUS = "BONUS"
    ALLOWANCE = "ALLOWANCE"
    TOPUP = "TOPUP"
    ADJUSTMENT = "ADJUSTMENT"
    DEDUCTION = "DEDUCTION"


_COLUMN = {
    Kind.PIECE: Column.PIECES,
    Kind.POOL_SHARE: Column.PIECES,
    Kind.BASE: Column.TIME,
    Kind.HOURS_OVERTIME: Column.OVERTIME,
    Kind.WAITING: Column.TIME,
    Kind.LIVING_ALLOWANCE: Column.TIME,
    Kind.PAID_HOLIDAY: Column.TIME,
    Kind.PAID_LEAVE: Column.TIME,
    Kind.BONUS: Column.BONUS,
    Kind.NIGHT_ALLOWANCE: Column.ALLOWANCE,
    Kind.ALLOWANCE: Column.ALLOWANCE,
    Kind.GUARANTEE_TOPUP: Column.TOPUP,
    Kind.MINIMUM_TOPUP: Column.TOPUP,
    Kind.PROBATION_TOPUP: Column.TOPUP,
    Kind.ADJUSTMENT: Column.ADJUSTMENT,
    Kind.DEDUCTION: Column.DEDUCTION,
}


def column_of(item: Item) -> Column:
    column = _COLUMN[item.kind]
    overtime = column is Column.PIECES and item.time_class not in (None, TimeClass.NORMAL)
    return Column.OVERTIME if overtime else column


@dataclass(frozen=True)
class WorkTime:
    """What a person worked in a month: days with presence, and paid minutes by class."""

    days: int = 0
    minutes: Mapping[TimeClass, int] = field(default_factory=dict)

    @property
    def overtime(self) -> int:
        return sum(number for each, number in self.minutes.items() if each is not TimeClass.NORMAL)

    @property
    def paid(self) -> int:
        return sum(self.minutes.values())


@dataclass(frozen=True)
class DayTime:
    """The paid minutes of a work date, by class."""

    work_date: str
    minutes: Mapping[TimeClass, int] = field(default_factory=dict)

    @property
    def paid(self) -> int:
        return sum(self.minutes.values())


@dataclass(frozen=True)
class Entry:
    """One person's month as the ledger keeps it: who that was then, the working time, and the whole statement. `days`
    add up to `work`; a month that was closed before they were kept has none."""

    number: str
    name: str
    team: str
    work: WorkTime
    statement: Statement
    days: tuple[DayTime, ...] = ()


@dataclass(frozen=True)
class Row:
    """The same without its items, for a list of many. Amounts in yuan, a deduction below zero; `pieces` are those paid
    by the piece; `held` counts what waits, by reason, and `missing` has the local settings that were not entered, each
    with the date from which it is wanted: one of them holds every line."""

    person: str
    number: str
    name: str
    team: str
    work: WorkTime
    pieces: Decimal
    amounts: Mapping[Column, Decimal]
    gross: Decimal
    net: Decimal
    held: Mapping[Hold, int] = field(default_factory=dict)
    carried: Mapping[str, Decimal] = field(default_factory=dict)
    """What of the claims, by key, this month could not bear."""
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> int:
        """How many things are to be mended before it can be paid."""
        return sum(self.held.values()) + len(self.missing)

    def amount(self, column: Column) -> Decimal:
        return self.amounts.get(column, ZERO)


def row_of(entry: Entry) -> Row:
    amounts: dict[Column, Decimal] = {}
    held: dict[Hold, int] = {}
    said = entry.statement
    pieces = ZERO
    for item in said.items:
        column = column_of(item)
        amounts[column] = amounts.get(column, ZERO) + item.amount
        if item.kind is Kind.PIECE:
            pieces += pieces_of(item)
    for each in said.held:
        if each.why not in OF_SETTINGS:
            held[each.why] = held.get(each.why, 0) + 1
    return Row(
        said.person,
        entry.number,
        entry.name,
        entry.team,
        entry.work,
        pieces,
        amounts,
        said.gross,
        said.net,
        held,
        said.carried,
        missing_of(said),
    )


def missing_of(said: Statement) -> dict[str, str]:
    """The local settings that a month lacks, with the first date it needs them on."""
    found: dict[str, str] = {}
    for each in said.held:
        if each.why in OF_SETTINGS:
            setting = each.setting or FIRST_SETTING
            # The minimum wage is of a whole month, though it is looked up on its last day.
            date = days_of(said.month)[0] if each.why is Hold.NO_MINIMUM_WAGE else each.work_date
            found[setting] = min(date, found.get(setting, date))
    return found


def pieces_of(item: Item) -> Decimal:
    """How many pieces the formula of an amount is about."""
    terms = item.formula.terms
    return sum((each.value for term in terms for each in term if each.name is Name.QUANTITY), ZERO)


@dataclass(frozen=True)
class Sums:
    """The last line of a ledger."""

    people: int
    days: int
    minutes: int
    overtime: int
    pieces: Decimal
    amounts: Mapping[Column, Decimal]
    gross: Decimal
    net: Decimal


def sums_of(rows: Iterable[Row]) -> Sums:
    listed = list(rows)
    return Sums(
        len(listed),
        sum(row.work.days for row in listed),
        sum(row.work.paid for row in listed),
        sum(row.work.overtime for row in listed),
        sum((row.pieces for row in listed), ZERO),
        {column: sum((row.amount(column) for row in listed), ZERO) for column in Column},
        sum((row.gross for row in listed), ZERO),
        sum((row.net for row in listed), ZERO),
    )


# --- what closing keeps -----------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """JSON with sorted keys and without spaces; decimals as text, so that every machine writes the same bytes."""
    return msgspec.json.encode(value, order="sorted")


@dataclass(frozen=True)
class Heading:
    """What stands before the first entry of a closed month, and is in the chain as the entries are."""

    month: str
    run: str
    rules: int
    release: str
    previous: str
    """The head of the month closed before; empty for the first."""


def linked(previous: str, content: bytes) -> str:
    """The hash of the next entry of a chain: hexadecimal SHA-256 over the hash before and the canonical bytes."""
    return hashlib.sha256(previous.encode("ascii") + content).hexdigest()
