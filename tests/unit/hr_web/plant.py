"""A small factory with a week behind it: a real HR service over a real SQLite file, filled as boxes and HR do.

The clock stands at Monday 23 November 2026, 15:36 in Shanghai. Everything a page shows is here once: a wage line with
two stretches, a split by time, a line without a price, a line that does not add up, a forgotten clock-out, an unknown
badge, a kiosk that asks, a record set aside.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from hr import accounts
from hr.accounts import Keys
from hr.people.csv_import import Kind
from hr.service import HrService, Plant
from hr.store import engine, upgrade, writing
from sync.wire import facts
from sync.wire.envelope import GENESIS, ClockState, Fact, Stamp, fingerprint, sealed
from sync.wire.facts import Basis, Body, Bucket, CounterReading, Direction, Ended, Outcome, Reading, Share, Step

ZONE = ZoneInfo("Asia/Shanghai")
USER, PASSWORD = "zhou.min", "correct horse battery"
DEVICE, EPOCH = "gate-1", 1
FRIDAY, MONDAY = "2026-11-20", "2026-11-23"
NOW = "15:36:00"
DATABASE = "hr.db"

PEOPLE = """number,name,role,team,language
0003,王建国,SUPERVISOR,冲压一组,zh
0317,张三丰,WORKER,冲压一组,zh
0392,李小梅,WORKER,冲压一组,zh
0288,周大勇,WORKER,攻丝组,zh
0105,赵铁柱,WORKER,铆接组,zh
0407,Nguyễn Văn Hùng,WORKER,包装组,vi
0221,刘春生,WORKER,冲压一组,zh
0256,何建军,WORKER,夜班,zh
"""
BADGES = "badge,number\n100086F444,0317\n1000A1B2C3,0392\n1000A1B2C4,0288\n1000A1B2C5,0003\n"
MACHINES = "machine,name\npress-03,冲床 03\npress-04,冲床 04\ntap-02,攻丝 02\n"
ORDERS = """order,machine,product,product_name,operation,operation_name,quantity,pieces_per_count,state
1118,press-03,H-40,铰链 H-40,punch,冲孔,5000,1,OPEN
1121,tap-02,B-12,支架 B-12,tap,攻丝,3000,1,OPEN
1124,,D-7,底座 D-7,press,压制,800,2,OPEN
1102,,H-38,铰链 H-38,punch,冲孔,4000,1,CLOSED
"""
PRICES = """product,product_name,operation,operation_name,price,valid_from
H-40,铰链 H-40,punch,冲孔,0.2100,2026-04-01
H-40,铰链 H-40,punch,冲孔,0.2200,2026-10-01
B-12,支架 B-12,tap,攻丝,0.2600,2026-10-01
"""
SHIFTS = "shift,name,start,end\nday,白班,08:00,17:00\nnight,夜班,20:00,05:00\n"


def moment(date: str, time: str) -> int:
    """Microseconds UTC of a local time."""
    return int(datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=ZONE).timestamp()) * 1_000_000


@dataclass
class Journal:
    """A box's journal, sealed as the box does it."""

    device: str = DEVICE
    facts: list[Fact] = field(default_factory=list)

    def add(self, date: str, time: str, body: Body) -> int:
        """The number of the new record."""
        seq = len(self.facts) + 1
        wall_us = moment(date, time)
        self.facts.append(
            sealed(
                Fact(
                    device=self.device,
                    epoch=EPOCH,
                    seq=seq,
                    command=f"019aa000-0000-7000-8000-{seq:012d}",
                    part=0,
                    kind=type(body).__name__,
                    at=Stamp("boot-1", wall_us * 1000, wall_us, ClockState.SERVER),
                    body=facts.as_dict(body),
                    prev_hash=self.facts[-1].hash if self.facts else GENESIS,
                    hash="",
                )
            )
        )
        return seq

    def tap(self, date: str, time: str, person: str, direction: Direction) -> int:
        outcome = Outcome.CLOCKED_IN if direction is Direction.IN else Outcome.CLOCKED_OUT
        body = facts.AttendanceTap(outcome, "gate", "gate-reader", date, person, direction=direction, effective=True)
        return self.add(date, time, body)

    def reading(self, date: str, time: str, machine: str, value: int, why: str = "interval") -> int:
        body = CounterReading(machine, "total", value, f"{value:08x}", why, modulus=2**32)
        return self.add(date, time, body)

    def stretch(self, made: Made) -> int:
        """Readings on the way of a stretch, and the pieces they are worth; returns the number of the pieces' record."""
        seqs = [self.reading(made.date, time, made.machine, value, "change") for time, value in made.readings]
        values = [value for _, value in made.readings]
        spans = [
            Reading(start, end, Step.NORMAL, after - before)
            for start, end, before, after in zip(seqs, seqs[1:], values, values[1:], strict=False)
        ]
        counts = values[-1] - values[0]
        quantity = counts * made.pieces_per_count
        body = facts.MaterialActualRecorded(
            made.machine,
            Bucket.ATTRIBUTED,
            quantity,
            counts,
            made.pieces_per_count,
            made.basis,
            spans,
            made.date,
            made.date,
            *made.work,
            [Share(made.person, quantity)],
        )
        return self.add(made.date, made.readings[-1][0], body)

    def seal(self, made: Made, actuals: list[int], counted: int, **amounts: int) -> int:
        amounts = {"good": counted} | amounts
        body = facts.QuantityConfirmed(
            Outcome.CONFIRMED, made.sealed_by, made.person, *made.work, made.date, actuals, counted, amounts["good"]
        )
        body = msgspec.structs.replace(body, **amounts)
        return self.add(made.date, made.sealed_at, body)


