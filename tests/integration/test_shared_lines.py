"""Counters behind one line: read together, never kept waiting by one that is mute, and never written to."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymodbus.constants import ExcCodes

from edge.devices.family import CounterDevice, DeviceLost, DeviceRefused
from edge.devices.line_counter import line as text_line
from edge.devices.line_counter.driver import line_counters
from edge.devices.line_counter.keys import LineCounterKeys
from edge.devices.modbus_counter import lines
from edge.devices.modbus_counter.codec import Block
from edge.devices.modbus_counter.driver import ModbusCounter, modbus_counters
from edge.devices.modbus_counter.keys import ModbusKeys
from simulators import rtu as simulated
from simulators.adam import SimulatedAdamLine
from simulators.mill import CounterSpec
from simulators.plc import Plc as SimulatedPlc
from simulators.rtu import SimulatedRtuLine
from tests.faults.rtu import now_us
from tests.unit.devices.bench import RunningClock, all_open
from tests.unit.devices.plc import Plc

WRITES = {5, 6, 15, 16, 21, 22, 23}
"""Modbus application protocol 1.1b3, 6: every function that changes something."""


def opened(*counters: ModbusKeys) -> contextlib.AbstractAsyncContextManager[list[ModbusCounter]]:
    return all_open(modbus_counters(counters, RunningClock()))


async def values(devices: Sequence[CounterDevice]) -> list[int]:
    return [each.value for each in await asyncio.gather(*(device.read() for device in devices))]


# --- read together ------------------------------------------------------------------------------------


def five(plc: Plc, **settings: Any) -> list[ModbusKeys]:
    for place in range(5):
        plc.registers[11 + 2 * place] = 100 + place
    return [plc.counter(f"c{place}", address=10 + 2 * place, **settings) for place in range(5)]


def test_counters_that_lie_together_are_read_in_one_request_a_round():
    async def story() -> None:
        async with Plc() as plc, opened(*five(plc)) as devices:
            for _ in range(3):
                assert await values(devices) == [100, 101, 102, 103, 104]
            assert plc.requests == [(3, 10, 10)] * 3

    asyncio.run(story())


def test_a_reading_is_never_of_a_question_that_went_out_before_it_was_wanted():
    async def story() -> None:
        async with Plc() as plc, opened(*five(plc)) as (first, second, *_):
            reading = asyncio.create_task(first.read())
            await plc.is_read(1)
            plc.registers[13] = 4711
            assert (await second.read()).value == 4711
            await reading
            assert len(plc.requests) == 2

    asyncio.run(story())


def test_counters_polled_at_another_pace_or_by_another_function_are_read_by_themselves():
    async def story() -> None:
        async with Plc() as plc:
            others = [plc.counter("slow", address=20, poll_ms=1000), plc.counter("inputs", address=22, function=4)]
            async with opened(*five(plc), *others) as devices:
                await values(devices)
            assert sorted(plc.requests) == [(3, 10, 10), (3, 20, 2), (4, 22, 2)]

    asyncio.run(story())


def test_a_session_register_near_its_counter_comes_in_the_same_request():
    async def story() -> None:
        async with Plc() as plc:
            plc.registers |= {11: 5, 19: 3}
            async with opened(plc.counter(session_address=19)) as (device,):
                read = await device.read()
                assert (read.value, read.session) == (5, 3)
                plc.requests.clear()
                await device.read()
            assert plc.requests == [(3, 10, 10)]

    asyncio.run(story())


def test_a_device_that_refuses_the_whole_block_is_asked_for_its_parts_from_then_on():
    async def story() -> None:
        async with Plc() as plc:
            plc.holes = {14, 15}
            counters = [each for each in five(plc) if each.address != 14]
            async with opened(*counters) as devices:
                assert await values(devices) == [100, 101, 103, 104]
                plc.requests.clear()
                assert await values(devices) == [100, 101, 103, 104]
            assert sorted(plc.requests) == [(3, 10, 2), (3, 12, 2), (3, 16, 2), (3, 18, 2)]

    asyncio.run(story())


def test_one_counter_with_a_wrong_address_does_not_take_its_neighbours_along():
    async def story() -> None:
        async with Plc() as plc:
            plc.holes = {18, 19}
            async with opened(*five(plc)) as devices:
                answers = await asyncio.gather(*(device.read() for device in devices), return_exceptions=True)
            assert isinstance(answers[-1], DeviceRefused)
            assert not any(isinstance(each, BaseException) for each in answers[:-1])

    asyncio.run(story())


# --- a slow gateway -----------------------------------------------------------------------------------


def test_a_unit_that_is_busy_is_asked_once_more():
    async def story() -> None:
        async with Plc() as plc, opened(plc.counter()) as (device,):
            plc.exception = ExcCodes.DEVICE_BUSY
            reading = asyncio.create_task(device.read())
            await plc.is_read(1)
            plc.exception, plc.registers[11] = None, 5
            assert (await reading).value == 5
            plc.exception = ExcCodes.DEVICE_BUSY
            with pytest.raises(DeviceRefused, match=r"exception 6 .*device busy"):
                await device.read()

    asyncio.run(story())


def test_a_unit_that_its_gateway_does_not_find_is_lost_until_it_does():
    async def story() -> None:
        async with Plc() as plc, opened(plc.counter()) as (device,):
            plc.exception = ExcCodes.GATEWAY_NO_RESPONSE
            with pytest.raises(DeviceRefused, match=r"unit 1: exception 11 .*the unit does not answer"):
                await device.read()
            plc.exception, plc.registers[11] = None, 5
            assert (await device.read()).value == 5

    asyncio.run(story())


@dataclass
class Gateway:
    """Hands a serial line of simulated PLCs through over TCP: an answer after `late_s`, with `before` in front of it,
    and cut to pieces of `cut` bytes. `heard` are the requests."""

    plcs: dict[int, SimulatedPlc]
    late_s: float = 0.0
    cut: int | None = None
    before: bytes = b""
    heard: bytearray = field(default_factory=bytearray)
    port: int = 0
    served: set[asyncio.Task[Any]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for each in self.served:
                each.cancel()
            await asyncio.gather(*self.served)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.served.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while True:
                request = await reader.readexactly(8)
                self.heard += request
                unit, function = request[0], request[1]
                if (plc := self.plcs.get(unit)) is None:
                    continue
                address, count = (int.from_bytes(request[at : at + 2], "big") for at in (2, 4))
                answer = self.before + simulated._answer(plc, function, address, count)
                await asyncio.sleep(self.late_s)
                for at in range(0, len(answer), self.cut or len(answer)):
                    writer.write(answer[at : at + (self.cut or len(answer))])
                    await writer.drain()
                    if self.cut:
                        await asyncio.sleep(0.002)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def counter(self, unit: int) -> ModbusKeys:
        return ModbusKeys(
            name=f"c{unit}",
            machine="m",
            family="modbus_counter",
            host="127.0.0.1",
            port=self.port,
            framing="rtu",
            unit=unit,
            address=10,
            max_rate_per_min=60,
        )


@pytest.fixture
def gateway() -> Gateway:
    units = {
        unit: SimulatedPlc(CounterSpec(bits=32, address=10, unit=unit, start=100 * unit), now_us) for unit in (1, 2)
    }
    return Gateway(units)


def read_through(gateway: Gateway, story: Callable[[Sequence[ModbusCounter]], Any]) -> None:
    async def whole() -> None:
        async with gateway.listening(), opened(gateway.counter(1), gateway.counter(2)) as devices:
            await story(devices)

    asyncio.run(whole())


def test_rtu_through_a_gateway_is_read_like_the_line_behind_it(gateway):
    async def story(devices: Sequence[ModbusCounter]) -> None:
        assert await values(devices) == [100, 200]
        gateway.plcs[2].edit(777)
        assert await values(devices) == [100, 777]

    read_through(gateway, story)


def test_a_gateway_may_cut_frames_and_send_an_old_one_with_the_next(gateway):
    async def story(devices: Sequence[ModbusCounter]) -> None:
        gateway.cut = 2
        assert await values(devices) == [100, 200]
        gateway.cut, gateway.before = None, simulated._answer(gateway.plcs[2], 3, 10, 2)
        assert (await devices[0].read()).value == 100

    read_through(gateway, story)


def test_a_gateway_that_sends_two_answers_for_one_is_not_believed(gateway, monkeypatch):
    monkeypatch.setattr(lines, "SLOWEST_S", 0.1)

    async def story(devices: Sequence[ModbusCounter]) -> None:
        gateway.before = simulated._answer(gateway.plcs[1], 3, 10, 2)
        gateway.plcs[1].edit(5)
        with pytest.raises(DeviceLost, match="more than one answer at once"):
            await devices[0].read()

    read_through(gateway, story)


def test_an_answer_after_900_ms_is_still_the_answer(gateway):
    gateway.late_s = 0.9

    async def story(devices: Sequence[ModbusCounter]) -> None:
        assert (await devices[0].read()).value == 100

    read_through(gateway, story)


def test_an_answer_that_comes_too_late_through_a_gateway_is_never_that_to_the_next_question(gateway, monkeypatch):
    monkeypatch.setattr(lines, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(lines, "SLOWEST_S", 0.3)
    gateway.late_s = 0.15

    async def story(devices: Sequence[ModbusCounter]) -> None:
        with pytest.raises(DeviceLost, match=r"unit 1: no answer within 0\.1 s"):
            await devices[0].read()
        gateway.late_s = 0.0
        gateway.plcs[1].edit(777)
        assert await values(devices) == [777, 200]

    read_through(gateway, story)


def test_a_gateway_that_goes_is_lost_and_connected_to_again(gateway):
    async def whole() -> None:
        async with gateway.listening(), opened(gateway.counter(1)) as (device,):
            await device.read()
        device.close()
        with pytest.raises(DeviceLost, match=f"no connection to 127.0.0.1:{gateway.port}"):
            await device.open()
        async with gateway.listening():
            await device.open()
            assert (await device.read()).value == 100
            device.close()

    asyncio.run(whole())


# --- a mute one and its neighbours --------------------------------------------------------------------


async def keep_trying(device: CounterDevice) -> None:
    """As the field does with a device that is lost."""
    failures = 0
    while True:
        with contextlib.suppress(DeviceLost):
            await device.open()
            await device.read()
        device.close()
        await asyncio.sleep(device.back_off.delay_s(failures) / 10)
        failures += 1


async def beside_a_mute_one(lively: CounterDevice, mute: CounterDevice, seconds: float) -> int:
    """How often the neighbour was read meanwhile: each time it wanted to be."""
    reads = 0
    trying = asyncio.create_task(keep_trying(mute))
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        await lively.read()
        reads += 1
        await asyncio.sleep(0.005)
    trying.cancel()
    await asyncio.wait([trying])
    return reads


@pytest.mark.slow
@pytest.mark.fault("F27")
def test_a_mute_unit_leaves_its_neighbour_nine_tenths_of_the_line(tmp_path, monkeypatch):
    """All times a tenth of the real ones."""
    monkeypatch.setattr(lines, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(lines, "SLOWEST_S", 0.2)
    monkeypatch.setattr(lines, "CREDIT_S", 0.2)
    plcs = [SimulatedPlc(CounterSpec(bits=32, address=10, unit=unit), now_us) for unit in (1, 2)]
    with SimulatedRtuLine(tmp_path / "line", plcs) as line:
        line.mute.add(1)
        counters = [rtu_counter(line, unit) for unit in (1, 2)]

        async def story() -> None:
            async with opened(*counters) as (mute, lively):
                assert await beside_a_mute_one(lively, mute, seconds=3.0) > 20
                tries = [unit for unit, *_ in line.requests].count(1)
                assert tries > 2, "it is tried all the same"
                assert tries * 0.1 < 0.2 + 0.1 * 3.0, "the credit, and a tenth of the time"
                line.mute.clear()
                async with asyncio.timeout(3.0):
                    await back(mute)

        asyncio.run(story())


async def back(device: CounterDevice) -> None:
    while True:
        with contextlib.suppress(DeviceLost):
            await device.open()
            await device.read()
            return


@pytest.mark.slow
@pytest.mark.fault("F27")
def test_a_mute_module_that_is_asked_in_text_leaves_its_neighbour_nine_tenths_of_the_line(tmp_path, monkeypatch):
    monkeypatch.setattr(text_line, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(text_line, "SLOWEST_S", 0.1)
    monkeypatch.setattr(text_line, "CREDIT_S", 0.2)
    adam = SimulatedAdamLine(tmp_path / "adam", {"120": 766})

    def keys(ask: str) -> LineCounterKeys:
        return LineCounterKeys(
            name=ask, machine="m", family="line_counter", max_rate_per_min=60, serial=str(tmp_path / "adam"), ask=ask,
            prefix=">", base=16, digits=8,
        )  # fmt: skip

    async def story() -> None:
        lively, mute = line_counters([keys("#120"), keys("#170")], RunningClock())
        await lively.open()
        assert await beside_a_mute_one(lively, mute, seconds=3.0) > 20
        tries = adam.questions.count("#170")
        assert tries > 1
        assert tries * 0.1 < 0.2 + 0.1 * 3.0, "the credit, and a tenth of the time"
        lively.close()

    try:
        asyncio.run(story())
    finally:
        adam.close()


# --- it only reads ------------------------------------------------------------------------------------


def rtu_counter(line: SimulatedRtuLine, unit: int) -> ModbusKeys:
    return ModbusKeys(
        name=f"c{unit}",
        machine="m",
        family="modbus_counter",
        serial=str(line.link),
        unit=unit,
        address=10,
        max_rate_per_min=60,
    )


@pytest.fixture
def rtu_line(tmp_path: Path) -> Iterator[SimulatedRtuLine]:
    plcs = [SimulatedPlc(CounterSpec(bits=32, address=10, unit=1), now_us)]
    with SimulatedRtuLine(tmp_path / "line", plcs) as line:
        yield line


def functions_of(device: ModbusCounter) -> Callable[[int], Any]:
    async def ask(function: int) -> None:
        with contextlib.suppress(DeviceLost, ValueError):
            await device.line.read(function, 1, Block(10, 1))

    return ask


def test_no_function_that_writes_leaves_on_a_serial_line(rtu_line, monkeypatch):
    monkeypatch.setattr(lines, "TIMEOUT_S", 0.02)
    monkeypatch.setattr(lines, "SLOWEST_S", 0.02)

    async def story() -> None:
        async with opened(rtu_counter(rtu_line, 1)) as (device,):
            await device.read()
            for function in range(128):
                await functions_of(device)(function)

    asyncio.run(story())
    assert {function for _, function, *_ in rtu_line.requests} == {1, 2, 3, 4}


def test_no_function_that_writes_leaves_through_a_gateway_or_a_socket(gateway, monkeypatch):
    monkeypatch.setattr(lines, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(lines, "SLOWEST_S", 0.02)

    async def story() -> None:
        async with Plc() as plc, gateway.listening(), opened(plc.counter(), gateway.counter(1)) as devices:
            for device in devices:
                for function in range(128):
                    await functions_of(device)(function)
            assert {function for function, *_ in plc.requests} <= {1, 2, 3, 4}

    asyncio.run(story())
    assert set(gateway.heard[1::8]) == {1, 2, 3, 4}
    assert not WRITES & set(gateway.heard[1::8])


def test_coils_and_inputs_are_read_as_bits():
    """The captured answer of a Wellpro WP8024 (its manual): inputs 2, 7 and 8 are on."""
    sent, answer = bytes.fromhex("01 02 00 00 00 08 79 CC"), bytes.fromhex("01 02 01 C2 20 19")

    hung_up = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(8) == sent
        writer.write(answer)
        await reader.read()  # until the box hangs up
        writer.close()
        hung_up.set()

    async def story() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        box = Gateway({}, port=server.sockets[0].getsockname()[1])
        async with server:
            async with opened(box.counter(1)) as (device,):
                assert await device.line.read(2, 1, Block(0, 8)) == (0, 1, 0, 0, 0, 0, 1, 1)
            await asyncio.wait_for(hung_up.wait(), 5)
            await asyncio.sleep(0)  # the connection is let go in the next turn of the loop

    asyncio.run(story())
