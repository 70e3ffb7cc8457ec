"""Counters that speak text: values as printed in the manual, and what a line does to an answer."""

import asyncio
import contextlib
import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.family import CounterDevice, DeviceLost
from edge.devices.line_counter import line
from edge.devices.line_counter.codec import BadAnswer, Profile, Refused
from edge.devices.line_counter.driver import PieceCounter, line_counters
from edge.devices.line_counter.keys import LineCounterKeys
from simulators.adam import SimulatedAdamLine, SpoiltText
from tests.unit.devices.bench import Core, RunningClock, Terminal, all_open, box, running

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/line_counter.toml").read_text("utf-8"))
ADAM = Profile(">", 16, 8)
COMMON = {"name": "strokes", "machine": "press", "family": "line_counter", "max_rate_per_min": 60, "poll_ms": 20}
ASKED = {"ask": "#120", "prefix": ">", "base": 16, "digits": 8}


def keys(path: Path, **settings: Any) -> LineCounterKeys:
    return msgspec.convert({**COMMON, "serial": str(path), **settings}, LineCounterKeys)


def asked(path: Path, counter: str) -> LineCounterKeys:
    return keys(path, **{**ASKED, "name": f"c{counter}", "ask": f"#{counter}"})


# --- the text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", CAPTURES["exchange"], ids=lambda each: each["source"][:11])
def test_questions_and_answers_are_those_of_the_captures(capture):
    profile = Profile(">", 16, 8, capture["checksum"])
    assert profile.question(capture["ask"]) == bytes.fromhex(capture["sent"])
    assert profile.value(bytes.fromhex(capture["answer"]).rstrip(b"\r")) == capture["value"]


@pytest.mark.parametrize(
    ("profile", "text", "value"),
    [
        (Profile(), b"0000048213", 48213),
        (Profile("C="), b"C= 12", 12),
        (Profile("", 16), b"ff", 255),
        (ADAM, b">FFFFFFFF", 2**32 - 1),
    ],
)
def test_a_profile_says_what_of_a_line_is_the_value(profile, text, value):
    assert profile.value(text) == value


@pytest.mark.parametrize(
    "text", [b">000002F", b">0000002FE", b"000002FE", b">000002FG", b">-00002FE", b">0x0002FE", b">", b"", b">\xff" * 9]
)
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(BadAnswer):
        ADAM.value(text)


def test_a_question_that_is_not_taken_is_told_apart():
    with pytest.raises(Refused):
        ADAM.value(b"?12")


@given(value=st.integers(0, 2**32 - 1), place=st.integers(0, 10), byte=st.integers(0, 255))
def test_with_a_checksum_no_single_wrong_byte_is_accepted(value, place, byte):
    text = f">{value:08X}"
    good = (text + f"{sum(map(ord, text)) & 0xFF:02X}").encode()
    profile = Profile(">", 16, 8, checksum=True)
    assert profile.value(good) == value
    wrong = good[:place] + bytes([byte]) + good[place + 1 :]
    if wrong.upper() != good:
        with pytest.raises(BadAnswer):
            profile.value(wrong)