@dataclass(frozen=True)
class Made:
    """Who made what, on which machine, between which readings (time, value)."""

    date: str
    person: str
    sealed_by: str
    machine: str
    work: tuple[str, str, str]
    readings: tuple[tuple[str, int], ...] = ()
    pieces_per_count: int = 1
    basis: Basis = Basis.EXACT
    sealed_at: str = "17:12:00"

    def with_readings(self, *readings: tuple[str, int]) -> Made:
        return Made(**{**self.__dict__, "readings": readings})


@dataclass(frozen=True)
class Factory:
    """The service, person keys by employee number, and the numbers of the records that tests open."""

    service: HrService
    engine: Engine
    keys: dict[str, str]
    lines: tuple[int, int, int]
    asking: str
    accepted: str

    @property
    def line(self) -> int:
        """张三丰's hinges: two stretches, eleven readings, everything equal."""
        return self.lines[0]

    @property
    def unpriced_line(self) -> int:
        return self.lines[1]

    @property
    def wrong_line(self) -> int:
        """Ninety pieces sealed, eighty-six counted."""
        return self.lines[2]


def opened(store: Engine, keys: Keys) -> HrService:
    return HrService(store, keys, lambda: moment(MONDAY, NOW), Plant("顺达五金"))


def reopened(original: Factory, folder: Path) -> Factory:
    """The same factory over a copy of its database."""
    store = engine(f"sqlite:///{folder / DATABASE}")
    return replace(original, engine=store, service=opened(store, original.service.office.keys))


def build(folder: Path) -> Factory:
    store = engine(f"sqlite:///{folder / DATABASE}")
    upgrade(store)
    with writing(store).begin() as connection:
        accounts.add(connection, USER, PASSWORD)
    service = opened(store, Keys.generate())
    for kind, text in (
        (Kind.PEOPLE, PEOPLE),
        (Kind.BADGES, BADGES),
        (Kind.MACHINES, MACHINES),
        (Kind.ORDERS, ORDERS),
        (Kind.PRICES, PRICES),
        (Kind.SHIFTS, SHIFTS),
    ):
        service.catalogue.import_csv(kind, text.encode())
    keys = {person.number: person.id for person in service.people.listed()}
    accepted, asking = (Ed25519PrivateKey.generate().public_key() for _ in range(2))
    service.kiosks.enrol(DEVICE, accepted)
    service.kiosks.enrol("gate-2", asking)
    service.kiosks.accept(fingerprint(accepted))
    journal = Journal()
    line, unpriced, wrong = _friday(journal, keys)
    _monday(journal, keys)
    service.inbox.receive(journal.facts, "nonce")
    _set_aside(service, journal)
    return Factory(service, store, keys, (line, unpriced, wrong), fingerprint(asking), fingerprint(accepted))


