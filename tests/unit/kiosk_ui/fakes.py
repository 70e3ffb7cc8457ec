"""The kiosk's ports without a box: a journal in a list, core as a function, a clock that is set by hand."""

from __future__ import annotations

import queue
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from argon2 import PasswordHasher

from edge.config import Reader, Station
from edge.link.messages import Answer, Command, Notice, Reply
from edge.store.views import NotThereYet
from kiosk_ui.ports import Contact, CoreSilent, KioskPorts
from sync.wire import facts
from sync.wire.envelope import ClockState, Fact, Stamp
from sync.wire.identity import sealing_text
from sync.wire.reference_data import Badge, Directory, Machine, Order, Person, Reference, Role, Roster, Shift
from tests.newcomers import SEALING_KEY
from tests.unit.kiosk_ui.payslips import FakeSync

ZONE = ZoneInfo("Asia/Shanghai")
DAY = "2026-11-23"
PIN = "402917"


def wall_us(clock_time: str, day: str = DAY) -> int:
    return int(datetime.fromisoformat(f"{day}T{clock_time}").replace(tzinfo=ZONE).timestamp() * 1e6)


class FakeClock:
    def __init__(self, clock_time: str = "07:52:00", state: ClockState = ClockState.RTC) -> None:
        self.wall_us, self.state = wall_us(clock_time), state

    def stamp(self) -> Stamp:
        return Stamp("boot", self.wall_us * 1000, self.wall_us, self.state)


class FakeViews:
    """JournalViews over a list."""

    def __init__(self) -> None:
        self.journal: list[Fact] = []
        self.missing = False

    def add(self, body: facts.Body, clock_time: str, *, day: str = DAY, command: str = "") -> int:
        seq = len(self.journal) + 1
        at = Stamp("boot", wall_us(clock_time, day) * 1000, wall_us(clock_time, day), ClockState.RTC)
        kind = type(body).__name__
        self.journal.append(
            Fact("box", 1, seq, command or f"command-{seq}", 0, kind, at, facts.as_dict(body), "0" * 64, "0" * 64)
        )
        return seq

    def _facts(self) -> list[Fact]:
        if self.missing:
            raise NotThereYet
        return self.journal

    def head(self) -> int:
        return len(self._facts())

    def answers_after(self, seq: int, limit: int = 100) -> list[Fact]:
        return [each for each in self._facts() if each.seq > seq and {"outcome", "station"} <= each.body.keys()][:limit]

    def of_person(self, person: str, since_wall_us: int) -> list[Fact]:
        kinds = {"AttendanceTap", "DirectionChosen", "PersonnelLogOn", "PersonnelLogOff", "QuantityConfirmed"}
        return [
            each
            for each in self._facts()
            if each.kind in kinds and each.body.get("person") == person and each.at.wall_us >= since_wall_us
        ]

    def of_work_date(self, work_date: str, kinds: list[str]) -> list[Fact]:
        return [each for each in self._facts() if each.kind in kinds and each.body.get("work_date") == work_date]

    def of_kinds(self, kinds: list[str], after: int) -> list[Fact]:
        return [each for each in self._facts() if each.kind in kinds and each.seq > after]

    def facts(self, seqs: list[int]) -> list[Fact]:
        return [each for each in self._facts() if each.seq in seqs]

    def of_machine(self, kind: str, machine: str, after: int, limit: int) -> list[Fact]:
        found = [each for each in self._facts() if each.kind == kind and each.body.get("machine") == machine]
        return [each for each in found if each.seq > after][-limit:]

    def latest_of_person(self, kind: str, person: str) -> Fact | None:
        found = [each for each in self._facts() if each.kind == kind and each.body.get("person") == person]
        return found[-1] if found else None

    def latest(self, kind: str, machine: str) -> Fact | None:
        found = self.of_machine(kind, machine, 0, 1)
        return found[-1] if found else None


class FakeNotices:
    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Notice] = queue.SimpleQueue()

    def send(self, notice: Notice) -> None:
        self._queue.put(notice)

    def receive(self, timeout_s: float) -> Notice | None:
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None


class FakeCore:
    """Answers what it is told to; None means silence. Like core, it answers the same id the same way."""

    def __init__(self) -> None:
        self.reply: Reply | None = Answer("", facts.Outcome.CONFIRMED, 1)
        self.commands: list[Any] = []

    def ask(self, command: Command, timeout_s: float) -> Reply:
        self.commands.append(command)
        if self.reply is None:
            raise CoreSilent
        return self.reply


def people() -> list[Person]:
    verifier = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN)
    return [
        Person("p-zhang", "0317", "张三丰", team="冲压一组", language="zh"),
        Person("p-li", "0318", "李小梅", team="冲压一组", language="zh"),
        Person("p-hung", "0319", "Nguyễn Văn Hùng", team="冲压一组", language="vi"),
        Person("p-adams", "0320", "Robert Adams", team="冲压一组", language="en"),
        Person("p-wang", "0101", "王建国", Role.SUPERVISOR, "冲压一组", "zh", verifier),
    ]


def reference() -> Reference:
    return Reference(
        version=1,
        plant="顺达五金",
        people=people(),
        badges=[Badge("EM4100:1", "p-zhang")],
        machines=[Machine("press-03", "冲床 03"), Machine("press-04", "冲床 04"), Machine("tap-02", "攻丝 02")],
        orders=[
            Order("o-1", "press-03", "H-40", "铰链 H-40", "punch", "冲孔", 1000, price="0.2200"),
            Order("o-2", "press-04", "H-40", "铰链 H-40", "punch", "冲孔", 1000, price="0.2200"),
            Order("o-3", "tap-02", "B-12", "支架 B-12", "tap", "攻丝", 800),
        ],
        shifts=[Shift("day", "早班", 480, 1020), Shift("late", "晚班", 1050, 1290)],
        sealing_key=sealing_text(SEALING_KEY.public_key()),
    )


