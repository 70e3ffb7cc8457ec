"""Scanners that type: the text they mean, whatever the machine's layout is, and what counts as one tap."""

import asyncio
import errno
import logging
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.keyboard_scanner import driver
from edge.devices.keyboard_scanner.codec import SPOILT, Key, Typed
from edge.devices.keyboard_scanner.driver import KeyboardPort, open_keyboard
from edge.devices.keyboard_scanner.keys import KeyboardKeys
from edge.transport.port import PortLost
from tests.unit.devices.bench import Core, box, running
from tests.unit.devices.typists import FakeKeyboard, FakeSocket, KernelSocket, Press, key, press, typed

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/keyboard_scanner.toml").read_text("utf-8"))
COMMON = {"name": "gate", "station": "entrance", "family": "keyboard_scanner", "port": "unused"}
pytestmark = pytest.mark.needs("evdev")

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


@pytest.fixture(autouse=True)
def _soon_at_rest(monkeypatch):
    monkeypatch.setattr(driver, "AT_REST_S", 0.02)


def keys(**section: Any) -> KeyboardKeys:
    return msgspec.convert({**COMMON, **section}, KeyboardKeys)


def text(presses: list[Press]) -> bytes:
    return Typed().text(Key(*each) for each in presses)


def numbered(number: int, form: str = "d") -> list[Press]:
    digits = [each for digit in format(number, form) for each in press(f"KP{digit}", 1) + press(f"KP{digit}", 0)]
    return press("LEFTALT", 1) + digits + press("LEFTALT", 0)


# --- keys to text -----------------------------------------------------------------------------------


def test_a_code_is_what_a_us_keyboard_types_whatever_the_layout_of_the_machine():
    assert text(typed("EMP-00123\r")) == b"EMP-00123\r"


@settings(max_examples=40)
@given(st.text(PRINTABLE, max_size=64))
def test_every_printable_character_comes_back(code):
    assert text(typed(code)) == code.encode("ascii")


@settings(max_examples=40)
@given(st.text(PRINTABLE, min_size=1, max_size=20), st.data())
def test_repeats_of_a_key_that_is_held_type_nothing(code, data):
    presses = typed(code)
    place = data.draw(st.integers(0, len(presses)))
    last = next((each for each in reversed(presses[:place]) if each.type == 1 and each.value == 1), None)
    repeats = [Press(1, last.code, 2)] * 30 if last else []
    assert text([*presses[:place], *repeats, *presses[place:]]) == code.encode("ascii")


def test_the_keypad_types_digits():
    presses = [each for name in ("KP6", "KP9", "KP0", "KP1") for each in press(name, 1) + press(name, 0)]
    assert text(presses + press("KPENTER", 1)) == b"6901\r"


def test_capitals_by_caps_lock_are_capitals_and_the_next_code_begins_without():
    lock = press("CAPSLOCK", 1) + press("CAPSLOCK", 0)
    assert text(lock + typed("emp-1") + lock + typed("x\r")) == b"EMP-1x\r"
    assert text(lock + typed("a\r") + typed("a\r")) == b"A\ra\r"


def test_shift_held_over_several_characters_counts_for_each():
    shifted = press("RIGHTSHIFT", 1) + typed("ab1") + press("RIGHTSHIFT", 0) + typed("c")
    assert text(shifted) == b"AB!c"


@pytest.mark.parametrize("capture", CAPTURES["keys"], ids=lambda each: each["source"])
def test_captured_keys_are_their_text(capture):
    assert text([Press(1, code, value) for code, value in capture["presses"]]) == capture["text"].encode("ascii")


@settings(max_examples=40)
@given(st.text(PRINTABLE + "\r\t", max_size=20), st.sampled_from(["03d", "04d"]))
def test_characters_typed_as_alt_and_their_number_come_back(code, form):
    assert text([each for character in code for each in numbered(ord(character), form)]) == code.encode("ascii")


@pytest.mark.parametrize("number", [0, 7, 127, 233, 9999, 20013])
def test_a_number_that_is_no_printable_ascii_character_spoils_the_code(number):
    assert text(numbered(number)) == SPOILT


def test_a_number_of_more_digits_than_a_character_has_spoils_the_code():
    assert (text(numbered(52, "04d")), text(numbered(52, "05d"))) == (b"4", SPOILT)


@pytest.mark.parametrize("held", ["LEFTCTRL", "RIGHTCTRL", "LEFTALT", "RIGHTALT", "LEFTMETA", "RIGHTMETA"])
def test_a_key_with_control_or_alt_held_spoils_the_code(held):
    assert text(press(held, 1) + typed("a") + press(held, 0) + typed("b")) in (SPOILT + b"b", SPOILT * 2 + b"b")


def test_a_key_that_is_no_character_spoils_the_code():
    assert text(typed("12") + press("F5", 1) + typed("3")) == b"12" + SPOILT + b"3"


def test_events_that_the_kernel_dropped_spoil_the_code_and_release_every_key():
    assert text([*press("LEFTSHIFT", 1), Press(0, 3, 0), *typed("a1")]) == SPOILT + b"a1"


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 800), st.integers(-1, 3)), max_size=60))
def test_no_events_are_too_strange(events):
    assert isinstance(Typed().text(Key(*each) for each in events), bytes)


# --- one suite for the keyboard that is not there and for the kernel's own -------------------------------------------


@pytest.fixture(params=["fake", pytest.param("kernel", marks=pytest.mark.needs("uinput"))])
def scanner(request, tmp_path, monkeypatch) -> Iterator[FakeSocket | KernelSocket]:
    socket: FakeSocket | KernelSocket
    if request.param == "fake":
        socket = FakeSocket()
        monkeypatch.setattr(driver, "open_keyboard", lambda path: KeyboardPort(path, socket.keyboard()))
    else:
        socket = KernelSocket(tmp_path)
    socket.plug_in()
    yield socket
    socket.pull_out()


