"""Where a counter is: on the network or on a serial line, one of the two, and like the others on its line."""

from pathlib import Path

import pytest

from edge.bootstrap import BoxFiles
from settings import ConfigError

BOX = '[box]\nname = "b"\ndata = "data"\nrun = "run"\nkey = "key"\n\n[[station]]\nname = "entrance"\n'
COUNTER = (
    '\n[[counter]]\nname = "c{}"\nmachine = "m"\nfamily = "modbus_counter"\naddress = 0\nmax_rate_per_min = 60\n{}\n'
)
NETWORK, SERIAL = 'host = "h"\nport = 502', 'serial = "/dev/ttyUSB0"'


def read(folder: Path, *places: str) -> BoxFiles:
    file = folder / "clockpiece.toml"
    file.write_text(BOX + "".join(COUNTER.format(number, place) for number, place in enumerate(places)))
    return BoxFiles.read(file)


@pytest.mark.parametrize("place", [NETWORK, SERIAL, f'{SERIAL}\nbaud = 19200\nparity = "E"\nstop_bits = 2\nunit = 247'])
def test_a_counter_is_on_the_network_or_on_a_serial_line(tmp_path, place):
    assert len(read(tmp_path, place).config.counter) == 1


@pytest.mark.parametrize(
    ("place", "got"),
    [
        ("", "none of them"),
        ('host = "h"', "host"),
        ("port = 502", "port"),
        (f"{NETWORK}\n{SERIAL}", "host and port and serial"),
        (f'host = "h"\n{SERIAL}', "host and serial"),
    ],
)
def test_it_is_in_one_place_and_in_a_whole_one(tmp_path, place, got):
    wanted = rf"counter\[1\]\.host, port, serial: got {got}, wanted either host and port, or serial"
    with pytest.raises(ConfigError, match=wanted):
        read(tmp_path, NETWORK, place)


@pytest.mark.parametrize("unit", [0, 248])
def test_a_unit_on_a_serial_line_is_one_that_answers(tmp_path, unit):
    with pytest.raises(ConfigError, match=rf"counter\[0\]\.unit: got {unit}, wanted 1 to 247 on a serial line"):
        read(tmp_path, f"{SERIAL}\nunit = {unit}")
    assert read(tmp_path, f"{NETWORK}\nunit = {unit}")


def test_all_counters_on_a_line_speak_alike(tmp_path):
    other = SERIAL.replace("USB0", "USB1")
    assert read(tmp_path, f"{SERIAL}\nunit = 1", f"{SERIAL}\nunit = 2", f"{other}\nbaud = 19200")
    wanted = r"counter\[1\]\.baud, parity, stop_bits: got 9600 E 1, wanted 9600 N 1 as for the others on this line"
    with pytest.raises(ConfigError, match=wanted):
        read(tmp_path, SERIAL, f'{SERIAL}\nparity = "E"')


def test_a_gateway_that_hands_a_line_through_has_units_like_a_line(tmp_path):
    gateway = f'{NETWORK}\nframing = "rtu"'
    assert read(tmp_path, gateway)
    with pytest.raises(ConfigError, match=r"counter\[0\]\.unit: got 0, wanted 1 to 247 on a serial line"):
        read(tmp_path, f"{gateway}\nunit = 0")
    with pytest.raises(ConfigError, match=r"framing: got 'rtu', wanted none on a serial line, which always speaks RTU"):
        read(tmp_path, f'{SERIAL}\nframing = "rtu"')
