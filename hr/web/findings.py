"""What a month looks like: overtime beside the cap, output by person and day, arrivals, and how pay is spread. Pure.

Each figure is a sum of `Part`s that a page of its own lists, so that whoever doubts a bar opens it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from hr.attendance.rules.caps import LAW, standing
from hr.attendance.rules.day import AttendanceDay
from hr.web.ledger import Ledger, is_payable

MINUTE_US = 60_000_000
ARRIVAL_STEP_MIN = 5
ARRIVALS_FROM_MIN, ARRIVALS_TO_MIN = -30, 30
"""Arrivals further off are in the first and the last bar."""
STEPS_YUAN = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
MOST_BINS = 8


@dataclass(frozen=True)
class Part:
    """What one person adds to a figure on one work date: minutes, or pieces."""

    person: str
    person_name: str
    person_number: str
    work_date: str
    amount: int


@dataclass(frozen=True)
class PersonSum:
    """One person's parts of a month, by work date."""

    parts: tuple[Part, ...]

    @property
    def person(self) -> str:
        return self.parts[0].person

    @property
    def person_name(self) -> str:
        return self.parts[0].person_name

    @property
    def person_number(self) -> str:
        return self.parts[0].person_number

    @property
    def amount(self) -> int:
        return sum(each.amount for each in self.parts)

    @property
    def by_date(self) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for each in self.parts:
            sums[each.work_date] += each.amount
        return dict(sums)


def by_person(parts: Iterable[Part]) -> list[PersonSum]:
    """The most first; the employee number as the tie."""
    grouped: dict[str, list[Part]] = defaultdict(list)
    for each in sorted(parts, key=lambda part: part.work_date):
        grouped[each.person].append(each)
    sums = [PersonSum(tuple(group)) for group in grouped.values()]
    return sorted(sums, key=lambda each: (-each.amount, each.person_number, each.person))


def overtime(days: Iterable[AttendanceDay]) -> list[Part]:
    """Minutes that count against the law's cap, approved or not; dates without any are left out."""
    parts = []
    for day in days:
        minutes = standing(day.person, [day]).total_min
        if minutes:
            parts.append(_part(day, minutes))
    return parts


def late(days: Iterable[AttendanceDay]) -> list[Part]:
    """Minutes late, beyond the grace, of the dates on which somebody was."""
    return [_part(day, day.late_min) for day in days if day.late_min]


def _part(day: AttendanceDay, minutes: int) -> Part:
    return Part(day.person, day.person_name, day.person_number, day.work_date, minutes)


def output(of: Ledger) -> list[Part]:
    """Good pieces of the lines that are in the ledger's totals."""
    return [
        Part(line.person, line.person_name, line.person_number, line.work_date, line.good)
        for person in of.people
        for line in person.lines
        if is_payable(line)
    ]


@dataclass(frozen=True)
class Arrivals:
    """First taps of shifts from so many minutes after their start (negative: before) until before `to_min`.

    `late` are those beyond the grace: they alone ask for a person.
    """

    from_min: int
    to_min: int
    on_time: tuple[Part, ...]
    late: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.on_time, *self.late)


def arrivals(days: Iterable[AttendanceDay]) -> list[Arrivals]:
    """Bars of five minutes. A part's amount is how many minutes after the start of the shift, negative before it."""
    found: dict[int, tuple[list[Part], list[Part]]] = {
        start: ([], []) for start in range(ARRIVALS_FROM_MIN, ARRIVALS_TO_MIN, ARRIVAL_STEP_MIN)
    }
    for day in days:
        for shift in day.shifts:
            if shift.in_us is None:
                continue
            after = shift.in_us // MINUTE_US - shift.start_us // MINUTE_US
            held = min(max(after, ARRIVALS_FROM_MIN), ARRIVALS_TO_MIN - 1)
            found[held // ARRIVAL_STEP_MIN * ARRIVAL_STEP_MIN][bool(shift.late_min)].append(_part(day, after))
    return [
        Arrivals(start, start + ARRIVAL_STEP_MIN, tuple(on_time), tuple(too_late))
        for start, (on_time, too_late) in found.items()
    ]


@dataclass(frozen=True)
class PayBin:
    """Whoever has at least `from_yuan` and less than `to_yuan`, with the amount, the least first."""

    from_yuan: int
    to_yuan: int
    people: tuple[tuple[str, Decimal], ...]


def pay_bins(amounts: Sequence[tuple[str, Decimal]]) -> list[PayBin]:
    """At most eight bars of one round width, from the least to the most; none where there is nobody."""
    if not amounts:
        return []
    least, most = min(amount for _, amount in amounts), max(amount for _, amount in amounts)
    step = next((each for each in STEPS_YUAN if most // each - least // each < MOST_BINS), STEPS_YUAN[-1])
    grouped: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for person, amount in sorted(amounts, key=lambda each: each[1]):
        grouped[int(amount // step)].append((person, amount))
    places = range(int(least // step), int(most // step) + 1)
    return [PayBin(place * step, (place + 1) * step, tuple(grouped[place])) for place in places]


def middle(amounts: Sequence[Decimal]) -> Decimal:
    """The median: half of them are not below it."""
    return median(amounts).quantize(Decimal("0.01"))


def near_cap(people: Sequence[PersonSum]) -> PersonSum | None:
    """Who has the most overtime, where that is near the month's cap or over it."""
    return people[0] if people and people[0].amount >= LAW.near_month_min else None


def best_day(parts: Iterable[Part]) -> tuple[str, int] | None:
    """The work date with the most pieces, the first of equals."""
    sums: Counter[str] = Counter()
    for each in sorted(parts, key=lambda part: part.work_date):
        sums[each.work_date] += each.amount
    return max(sums.items(), key=lambda each: each[1]) if sums else None
