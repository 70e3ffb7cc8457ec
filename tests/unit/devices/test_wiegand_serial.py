"""Wiegand frames as captured, in every form a converter writes them."""

import asyncio
import contextlib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.wiegand_serial.codec import BadFrame, BadParity, Profile, fitting, swapped
from edge.devices.wiegand_serial.keys import WiegandKeys
from tests.unit.devices.bench import Core, Terminal, box, running

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/wiegand_serial.toml").read_text("utf-8"))
COMMON = {"name": "gate", "station": "entrance", "family": "wiegand_serial"}
CARD = CAPTURES["frame"][0]["bits"]


def frame(number: int, size: int) -> str:
    """As a reader sends it, bit by bit."""
    data = format(number, f"0{size}b")
    first, second = data[: size // 2], data[size // 2 :]
    return str(first.count("1") % 2) + data + str(1 - second.count("1") % 2)


@pytest.mark.parametrize("capture", CAPTURES["frame"], ids=lambda each: each["bits"])
def test_a_captured_frame_is_its_badge(capture):
    bits = capture["bits"]
    as_hex = f"{int(bits, 2):0{-(-len(bits) // 4)}x}"
    number = int(capture["badge"].partition(":")[2], 16)
    assert Profile(len(bits), "bits").badge_key(bits.encode()) == capture["badge"]
    assert Profile(len(bits), "hex").badge_key(as_hex.encode()) == capture["badge"]
    assert Profile(len(bits), "number-decimal").badge_key(str(number).encode()) == capture["badge"]
    assert Profile(len(bits), "number-decimal").badge_key(b"%010d" % number) == capture["badge"]
    assert Profile(len(bits), "number-hex").badge_key(capture["badge"].partition(":")[2].encode()) == capture["badge"]


@pytest.mark.parametrize("text", [b"123,14706", b"123,14706 "])
def test_facility_and_number_are_the_same_badge(text):
    assert Profile(26, "facility-number").badge_key(text) == "WIEGAND26:7B3972"
    assert Profile(26, "facility-number", "W").badge_key(b"W" + text) == "WIEGAND26:7B3972"


@pytest.mark.parametrize("place", range(26))
def test_one_wrong_bit_is_refused(place):
    wrong = CARD[:place] + str(1 - int(CARD[place])) + CARD[place + 1 :]
    with pytest.raises(BadParity):
        Profile(26, "bits").badge_key(wrong.encode())


@pytest.mark.parametrize("capture", CAPTURES["frame"], ids=lambda each: each["bits"])
def test_swapped_wires_are_refused(capture):
    inverted = capture["bits"].translate(str.maketrans("01", "10"))
    with pytest.raises(BadParity):
        Profile(len(inverted), "bits").badge_key(inverted.encode())


@pytest.mark.parametrize(
    ("bits", "form", "line"),
    [
        (26, "bits", CARD[:-1].encode()),
        (26, "bits", (CARD + "0").encode()),
        (34, "bits", CARD.encode()),
        (26, "bits", CARD.replace("0", "O", 1).encode()),
        (26, "bits", b"\xff" * 26),
        (26, "hex", b"FFFFFFF"),
        (26, "hex", b"0F672E"),
        (26, "number-hex", b"07B3972"),
        (26, "number-decimal", b"16777216"),
        (34, "number-decimal", b"4294967296"),
        (26, "number-decimal", b"-5"),
        (26, "facility-number", b"256,00001"),
        (26, "facility-number", b"123,65536"),
        (26, "facility-number", b"12314706"),
    ],
)
def test_what_has_not_the_form_is_refused(bits, form, line):
    with pytest.raises(BadFrame):
        Profile(bits, form).badge_key(line)


def test_a_line_without_its_prefix_is_refused():
    with pytest.raises(BadFrame):
        Profile(26, "bits", "W").badge_key(CARD.encode())


def test_only_26_bits_have_a_facility():
    with pytest.raises(msgspec.ValidationError, match="form: got 'facility-number', wanted another form"):
        msgspec.convert({**COMMON, "port": "p", "bits": 34, "form": "facility-number"}, WiegandKeys)


@given(number=st.integers(0, 2**32 - 1))
def test_every_number_survives_the_wire(number):
    assert Profile(34, "bits").badge_key(frame(number, 32).encode()) == f"WIEGAND34:{number:08X}"
    assert Profile(26, "bits").badge_key(frame(number >> 8, 24).encode()) == f"WIEGAND26:{number >> 8:06X}"


@given(number=st.integers(0, 2**32 - 1), place=st.integers(0, 33))
def test_no_single_wrong_bit_of_any_badge_is_accepted(number, place):
    bits = frame(number, 32)
    wrong = bits[:place] + str(1 - int(bits[place])) + bits[place + 1 :]
    with pytest.raises(BadParity):
        Profile(34, "bits").badge_key(wrong.encode())


@given(
    line=st.one_of(st.binary(max_size=40), st.text("01FA,9", max_size=40).map(str.encode)),
    bits=st.sampled_from([26, 34]),
    form=st.sampled_from(["bits", "hex", "number-hex", "number-decimal", "facility-number"]),
)
def test_any_bytes_are_a_badge_or_refused(line, bits, form):
    with contextlib.suppress(BadFrame):
        key = Profile(bits, form).badge_key(line)
        assert re.fullmatch(rf"WIEGAND{bits}:[0-9A-F]{{{(bits - 2) // 4}}}", key)


def test_a_badge_on_a_real_line_is_a_tap_and_a_bad_one_is_none(tmp_path):
    terminal = Terminal(tmp_path / "converter")
    settings: dict[str, Any] = {**COMMON, "port": str(terminal.path), "machine": "press"}

    async def story() -> None:
        terminal.plug_in()
        core = Core()
        async with running(box([msgspec.convert(settings, WiegandKeys)]), core):
            await core.until(lambda: core.states() == [True])
            inverted = CARD.translate(str.maketrans("01", "10"))
            terminal.send(f"{inverted}\r\n{CARD}\r\n{CARD}\r\n".encode())
            (tap,) = await core.until(core.taps)
        assert (tap.badge, tap.machine) == ("WIEGAND26:7B3972", "press")

    try:
        asyncio.run(story())
    finally:
        terminal.pull_out()


# --- for learning -----------------------------------------------------------------------------------


def test_a_line_tells_in_which_forms_it_is_a_frame():
    assert [(each.bits, each.form) for each in fitting(b"00111101100111001011100101")] == [(26, "bits")]
    assert [(each.bits, each.form) for each in fitting(b"123,14706")] == [(26, "facility-number")]
    assert (34, "number-hex") in [(each.bits, each.form) for each in fitting(b"W007B3972", prefix="W")]
    assert fitting(b"nothing of it") == []


def test_swapped_wires_turn_every_bit_and_are_told_from_noise():
    frame = "00111101100111001011100101"
    wrong = frame.translate(str.maketrans("01", "10"))
    assert swapped(wrong.encode(), 26, "bits")
    assert not swapped(frame.encode(), 26, "bits")
    assert not swapped(wrong[:-1].encode(), 26, "bits")
    assert not swapped(b"x" * 26, 26, "bits")
    assert not swapped(b"7B3972", 26, "number-hex")
    assert swapped(b"%07X" % (int(wrong, 2)), 26, "hex")
