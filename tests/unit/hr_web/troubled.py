"""Boxes of the factory of `plant.py` in trouble, as they report it."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.facts import CommandParked
from sync.report import BoxStatus, DeviceReport, Report
from sync.wire import ClockState, fingerprint
from tests.unit.hr.cast import Box
from tests.unit.hr_web.plant import MONDAY, Factory, moment

PARKING = "gate-6"


def report(*devices: DeviceReport, at_us: int, seq: int = 61, pending: int = 0, **status: Any) -> Report:
    well = BoxStatus(ClockState.NTP, "0.1.0", 21_400_000_000, core=True, devices_run=True, devices=list(devices))
    box = replace(well, **status)
    return Report(at_us, 1, seq, pending, at_us - 4_000_000_000 if pending else 0, box)


def let_in(factory: Factory, device: str) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    factory.service.enrol(device, key)
    factory.service.accept(fingerprint(key))


def get_into_trouble(factory: Factory) -> None:
    """gate-1 lacks a reader, gate-5 is offline with 41 pending, gate-6 has parked a command."""
    service = factory.service
    now_us = service.clock()
    gone = moment(MONDAY, "14:02:00")
    readers = (
        DeviceReport("gate-reader", "badge reader", True, moment(MONDAY, "07:31:00"), 2),
        DeviceReport("card-reader", "id-card reader", False, gone),
        DeviceReport("press-03", "counter", True, moment(MONDAY, "07:31:00")),
    )
    service.note_report("gate-1", report(*readers, at_us=now_us, free_bytes=310_000_000))
    service.place_kiosk("gate-1", "东门", "周敏")
    let_in(factory, "gate-5")
    service.clock = lambda: moment(MONDAY, "14:10:00")
    service.note_contact("gate-5")
    service.note_report("gate-5", report(at_us=service.clock(), seq=1041, pending=41, clock=ClockState.NONE))
    service.clock = lambda: now_us
    service.place_kiosk("gate-5", "二号车间", "李伟")
    let_in(factory, PARKING)
    box = Box(PARKING)
    box.write(CommandParked('{"type":"BadgeTapped","reader":"gate-reader"}', "KeyError: 'gate-reader'"), now_us)
    service.receive(box.journal, "nonce")
