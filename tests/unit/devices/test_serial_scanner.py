"""Scanners: codes as captured, what is no badge, and what counts as one tap."""

import asyncio
import contextlib
import logging
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.serial_scanner import driver
from edge.devices.serial_scanner.codec import Profile
from edge.devices.serial_scanner.keys import ScannerKeys
from edge.devices.shared.codes import BadCode, text_of
from edge.devices.shared.lines import NOISE_LINES, NOISE_S, LineReader
from edge.link.messages import BadgeTapped
from tests.unit.devices.bench import Core, ReaderOnALine, RunningClock, Terminal, box, running

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/serial_scanner.toml").read_text("utf-8"))
COMMON = {"name": "gate", "station": "entrance", "family": "serial_scanner", "port": "unused"}


def keys(**settings: Any) -> ScannerKeys:
    return msgspec.convert({**COMMON, **settings}, ScannerKeys)


class Bench(ReaderOnALine):
    """A scanner on an in-memory line, with machine time set by hand."""

    def __init__(self, **settings: Any) -> None:
        self.now_s = 0.0
        section = keys(**settings)
        badge_of = driver._badge_of(section)
        form = driver.form_of(section)
        self.reader = LineReader("gate", self.plug, RunningClock(), form, badge_of, lambda: self.now_s)


@pytest.mark.parametrize("capture", CAPTURES["line"], ids=lambda each: each["source"])
def test_a_captured_line_is_its_codes(capture):
    raw, wanted = bytes.fromhex(capture["bytes"]), [f"CODE:{code}" for code in capture["codes"]]
    bench = Bench()
    assert asyncio.run(bench.badges(raw)) == wanted
    assert asyncio.run(Bench().badges(*(bytes([byte]) for byte in raw))) == wanted
    assert bench.reader.bad_frames.total == 0


@pytest.mark.parametrize(
    ("settings", "line", "badge"),
    [
        ({"aim": "required"}, b"]C0A0123", "CODE:A0123"),
        ({"aim": "required", "symbologies": ["Q"]}, b"]Q1A0123", "CODE:A0123"),
        ({}, b"]C0A0123", "CODE:]C0A0123"),
        ({"prefix": "CP"}, b"CP0007", "CODE:0007"),
        ({"aim": "required", "prefix": "CP"}, b"]Q1CP0007", "CODE:0007"),
        ({}, b" 0007 ", "CODE:0007"),
        ({}, b"aBc", "CODE:aBc"),
        ({"no_read": ["NR", "ERROR"]}, b"ERROR", None),
        ({"aim": "required"}, b"%%NoRead", None),
    ],
)
def test_the_profile_says_what_of_a_line_is_the_badge(settings, line, badge):
    assert driver._badge_of(keys(**settings))(line) == badge


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        (Profile(aim=True), b"A0123"),
        (Profile(aim=True), b"]C0"),
        (Profile(aim=True, symbologies=frozenset("Q")), b"]C0A0123"),
        (Profile(prefix="CP"), b"A0123"),
        (Profile(), b"   "),
        (Profile(), b"A01\x0023"),
        (Profile(), b"A01\x1d23"),
        (Profile(), b"A01 23"),
        (Profile(), b"A01,23"),
        (Profile(), b"x" * 65),
        (Profile(), b"\xff\xff"),
        (Profile(), b"A01\xff"),
    ],
)
def test_what_is_no_badge_is_refused_and_not_quoted(profile, line):
    with pytest.raises(BadCode) as refused:
        profile.badge_key(line)
    assert "A01" not in str(refused.value)


@given(text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=30))
def test_every_text_in_utf_8_is_itself(text):
    assert text_of(text.encode("utf-8")) == text


@given(line=st.binary(max_size=80), aim=st.booleans())
def test_any_bytes_are_a_badge_that_a_list_can_hold_or_refused(line, aim):
    with contextlib.suppress(BadCode):
        key = Profile(aim=aim).badge_key(line)
        assert key is not None
        assert key.startswith("CODE:")
        assert 6 <= len(key) <= 69
        assert key.isprintable()
        assert not set(key) & set(" ,;")


