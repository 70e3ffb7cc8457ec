"""Each family's device on a simulated device's own line: how it is made, what is done to it, what must come of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

from edge.devices import families
from simulators.adam import SimulatedAdamLine
from simulators.mill import CounterSpec
from simulators.plc import Plc, SimulatedPlc
from simulators.pn532 import Card, SimulatedPn532
from simulators.rdm6300 import SimulatedReader
from simulators.rtu import SimulatedRtuLine
from simulators.samv import SimulatedIdCardReader, number_of, resident_text
from simulators.serial_line import SerialDevice
from tests.contract.bad_lines import Damage, PacketDamage, Relay, SerialBack, SerialFront, TcpBack, TcpFront, Transport
from tests.unit.devices.bench import RunningClock

LATE_S = 0.12
"""After an answer's time-out, and before it cannot come any more."""

WHOLE = (Transport.GOOD, Transport.ONE_BYTE)
"""Nothing is lost and nothing waited for in vain."""

PACE = ("FIND_EVERY_S",)
"""How often a reader is asked is made shorter for all lines, and a time-out only for those that are bad."""

Times = Mapping[str, Mapping[str, float]]
"""By module, its time-outs while lines are bad: their order is that of the real ones, and LATE_S lies between them."""

RTU_TIMES: Times = {"edge.devices.modbus_counter.lines": {"TIMEOUT_S": 0.08, "SLOWEST_S": 0.22}}


@dataclass(frozen=True)
class Bench:
    """A driver at the end of a bad line. `show` lays down what a reader reads, `lift` takes it away, `looks` says how
    often a reader that is asked has been asked for a card; `put` makes the counter hold a value, for a counter that
    tells of each piece so many more pieces."""

    device: Any
    relay: Relay
    show: Callable[[str], object] = lambda _what: None
    lift: Callable[[], object] = lambda: None
    looks: Callable[[], int] | None = None
    put: Callable[[int], object] = lambda _value: None


@dataclass(frozen=True)
class Case:
    """`frame_bytes`: of its longest frame. `proven`: whether its bytes prove themselves; a scanner's text does not, and
    neither does a line that stands for a piece. `items`: what a reader is shown, and the event that makes."""

    name: str
    bench: Callable[[Path, Damage], Iterator[Bench]]
    frame_bytes: int
    items: Mapping[str, str] = field(default_factory=dict)
    times: Times = field(default_factory=dict)
    proven: bool = True
    damage: type[Damage] = Damage

    @contextmanager
    def running(self, folder: Path, transport: Transport) -> Iterator[Bench]:
        with ExitStack() as stack:
            for module, times in self.times.items():
                kept = {name: each for name, each in times.items() if name in PACE or transport not in WHOLE}
                for name, seconds in kept.items():
                    stack.enter_context(mock.patch.object(importlib.import_module(module), name, seconds))
            damage = self.damage(transport, self.frame_bytes, LATE_S)
            yield stack.enter_context(contextmanager(self.bench)(folder, damage))


def _device(family: str, **keys: Any) -> Any:
    found = families()[family]
    make = getattr(found, "readers", None) or getattr(found, "counters", None)
    common: dict[str, Any] = {"name": "it", "family": family}
    common |= {"station": "gate"} if hasattr(found, "readers") else {"machine": "m", "max_rate_per_min": 60}
    assert make is not None
    return make([msgspec.convert(common | keys, found.keys)], RunningClock())[0]


@contextmanager
def _serial(folder: Path, device: Path, damage: Damage) -> Iterator[tuple[Path, Relay]]:
    front = SerialFront(folder / "front")
    relay = Relay(front, SerialBack(device, front), damage)
    try:
        yield front.line.link, relay
    finally:
        relay.close()


# --- readers ----------------------------------------------------------------------------------------------------------


def _rdm6300(folder: Path, damage: Damage) -> Iterator[Bench]:
    with (
        SimulatedReader(folder / "device", lambda _s: None) as device,
        _serial(folder, device.link, damage) as (port, relay),
    ):
        yield Bench(_device("rdm6300", port=str(port)), relay, show=lambda tag: device.tap(tag, 3))


def _says(family: str, line: Callable[[str], bytes], **keys: Any) -> Callable[[Path, Damage], Iterator[Bench]]:
    """A reader that only talks: each showing is one line."""

    def bench(folder: Path, damage: Damage) -> Iterator[Bench]:
        with SerialDevice(folder / "device") as device, _serial(folder, device.link, damage) as (port, relay):
            yield Bench(_device(family, port=str(port), **keys), relay, show=lambda what: device.say(line(what)))

    return bench


def _pn532(folder: Path, damage: Damage) -> Iterator[Bench]:
    with SimulatedPn532(folder / "device") as device, _serial(folder, device.link, damage) as (port, relay):
        reader = _device("pn532", port=str(port))
        yield Bench(reader, relay, lambda uid: device.hold(Card(uid)), device.lift, lambda: device.received["find"])


