"""A month of the plant as a box would have recorded it: everybody's taps, each person's pieces, and the seals of the
supervisors, with a few holes for HR to mend, and work on a holiday if it has one. Pure: the same month is the same
facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from simulators.plant import Order, Person, Plant
from simulators.roster import ON_DUTY, days, duty_day, month_before, works
from sync.wire import facts
from sync.wire.envelope import GENESIS, ClockState, Fact, Stamp, sealed
from sync.wire.facts import Basis, Body, Bucket, CounterReading, Direction, Outcome, Reading, Share, Step
from sync.wire.reference_data import Role

BOX = "kiosk-0"
"""The box of that month; the demo's own has begun today."""

ZONE = ZoneInfo("Asia/Shanghai")
MODULUS = 2**32
CAME, WENT, LATE = time(7, 52), time(17, 4), time(19, 2)
SLOT_MIN, FIRST_SLOT_MIN = 80, 8 * 60 + 5
"""The people of a team have their turn at its machine one after another; the second team's begin between them."""

MADE_MIN = 35
EVENING = (time(17, 10), time(18, 55))
SEALED = time(19, 20)
FORGOTTEN, LONG_EVENING, UNSEALED = ("1015", 7), ("1011", 4), ("1016", 10)
"""Who left without a tap, who stayed for overtime that nobody has decided on, whose pieces nobody has sealed; and on
which of the month's work days."""

HOLIDAY = -1
"""In place of the number of a work day."""


@dataclass
class _Journal:
    """The box's journal, chained and sealed as a box does it."""

    written: list[Fact] = field(default_factory=list)

    def add(self, day: date, at: time, body: Body) -> int:
        """The number of the new fact."""
        seq = len(self.written) + 1
        wall_us = int(datetime.combine(day, at, ZONE).timestamp()) * 1_000_000
        fact = Fact(
            device=BOX,
            epoch=1,
            seq=seq,
            command=f"019aa000-0000-7000-8000-{seq:012d}",
            part=0,
            kind=type(body).__name__,
            at=Stamp("boot-1", wall_us * 1000, wall_us, ClockState.NTP),
            body=facts.as_dict(body),
            prev_hash=self.written[-1].hash if self.written else GENESIS,
            hash="",
        )
        self.written.append(sealed(fact))
        return seq

    def tap(self, day: date, at: time, key: str, direction: Direction) -> None:
        outcome = Outcome.CLOCKED_IN if direction is Direction.IN else Outcome.CLOCKED_OUT
        date_ = day.isoformat()
        named = facts.AttendanceTap(outcome, "gate", "reader-gate", date_, key, direction=direction, effective=True)
        self.add(day, at, named)


@dataclass(frozen=True)
class _Day:
    """`place`: which of the month's work days it is, from 0 on, or `HOLIDAY`."""

    date: date
    place: int
    there: Sequence[Person]


@dataclass(frozen=True)
class _Turn:
    """One person's turn at the machine of his team."""

    person: Person
    order: Order
    day: date
    begins: time
    ends: time
    counts: int


def facts_of(plant: Plant, keys: Mapping[str, str], month: date) -> list[Fact]:
    """The month that begins on this date. `keys`: HR's key of each person, by employee number."""
    journal, counters = _Journal(), dict.fromkeys((order.machine for order in plant.orders), 0)
    duty, place = duty_day(plant.holidays, month), 0
    for day in days(month, month_before(month, -1)):
        if day == duty:
            on_duty = [person for person in plant.people if person.number in ON_DUTY]
            _day(journal, plant, keys, _Day(day, HOLIDAY, on_duty), counters)
        elif works(day, plant.closed):
            _day(journal, plant, keys, _Day(day, place, plant.people), counters)
            place += 1
    return journal.written


def _day(journal: _Journal, plant: Plant, keys: Mapping[str, str], at: _Day, counters: dict[str, int]) -> None:
    day, place = at.date, at.place
    for person in at.there:
        journal.tap(day, CAME, keys[person.number], Direction.IN)
    turns = [turn for team in plant.supervisors for turn in _turns(plant, team, at)]
    made = [
        (turn, _made(journal, turn, keys, counters))
        for turn in sorted(turns, key=lambda turn: turn.begins)
        if turn.begins < WENT
    ]
    for person in at.there:
        if (person.number, place) not in (FORGOTTEN, LONG_EVENING):
            journal.tap(day, WENT, keys[person.number], Direction.OUT)
    for turn in turns:
        if turn.begins > WENT:
            made.append((turn, _made(journal, turn, keys, counters)))
            journal.tap(day, LATE, keys[turn.person.number], Direction.OUT)
    bosses = {boss.team: keys[boss.number] for boss in plant.supervisors}
    for number in dict.fromkeys(turn.person.number for turn, _ in made):
        if (number, place) != UNSEALED:
            of = [(turn, actual) for turn, actual in made if turn.person.number == number]
            _seal(journal, of, keys[number], bosses[of[0][0].person.team])


def _turns(plant: Plant, boss: Person, at: _Day) -> list[_Turn]:
    """Of a team, at the machine that is its supervisor's place among the machines."""
    machine = plant.supervisors.index(boss)
    order = plant.order_at(plant.machines[machine].machine)
    assert order is not None
    turns = []
    there = (each for each in at.there if each.team == boss.team and each.role is Role.WORKER)
    for slot, person in enumerate(there):
        begins = FIRST_SLOT_MIN + slot * SLOT_MIN + SLOT_MIN // 2 * machine
        counts = (9_000 + 137 * ((at.place * 7 + slot * 3) % 11)) // int(order.pieces_per_count)
        turns.append(_Turn(person, order, at.date, _at(begins), _at(begins + MADE_MIN), counts))
        if (person.number, at.place) == LONG_EVENING:
            turns.append(_Turn(person, order, at.date, *EVENING, 3_000))
    return turns


def _made(journal: _Journal, turn: _Turn, keys: Mapping[str, str], counters: dict[str, int]) -> int:
    machine, order = turn.order.machine, turn.order
    before = counters[machine]
    counters[machine] = after = before + turn.counts
    first, last = (
        journal.add(turn.day, at, CounterReading(machine, "total", value, f"{value:08x}", "change", modulus=MODULUS))
        for at, value in ((turn.begins, before), (turn.ends, after))
    )
    pieces = turn.counts * int(order.pieces_per_count)
    made = facts.MaterialActualRecorded(
        machine,
        Bucket.ATTRIBUTED,
        pieces,
        turn.counts,
        int(order.pieces_per_count),
        Basis.EXACT,
        [Reading(first, last, Step.NORMAL, turn.counts)],
        turn.day.isoformat(),
        turn.day.isoformat(),
        order.order,
        order.product,
        order.operation,
        [Share(keys[turn.person.number], pieces)],
    )
    return journal.add(turn.day, turn.ends, made)


def _seal(journal: _Journal, made: list[tuple[_Turn, int]], key: str, boss: str) -> None:
    turn, order = made[0][0], made[0][0].order
    counted = sum(each.counts * int(order.pieces_per_count) for each, _ in made)
    seal = facts.QuantityConfirmed(
        Outcome.CONFIRMED,
        boss,
        key,
        order.order,
        order.product,
        order.operation,
        turn.day.isoformat(),
        [actual for _, actual in made],
        counted,
        counted,
    )
    journal.add(turn.day, SEALED, seal)


def _at(minute: int) -> time:
    return time(*divmod(minute, 60))
