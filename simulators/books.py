"""What the simulators know of a shift, what HR says of it, and where the two are compared. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from simulators.turns import Turn
from sync.wire.envelope import Fact


@dataclass(frozen=True)
class Restart:
    """A PLC fell back to zero while its machine ran. `lost`: counts made after the last reading that it answered."""

    machine: str
    at_us: int
    when: str
    lost: int


@dataclass(frozen=True)
class Joined:
    """A newcomer who registered while HR could not be reached: the number HR gave him later, what his card says, the
    badge that is his, and how far HR was then."""

    number: str
    on_card: tuple[str, ...]
    badge: str
    hr_had: int


@dataclass(frozen=True)
class Seal:
    """A row that a supervisor sealed while HR could not be reached: whose, the facts he sealed, how far HR was then."""

    person: str
    actuals: tuple[int, ...]
    hr_had: int


@dataclass(frozen=True)
class Books:
    """What the simulator knows. Persons are employee numbers; counts are the machine's own; prices go by order.

    `attendance`: how often each person changed between in and out. `machine_s`: machine time between two moments of
    fact time.
    """

    made: dict[str, int]
    pieces_per_count: dict[str, int]
    turns: tuple[Turn, ...]
    count_at: dict[str, Callable[[int], int]]
    prices: dict[str, Decimal]
    attendance: dict[str, int]
    restarts: tuple[Restart, ...]
    late_seal: Seal
    joined: Joined
    machine_s: Callable[[int, int], float]

    def lost(self, machine: str) -> int:
        """Counts that no reading can have seen."""
        return sum(each.lost for each in self.restarts if each.machine == machine)

    def readable(self, machine: str) -> Callable[[int], int]:
        """The counts of a machine up to a moment, without those that were lost in its PLC before it."""
        restarts = [each for each in self.restarts if each.machine == machine]
        count_at = self.count_at[machine]
        return lambda at_us: count_at(at_us) - sum(each.lost for each in restarts if each.at_us <= at_us)


@dataclass(frozen=True)
class WageRow:
    """One line of HR's own wage list, as downloaded."""

    number: str
    order: str
    good: int
    amount: Decimal | None
    state: str


@dataclass(frozen=True)
class DayRow:
    """One line of HR's own attendance list, as downloaded."""

    number: str
    minutes: int
    state: str


@dataclass(frozen=True)
class Office:
    """What HR says: its lists, and whose employee number each person key is."""

    wages: list[WageRow]
    days: list[DayRow]
    people: dict[str, str]


class Wrong(StrEnum):
    """What a difference comes to: something is missing, or there twice, or it is another thing that is not right."""

    LOST = "lost"
    DOUBLED = "doubled"
    OTHER = "other"


class Difference(NamedTuple):
    wrong: Wrong
    what: str


@dataclass
class Balance:
    """Printable rows and the differences found."""

    lines: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    def same(self, what: str, truth: object, found: object) -> None:
        """Compares amounts, or lists by their length; what differs in another way is OTHER."""
        if truth == found:
            return
        should, there = _size(truth), _size(found)
        wrong = Wrong.OTHER
        if should is not None and there is not None and should != there:
            wrong = Wrong.LOST if there < should else Wrong.DOUBLED
        self.differences.append(Difference(wrong, f"{what}: {truth} is not {found}"))

    def differs(self, what: str) -> None:
        self.differences.append(Difference(Wrong.OTHER, what))


def _size(value: object) -> Decimal | None:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return Decimal(len(value)) if isinstance(value, list) else None


def of_kind(facts: Iterable[Fact], kind: str) -> list[Fact]:
    return [fact for fact in facts if fact.kind == kind]


def wage_row(cells: dict[str, Any]) -> WageRow:
    """From a line of HR's CSV."""
    amount = Decimal(cells["amount"]) if cells["amount"] else None
    return WageRow(cells["number"], cells["order"], int(cells["good"]), amount, cells["state"])


def day_row(cells: dict[str, Any]) -> DayRow:
    """From a line of HR's CSV."""
    return DayRow(cells["number"], int(cells["minutes"]), cells["state"])