async def opened(core: Core, times: int = 1) -> None:
    await core.until(lambda: core.states().count(True) == times)
    await asyncio.sleep(driver.AT_REST_S * 2)  # it is heard from its first silence on


def badges(core: Core) -> list[str | None]:
    return [tap.badge for tap in core.taps()]


def run(story: Any) -> Any:
    return asyncio.run(asyncio.wait_for(story, 8))


def test_a_code_is_a_tap_at_its_station_and_the_same_again_is_none(scanner):
    async def story(core: Core) -> None:
        async with running(box([keys(port=scanner.path)]), core):
            await opened(core)
            for code in ("EMP-00123\r", "EMP-00123\r", "A1\r"):
                scanner.press(typed(code))
            await core.until(lambda: len(core.taps()) == 2)

    core = Core()
    run(story(core))
    assert badges(core) == ["CODE:EMP-00123", "CODE:A1"]
    assert {tap.station for tap in core.taps()} == {"entrance"}


@pytest.mark.slow
def test_a_scanner_that_is_unplugged_is_gone_and_heard_again_at_its_socket(scanner):
    async def story(core: Core) -> None:
        async with running(box([keys(port=scanner.path)]), core):
            await opened(core)
            scanner.press(typed("EMP-0"))
            scanner.pull_out()
            await core.until(lambda: core.states() == [True, False])
            scanner.plug_in()
            await opened(core, times=2)
            scanner.press(typed("0123\r"))
            await core.until(core.taps)

    core = Core()
    run(story(core))
    assert badges(core) == ["CODE:0123"]


@pytest.mark.parametrize(
    ("section", "presses", "wanted"),
    [
        ({"suffix": "tab"}, "A1\tA2\t", ["CODE:A1", "CODE:A2"]),
        ({"suffix": "none", "silence_ms": 20}, "A1", ["CODE:A1"]),
        ({"suffix": "none", "silence_ms": 20}, "\rA1", ["CODE:A1"]),
        ({}, "\rA1\r", ["CODE:A1"]),
        ({"prefix": "CP"}, "A1\rCP0007\r", ["CODE:0007"]),
        ({}, "A 1\rA2\r", ["CODE:A2"]),
    ],
    ids=["tab", "silence", "enter first", "enter at both ends", "prefix", "not a badge"],
)
def test_how_a_code_ends_is_set_in_the_section(monkeypatch, section, presses, wanted):
    scanner = FakeSocket()
    scanner.plug_in()
    monkeypatch.setattr(driver, "open_keyboard", lambda path: KeyboardPort(path, scanner.keyboard()))

    async def story(core: Core) -> None:
        async with running(box([keys(**section)]), core):
            await opened(core)
            scanner.press(typed(presses))
            await core.until(lambda: len(core.taps()) == len(wanted))

    core = Core()
    run(story(core))
    assert badges(core) == wanted


def test_a_spoilt_code_is_no_badge_and_its_text_is_not_logged(monkeypatch, caplog):
    scanner = FakeSocket()
    scanner.plug_in()
    monkeypatch.setattr(driver, "open_keyboard", lambda path: KeyboardPort(path, scanner.keyboard()))

    async def story(core: Core) -> None:
        async with running(box([keys()]), core):
            await opened(core)
            scanner.press([*typed("EMP-9"), Press(0, 3, 0), *typed("876\r"), *typed("A1\r")])
            await core.until(core.taps)

    core = Core()
    with caplog.at_level(logging.DEBUG):
        run(story(core))
    assert badges(core) == ["CODE:A1"]
    assert "9876" not in caplog.text
    assert "876" not in caplog.text


def test_what_is_typed_while_it_is_opened_is_no_code(monkeypatch):
    """The tail of a code can be the badge of somebody else."""
    scanner = FakeSocket()
    scanner.plug_in()
    scanner.press(typed("00123\r"))
    monkeypatch.setattr(driver, "open_keyboard", lambda path: KeyboardPort(path, scanner.keyboard()))

    async def story(core: Core) -> None:
        async with running(box([keys()]), core):
            await opened(core)
            scanner.press(typed("EMP-7\r"))
            await core.until(core.taps)

    core = Core()
    run(story(core))
    assert badges(core) == ["CODE:EMP-7"]


def test_a_keyboard_that_somebody_else_has_is_lost_and_let_go():
    keyboard = FakeKeyboard(grabbed_by_another=True)
    with pytest.raises(PortLost, match="busy"):
        KeyboardPort("kbd", keyboard)
    assert keyboard.closed


def test_a_path_that_is_not_there_or_is_no_keyboard_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    for name, says in (("nothing", "No such file"), ("file", "ioctl|Inappropriate")):
        with pytest.raises(PortLost, match=says):
            open_keyboard(str(tmp_path / name))


def test_a_box_without_the_extra_says_how_to_have_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "evdev", None)
    with pytest.raises(PortLost, match="--with keyboard"):
        open_keyboard("/dev/input/event0")


def test_a_closed_keyboard_wakes_whoever_waits_and_takes_nothing():
    async def story() -> None:
        keyboard = FakeKeyboard()
        port = KeyboardPort("kbd", keyboard)
        reading = asyncio.create_task(port.read())
        await asyncio.sleep(driver.AT_REST_S * 1.5)
        port.close()
        port.close()
        for attempt in (reading, port.read(), port.write(b"x")):
            with pytest.raises(PortLost):
                await attempt

    run(story())


def test_the_names_of_the_keys_are_the_kernels():
    assert (key("LEFTSHIFT"), key("ENTER"), errno.ENODEV) == (42, 28, 19)
