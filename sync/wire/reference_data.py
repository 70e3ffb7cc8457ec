"""Reference data: what HR tells a box about people, badges, machines, orders, prices, shifts and who works when.

Sent kind by kind, in pages (sync/wire/reference_pages.py). Card numbers are text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec


class Role(StrEnum):
    WORKER = "WORKER"
    SUPERVISOR = "SUPERVISOR"


class DayClass(StrEnum):
    """What a date is in law."""

    WORKDAY = "WORKDAY"
    RESTDAY = "RESTDAY"
    STATUTORY = "STATUTORY"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all reference rows. The first field names the row, once in its kind."""


class Plant(Item, frozen=True):
    """`sealing_key` is what identities are sealed to (sync/wire/identity.py); empty from an HR server that has none."""

    name: str
    sealing_key: str = ""


class Clearance(Item, frozen=True):
    """Leave to do a kind of work, from a training, an examination or a certificate: SAFETY_L3, SPECIAL_OPERATION,
    HEALTH_CHECK or the plant's own. Dates are ISO 8601 and belong to it; without `valid_to` it does not end."""

    kind: str
    valid_from: str = ""
    valid_to: str = ""


class Person(Item, frozen=True):
    """`id` is the person key (UUIDv7), `number` the employee number, `pin` an argon2id verifier, supervisors only.

    `keys` are further person keys that boxes have minted for the same person: facts keep them for ever. `weight`: the
    person's part where several work at one machine, in hundredths of a full one.
    """

    id: str
    number: str
    name: str
    role: Role = Role.WORKER
    team: str = ""
    language: str = "zh"
    pin: str | None = None
    keys: list[str] = []
    clearances: list[Clearance] = []
    weight: int = 100


class Badge(Item, frozen=True):
    """`key` is technology and number, for example EM4100:100086F444."""

    key: str
    person: str
    blocked: bool = False


class Machine(Item, frozen=True):
    """`operators`: how many may be logged on at once; with one, the next takes over. `needs`: kinds of clearance."""

    id: str
    name: str
    operators: int = 1
    needs: list[str] = []


class Order(Item, frozen=True):
    """The open order of a machine. `price` (decimal text, CNY per piece) only feeds the kiosk's estimate."""

    id: str
    machine: str
    product: str
    product_name: str
    operation: str
    operation_name: str
    quantity: int
    pieces_per_count: int = 1
    price: str | None = None


class ShiftChange(Item, frozen=True):
    """The times of a shift from a work date on, as `Shift` has them."""

    valid_from: str
    start_min: int
    end_min: int
    overtime_min: int = 0


class Shift(Item, frozen=True):
    """Minutes after local midnight; an end above 1440 lies on the next day. `overtime_min`: for how long after its end
    sessions at machines go on; then they end by themselves (AB-R11). `changes`: what the times become later, oldest
    first, so that a box knows them ahead, without a network too."""

    id: str
    name: str
    start_min: int
    end_min: int
    overtime_min: int = 0
    changes: tuple[ShiftChange, ...] = ()

    def on(self, work_date: date) -> Shift:
        """With the times of a work date alone."""
        return msgspec.structs.replace(self.since(work_date), changes=()) if self.changes else self

    def since(self, work_date: date) -> Shift:
        """Without what no longer holds on a work date."""
        past = sum(each.valid_from <= work_date.isoformat() for each in self.changes)
        if not past:
            return self
        now = self.changes[past - 1]
        return Shift(self.id, self.name, now.start_min, now.end_min, now.overtime_min, self.changes[past:])


class Newcomer(Item, frozen=True):
    """HR holds the sealed record of the newcomer with this person key. `safe`: also in a backup, or for so long that
    none is expected any more; the box may let its own copy go."""

    person: str
    safe: bool = False


class Roster(Item, frozen=True):
    """What is planned for a person from a Monday on, day by day: ids of shifts, none for a rest day, and null where
    nobody has planned anything. A person for whom nothing is planned has no row."""

    person: str
    monday: str
    days: list[list[str] | None]


class CalendarDay(Item, frozen=True):
    """The class of a date, and of a statutory holiday its name. A date whose year has no table has no row."""

    date: str
    day_class: DayClass
    name: str = ""


class Kind(NamedTuple):
    """`must_know`: a box of an older release, which does not know this kind, must not leave it out in silence."""

    row: type[Item]
    must_know: bool = True


