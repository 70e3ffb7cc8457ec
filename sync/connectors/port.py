"""What a connector is: the folder that brings lines of HR into another system.

HR keeps one ordered outbox for each system and one sender reads it (`hr/outbox/`). Before it sends it asks the system
what is there already, and notes afterwards what arrived, so a connector keeps nothing of its own: after a crash, a
time-out or a restored backup the same event comes again under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from sync.wire.facts import Direction

K_contra = TypeVar("K_contra", bound="Keys", contravariant=True)


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A `[[system]]` of systems.toml; each connector adds keys of its own.

    `since`: lines of earlier work dates are never sent. `timezone`: the system's own, the plant's when left out.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    connector: str
    since: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    timezone: str | None = None


# --- what is sent -----------------------------------------------------------------------------------


class AttendanceLine(msgspec.Struct, frozen=True, tag="attendance"):
    """One tap that counts for hours, as HR has paired it. `number` is the employee number."""

    number: str
    work_date: str
    at_us: int
    direction: Direction


class PieceLine(msgspec.Struct, frozen=True, tag="pieces"):
    """One wage line that adds up and has a price: pieces of an order and a day, sealed by a supervisor. CNY."""

    number: str
    work_date: str
    order: str
    product: str
    operation: str
    counted: int
    good: int
    scrap_labour: int
    scrap_material: int
    rework: int
    adjustment: int
    unit_price: Decimal
    amount: Decimal


Line = AttendanceLine | PieceLine
"""A field that is added later needs a default that old lines fit, or every line is sent once more."""

Kinds = tuple[type[AttendanceLine | PieceLine], ...]


@dataclass(frozen=True)
class Delivered:
    """Where an event stands in the system.

    `ref` is the system's own name of the record, `mark` what tells later whether somebody there has changed it since:
    a version, a time of writing, a digest. Both mean nothing outside the connector.
    """

    ref: str
    mark: str = ""


@dataclass(frozen=True)
class Before:
    """The newest revision of the same line that is in the system."""

    event: str
    at: Delivered
    content: Line


@dataclass(frozen=True)
class Event:
    """One revision of one line. `event` is a UUID that is the same whenever the same revision comes again.

    `line` names the fact it comes from and is the same in all revisions; `position` is its place in the outbox.
    `withdrawn`: the line does not count any more, `content` is what it was, and there is a `before`. `queued_us`:
    microseconds UTC. `others`: what the system calls other attendance lines of this person, on this day and those
    beside it.
    """

    event: str
    line: str
    revision: int
    position: int
    content: Line
    withdrawn: bool = False
    queued_us: int = 0
    before: Before | None = None
    others: frozenset[str] = frozenset()


# --- what comes of it -------------------------------------------------------------------------------


class Fault(StrEnum):
    """What the sender does next, never what the words of a reply were.

    RETRY: later, the same again. FINAL: the system will never take this event. CONFLICT: somebody there has changed or
    removed what would be overwritten. REVOKED: the system does not know us any more. CONFIG: a person must mend a key
    of hr.toml or a right in the system. HELD: a person at HR has set it aside.
    """

    RETRY = "RETRY"
    FINAL = "FINAL"
    CONFLICT = "CONFLICT"
    REVOKED = "REVOKED"
    CONFIG = "CONFIG"
    HELD = "HELD"


@dataclass(frozen=True)
class Refused:
    """One event that is parked, FINAL or CONFLICT; the others go on. `reason`: a sentence, without a name in it."""

    fault: Fault
    reason: str

    def __post_init__(self) -> None:
        assert self.fault in (Fault.FINAL, Fault.CONFLICT)


class Trouble(Exception):
    """Nothing goes on: RETRY, REVOKED or CONFIG. What had been asked may have been done or not."""

    def __init__(self, fault: Fault, reason: str) -> None:
        assert fault in (Fault.RETRY, Fault.REVOKED, Fault.CONFIG)
        super().__init__(reason)
        self.fault = fault


# --- what is looked at before first use -------------------------------------------------------------


class Level(StrEnum):
    OK = "ok"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` is what to do about it."""

    level: Level
    what: str
    mend: str = ""


@dataclass(frozen=True)
class Employee:
    """Somebody whose lines will be sent."""

    number: str
    name: str


# --- the connector ----------------------------------------------------------------------------------


class System(Protocol):
    """The other system, spoken to by one sender at a time."""

    @property
    def batch(self) -> int:
        """How many events at most it takes in one call."""

    def check(self, people: Sequence[Employee]) -> list[Finding]:
        """Rights, zone, and who of these people the system does not know. Writes nothing there. Never raises."""

    def find(self, events: Sequence[Event]) -> Mapping[str, Delivered]:
        """Which of these events are in the system already, by event id. Trouble when it cannot be told."""

    def send(self, events: Sequence[Event]) -> Mapping[str, Delivered | Refused]:
        """Brings in events of different lines, in order; one answer for each, by event id.

        A revision changes what `before` names and only as long as nobody there has: else Refused CONFLICT. Trouble when
        the call went wrong as a whole.
        """


class Connector(Protocol, Generic[K_contra]):
    """What the package of a connector holds as CONNECTOR: its keys, which lines its system has a place for, and how it
    is opened."""

    @property
    def keys(self) -> type[Keys]: ...

    @property
    def takes(self) -> Kinds: ...

    def open(self, keys: K_contra, zone: ZoneInfo) -> System:
        """Opens nothing yet that can fail: `check` and the first call say what is wrong."""
