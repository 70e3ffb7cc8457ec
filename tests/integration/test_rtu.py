"""Counters on one serial line of Modbus RTU: whatever the line does, no value that the register did not hold."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from edge.devices.family import BackOff, DeviceLost
from edge.devices.modbus_counter import driver, lines
from edge.devices.modbus_counter.driver import ModbusCounter, modbus_counters
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.transport.serial_port import open_serial
from simulators.mill import CounterSpec
from simulators.plc import Plc
from simulators.rtu import SimulatedRtuLine, Spoilt, checksum
from tests.faults.rtu import now_us, run
from tests.unit.devices.bench import Core, RunningClock, all_open, box, running

TIMEOUT_S, SLOWEST_S = 0.2, 0.4


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "TIMEOUT_S", TIMEOUT_S)
    monkeypatch.setattr(lines, "SLOWEST_S", SLOWEST_S)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SimulatedRtuLine]:
    plcs = [Plc(CounterSpec(bits=32, address=10, unit=unit, start=100 * unit), now_us) for unit in (1, 2)]
    with SimulatedRtuLine(tmp_path / "line", plcs, late_s=1.5 * TIMEOUT_S) as line:
        yield line


def counter(line: SimulatedRtuLine, unit: int = 1, **settings: object) -> ModbusKeys:
    known: dict[str, Any] = {"machine": f"m{unit}", "family": "modbus_counter", "serial": str(line.link)}
    known |= {"address": 10, "max_rate_per_min": 60, "poll_ms": 20}
    return ModbusKeys(name=f"c{unit}", unit=unit, **{**known, **settings})


def opened(*counters: ModbusKeys) -> contextlib.AbstractAsyncContextManager[list[ModbusCounter]]:
    return all_open(modbus_counters(counters, RunningClock()))


def answers(*kinds: Spoilt | None) -> Callable[[], Spoilt | None]:
    """The first answers are these, all others good."""
    left = iter(kinds)
    return lambda: next(left, None)


@pytest.mark.fault("F27")
def test_no_value_is_wrong_where_one_answer_in_twenty_is_spoilt():
    findings = run(100_000, seconds=2.5)
    assert findings.wrong == []
    assert findings.polls - findings.lost > 20


@pytest.mark.fault("F27")
def test_no_value_is_wrong_where_every_second_answer_is_spoilt():
    findings = run(100_000, per_cent=50, seconds=1.2)
    assert findings.wrong == []
    assert findings.spoilt.total() > 5


def test_counters_on_one_line_are_read_in_one_request_each(line):
    async def story() -> None:
        async with opened(counter(line, 1), counter(line, 2)) as devices:
            readings = await asyncio.gather(*(device.read() for device in devices))
        assert [each.value for each in readings] == [100, 200]
        assert sorted(line.requests) == [(1, 3, 10, 2), (2, 3, 10, 2)]

    asyncio.run(story())


@pytest.mark.parametrize("kind", [Spoilt.NOISE, Spoilt.ECHO])
def test_a_good_answer_after_noise_or_an_echo_is_taken_at_once(line, kind):
    line.spoil = answers(kind)

    async def story() -> None:
        async with opened(counter(line)) as (device,):
            assert (await device.read()).value == 100
        assert len(line.requests) == 1

    asyncio.run(story())


@pytest.mark.parametrize("kind", [Spoilt.CHECKSUM, Spoilt.HALF, Spoilt.FOREIGN, Spoilt.TWICE])
def test_a_damaged_answer_is_asked_for_again_after_a_question_of_another_length(line, kind):
    line.spoil = answers(kind)

    async def story() -> None:
        async with opened(counter(line)) as (device,):
            assert (await device.read()).value == 100
        assert [count for *_, count in line.requests] == [2, 1, 2]

    asyncio.run(story())


@pytest.mark.parametrize("kind", [Spoilt.LATE, Spoilt.WITH_NEXT])
def test_a_late_answer_is_not_the_answer_to_the_next_question(line, kind):
    line.spoil = answers(kind)

    async def story() -> None:
        plc = line.plcs[0]
        async with opened(counter(line)) as (device,):
            with pytest.raises(DeviceLost, match=r"unit 1: no answer within 0\.2 s"):
                await device.read()
            plc.edit(777)
            assert (await device.read()).value == 777

    asyncio.run(story())


def test_what_lay_on_the_line_before_a_question_is_not_its_answer(line):
    stale = bytes.fromhex("01 03 04 00 00 00 37")

    async def story() -> None:
        async with opened(counter(line)) as (device,):
            line.say(stale + checksum(stale))
            assert (await device.read()).value == 100

    asyncio.run(story())


def test_a_unit_that_owes_an_answer_is_left_alone_while_its_neighbour_is_read(line):
    line.mute.add(1)

    async def story() -> None:
        async with opened(counter(line, 1), counter(line, 2)) as (mute, lively):
            with pytest.raises(DeviceLost):
                await mute.read()
            missing_s = time.monotonic()
            line.mute.clear()
            waiting = asyncio.create_task(mute.read())
            while not waiting.done():
                assert (await lively.read()).value == 200
            assert (await waiting).value == 100
            assert time.monotonic() - missing_s > 0.5 * (SLOWEST_S - TIMEOUT_S)
        assert [unit for unit, *_ in line.requests].count(2) > 5

    asyncio.run(story())


def test_a_unit_that_takes_no_shorter_question_is_asked_the_same_again(line):
    """Its register of two words cannot be read by halves: that question stays without an answer."""
    honest = line._sent_now

    def whole_only(spoilt: Spoilt | None, request: bytes, answer: bytes) -> bytes:
        return honest(spoilt, request, answer) if request[5] == 2 else b""

    line._sent_now = whole_only
    line.spoil = answers(Spoilt.SILENT)

    async def story() -> None:
        async with opened(counter(line)) as (device,):
            for _ in range(2):
                with pytest.raises(DeviceLost):
                    await device.read()
            assert (await device.read()).value == 100
        assert [count for *_, count in line.requests] == [2, 1, 2, 2]

    asyncio.run(story())


def test_a_counter_of_one_register_is_asked_once_in_vain(tmp_path):
    plc = Plc(CounterSpec(bits=16, address=10, start=7), now_us)
    with SimulatedRtuLine(tmp_path / "line", [plc], answers(Spoilt.WITH_NEXT)) as line:

        async def story() -> None:
            async with opened(counter(line, words=1)) as (device,):
                with pytest.raises(DeviceLost):
                    await device.read()
                plc.edit(9)
                assert (await device.read()).value == 9

        asyncio.run(story())


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        ((Spoilt.EXCEPTION,), r"unit 1: exception 4 at register 10 \(device failure\)"),
        ((Spoilt.CHECKSUM, Spoilt.CHECKSUM), r"unit 1: 7 bytes, but no good answer"),
        ((Spoilt.SILENT,), r"unit 1: no answer within 0\.2 s"),
    ],
)
def test_what_is_wrong_is_said_to_the_electrician(line, spoilt, sentence):
    line.spoil = answers(*spoilt)

    async def story() -> None:
        async with opened(counter(line)) as (device,):
            with pytest.raises(DeviceLost, match=sentence):
                await device.read()

    asyncio.run(story())


def test_an_adapter_that_only_echoes_is_told_apart(line):
    line._sent_now = lambda _spoilt, request, _answer: request

    async def story() -> None:
        async with opened(counter(line)) as (device,):
            with pytest.raises(DeviceLost, match="only our own request came back: the unit does not answer"):
                await device.read()

    asyncio.run(story())


def test_a_line_that_is_not_there_and_one_in_use_are_lost(line, tmp_path):
    async def story() -> None:
        (device,) = modbus_counters([counter(line, serial=str(tmp_path / "none"))], RunningClock())
        with pytest.raises(DeviceLost, match="none"):
            await device.open()
        (device,) = modbus_counters([counter(line)], RunningClock())
        with contextlib.closing(open_serial(str(line.link))), pytest.raises(DeviceLost, match="lock"):
            await device.open()
        with pytest.raises(DeviceLost, match="not connected"):
            await device.read()

    asyncio.run(story())


def last_value_is(core: Core, value: int) -> bool:
    return [each.value for each in core.samples("c2")][-1:] == [value]


def test_a_mute_unit_holds_up_the_others_for_no_longer_than_its_time_out(line, monkeypatch):
    monkeypatch.setattr(driver.ModbusCounter, "back_off", BackOff(0.01, 0.01))
    line.mute.add(1)

    async def story() -> None:
        core = Core()
        async with running(box(counters=[counter(line, 1), counter(line, 2)]), core):
            await core.until(lambda: False in core.states("c1"))
            lively = line.plcs[1]
            for value in range(300, 320):
                lively.edit(value)
                await core.until(partial(last_value_is, core, value), 2.0)
        assert True not in core.states("c1")
        assert core.states("c2") == [True]
        at = [each.at.boottime_ns / 1e9 for each in core.samples("c2")]
        assert max(later - earlier for earlier, later in pairwise(at)) < TIMEOUT_S + 0.3

    asyncio.run(story())


def test_a_line_pulled_out_and_plugged_in_under_another_name_is_back_with_all_its_counters(line, caplog, monkeypatch):
    monkeypatch.setattr(lines, "SLOWEST_S", TIMEOUT_S)

    async def story() -> None:
        core = Core()
        async with running(box(counters=[counter(line, 1), counter(line, 2)]), core):
            await core.until(lambda: core.states("c1") == core.states("c2") == [True])
            line.unplug()
            await core.until(lambda: core.states("c1") == core.states("c2") == [True, False])
            line.plcs[0].edit(4711)
            line.plug()
            await core.until(lambda: core.states("c1") == core.states("c2") == [True, False, True], 5.0)
            await core.until(lambda: core.samples("c1")[-1].value == 4711)

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert sorted(record.getMessage().split(":")[0] for record in caplog.records) == [
        "c1 is back",
        "c1 is gone",
        "c2 is back",
        "c2 is gone",
    ]


def test_a_babbling_line_is_lost_and_gives_no_value(line):
    async def story() -> None:
        async with opened(counter(line)) as (device,):
            line.spoil = lambda: Spoilt.CHECKSUM  # the unit's answer collides with the babble
            talking = asyncio.create_task(_babble(line))
            with pytest.raises(DeviceLost, match=r"never silent|no good answer"):
                await device.read()
            talking.cancel()

    asyncio.run(story())


async def _babble(line: SimulatedRtuLine) -> None:
    while True:
        line.say(b"\x01\x03\x04\x00" * 16)
        await asyncio.sleep(0.001)