def _friday(journal: Journal, keys: dict[str, str]) -> tuple[int, int, int]:
    for number, came, went in (
        ("0317", "07:58:20", "19:01:00"),
        ("0392", "07:55:00", "17:04:00"),
        ("0288", "08:13:00", "17:01:00"),
    ):
        journal.tap(FRIDAY, came, keys[number], Direction.IN)
        journal.tap(FRIDAY, "12:01:00", keys[number], Direction.OUT)
        journal.tap(FRIDAY, "12:27:30", keys[number], Direction.IN)
        journal.tap(FRIDAY, went, keys[number], Direction.OUT)
    boss = keys["0003"]
    hinge = Made(FRIDAY, keys["0317"], boss, "press-03", ("1118", "H-40", "punch"))
    log_on = facts.PersonnelLogOn(Outcome.LOGGED_ON, "press-03", "press-reader", "press-03", keys["0317"], "1118")
    logged_on = journal.add(FRIDAY, "08:02:11", log_on)
    morning = journal.stretch(
        hinge.with_readings(
            ("08:02:11", 48210), ("08:40:00", 48252), ("09:20:00", 48301), ("10:00:00", 48344),
            ("10:40:00", 48390), ("11:20:00", 48431), ("11:58:40", 48471),
        )
    )  # fmt: skip
    journal.add(FRIDAY, "11:58:40", facts.PersonnelLogOff("press-03", keys["0317"], Ended.LOG_OFF, logged_on))
    afternoon = journal.stretch(
        hinge.with_readings(("12:31:05", 48471), ("13:40:00", 48533), ("15:00:00", 48600), ("16:58:22", 48706))
    )
    line = journal.seal(hinge, [morning, afternoon], 496, good=480, scrap_labour=6, scrap_material=10)
    evening = Made(FRIDAY, keys["0317"], boss, "tap-02", ("1121", "B-12", "tap"), sealed_at="19:05:00")
    tapped = journal.stretch(evening.with_readings(("17:05:00", 1412), ("18:50:00", 1574)))
    journal.seal(evening, [tapped], 162)
    bracket = Made(FRIDAY, keys["0288"], boss, "tap-02", ("1121", "B-12", "tap"), basis=Basis.ESTIMATED)
    tapped = journal.stretch(bracket.with_readings(("08:20:00", 900), ("16:50:00", 1412)))
    journal.seal(bracket, [tapped], 512, good=500, rework=12)
    base = Made(FRIDAY, keys["0392"], boss, "press-04", ("1124", "D-7", "press"), pieces_per_count=2)
    pressed = journal.stretch(base.with_readings(("08:05:00", 7001), ("16:40:00", 7135)))
    unpriced = journal.seal(base, [pressed], 268, good=267, scrap_labour=1)
    lost = Made(FRIDAY, keys["0221"], boss, "press-04", ("1118", "H-40", "punch"))
    few = journal.stretch(lost.with_readings(("16:41:00", 7135), ("16:59:00", 7221)))
    wrong = journal.seal(lost, [few], 90)
    return line, unpriced, wrong


def _monday(journal: Journal, keys: dict[str, str]) -> None:
    journal.tap("2026-11-22", "07:52:00", keys["0105"], Direction.IN)
    for number, times in (
        ("0317", ("07:58:20", "12:01:00", "12:27:30")),
        ("0392", ("07:55:00", "12:00:00", "12:30:00")),
        ("0288", ("08:13:00", "12:01:00", "12:28:00")),
        ("0407", ("07:51:00", "12:01:00", "12:30:00", "15:00:00")),
        ("0003", ("07:40:00",)),
    ):
        for place, time in enumerate(times):
            journal.tap(MONDAY, time, keys[number], Direction.OUT if place % 2 else Direction.IN)
    for time in ("07:59:10", "12:03:00"):
        unknown = facts.AttendanceTap(Outcome.UNKNOWN_BADGE, "gate", "gate-reader", MONDAY, badge="EM4100:1000FFEE01")
        journal.add(MONDAY, time, unknown)


def _set_aside(service: HrService, journal: Journal) -> None:
    """The last record comes once more with other content."""
    other = sealed(Fact(**{name: getattr(journal.facts[-1], name) for name in Fact.__struct_fields__} | {"part": 7}))
    service.inbox.receive([other], "nonce")
