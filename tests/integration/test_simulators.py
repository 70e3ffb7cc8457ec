"""Simulated PLCs read by a real Modbus client, and the network switch in front of a real HTTP server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from simulators.mill import CounterSpec
from simulators.network import Network, NetworkSwitch
from simulators.plc import SimulatedPlc

MINUTE_US = 60_000_000


class FactTime:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self.us = 1_000_000_000

    def __call__(self) -> int:
        return self.us


@pytest.fixture
def now() -> FactTime:
    return FactTime()


def words(plc: SimulatedPlc, count: int, *, function: int = 3, address: int | None = None) -> list[int] | None:
    """What a client reads; None when the device answers with an exception."""
    with ModbusTcpClient(plc.host, port=plc.port, timeout=5, retries=0) as client:
        read = client.read_holding_registers if function == 3 else client.read_input_registers
        answer = read(plc.spec.address if address is None else address, count=count, device_id=plc.spec.unit)
        return None if answer.isError() else answer.registers


# --- the PLC ------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [3, 4])
@pytest.mark.parametrize(
    ("spec", "made", "registers"),
    [
        (CounterSpec(bits=16, start=100), 30, [130]),
        (CounterSpec(bits=16, start=65_530, session=4), 10, [4, 4]),
        (CounterSpec(bits=32, start=65_530), 10, [1, 4]),
        (CounterSpec(bits=32, start=65_530, word_order="lo-first"), 10, [4, 1]),
        (CounterSpec(bits=32, start=4_294_967_290, word_order="lo-first", address=16), 12, [6, 0]),
    ],
)
def test_a_client_reads_what_the_machine_made(
    now: FactTime, spec: CounterSpec, made: int, registers: list[int], function: int
):
    with SimulatedPlc(spec, now) as plc:
        plc.mill.run(made)
        now.us += MINUTE_US
        assert words(plc, len(registers), function=function) == registers
        assert plc.mill.count_at(now.us) == made


def test_each_read_is_of_its_own_moment(now: FactTime):
    with SimulatedPlc(CounterSpec(), now) as plc:
        plc.mill.run(60)
        seen = []
        for _ in range(5):
            now.us += 1_000_000
            seen.append(words(plc, 1))
        assert seen == [[1], [2], [3], [4], [5]]
        assert plc.reads == 5
        assert plc.last_read_us == now.us


def test_a_restart_starts_from_zero_with_the_next_session(now: FactTime):
    with SimulatedPlc(CounterSpec(start=48_213, session=9), now) as plc:
        plc.mill.run(60)
        now.us += 5_000_000
        plc.restart()
        now.us += 7_000_000
        assert words(plc, 2) == [7, 10]
        assert plc.mill.count_at(now.us) == 12


def test_a_glitch_spoils_one_answer_only(now: FactTime):
    with SimulatedPlc(CounterSpec(start=100), now) as plc:
        plc.glitch_once(9)
        assert [words(plc, 1), words(plc, 1)] == [[9], [100]]


def test_an_edit_jumps_and_counts_on_from_there(now: FactTime):
    with SimulatedPlc(CounterSpec(start=100, session=1), now) as plc:
        plc.mill.run(60)
        plc.edit(90_000)
        now.us += 3_000_000
        assert words(plc, 2) == [90_003 - 65_536, 1]


def test_offline_it_cannot_be_reached_and_the_machine_goes_on(now: FactTime):
    with SimulatedPlc(CounterSpec(), now) as plc:
        plc.mill.run(60)
        port = plc.port
        plc.offline()
        with pytest.raises(ModbusException):
            words(plc, 1)
        now.us += 4_000_000
        plc.online()
        assert plc.port == port
        assert words(plc, 1) == [4]


def test_offline_hangs_up_on_a_client_that_was_connected(now: FactTime):
    with (
        SimulatedPlc(CounterSpec(), now) as plc,
        ModbusTcpClient(plc.host, port=plc.port, timeout=1, retries=0) as client,
    ):
        assert not client.read_holding_registers(0, count=1).isError()
        plc.offline()
        with pytest.raises(ModbusException):
            client.read_holding_registers(0, count=1)


def test_it_cannot_be_written_and_has_no_other_registers(now: FactTime):
    with SimulatedPlc(CounterSpec(start=5, session=1), now) as plc:
        with ModbusTcpClient(plc.host, port=plc.port, timeout=5, retries=0) as client:
            assert client.write_register(0, 77).isError()
            assert client.write_registers(0, [77]).isError()
            assert client.write_coil(0, True).isError()
        assert words(plc, 3) is None
        assert words(plc, 2) == [5, 1]


def test_the_session_alone_can_be_read_too(now: FactTime):
    with SimulatedPlc(CounterSpec(bits=32, session=6), now) as plc:
        plc.glitch_once(3)
        assert words(plc, 1, address=2) == [6]
        assert words(plc, 2) == [0, 3]


def test_closing_twice_is_closing_once(now: FactTime):
    plc, switch = SimulatedPlc(CounterSpec(), now), NetworkSwitch("127.0.0.1", 9)
    for _ in range(2):
        plc.close()
        switch.close()
    assert not plc.listening


def test_a_port_that_is_taken_is_said_at_once(now: FactTime):
    with SimulatedPlc(CounterSpec(), now) as plc, pytest.raises(RuntimeError, match="listen"):
        SimulatedPlc(CounterSpec(), now, port=plc.port)


# --- the network switch -------------------------------------------------------------------------


class Hr(BaseHTTPRequestHandler):
    """Answers with the length of what it received."""

    protocol_version = "HTTP/1.1"
    received: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(len(body))
        answer = str(len(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def received() -> list[int]:
    return []


@pytest.fixture
def switch(received: list[int]) -> Iterator[NetworkSwitch]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Receiver", (Hr,), {"received": received}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with NetworkSwitch("127.0.0.1", server.server_port) as switch:
        yield switch
    server.shutdown()
    server.server_close()
    thread.join()


def send(switch: NetworkSwitch, size: int = 10, session: requests.Session | None = None) -> tuple[int, str]:
    with session or requests.Session() as client:
        answer = client.post(switch.url + "/v1/facts", data=b"x" * size, timeout=(1, 0.3))
        return answer.status_code, answer.text


def test_it_passes_what_comes(switch: NetworkSwitch):
    assert send(switch, 900_000) == (200, "900000")
    assert switch.bytes_up > 900_000
    assert switch.bytes_down > 0


def test_cut_it_refuses_and_restored_it_passes_on_the_same_port(switch: NetworkSwitch, received: list[int]):
    url = switch.url
    switch.cut()
    with pytest.raises(requests.ConnectionError):
        send(switch)
    switch.restore()
    assert switch.url == url
    assert send(switch) == (200, "10")
    assert received == [10]


def test_a_connection_that_was_open_does_not_survive_the_cut(switch: NetworkSwitch):
    session = requests.Session()
    session.post(switch.url, data=b"1", timeout=1)
    switch.cut()
    with pytest.raises(requests.ConnectionError):
        session.post(switch.url, data=b"1", timeout=1)
    session.close()


def test_a_black_hole_takes_everything_and_says_nothing(switch: NetworkSwitch, received: list[int]):
    switch.set(Network.BLACK_HOLE)
    with pytest.raises(requests.Timeout):
        send(switch)
    assert received == []
    switch.restore()
    assert send(switch) == (200, "10")


def test_a_connection_that_was_open_falls_silent_in_a_black_hole(switch: NetworkSwitch, received: list[int]):
    session = requests.Session()
    session.post(switch.url, data=b"1", timeout=1)
    switch.set(Network.BLACK_HOLE)
    with pytest.raises(requests.Timeout):
        session.post(switch.url, data=b"22", timeout=(1, 0.3))
    session.close()
    assert received == [1]


def test_an_answer_can_be_lost_after_hr_has_taken_the_request(switch: NetworkSwitch, received: list[int]):
    switch.set(Network.LOST_ANSWER)
    with pytest.raises(requests.ConnectionError):
        send(switch)
    assert received == [10]


@pytest.mark.parametrize(
    ("mode", "status"), [(Network.HTML_200, 200), (Network.HTML_401, 401), (Network.HTML_500, 500)]
)
def test_something_that_is_not_hr_can_answer(switch: NetworkSwitch, received: list[int], mode: Network, status: int):
    switch.set(mode)
    code, text = send(switch, 200_000)
    assert code == status
    assert text.startswith("<!doctype html>")
    assert received == []


def test_with_hr_away_a_connection_ends_at_once():
    with NetworkSwitch("127.0.0.1", 9) as switch, pytest.raises(requests.ConnectionError):
        send(switch)


def test_it_listens_on_loopback_only(switch: NetworkSwitch):
    assert switch.url.startswith("http://127.0.0.1:")
