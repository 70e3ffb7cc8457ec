"""The simulated badge reader against frames that were captured from real ones, read through a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from simulators.rdm6300 import SimulatedReader, frame_of


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SimulatedReader]:
    with SimulatedReader(tmp_path / "gate", pause=lambda _: None) as reader:
        yield reader


def opened(reader: SimulatedReader) -> serial.Serial:
    return serial.Serial(str(reader.link), 9600, timeout=1)


@pytest.mark.parametrize(
    ("badge", "frame"),
    [
        ("100086F444", "02 31 30 30 30 38 36 46 34 34 34 32 36 03"),
        ("6F007B3972", "02 36 46 30 30 37 42 33 39 37 32 35 46 03"),
        ("01000734e0", "02 30 31 30 30 30 37 33 34 45 30 44 32 03"),
    ],
)
def test_its_frames_are_those_captured_from_real_readers(badge: str, frame: str):
    assert frame_of(badge) == bytes.fromhex(frame)


@pytest.mark.parametrize("badge", ["", "100086F4", "100086F44400", "100086F44G", "10 0086F444"])
def test_what_is_not_ten_hex_digits_is_no_badge(badge: str):
    with pytest.raises(ValueError, match="hex"):
        frame_of(badge)


def test_a_tap_is_the_same_frame_over_and_over(reader: SimulatedReader):
    with opened(reader) as port:
        assert reader.tap("100086F444", frames=3)
        assert port.read(42) == frame_of("100086F444") * 3


def test_frames_are_a_period_apart_and_bytes_take_their_time_on_the_line(tmp_path: Path):
    pauses: list[float] = []
    with SimulatedReader(tmp_path / "gate", pause=pauses.append) as reader:
        reader.tap("100086F444", frames=2, gap_s=0.065)
    assert sum(pauses) == pytest.approx(0.065 + 14 * 10 / 9600)


def test_a_wrong_checksum_differs_from_the_right_one_in_the_checksum_only(reader: SimulatedReader):
    with opened(reader) as port:
        reader.wrong_checksum("100086F444", frames=1)
        assert port.read(14) == b"\x02100086F44427\x03"


def test_the_reading_program_may_come_and_go(reader: SimulatedReader):
    for _ in range(2):
        with opened(reader) as port:
            reader.tap("100086F444", frames=1)
            assert port.read(14) == frame_of("100086F444")


def test_bytes_are_not_changed_on_the_way(reader: SimulatedReader):
    noise = bytes(range(256))
    with opened(reader) as port:
        reader.garbage(noise)
        assert port.read(256) == noise


def test_pulling_the_plug_hangs_up_and_takes_the_name_away(reader: SimulatedReader):
    with opened(reader) as port:
        reader.unplug()
        assert not reader.link.is_symlink()
        with pytest.raises(serial.SerialException):
            port.read(1)
    assert not reader.tap("100086F444")


def test_plugged_in_again_it_has_its_old_name(reader: SimulatedReader):
    reader.unplug()
    reader.plug()
    with opened(reader) as port:
        assert reader.tap("6F007B3972", frames=1)
        assert port.read(14) == frame_of("6F007B3972")


def test_taps_that_nobody_reads_are_lost_and_hold_nobody_up(reader: SimulatedReader):
    assert reader.tap("100086F444", frames=1000, gap_s=0)


def test_it_does_not_replace_a_file_that_is_not_its_own(tmp_path: Path):
    (tmp_path / "gate").write_text("precious")
    with pytest.raises(FileExistsError):
        SimulatedReader(tmp_path / "gate")
    assert (tmp_path / "gate").read_text() == "precious"
