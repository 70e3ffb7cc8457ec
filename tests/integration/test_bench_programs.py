"""The programs in C that the bench compares with: what they print is what they did."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.bench import devices as bench

pytestmark = [pytest.mark.needs("gcc"), pytest.mark.slow]


def test_the_poller_has_an_answer_of_each_device_at_each_tick(tmp_path: Path):
    devices = bench.ModbusDevices(tmp_path)
    try:
        found = bench.poller(bench.compiled(tmp_path, "modbus_poller"), devices.ports, seconds=1.0)
        assert found["answers"] == found["wanted"] == 10 * bench.DEVICES
        assert 0 < found["cpu_s"] < found["seconds"]
        assert devices.requests_since()["requests"] == found["wanted"]
        assert devices.requests_since()["requests"] == 0
    finally:
        devices.close()


def test_the_paced_line_is_as_slow_as_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench, "RTU_S", 0.3)
    _, ratio = bench._rtu(bench.compiled(tmp_path, "rtu_line"), 9600)
    assert ratio > 0.99, "nobody is faster than the wire"


@pytest.mark.parametrize("baud", [9600, 115200])
def test_the_wire_s_arithmetic(baud: int):
    """Ten registers: 24.0 and 157.1 reads a second."""
    assert 1 / bench.read_s(baud) == pytest.approx({9600: 24.0, 115200: 157.1}[baud], rel=0.002)


def test_a_box_polls_the_devices(tmp_path: Path):
    devices = bench.ModbusDevices(tmp_path)
    box = bench.Box(tmp_path / "data", devices.ports)
    try:
        box.until(lambda: devices.requests_since()["requests"] > bench.DEVICES)
        used_s, deadline_s = box.cpu_s(), time.monotonic() + 10
        while box.cpu_s() <= used_s and time.monotonic() < deadline_s:
            devices.requests_since()
        assert box.cpu_s() > used_s
        assert box.journal_bytes() > 0
    finally:
        box.close()
        devices.close()


def test_a_program_that_does_not_compile_is_told(tmp_path: Path):
    with pytest.raises(subprocess.CalledProcessError):
        bench.compiled(tmp_path, "no_such_program")
