"""Wage lines of a period by person, and those that are held: without a price, or with sums that do not agree. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hr.pay.rules.lines import WageLine
from hr.pay.rules.wage_line import explained
from hr.pay.service import Total, totals


def is_payable(line: WageLine) -> bool:
    """Whether nothing has to be mended: the line is in the totals here, or by its quantity in the statement."""
    return (line.amount is not None or line.by_quantity) and explained(line)


@dataclass(frozen=True)
class PersonLines:
    """One person's total, the lines it is made of, and the lines that are held."""

    total: Total
    lines: tuple[WageLine, ...]

    @property
    def held(self) -> tuple[WageLine, ...]:
        return tuple(line for line in self.lines if not is_payable(line))

    @property
    def days(self) -> int:
        return len({line.work_date for line in self.lines})


@dataclass(frozen=True)
class Ledger:
    people: tuple[PersonLines, ...]
    unpriced: tuple[WageLine, ...]
    unproved: tuple[WageLine, ...]

    @property
    def held(self) -> tuple[WageLine, ...]:
        """Each held line once, those whose sums do not agree first."""
        return self.unproved + self.unpriced

    @property
    def good(self) -> int:
        return sum(person.total.good for person in self.people)

    @property
    def amount(self) -> Decimal:
        return sum((person.total.amount for person in self.people), Decimal("0.00"))


def ledger(lines: Iterable[WageLine]) -> Ledger:
    """People by employee number; a line that neither adds up nor has a price is held for its sums."""
    listed = list(lines)
    of_person: dict[str, list[WageLine]] = {}
    for line in listed:
        of_person.setdefault(line.person, []).append(line)
    return Ledger(
        people=tuple(PersonLines(total, tuple(of_person[total.person])) for total in totals(listed)),
        unpriced=tuple(line for line in listed if not is_payable(line) and explained(line)),
        unproved=tuple(line for line in listed if not explained(line)),
    )