PLANT = "plant"
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        PLANT: Kind(Plant),
        "people": Kind(Person),
        "badges": Kind(Badge),
        "machines": Kind(Machine),
        "orders": Kind(Order),
        "shifts": Kind(Shift),
        "newcomers": Kind(Newcomer, must_know=False),
        "roster": Kind(Roster, must_know=False),
        "calendar": Kind(CalendarDay, must_know=False),
    }
)
"""By name. A further kind is a struct, a row here, a field of this name in `Reference`, and at HR a row in `SOURCES` of
hr/people/publish.py."""


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All kinds together. `version` is a count of whoever holds it: it rises whenever something changes, and is 0 while
    nothing is known. `plant` and `sealing_key` are the one row of the kind `plant`."""

    version: int
    plant: str
    people: list[Person] = []
    badges: list[Badge] = []
    machines: list[Machine] = []
    orders: list[Order] = []
    shifts: list[Shift] = []
    sealing_key: str = ""
    newcomers: list[Newcomer] = []
    roster: list[Roster] = []
    calendar: list[CalendarDay] = []

    @classmethod
    def of(cls, version: int, rows: Mapping[str, list[Any]]) -> Reference:
        """From the rows of each kind, in any order; a kind that is not there is empty."""
        plant: Plant = next(iter(rows.get(PLANT, ())), Plant(""))
        lists = {kind: sorted(rows.get(kind, ()), key=name_of) for kind in KINDS if kind != PLANT}
        return cls(version, plant.name, sealing_key=plant.sealing_key, **lists)

    def rows(self) -> dict[str, list[Any]]:
        """The same, kind by kind."""
        lists = {kind: getattr(self, kind) for kind in KINDS if kind != PLANT}
        return {PLANT: [Plant(self.plant, self.sealing_key)], **lists}


def name_of(row: Item) -> str:
    """What names a row in its kind."""
    return str(getattr(row, row.__struct_fields__[0]))


class Directory:
    """A Reference with the look-ups a box needs. Empty when HR has never been reached."""

    def __init__(self, reference: Reference | None = None) -> None:
        self.reference = reference or Reference(version=0, plant="")
        people = self.reference.people
        self._people = {key: person for person in people for key in (person.id, *person.keys)}
        self._badges = {badge.key: badge for badge in self.reference.badges}
        self._machines = {machine.id: machine for machine in self.reference.machines}
        self._orders = {order.machine: order for order in self.reference.orders}
        self._order_ids = {order.id: order for order in self.reference.orders}
        self.shifts = sorted(self.reference.shifts, key=lambda shift: (shift.start_min, shift.id))
        self._shift_ids = {shift.id: shift for shift in self.shifts}
        self._rosters = {roster.person: roster for roster in self.reference.roster}
        self._calendar = {day.date: day for day in self.reference.calendar}

    def badge(self, key: str) -> Badge | None:
        return self._badges.get(key)

    def person(self, person_id: str) -> Person | None:
        """By any of the keys of a person."""
        return self._people.get(person_id)

    def person_by_number(self, number: str) -> Person | None:
        return next((person for person in self.reference.people if person.number == number), None)

    def machine(self, machine_id: str) -> Machine | None:
        return self._machines.get(machine_id)

    def order_at(self, machine_id: str) -> Order | None:
        """The one open order of a machine."""
        return self._orders.get(machine_id)

    def order(self, order_id: str) -> Order | None:
        return self._order_ids.get(order_id)

    def planned(self, person_id: str, on: date) -> tuple[Shift, ...] | None:
        """The shifts of a person, by any of his keys, on a date; none for a rest day. None where this box cannot say:
        nobody has planned it, it lies outside what HR told, or a shift of it is not known here."""
        person = self.person(person_id)
        roster = None if person is None else self._rosters.get(person.id)
        if roster is None:
            return None
        place = (on - date.fromisoformat(roster.monday)) // timedelta(days=1)
        names = roster.days[place] if 0 <= place < len(roster.days) else None
        if names is None or not self._shift_ids.keys() >= set(names):
            return None
        return tuple(self._shift_ids[name].on(on) for name in names)

    def calendar_day(self, on: date) -> CalendarDay | None:
        """None where its year has no table, or HR has told of other weeks."""
        return self._calendar.get(on.isoformat())
