"""The Modbus counter family: which registers are asked for, what they mean, and how a device fails."""

import asyncio
import contextlib
import logging
import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.constants import ExcCodes

from edge.devices.family import CounterValue, DeviceLost
from edge.devices.modbus_counter import lines
from edge.devices.modbus_counter.codec import Block, raw_of, session_block, value_block, value_of
from edge.devices.modbus_counter.driver import modbus_counters
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.tcp import RECEIVE_BYTES, TcpLine
from settings import Contradiction
from sync.wire.envelope import ClockState, Stamp
from tests.unit.devices.plc import Plc

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/modbus_counter.toml").read_text("utf-8"))
AT = Stamp("boot", 7, 8, ClockState.RTC)


class StandingClock:
    def stamp(self) -> Stamp:
        return AT


def counter(**settings: Any) -> ModbusKeys:
    known: dict[str, Any] = {
        "name": "c",
        "machine": "m",
        "family": "modbus_counter",
        "host": "h",
        "port": 502,
        "address": 10,
    }
    return ModbusKeys(max_rate_per_min=60, **{**known, **settings})


@pytest.mark.parametrize("capture", CAPTURES["counter"], ids=lambda each: each["source"][:40])
def test_words_become_the_counter_and_keep_their_order_in_raw(capture):
    assert value_of(capture["words"], capture["word_order"]) == capture["value"]
    assert raw_of(capture["words"]) == capture["raw"]


@pytest.mark.parametrize(
    ("settings", "value", "session"),
    [
        ({"address": 10, "words": 2}, Block(10, 2), None),
        ({"address": 10, "words": 1}, Block(10, 1), None),
        ({"address": 10, "words": 2, "session_address": 12}, Block(10, 3), None),
        ({"address": 10, "words": 2, "session_address": 9}, Block(9, 3), None),
        ({"address": 10, "words": 1, "session_address": 11}, Block(10, 2), None),
        ({"address": 10, "words": 2, "session_address": 13}, Block(10, 2), Block(13, 1)),
        ({"address": 10, "words": 2, "session_address": 0}, Block(10, 2), Block(0, 1)),
    ],
)
def test_one_request_holds_the_counter_and_a_session_beside_it(settings, value, session):
    assert value_block(counter(**settings)) == value
    assert session_block(counter(**settings)) == session


def read_once(registers: dict[int, int], **settings: Any) -> tuple[CounterValue, list[tuple[int, int, int]]]:
    """The value, and the requests that the device saw."""

    async def story() -> tuple[CounterValue, list[tuple[int, int, int]]]:
        async with Plc() as plc:
            plc.registers.update(registers)
            (device,) = modbus_counters([plc.counter(**settings)], StandingClock())
            await device.open()
            try:
                return await device.read(), plc.requests
            finally:
                device.close()

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("settings", "registers", "value", "raw"),
    [
        ({"words": 2, "word_order": "hi-first"}, {10: 1, 11: 2}, 65538, "00010002"),
        ({"words": 2, "word_order": "lo-first"}, {10: 1, 11: 2}, 131073, "00010002"),
        ({"words": 1, "word_order": "hi-first"}, {10: 65530}, 65530, "FFFA"),
        ({"words": 1, "word_order": "lo-first"}, {10: 65530}, 65530, "FFFA"),
        ({"words": 2, "function": 4}, {10: 0, 11: 7}, 7, "00000007"),
    ],
)
def test_a_real_device_is_read_in_one_request(settings, registers, value, raw):
    reading, requests = read_once(registers, **settings)
    assert (reading.value, reading.raw, reading.session, reading.at) == (value, raw, None, AT)
    assert requests == [(settings.get("function", 3), 10, settings["words"])]


@pytest.mark.parametrize("session_address", [9, 12])
def test_a_session_beside_the_counter_comes_in_the_same_request(session_address):
    reading, requests = read_once({10: 0, 11: 5, session_address: 3}, session_address=session_address)
    assert (reading.value, reading.session, len(requests)) == (5, 3, 1)


def test_a_new_session_elsewhere_is_read_again_with_its_counter():
    reading, requests = read_once({11: 5, 40: 3}, session_address=40)
    assert (reading.value, reading.session) == (5, 3)
    assert requests == [(3, 10, 2), (3, 40, 1)] * 2


def test_a_known_session_costs_one_request_more():
    async def story() -> Any:
        async with Plc() as plc:
            (device,) = modbus_counters([plc.counter(session_address=40)], StandingClock())
            await device.open()
            await device.read()
            plc.requests.clear()
            await device.read()
            device.close()
            return plc.requests

    assert asyncio.run(story()) == [(3, 10, 2), (3, 40, 1)]


def test_counters_of_one_device_share_a_connection():
    async def story() -> Any:
        async with Plc() as plc:
            settings = [plc.counter(name=f"c{place}", address=place) for place in range(4)]
            devices = modbus_counters(settings, StandingClock())
            await asyncio.gather(*(device.open() for device in devices))
            await asyncio.gather(*(device.read() for device in devices))
            devices[0].close()
            assert (await devices[1].read()).value == 0
            for device in devices:
                device.close()
            return plc.connections

    assert asyncio.run(story()) == 1


