"""`clockpiece devices`: through the running service, and on the ports themselves where none runs."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clockpiece import main
from simulators.mill import CounterSpec
from simulators.plc import Plc, SimulatedPlc
from simulators.pn532 import SimulatedPn532
from simulators.rdm6300 import SimulatedReader
from simulators.rtu import SimulatedRtuLine
from simulators.samv import SimulatedIdCardReader

BADGE = "100086F444"
WITHIN_S = 20.0


def wall_us() -> int:
    return time.time_ns() // 1000


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The command sets its own; the other tests keep theirs."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def gate(short_folder: Path) -> Iterator[SimulatedReader]:
    with SimulatedReader(short_folder / "gate") as reader:
        yield reader


@pytest.fixture
def plc() -> Iterator[SimulatedPlc]:
    with SimulatedPlc(CounterSpec(start=41, unit=3), wall_us) as plc:
        yield plc


@pytest.fixture
def config(short_folder: Path, gate: SimulatedReader, plc: SimulatedPlc) -> Path:
    file = short_folder / "clockpiece.toml"
    file.write_text(
        f"""
[box]
name = "box"
data = "data"
run = "run"
key = "key"

[[station]]
name = "entrance"

[[reader]]
name = "gate"
station = "entrance"
family = "rdm6300"
port = "{gate.link}"

[[counter]]
name = "strokes"
machine = "press"
family = "modbus_counter"
host = "127.0.0.1"
port = {plc.port}
unit = 3
address = 0
words = 1
max_rate_per_min = 600
poll_ms = 100
""",
        "utf-8",
    )
    return file


@pytest.fixture
def service(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real one, without a core."""
    command = [sys.executable, "-m", "clockpiece", "run", "devices", "--config", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(WITHIN_S)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["devices", *words])


def objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def eventually(found: Callable[[], bool]) -> None:
    until_s = time.monotonic() + WITHIN_S
    while not found():
        assert time.monotonic() < until_s
        time.sleep(0.05)


def all_up(config: Path) -> bool:
    return [each.get("up") for each in objects(run("list", "--config", str(config), "--json"))] == [True, True]