def test_symbologies_need_identifiers():
    with pytest.raises(msgspec.ValidationError, match="symbologies: got \\['Q'\\], wanted none, or aim"):
        keys(symbologies=["Q"])


def test_the_same_code_is_one_tap_until_it_has_been_away():
    bench = Bench(same_code_ms=3000)
    assert asyncio.run(bench.badges(b"A1\rA1\rA2\rA1\r")) == ["CODE:A1", "CODE:A2"]
    bench.now_s = 2.9
    assert asyncio.run(bench.badges(b"A1\r")) == []
    bench.now_s = 6.0
    assert asyncio.run(bench.badges(b"A1\r")) == ["CODE:A1"]


def test_bad_codes_are_counted_by_tens_and_not_logged(caplog):
    bench = Bench(prefix="CP")
    with caplog.at_level(logging.WARNING):
        assert asyncio.run(bench.badges(b"A0123\r" * 49 + b"x" * 300 + b"\r")) == []
        bench.now_s = NOISE_S
        assert asyncio.run(bench.badges(b"CP7\r")) == ["CODE:7"]
    assert bench.reader.bad_frames.total == 50
    assert [record.getMessage().split()[1] for record in caplog.records] == ["1", "10"]
    assert "A0123" not in caplog.text


def test_a_code_in_the_midst_of_noise_is_not_believed():
    """Noise makes short codes by chance: they are nobody's, and each would be a fact."""
    bench = Bench()
    noise = b"\x81\r" * NOISE_LINES
    assert asyncio.run(bench.badges(noise + b"A1\r")) == []
    bench.now_s = NOISE_S - 0.1
    assert asyncio.run(bench.badges(b"A2\r")) == []
    bench.now_s = NOISE_S
    assert asyncio.run(bench.badges(b"A2\r")) == ["CODE:A2"]


def test_a_torn_code_or_two_hold_up_nobody():
    assert asyncio.run(Bench().badges(b"\x81\r" * (NOISE_LINES - 1) + b"A1\r")) == ["CODE:A1"]


def test_a_torn_code_before_an_unplug_does_not_join_what_comes_after():
    bench = Bench()
    assert asyncio.run(bench.badges(b"A01")) == []
    assert asyncio.run(bench.badges(b"23\r")) == ["CODE:23"]


@pytest.fixture
def terminal(tmp_path):
    terminal = Terminal(tmp_path / "scanner")
    yield terminal
    terminal.pull_out()


async def taps_of(terminal: Terminal, section: ScannerKeys, *sent: bytes, wanted: int) -> list[BadgeTapped]:
    core = Core()
    async with running(box([section]), core):
        await core.until(lambda: core.states() == [True])
        for data in sent:
            terminal.send(data)
        await core.until(lambda: len(core.taps()) >= wanted)
    return core.taps()


def test_a_code_on_a_real_line_is_a_tap(terminal):
    terminal.plug_in()
    taps = asyncio.run(taps_of(terminal, keys(port=str(terminal.path)), b"A01", b"23\r\nA0124\r\n", wanted=2))
    assert [tap.badge for tap in taps] == ["CODE:A0123", "CODE:A0124"]


def test_without_a_suffix_silence_ends_the_code(terminal):
    terminal.plug_in()
    section = keys(port=str(terminal.path), suffix="none", silence_ms=100)
    (tap,) = asyncio.run(taps_of(terminal, section, b"A01", b"23", wanted=1))
    assert tap.badge == "CODE:A0123"


def test_with_a_suffix_silence_tears_the_code_and_nothing_of_it_is_taken(terminal, monkeypatch, caplog):
    monkeypatch.setattr("edge.devices.shared.lines.UNFINISHED_S", 0.05)
    terminal.plug_in()

    async def story() -> list[str | None]:
        core = Core()
        async with running(box([keys(port=str(terminal.path))]), core):
            await core.until(lambda: core.states() == [True])
            terminal.send(b"A01")
            while "1 bad frames" not in caplog.text:
                await asyncio.sleep(0.005)
            terminal.send(b"A0124\r")
            await core.until(core.taps)
        return [tap.badge for tap in core.taps()]

    assert asyncio.run(asyncio.wait_for(story(), 4.0)) == ["CODE:A0124"]