class FakeBox:
    """All of it together."""

    def __init__(self, language: str = "zh") -> None:
        self.views, self.notices, self.core, self.clock = FakeViews(), FakeNotices(), FakeCore(), FakeClock()
        self.directory = Directory(reference())
        self.sync = FakeSync()
        self.contact = Contact(self.clock.wall_us, "ok", 1_000_000)
        self.ports = KioskPorts(
            views=self.views,
            directory=lambda: self.directory,
            ask=self.core.ask,
            notices=self.notices,
            clock=self.clock,
            stations=[Station("gate", "一号门"), Station("press", "冲压车间"), Station("store", "二号门")],
            readers=[
                Reader("gate-reader", "gate", "rdm6300", "/dev/null"),
                Reader("press-reader", "press", "rdm6300", "/dev/null", "press-03"),
                Reader("store-reader", "store", "rdm6300", "/dev/null"),
            ],
            card_readers=[Reader("gate-cards", "gate", "samv", "/dev/null")],
            contact=lambda: self.contact,
            payslip=self.sync,
            secret=b"a secret of the tests",
            language=language,
        )

    def plan(self, today: list[str] | None, tomorrow: list[str] | None) -> None:
        """HR tells what everybody here is to do, by ids of shifts."""
        known = self.directory.reference
        # DAY is a Monday.
        rosters = [Roster(each.id, DAY, [today, tomorrow]) for each in known.people]
        self.directory = Directory(msgspec.structs.replace(known, roster=rosters))

    def tap(
        self,
        outcome: facts.Outcome,
        clock_time: str,
        *,
        person: str | None = "p-zhang",
        station: str = "gate",
        repeats: int | None = None,
        likelier: facts.Direction | None = None,
        day: str = DAY,
    ) -> int:
        """An attendance tap; its direction follows from the outcome, or is the likelier one of an offer."""
        directions = {
            facts.Outcome.CLOCKED_IN: facts.Direction.IN,
            facts.Outcome.ALREADY_IN: facts.Direction.IN,
            facts.Outcome.CLOCKED_OUT: facts.Direction.OUT,
            facts.Outcome.ALREADY_OUT: facts.Direction.OUT,
        }
        body = facts.AttendanceTap(
            outcome=outcome,
            station=station,
            reader="gate-reader",
            work_date=DAY,
            person=person,
            badge=None if person else "EM4100:100086F44F2A",
            direction=likelier or directions.get(outcome),
            effective=likelier is not None or outcome in (facts.Outcome.CLOCKED_IN, facts.Outcome.CLOCKED_OUT),
            repeats=repeats,
        )
        return self.views.add(body, clock_time, day=day)

    def chosen(self, tap: int, direction: facts.Direction, clock_time: str, person: str = "p-zhang") -> int:
        """The person says what this tap was."""
        outcome = facts.Outcome.CLOCKED_IN if direction is facts.Direction.IN else facts.Outcome.CLOCKED_OUT
        return self.views.add(facts.DirectionChosen(outcome, "gate", person, tap, direction, DAY), clock_time)

    def made(
        self,
        quantity: int,
        clock_time: str,
        *,
        person: str = "p-zhang",
        machine: str = "press-03",
        between: tuple[int, int] = (1, 2),
        role: facts.CounterRole = facts.CounterRole.PRODUCED,
    ) -> int:
        """Pieces of one person `between` the readings with these seqs."""
        order = self.directory.order_at(machine)
        body = facts.MaterialActualRecorded(
            machine=machine,
            bucket=facts.Bucket.ATTRIBUTED,
            quantity=quantity,
            counts=quantity,
            pieces_per_count=1,
            basis=facts.Basis.EXACT,
            readings=[facts.Reading(*between, facts.Step.NORMAL, quantity)],
            work_date=DAY,
            calendar_date=DAY,
            order=order.id if order else None,
            product=order.product if order else None,
            operation=order.operation if order else None,
            shares=[facts.Share(person, quantity)],
            role=role,
        )
        return self.views.add(body, clock_time)

    def assigned(self, actual: int, quantity: int, clock_time: str, *, person: str = "p-zhang") -> int:
        """Pieces of the fact with this seq, given to a person by the supervisor."""
        made = facts.body_of("MaterialActualRecorded", self.views.journal[actual - 1].body)
        assert isinstance(made, facts.MaterialActualRecorded)
        body = facts.MaterialActualAssigned(
            outcome=facts.Outcome.ASSIGNED,
            assigned_by="p-wang",
            reason="忘记刷卡上机",
            machine=made.machine,
            actual=actual,
            bucket=made.bucket,
            quantity=quantity,
            shares=[facts.Share(person, quantity)],
            work_date=made.work_date,
            calendar_date=made.calendar_date,
            order=made.order,
            product=made.product,
            operation=made.operation,
        )
        return self.views.add(body, clock_time)

    def reading(self, value: int, clock_time: str, changes: list[int], machine: str = "press-03") -> int:
        body = facts.CounterReading(machine, "c", value, "0000", "change", 65536**2, changes=changes)
        return self.views.add(body, clock_time)
