"""顺达五金, Shunda Hardware: a small plant that does not exist, for the demo, training and tests.

Its people, badges, machines and prices are the CSV files in `plant/` (Chinese) and `plant/en/` (English), in the
form in which HR imports them: one source for what HR is told and for what the simulators do.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from simulators.mill import CounterSpec
from simulators.samv import resident_text
from sync.wire.reference_data import Role

FOLDER = Path(__file__).parent / "plant"

IMPORT_ORDER = ("people", "badges", "machines", "orders", "prices", "shifts", "clearances")
"""The files of a plant, each after those it refers to."""

PAY_LISTS = ("terms", "grades")
"""What its people have agreed on. The minimum wage is not among it: the place is as fictional as the plant."""

NAMES = {"zh": "顺达五金", "en": "Shunda Hardware"}

UNKNOWN_BADGE = "10008A5661"
"""A badge that lies in a drawer: HR has never heard of it."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody who begins today: what his identity card says, the badge he is handed, the number HR will give him."""

    name: str
    id_number: str
    address: str
    issuer: str
    badge: str
    number: str

    @property
    def card(self) -> bytes:
        """The text that his identity card holds."""
        return resident_text(self.name, self.id_number, address=self.address, issuer=self.issuer)


NEWCOMER = Newcomer(
    "林小满", "110101190005212027", "北京市东城区测试胡同2号", "北京市公安局东城分局", "10008A5702", "1021"
)
"""She does not exist: nobody born in 1900 looks for work."""

COUNTERS = {
    "M03": CounterSpec(bits=16, word_order="hi-first", start=65_480, session=7),
    "M02": CounterSpec(bits=32, word_order="lo-first", start=1_204_377),
}
"""How the counters are wired: one about to roll over that says when it restarted, one that does not."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: one line of a CSV file, every cell as text."""


class ClosedDay(Row, frozen=True):
    """A weekday on which the plant is closed; of the years after 2026 nothing is known yet. `statutory`: a holiday by
    law, and not a rest day beside one."""

    date: str
    statutory: Literal["yes", ""]


class Person(Row, frozen=True):
    number: str
    name: str
    role: Role
    team: str
    language: str
    pin: str


class BadgeRow(Row, frozen=True):
    badge: str
    number: str


class Machine(Row, frozen=True):
    """`needs`: kinds of clearance, separated by semicolons."""

    machine: str
    name: str
    needs: str


class Price(Row, frozen=True):
    """`price` is CNY per piece as decimal text."""

    product: str
    product_name: str
    operation: str
    operation_name: str
    price: str
    valid_from: str


class Order(Row, frozen=True):
    """`machine` is empty for an order that waits for one."""

    order: str
    machine: str
    product: str
    product_name: str
    operation: str
    operation_name: str
    quantity: str
    pieces_per_count: str
    state: str


class Shift(Row, frozen=True):
    """Local times, HH:MM; a shift that ends before it starts ends on the next day."""

    shift: str
    name: str
    start: str
    end: str


class Clearance(Row, frozen=True):
    """What somebody may do; without `valid_to` for good."""

    number: str
    kind: str
    valid_from: str
    valid_to: str
    evidence: str


T = TypeVar("T", bound=Row)


@dataclass(frozen=True)
class Plant:
    """Everything in the files of one language."""

    language: str
    folder: Path
    people: tuple[Person, ...]
    badges: tuple[BadgeRow, ...]
    machines: tuple[Machine, ...]
    prices: tuple[Price, ...]
    orders: tuple[Order, ...]
    shifts: tuple[Shift, ...]
    clearances: tuple[Clearance, ...]
    closed: frozenset[str]
    """Dates."""

    holidays: frozenset[str]
    """Those of `closed` that are holidays by law."""

    @property
    def name(self) -> str:
        return NAMES[self.language]

    @property
    def supervisors(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.role is Role.SUPERVISOR)

    @property
    def workers(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.role is Role.WORKER)

    def person(self, number: str) -> Person:
        """KeyError for a number nobody has."""
        return {person.number: person for person in self.people}[number]

    def tag_of(self, number: str) -> str:
        """The ten hex digits of a person's badge. KeyError for a person without one."""
        return {row.number: row.badge for row in self.badges}[number].removeprefix("EM4100:")

    def order_at(self, machine: str) -> Order | None:
        """The open order of a machine."""
        return next((order for order in self.orders if order.machine == machine and order.state == "OPEN"), None)

    def csv_files(self) -> list[tuple[str, Path]]:
        """What to import into HR, in the order that finds each thing referred to."""
        return [(name, self.folder / f"{name}.csv") for name in IMPORT_ORDER]

    def pay_files(self) -> list[Path]:
        """Lists of pay to import into HR, after all others."""
        return [self.folder / f"{name}.csv" for name in PAY_LISTS]


def load_plant(language: str = "zh") -> Plant:
    """KeyError for another language than zh or en, msgspec.ValidationError for a line that is not of its file."""
    folder = {"zh": FOLDER, "en": FOLDER / "en"}[language]
    closed = _rows(FOLDER, "closed", ClosedDay)
    return Plant(
        language=language,
        folder=folder,
        people=_rows(folder, "people", Person),
        badges=_rows(folder, "badges", BadgeRow),
        machines=_rows(folder, "machines", Machine),
        prices=_rows(folder, "prices", Price),
        orders=_rows(folder, "orders", Order),
        shifts=_rows(folder, "shifts", Shift),
        clearances=_rows(folder, "clearances", Clearance),
        closed=frozenset(row.date for row in closed),
        holidays=frozenset(row.date for row in closed if row.statutory),
    )


def _rows(folder: Path, name: str, row: type[T]) -> tuple[T, ...]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        lines: list[dict[str, Any]] = list(csv.DictReader(file))
    return tuple(msgspec.convert(line, row) for line in lines)