def _samv(folder: Path, damage: Damage) -> Iterator[Bench]:
    with SimulatedIdCardReader(folder / "device") as device, _serial(folder, device.link, damage) as (port, relay):
        yield Bench(
            _device("samv", port=str(port)),
            relay,
            lambda number: device.place(resident_text("王芳", number)),
            device.lift,
            lambda: device.received["find"],
        )


def _wiegand(number: str) -> bytes:
    """26 bits: the first parity even over twelve bits, the last odd over twelve."""
    middle = f"{int(number, 16):024b}"
    first = "01"[middle[:12].count("1") % 2]
    last = "10"[middle[12:].count("1") % 2]
    return f"{first}{middle}{last}\r\n".encode("ascii")


NUMBERS = [number_of("110105", f"19{year}0101", 2) for year in (81, 92, 73)]

READERS = (
    Case("rdm6300", _rdm6300, 14, {tag: f"EM4100:{tag}" for tag in ("100086F444", "6F007B3972", "01000734E0")}),
    Case(
        "pn532",
        _pn532,
        24,
        {uid: f"ISO14443A:{uid}" for uid in ("24D34F59", "D0000011", "04AF68DAC85A80")},
        {"edge.devices.pn532.driver": {"HEARD_S": 0.08, "ANSWER_S": 0.1, "FIND_EVERY_S": 0.02}},
    ),
    Case(
        "samv",
        _samv,
        1400,
        {number: number for number in NUMBERS},
        {"edge.devices.samv.driver": {"SHORT_S": 0.1, "READ_S": 0.1, "TRY_S": 0.1, "FIND_EVERY_S": 0.03}},
    ),
    Case(
        "serial_scanner",
        _says("serial_scanner", lambda code: f"{code}\r".encode(), prefix="A"),
        16,
        {f"A{code}": f"CODE:{code}" for code in ("01234567", "76543210", "99990000")},
        proven=False,
    ),
    Case(
        "wiegand_serial",
        _says("wiegand_serial", _wiegand),
        28,
        {number: f"WIEGAND26:{number}" for number in ("7B3972", "D507D0", "000001")},
    ),
)

# --- counters ---------------------------------------------------------------------------------------------------------


def _rtu(folder: Path, damage: Damage) -> Iterator[Bench]:
    plc = Plc(CounterSpec(bits=32, address=10), lambda: 0)
    with SimulatedRtuLine(folder / "device", [plc]) as device, _serial(folder, device.link, damage) as (port, relay):
        counter = _device("modbus_counter", serial=str(port), address=10, baud=115_200)
        yield Bench(counter, relay, put=plc.edit)


def _rtu_over_tcp(folder: Path, damage: Damage) -> Iterator[Bench]:
    """The gateway is the relay: a TCP connection in front, the serial line behind."""
    plc = Plc(CounterSpec(bits=32, address=10), lambda: 0)
    front = TcpFront()
    with SimulatedRtuLine(folder / "device", [plc]) as device:
        relay = Relay(front, SerialBack(device.link), damage)
        try:
            counter = _device("modbus_counter", host="127.0.0.1", port=front.port, framing="rtu", address=10)
            yield Bench(counter, relay, put=plc.edit)
        finally:
            relay.close()


def _tcp(_folder: Path, damage: Damage) -> Iterator[Bench]:
    front = TcpFront()
    with SimulatedPlc(CounterSpec(bits=32, address=10), lambda: 0) as plc:
        relay = Relay(front, TcpBack(plc.port), damage)
        try:
            yield Bench(_device("modbus_counter", host="127.0.0.1", port=front.port, address=10), relay, put=plc.edit)
        finally:
            relay.close()


def _adam(folder: Path, damage: Damage) -> Iterator[Bench]:
    counts: dict[str, int] = {"120": 0}
    device = SimulatedAdamLine(folder / "device", counts, checksum=True)
    try:
        with _serial(folder, folder / "device", damage) as (port, relay):
            keys: dict[str, Any] = {"ask": "#120", "prefix": ">", "base": 16, "digits": 8, "checksum": True}
            counter = _device("line_counter", serial=str(port), **keys)
            yield Bench(counter, relay, put=lambda value: counts.update({"120": value}))
    finally:
        device.close()


def _pieces(folder: Path, damage: Damage) -> Iterator[Bench]:
    with SerialDevice(folder / "device") as device, _serial(folder, device.link, damage) as (port, relay):
        counter = _device("line_counter", serial=str(port), prefix="PIECE")
        yield Bench(counter, relay, put=lambda pieces: device.say(b"PIECE 01\r\n" * pieces))


ASKED = (
    Case("modbus_counter RTU", _rtu, 20, times=RTU_TIMES),
    Case("modbus_counter RTU over TCP", _rtu_over_tcp, 20, times=RTU_TIMES),
    Case("modbus_counter TCP", _tcp, 13, times=RTU_TIMES, damage=PacketDamage),
    Case("line_counter", _adam, 20, times={"edge.devices.line_counter.line": {"TIMEOUT_S": 0.08, "SLOWEST_S": 0.22}}),
)
TELLING = (Case("line_counter of pieces", _pieces, 10, proven=False),)