def keeps_tapping(gate: SimulatedReader) -> Callable[[], None]:
    """Another badge each time, until what is returned is called."""
    over = threading.Event()

    def tap() -> None:
        number = 0
        while not over.wait(0.1):
            number += 1
            gate.tap(f"10{number:08X}", frames=1)

    thread = threading.Thread(target=tap, daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end


@pytest.mark.slow
@pytest.mark.usefixtures("service")
def test_through_the_running_service(config: Path, gate: SimulatedReader, plc: SimulatedPlc):
    eventually(lambda: all_up(config))
    listed = {each["name"]: each for each in objects(run("list", "--config", str(config), "--json"))}
    assert listed["strokes"]["value"] == 41
    table = run("list", "--config", str(config)).output
    assert "rdm6300" in table
    assert f"127.0.0.1:{plc.port} unit 3" in table

    end = keeps_tapping(gate)
    seen = objects(run("watch", "--config", str(config), "--json", "--for-s", "1"))
    end()
    assert any(each.get("meaning", "").startswith("badge EM4100:10") for each in seen)
    assert any(each.get("meaning") == "unit 3: 41" for each in seen)
    assert any(each["type"] == "ValueSeen" and each["value"] == 41 for each in seen)

    doctor = CliRunner().invoke(main, ["doctor", "--config", str(config), "--json"])
    found = {each["check"]: each["says"] for each in map(json.loads, doctor.stdout.splitlines())}
    assert (found["gate"], found["strokes"]) == ("is there", "is there")

    units = objects(run("probe", "modbus", f"127.0.0.1:{plc.port}", "--units", "3", "--config", str(config), "--json"))
    assert [(each["unit"], each["says"]) for each in units] == [(3, "register 0 holds 41")] * 2


@pytest.mark.slow
def test_without_the_service_the_ports_are_opened_by_the_tool(config: Path, gate: SimulatedReader):
    listed = {each["name"]: each for each in objects(run("list", "--config", str(config), "--json"))}
    assert listed["gate"]["detail"] == "devices does not run; its port is there"
    gate.unplug()
    assert "devices does not run; its port is not there" in run("list", "--config", str(config)).output
    gate.plug()

    end = keeps_tapping(gate)
    shown = run("watch", "gate", "--config", str(config), "--for-s", "1")
    end()
    assert shown.exit_code == 0, shown.output
    assert "gate  <  02 31 30" in shown.output
    assert "nothing is recorded" in shown.output
    assert stat.S_IMODE((config.parent / "run" / "devices.lock").stat().st_mode) == 0o660
    assert "badge EM4100:10" in shown.output


def test_an_unknown_device_is_refused_with_those_that_there_are(config: Path):
    answer = run("watch", "gatte", "--config", str(config))
    assert answer.exit_code != 0
    assert "there is no device 'gatte'" in str(answer.exception) + answer.output


# --- probe ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_probe_shows_no_more_than_the_units_that_answer(short_folder: Path):
    plcs = [Plc(CounterSpec(start=5, unit=2), wall_us), Plc(CounterSpec(start=6, unit=4, address=9), wall_us)]
    with SimulatedRtuLine(short_folder / "line", plcs) as line:
        line.mute.add(3)
        words = ["--serial", str(line.link), "--units", "2-4", "--config", str(short_folder / "none"), "--json"]
        units = objects(run("probe", "modbus", *words))
        functions = {function for _, function, _, _ in line.requests}
        asked = [unit for unit, _, _, _ in line.requests]
    assert {(each["unit"], each["what"]) for each in units} == {
        (2, "holding registers"),
        (2, "input registers"),
        (4, "holding registers"),
        (4, "input registers"),
    }
    assert "exception 2" in next(each["says"] for each in units if each["unit"] == 4)
    assert functions == {3, 4}
    assert set(asked) == {2, 3, 4}


@pytest.mark.parametrize("units", ["0", "5-2", "1-248", "all"])
def test_probe_asks_a_named_range_only(units: str):
    answer = run("probe", "modbus", "127.0.0.1", "--units", units)
    assert answer.exit_code != 0
    assert "wanted one unit or a range" in str(answer.exception) + answer.output


@pytest.mark.slow
def test_probe_finds_an_identity_card_reader_and_its_speed(short_folder: Path):
    with SimulatedIdCardReader(short_folder / "desk", speed=57600) as desk:
        [found] = objects(run("probe", "reader", str(desk.link), "--json"))
    assert (found["baud"], found["families"]) == (57600, {"samv": "answers"})


@pytest.mark.slow
def test_probe_finds_a_pn532(short_folder: Path):
    with SimulatedPn532(short_folder / "reader") as reader:
        [found] = objects(run("probe", "reader", str(reader.link), "--json"))
    assert (found["baud"], found["families"]) == (115_200, {"pn532": "answers"})


def test_probe_listens_while_a_badge_is_held_there(gate: SimulatedReader):
    end = keeps_tapping(gate)
    found = objects(run("probe", "reader", str(gate.link), "--baud", "9600", "--json"))
    end()
    assert "rdm6300" in found[-1]["families"]


@pytest.mark.slow
def test_probe_of_a_port_that_is_in_use_says_so(service: object, config: Path, gate: SimulatedReader):
    eventually(lambda: all_up(config))
    answer = run("probe", "reader", str(gate.link))
    assert answer.exit_code != 0
    assert "`clockpiece devices watch` shows what it says" in str(answer.exception) + answer.output


def test_probe_lists_the_ports_of_this_machine():
    assert run("probe").exit_code == 0
    for each in objects(run("probe", "ports", "--json")):
        assert each["path"].startswith("/dev/")