@given(
    text=st.one_of(st.binary(max_size=20), st.text(">?0123456789abCDEF ", max_size=20).map(str.encode)),
    base=st.sampled_from([10, 16]),
    digits=st.sampled_from([None, 1, 8]),
    checksum=st.booleans(),
)
def test_any_bytes_are_a_value_or_refused(text, base, digits, checksum):
    with contextlib.suppress(BadAnswer):
        assert 0 <= Profile(">", base, digits, checksum).value(text) < 16**10


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base": 16}, "base, digits, checksum: got a value, wanted none without `ask`"),
        ({"poll_ms": 2000}, "poll_ms: got 2000, wanted at most 1000"),
        ({"ask": "#120\r"}, "matching regex"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(settings, message):
    with pytest.raises(msgspec.ValidationError, match=message):
        keys(Path("p"), **settings)


# --- counters that are asked --------------------------------------------------------------------------


@pytest.fixture
def adam(tmp_path: Path) -> Iterator[SimulatedAdamLine]:
    simulated = SimulatedAdamLine(tmp_path / "adam", {"120": 766, "121": 5, "130": 900})
    yield simulated
    simulated.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(line, "SLOWEST_S", 0.2)


def opened(*sections: LineCounterKeys) -> contextlib.AbstractAsyncContextManager[list[CounterDevice]]:
    return all_open(line_counters(sections, RunningClock()))


def test_a_counter_is_asked_for_its_value(adam, tmp_path):
    async def story() -> None:
        async with opened(keys(tmp_path / "adam", **ASKED)) as (device,):
            read = await device.read()
            assert (read.value, bytes.fromhex(read.raw), read.session) == (766, b">000002FE", None)
            adam.counts["120"] = 767
            assert (await device.read()).value == 767

    asyncio.run(story())


def test_with_checksums_both_ways(tmp_path):
    simulated = SimulatedAdamLine(tmp_path / "adam", {"120": 766}, checksum=True)

    async def story() -> None:
        async with opened(keys(tmp_path / "adam", **ASKED, checksum=True)) as (device,):
            assert (await device.read()).value == 766

    try:
        asyncio.run(story())
    finally:
        simulated.close()


@pytest.mark.slow
def test_counters_on_one_line_are_asked_one_at_a_time_and_never_mixed_up(adam, tmp_path):
    async def story() -> None:
        sections = [asked(tmp_path / "adam", counter) for counter in adam.counts]
        async with opened(*sections) as devices:
            for _ in range(5):
                read = await asyncio.gather(*(device.read() for device in devices))
                assert [each.value for each in read] == list(adam.counts.values())

    asyncio.run(story())


def test_a_question_that_the_device_does_not_take_is_told(adam, tmp_path):
    async def story() -> None:
        async with opened(keys(tmp_path / "adam", **{**ASKED, "ask": "#127"})) as (device,):
            with pytest.raises(DeviceLost, match="'#127': it does not take the question"):
                await device.read()

    asyncio.run(story())


def test_what_lay_on_the_line_before_the_question_is_no_answer(adam, tmp_path):
    async def story() -> None:
        async with opened(keys(tmp_path / "adam", **ASKED)) as (device,):
            adam.say(b">00000001\r")
            assert (await device.read()).value == 766

    asyncio.run(story())


def test_an_echo_is_no_answer(adam, tmp_path):
    async def story() -> None:
        adam.spoil = lambda: SpoiltText.ECHO
        async with opened(keys(tmp_path / "adam", **ASKED)) as (device,):
            assert (await device.read()).value == 766

    asyncio.run(story())


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("spoilt", [each for each in SpoiltText if each not in (SpoiltText.ECHO, SpoiltText.DIGIT)])
def test_after_a_spoilt_answer_no_counter_is_told_another_value_than_its_own(adam, tmp_path, spoilt):
    async def story() -> None:
        sections = [asked(tmp_path / "adam", counter) for counter in ("120", "130")]
        async with opened(*sections) as (ours, neighbour):
            assert (await ours.read()).value == 766
            once = [spoilt]
            adam.spoil = lambda: once.pop() if once else None
            with pytest.raises(DeviceLost):
                await ours.read()
            for device, value in ((neighbour, 900), (ours, 766), (neighbour, 900)):
                with contextlib.suppress(DeviceLost):  # what was held back may cost one more reading, never a value
                    assert (await device.read()).value == value
            assert [(await device.read()).value for device in (ours, neighbour)] == [766, 900]

    asyncio.run(story())


def mute_answers(adam: SimulatedAdamLine, times: int) -> None:
    left = [SpoiltText.SILENT] * times
    adam.spoil = lambda: left.pop() if left else None


@pytest.mark.slow
def test_nobody_on_the_line_is_asked_while_an_answer_may_still_come(adam, tmp_path, monkeypatch):
    monkeypatch.setattr(line, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(line, "SLOWEST_S", 60.0)

    async def story() -> None:
        mute_answers(adam, 1)
        async with opened(asked(tmp_path / "adam", "120"), asked(tmp_path / "adam", "130")) as (ours, neighbour):
            with pytest.raises(DeviceLost, match="no answer"):
                await ours.read()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await neighbour.read()
            assert adam.questions == ["#120"]

    asyncio.run(story())


def test_an_answer_that_comes_even_later_is_nobody_elses(adam, tmp_path, monkeypatch):
    monkeypatch.setattr(line, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(line, "SLOWEST_S", 0.05)

    async def story() -> None:
        mute_answers(adam, 2)
        async with opened(asked(tmp_path / "adam", "120"), asked(tmp_path / "adam", "130")) as (ours, neighbour):
            with pytest.raises(DeviceLost, match="no answer"):
                await ours.read()
            monkeypatch.setattr(line, "TIMEOUT_S", 4.0)
            reading = asyncio.create_task(neighbour.read())
            while adam.questions != ["#120", "#130"]:
                await asyncio.sleep(0.001)
            adam.say(b">000002FE\r")
            assert (await reading).value == 900

    asyncio.run(asyncio.wait_for(story(), 10.0))


def test_a_spoilt_digit_is_noticed_where_there_are_checksums(tmp_path):
    simulated = SimulatedAdamLine(tmp_path / "adam", {"120": 766}, checksum=True)
    simulated.spoil = lambda: SpoiltText.DIGIT

    async def story() -> None:
        async with opened(keys(tmp_path / "adam", **ASKED, checksum=True)) as (device,):
            with pytest.raises(DeviceLost, match="the checksum is wrong"):
                await device.read()

    try:
        asyncio.run(story())
    finally:
        simulated.close()


def test_a_line_that_is_not_there_is_lost(tmp_path):
    async def story() -> None:
        for settings in (ASKED, {}):
            (device,) = line_counters([keys(tmp_path / "nothing", **settings)], RunningClock())
            with pytest.raises(DeviceLost, match="nothing"):
                await device.open()
            with pytest.raises(DeviceLost, match="not"):
                await device.read()

    asyncio.run(story())


# --- a line for each piece ----------------------------------------------------------------------------


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "scale")
    terminal.plug_in()
    yield terminal
    terminal.pull_out()


def test_each_line_is_a_piece_however_it_comes(terminal):
    async def story() -> None:
        async with opened(keys(terminal.path, prefix="P")) as (device,):
            first = await device.read()
            seen = []
            for chunk in (b"P1\r\nP2\r\n", b"P", b"3\r", b"\n", b"P4\rP5"):
                terminal.send(chunk)
                while terminal.unread() == 0:
                    await asyncio.sleep(0)
                seen.append((await device.read()).value)
            assert (first.value, seen) == (0, [2, 2, 3, 3, 4])
            assert (await device.read()).session == first.session

    asyncio.run(story())


def test_lines_of_another_sort_are_no_pieces_and_are_counted(terminal, caplog):
    async def story() -> None:
        async with opened(keys(terminal.path, prefix="P")) as (device,):
            assert isinstance(device, PieceCounter)
            terminal.send(b"P1\r" + b"hello\r" * 9 + b"x" * 100 + b"\rP2\r")
            while terminal.unread() == 0:
                await asyncio.sleep(0)
            assert [(await device.read()).value for _ in range(2)] == [0, 2]
            assert device.bad_frames.total == 10

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    assert [record.getMessage().split()[1] for record in caplog.records] == ["1", "10"]


def test_the_count_goes_on_after_an_unplug_and_a_new_start_is_a_new_session(terminal):
    async def story() -> None:
        section = keys(terminal.path)
        async with opened(section) as (device,):
            terminal.send(b"a\rb\r")
            while terminal.unread() == 0:
                await asyncio.sleep(0)
            before = await device.read()
            terminal.pull_out()
            with pytest.raises(DeviceLost):
                await device.read()
            device.close()
            terminal.plug_in()
            await device.open()
            after = await device.read()
            assert (after.value, after.session) == (2, before.session)
        (again,) = line_counters([section], RunningClock())
        await again.open()
        fresh = await again.read()
        again.close()
        assert fresh.value == 0
        assert fresh.session != before.session

    asyncio.run(story())


def test_pieces_reach_core(terminal):
    async def story() -> None:
        core = Core()
        async with running(box(counters=[keys(terminal.path)]), core):
            await core.until(lambda: core.states() == [True])
            terminal.send(b"1\r2\r3\r")
            await core.until(lambda: core.samples() and core.samples()[-1].value == 3)
        assert {sample.modulus for sample in core.samples()} == {2**32}

    asyncio.run(story())


@pytest.mark.parametrize(
    "change",
    [
        {"serial": "/dev/ttyS9"},
        {"ask": "#020"},
        {"prefix": "<"},
        {"base": 16},
        {"digits": 6},
        {"checksum": True},
        {"modulus": 1_000_000},
        {"counts_per_piece": 2},
    ],
)
def test_what_is_asked_or_understood_otherwise_has_another_meaning(tmp_path: Path, change: dict[str, Any]):
    known: dict[str, Any] = {"ask": "#010", "prefix": ">"}
    section = keys(tmp_path / "line", **known)
    assert msgspec.structs.replace(section, **change).meaning != section.meaning
    assert msgspec.structs.replace(section, name="other", poll_ms=100).meaning == section.meaning