def test_an_answer_is_received_into_room_for_a_frame_and_not_for_a_film():
    async def story() -> int:
        async with Plc() as plc:
            line = TcpLine("127.0.0.1", plc.port)
            await line.join("c")
            client: Any = line._client
            room: int = client.ctx.transport.max_size
            line.leave("c")
            return room

    assert asyncio.run(story()) == RECEIVE_BYTES


def test_an_exception_answer_says_what_to_change():
    async def story() -> None:
        async with Plc() as plc:
            plc.exception = ExcCodes.ILLEGAL_ADDRESS
            (device,) = modbus_counters([plc.counter()], StandingClock())
            await device.open()
            with pytest.raises(DeviceLost, match=r"exception 2 at register 10 \(illegal address"):
                await device.read()
            device.close()

    asyncio.run(story())


def test_a_device_that_nobody_hears_is_lost():
    async def story() -> None:
        async with Plc() as plc:
            settings = plc.counter()
        (device,) = modbus_counters([settings], StandingClock())
        with pytest.raises(DeviceLost, match=f"no connection to 127.0.0.1:{settings.port}"):
            await device.open()
        with pytest.raises(DeviceLost, match="not connected"):
            await device.read()
        device.close()

    asyncio.run(story())


def test_a_mute_device_is_lost_after_one_timeout_without_a_line_of_pymodbus(monkeypatch, caplog):
    monkeypatch.setattr(lines, "TIMEOUT_S", 0.05)

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            (device,) = modbus_counters([counter(host="127.0.0.1", port=mute.getsockname()[1])], StandingClock())
            await device.open()
            with pytest.raises(DeviceLost, match=r"no answer within 0\.05 s"):
                await device.read()
            device.close()

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert caplog.records == []


def test_a_cancellation_is_heeded_even_when_the_library_swallows_it(monkeypatch):
    async def swallows(*_arguments: object, **_settings: object) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async def story() -> None:
        async with Plc() as plc:
            (device,) = modbus_counters([plc.counter()], StandingClock())
            await device.open()
            monkeypatch.setattr(AsyncModbusTcpClient, "read_holding_registers", swallows)
            reading = asyncio.create_task(device.read())
            await asyncio.sleep(0)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            device.close()

    asyncio.run(story())


@pytest.mark.slow
def test_a_device_that_restarted_is_read_again_after_opening_it():
    async def story() -> None:
        async with Plc() as plc:
            (device,) = modbus_counters([plc.counter()], StandingClock())
            await device.open()
            await device.read()
            await plc.stop()
            with pytest.raises(DeviceLost):
                await device.read()
            device.close()
            await plc.start()
            plc.registers[11] = 4
            await device.open()
            assert (await device.read()).value == 4
            device.close()

    asyncio.run(story())


# --- what a value is -------------------------------------------------------------------------------


def test_a_meaning_names_all_that_makes_the_value_what_it_is():
    assert counter(words=2, word_order="lo-first", counts_per_piece=2).meaning == (
        "modbus h:502 unit 1 function 3 address 10 words 2 lo-first modulus 4294967296 counts per piece 2"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"host": "other"},
        {"port": 503},
        {"host": None, "port": None, "serial": "/dev/ttyS0"},
        {"unit": 2},
        {"function": 4},
        {"address": 12},
        {"words": 1},
        {"word_order": "lo-first"},
        {"modulus": 1_000_000},
        {"counts_per_piece": 2},
    ],
)
def test_what_is_read_elsewhere_or_otherwise_has_another_meaning(change):
    assert counter(**change).meaning != counter().meaning


@pytest.mark.parametrize("change", [{"name": "d"}, {"machine": "n"}, {"poll_ms": 100}, {"session_address": 12}])
def test_a_name_and_a_rate_change_no_meaning(change):
    known = {"name": "c", "machine": "m", "max_rate_per_min": 60, "address": 10, "host": "h", "port": 502}
    assert ModbusKeys(family="modbus_counter", **{**known, **change}).meaning == counter().meaning


def test_the_order_of_the_words_means_nothing_where_there_is_one():
    assert counter(words=1, word_order="lo-first").meaning == counter(words=1).meaning


@pytest.mark.parametrize(("words", "modulus", "each", "counts_to"), [(1, None, 2, 32_768), (2, 1_000_000, 5, 200_000)])
def test_a_counter_of_several_counts_for_a_piece_goes_round_in_pieces(words, modulus, each, counts_to):
    assert counter(words=words, modulus=modulus, counts_per_piece=each).counts_to == counts_to


@pytest.mark.parametrize(("words", "modulus", "each"), [(1, None, 3), (2, None, 10), (2, 1_000_000, 3)])
def test_a_piece_is_never_cut_in_two_where_the_counter_begins_anew(words, modulus, each):
    with pytest.raises(Contradiction, match="prescale"):
        counter(words=words, modulus=modulus, counts_per_piece=each)
