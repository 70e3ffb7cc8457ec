"""Boxes of the factory of `plant.py` in trouble, as they report it."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from hr.attendance.typed import Entry
from sync.wire.envelope import ClockState, fingerprint
from sync.wire.facts import CommandParked, Direction
from sync.wire.report import BoxStatus, DeviceReport, Report
from sync.wire.tally import DayTally, Tally, closed, empty
from tests.unit.hr.cast import Box
from tests.unit.hr_web import plant
from tests.unit.hr_web.plant import MONDAY, ZONE, Factory, moment

PARKING = "gate-6"


def report(*devices: DeviceReport, at_us: int, seq: int = 61, pending: int = 0, **status: Any) -> Report:
    well = BoxStatus(ClockState.NTP, "0.1.0", 21_400_000_000, core=True, devices_run=True, devices=list(devices))
    box = replace(well, **status)
    return Report(at_us, 1, seq, pending, at_us - 4_000_000_000 if pending else 0, box)


def let_in(factory: Factory, device: str) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    factory.service.kiosks.enrol(device, key)
    factory.service.kiosks.accept(fingerprint(key))


def days_of(factory: Factory) -> list[DayTally]:
    """The closed days of gate-1 as it counts them itself: a fact of one of them has gone, and one was set aside."""
    book = Tally(1, ZONE)
    for fact in factory.service.inbox.facts("gate-1", 1, list(range(1, 1000))):
        book.add(fact)
    days = closed([book], factory.service.office.clock(), ZONE)
    return [replace(day, signed=day.last, facts=day.facts + (place == 1)) for place, day in enumerate(days)]


def write_from_paper(factory: Factory) -> str:
    """Two lines of the list of Friday, one of which the kiosk has too, and one taken back; the key of the first."""
    papers, line = factory.service.papers, "冲压一组 表 3 行 "
    came = papers.write(Entry("0317", Direction.IN, moment(plant.FRIDAY, "07:55:00"), line + "7"), plant.USER)
    papers.write(Entry("0392", Direction.OUT, moment(plant.FRIDAY, "21:05:00"), line + "8"), plant.USER)
    wrong = papers.write(Entry("0288", Direction.IN, moment(plant.FRIDAY, "07:40:00"), line + "9"), plant.USER)
    papers.take_back(wrong.id, plant.USER, "抄错一行")
    return came.id


def get_into_trouble(factory: Factory) -> None:
    """gate-1 lacks a reader, gate-5 is offline with 41 pending, gate-6 has parked a command."""
    service = factory.service
    now_us = service.office.clock()
    gone = moment(MONDAY, "14:02:00")
    readers = (
        DeviceReport("gate-reader", "badge reader", True, moment(MONDAY, "07:31:00"), 2),
        DeviceReport("card-reader", "id-card reader", False, gone),
        DeviceReport("press-03", "counter", True, moment(MONDAY, "07:31:00")),
    )
    told = replace(report(*readers, at_us=now_us, free_bytes=310_000_000), days=days_of(factory))
    service.fleet.note("gate-1", told)
    service.fleet.place("gate-1", "东门", "周敏")
    let_in(factory, "gate-5")
    service.office.clock = lambda: moment(MONDAY, "14:10:00")
    service.kiosks.note_contact("gate-5")
    waiting = replace(empty("2026-11-22", 1, ZONE), first=1000, last=1041, facts=42, taps=40)
    last = report(at_us=service.office.clock(), seq=1041, pending=41, clock=ClockState.NONE)
    service.fleet.note("gate-5", replace(last, days=[waiting]))
    service.office.clock = lambda: now_us
    service.fleet.place("gate-5", "二号车间", "李伟")
    let_in(factory, PARKING)
    box = Box(PARKING)
    box.write(CommandParked('{"type":"BadgeTapped","reader":"gate-reader"}', "KeyError: 'gate-reader'"), now_us)
    service.inbox.receive(box.journal, "nonce")
