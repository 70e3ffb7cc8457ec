"""What a person's tool is told of the devices, and what it can never do: the field on real ptys and sockets."""

import asyncio
import contextlib
import functools
import logging
import os
import stat
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import ParamSpec, get_args

import msgspec
import pytest

from edge import field
from edge.config import BoxConfig, Reader
from edge.devices import reader_family
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.link import inspection
from edge.link.codec import decode_seen, encode
from edge.link.inspection import (
    BadgeSeen,
    CannotBeDone,
    Devices,
    ExceptionAnswer,
    FrameSeen,
    ListDevices,
    NextBadge,
    NoAnswer,
    OfCounter,
    OnNetwork,
    OnSerial,
    Question,
    ReadRegisters,
    ScanSeen,
    Seen,
    StateSeen,
    ValueSeen,
    Watch,
    Words,
)
from edge.link.messages import MAX_LINE_BYTES, CardWanted
from simulators.mill import CounterSpec
from simulators.plc import Plc as SimulatedPlcRegisters
from simulators.rtu import SimulatedRtuLine
from simulators.samv import SimulatedIdCardReader, resident_text
from tests.newcomers import CARD
from tests.unit.devices.bench import Core, RunningClock, Terminal, box, gate
from tests.unit.devices.plc import Plc

FRAME = b"\x02100086F44426\x03"
BADGE = "EM4100:100086F444"
WITHIN_S = 4.0


P = ParamSpec("P")


def on_a_loop(test: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class Tool:
    """A connection to the inspection socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def put(self, question: Question) -> None:
        self._writer.write(encode(question))

    def say(self, line: bytes) -> None:
        self._writer.write(line)

    async def next(self) -> Seen:
        async with asyncio.timeout(WITHIN_S):
            return decode_seen(await self._reader.readline())

    async def ask(self, question: Question) -> Seen:
        self.put(question)
        return await self.next()

    async def is_cut_off(self) -> bool:
        async with asyncio.timeout(WITHIN_S):
            return await self._reader.read() == b""

    def leave(self) -> None:
        self._writer.close()


@contextlib.asynccontextmanager
async def inspected(config: BoxConfig, core: Core, path: Path) -> AsyncIterator[None]:
    task = asyncio.create_task(field.run_field(config, RunningClock(), core, path))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def tool(path: Path) -> AsyncIterator[Tool]:
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(str(path), limit=MAX_LINE_BYTES)
                break
            except OSError:
                await asyncio.sleep(0.005)
    try:
        yield Tool(reader, writer)
    finally:
        writer.close()


async def has_been_taken(path: Path) -> None:
    """What was asked on another connection before: each of these answers takes the loop as many turns as that did."""
    async with tool(path) as other:
        for _ in range(3):
            assert isinstance(await other.ask(ListDevices()), Devices)


@contextlib.asynccontextmanager
async def asked_for_a_badge(path: Path, core: Core, terminal: Terminal) -> AsyncIterator[Tool]:
    """A tool to which the next badge at the gate's reader goes."""
    async with inspected(box([gate(terminal)]), core, path), tool(path) as asking:
        await core.until(lambda: core.states("gate"))
        asking.put(NextBadge("gate"))
        await has_been_taken(path)
        yield asking


@pytest.fixture
def path(short_folder: Path) -> Path:
    return short_folder / "devices.sock"


@pytest.fixture
def terminal(short_folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(short_folder / "gate")
    terminal.plug_in()
    yield terminal
    terminal.pull_out()


def section(name: str, family: str, port: Path) -> Reader:
    keys = {"name": name, "station": "entrance", "family": family, "port": str(port)}
    reader: Reader = msgspec.convert(keys, reader_family(family).keys)
    return reader


def serial_counter(path: Path, unit: int = 1, name: str = "strokes") -> ModbusKeys:
    return ModbusKeys(
        name=name,
        machine="press",
        family="modbus_counter",
        max_rate_per_min=600,
        serial=str(path),
        address=0,
        words=1,
        unit=unit,
        poll_ms=50,
    )


def simulated(unit: int, start: int) -> SimulatedPlcRegisters:
    return SimulatedPlcRegisters(CounterSpec(start=start, unit=unit), lambda: 0)


# --- how they stand ---------------------------------------------------------------------------------


@on_a_loop
async def test_a_tool_is_told_how_each_device_stands(path: Path, terminal: Terminal, short_folder: Path):
    core = Core()
    missing = section("desk", "samv", short_folder / "nowhere")
    async with Plc() as plc:
        plc.registers[11] = 7
        config = box([gate(terminal), missing], [plc.counter()])
        async with inspected(config, core, path), tool(path) as asking:
            await core.until(lambda: core.states("gate") and core.states("desk") == [False] and core.samples())
            answer = await asking.ask(ListDevices())
    assert isinstance(answer, Devices)
    seen = {each.name: each for each in answer.devices}
    assert (seen["gate"].up, seen["gate"].sort, seen["gate"].where) == (True, "badge reader", str(terminal.path))
    assert seen["desk"].up is False
    assert "nowhere" in seen["desk"].detail
    assert (seen["strokes"].up, seen["strokes"].machine, seen["strokes"].commissioned) == (True, "press", True)
    assert seen["strokes"].value == 7
    assert seen["strokes"].where == f"127.0.0.1:{plc.port} unit 1"


@on_a_loop
async def test_bad_frames_of_a_reader_are_told(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path), tool(path) as asking:
        await core.until(lambda: core.states("gate"))
        terminal.send(FRAME.replace(b"26\x03", b"21\x03"))
        terminal.send(FRAME)
        await core.until(core.taps)
        answer = await asking.ask(ListDevices())
    assert isinstance(answer, Devices)
    assert [(each.bad_frames, each.bad_frames_today) for each in answer.devices] == [(1, 1)]
    assert answer.devices[0].last_at == core.taps()[0].at


# --- what is on their lines -------------------------------------------------------------------------


async def next_of(asking: Tool, sort: type[Seen]) -> Seen:
    while not isinstance(seen := await asking.next(), sort):
        pass
    return seen


@on_a_loop
async def test_a_watch_shows_bytes_and_what_they_mean(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path), tool(path) as asking:
        asking.put(Watch("gate"))
        await has_been_taken(path)
        await core.until(lambda: core.states("gate"))
        terminal.send(FRAME[:5])
        terminal.send(FRAME[5:])
        there, frame, scan = [await asking.next() for _ in range(3)]
    assert isinstance(there, StateSeen)
    assert there.up
    assert isinstance(frame, FrameSeen)
    assert isinstance(scan, ScanSeen)
    assert scan.badge == BADGE
    assert (frame.hex, frame.meaning) == (FRAME.hex(), f"badge {BADGE}")
    assert not frame.sent
    assert len(core.taps()) == 1  # a watch takes nothing away


@on_a_loop
async def test_a_watch_says_when_a_device_comes_and_goes(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path), tool(path) as asking:
        asking.put(Watch())
        for up in (True, False, True):
            state = await next_of(asking, StateSeen)
            assert isinstance(state, StateSeen)
            assert (state.device, state.up) == ("gate", up)
            assert ("the other end is gone" in state.detail) is not up
            (terminal.pull_out if up else terminal.plug_in)()


@on_a_loop
async def test_a_watch_of_a_counter_shows_question_answer_and_value(path: Path):
    core = Core()
    async with Plc() as plc:
        plc.registers[11] = 5
        async with inspected(box(counters=[plc.counter()]), core, path), tool(path) as asking:
            asking.put(Watch())
            await has_been_taken(path)
            sent = await next_of(asking, FrameSeen)
            received = await next_of(asking, FrameSeen)
            value = await next_of(asking, ValueSeen)
    assert isinstance(sent, FrameSeen)
    assert isinstance(received, FrameSeen)
    assert isinstance(value, ValueSeen)
    asked, answered = (sent, received) if sent.sent else (received, sent)
    assert asked.meaning == "unit 1: 2 holding registers from 10?"
    assert answered.meaning == "unit 1: 0 5"
    assert (value.value, value.raw) == (5, "00000005")


@on_a_loop
async def test_counters_that_share_a_question_each_have_its_frames(path: Path):
    core = Core()
    async with Plc() as plc:
        counters = [plc.counter("strokes"), msgspec.structs.replace(plc.counter("scrap"), address=14)]
        async with inspected(box(counters=counters), core, path), tool(path) as asking:
            asking.put(Watch())
            seen: dict[str, set[str]] = {"strokes": set(), "scrap": set()}
            async with asyncio.timeout(WITHIN_S):
                while not seen["strokes"] & seen["scrap"]:  # the same question, by its number
                    frame = await next_of(asking, FrameSeen)
                    assert isinstance(frame, FrameSeen)
                    seen[frame.device].add(frame.hex)
        assert (3, 10, 6) in plc.requests


@on_a_loop
async def test_of_an_identity_card_a_watch_shows_nothing_but_sizes(path: Path, short_folder: Path):
    core = Core()
    with SimulatedIdCardReader(short_folder / "desk") as desk:
        config = box([section("desk", "samv", desk.link)])
        async with inspected(config, core, path), tool(path) as asking:
            asking.put(Watch("desk"))
            await has_been_taken(path)
            desk.place(resident_text(CARD.name, CARD.number))
            core.cards_wanted.put_nowait(CardWanted("entrance", 30))
            await core.until(core.cards_read)
            received = 0
            while received < 1000:
                frame = await next_of(asking, FrameSeen)
                assert isinstance(frame, FrameSeen)
                assert (frame.hex, frame.meaning) == ("", "")
                received += frame.size


@on_a_loop
async def test_a_watch_of_nothing_is_refused_with_a_sentence(path: Path):
    async with inspected(box(), Core(), path), tool(path) as asking:
        answer = await asking.ask(Watch("gate"))
    assert answer == CannotBeDone("there is no device 'gate'; `clockpiece devices list` names them")


# --- the next badge ---------------------------------------------------------------------------------


@on_a_loop
async def test_the_next_badge_goes_to_the_tool_and_not_to_core(path: Path, terminal: Terminal):
    core = Core()
    async with asked_for_a_badge(path, core, terminal) as asking:
        terminal.send(FRAME)
        seen = await asking.next()
        assert isinstance(seen, BadgeSeen)
        assert (seen.badge, seen.frames, seen.understood) == (BADGE, [FRAME.hex()], True)
        terminal.send(FRAME.replace(b"44426", b"44527"))
        await core.until(core.taps)
    assert [tap.badge for tap in core.taps()] == ["EM4100:100086F445"]


@on_a_loop
async def test_bytes_that_are_no_badge_are_told_as_they_are(path: Path, terminal: Terminal):
    core = Core()
    bad = FRAME.replace(b"26\x03", b"21\x03")
    async with asked_for_a_badge(path, core, terminal) as asking:
        terminal.send(bad)
        seen = await asking.next()
    assert isinstance(seen, BadgeSeen)
    assert (seen.badge, seen.frames, seen.understood) == (None, [bad.hex()], False)


@on_a_loop
async def test_one_bad_frame_of_a_badge_that_lies_there_is_no_bad_badge(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path), tool(path) as asking, tool(path) as watching:
        await core.until(lambda: core.states("gate"))
        asking.put(NextBadge("gate"))
        watching.put(Watch())
        await has_been_taken(path)
        terminal.send(FRAME.replace(b"26\x03", b"21\x03"))
        await next_of(watching, FrameSeen)
        terminal.send(FRAME)
        seen = await asking.next()
    assert isinstance(seen, BadgeSeen)
    assert (seen.badge, len(seen.frames)) == (BADGE, 2)


@on_a_loop
async def test_a_tool_that_has_gone_takes_no_badge_from_a_worker(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path):
        await core.until(lambda: core.states("gate"))
        async with tool(path) as asking:
            asking.put(NextBadge("gate"))
            await has_been_taken(path)
        async with tool(path) as other:  # answered only after the first one's end was seen
            assert isinstance(await other.ask(NextBadge("gate", within_s=0.05)), NoAnswer)
        terminal.send(FRAME)
        await core.until(core.taps)


@on_a_loop
async def test_one_reader_has_one_tool_at_a_time(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path), tool(path) as first, tool(path) as second:
        await core.until(lambda: core.states("gate"))
        first.put(NextBadge("gate"))
        await has_been_taken(path)
        answer = await second.ask(NextBadge("gate"))
    assert isinstance(answer, CannotBeDone)
    assert "another tool" in answer.says


@on_a_loop
async def test_a_tool_that_asks_again_is_not_in_its_own_way(path: Path, terminal: Terminal):
    core = Core()
    async with asked_for_a_badge(path, core, terminal) as asking:
        asking.put(NextBadge("gate"))
        await has_been_taken(path)
        terminal.send(FRAME)
        seen = await asking.next()
    assert isinstance(seen, BadgeSeen)
    assert core.taps() == []


@on_a_loop
async def test_a_reader_that_is_gone_gives_no_badge(path: Path, short_folder: Path):
    core = Core()
    config = box([section("gate", "rdm6300", short_folder / "nowhere")])
    async with inspected(config, core, path), tool(path) as asking:
        await core.until(lambda: core.states("gate") == [False])
        answer = await asking.ask(NextBadge("gate"))
    assert isinstance(answer, NoAnswer)
    assert "gate is gone" in answer.says


# --- registers --------------------------------------------------------------------------------------


@on_a_loop
async def test_registers_are_read_on_the_line_that_the_counter_owns(path: Path, short_folder: Path):
    core = Core()
    with SimulatedRtuLine(short_folder / "line", [simulated(1, 77), simulated(2, 88)]) as line:
        async with inspected(box(counters=[serial_counter(line.link)]), core, path), tool(path) as asking:
            await core.until(core.samples)
            of_counter = await asking.ask(ReadRegisters(OfCounter("strokes"), 3, 0, 1))
            neighbour = await asking.ask(ReadRegisters(OnSerial(str(line.link), unit=2), 4, 0, 1))
            missing = await asking.ask(ReadRegisters(OfCounter("strokes"), 3, 500, 1))
            mute = await asking.ask(ReadRegisters(OnSerial(str(line.link), unit=9), 3, 0, 1))
    assert isinstance(of_counter, Words)
    assert isinstance(neighbour, Words)
    assert (of_counter.words, neighbour.words) == ([77], [88])
    assert isinstance(missing, ExceptionAnswer)
    assert missing.code == 2
    assert isinstance(mute, NoAnswer)


@on_a_loop
async def test_registers_of_a_host_that_no_counter_has_are_read_too(path: Path):
    async with Plc() as plc:
        plc.registers[3] = 9
        async with inspected(box(), Core(), path), tool(path) as asking:
            where = OnNetwork("127.0.0.1", plc.port)
            answer = await asking.ask(ReadRegisters(where, 3, 2, 2))
            assert isinstance(answer, Words)
            assert answer.words == [0, 9]
            await plc.until(lambda: plc.connected_now == 0)  # small modules accept one connection
            await plc.stop()
            assert isinstance(await asking.ask(ReadRegisters(where, 3, 2, 2)), NoAnswer)


@pytest.mark.parametrize("function", [0, 5, 6, 15, 16, 22, 23])
@on_a_loop
async def test_no_question_can_write(path: Path, function: int):
    async with inspected(box(), Core(), path), tool(path) as asking:
        line = encode(ReadRegisters(OnNetwork("127.0.0.1"), 3, 0, 1)).replace(
            b'"function":3', b'"function":%d' % function
        )
        asking.say(line)
        assert await asking.is_cut_off()


def test_the_vocabulary_has_no_word_for_writing():
    questions = {each.__name__ for each in get_args(inspection.Question)}
    assert questions == {"ListDevices", "Watch", "ReadRegisters", "NextBadge"}
    assert get_args(inspection.Function) == (1, 2, 3, 4)


# --- tools that misbehave ---------------------------------------------------------------------------


@on_a_loop
async def test_a_tool_that_never_reads_holds_up_nobody(path: Path, terminal: Terminal):
    core = Core()
    async with inspected(box([gate(terminal)]), core, path), tool(path) as deaf, tool(path) as asking:
        await core.until(lambda: core.states("gate"))
        deaf.put(Watch())
        for _ in range(20):
            deaf.put(ListDevices())
        assert isinstance(await asking.ask(ListDevices()), Devices)
        terminal.send(FRAME)
        await core.until(core.taps)


@on_a_loop
async def test_a_tool_that_babbles_is_cut_off_and_the_others_go_on(path: Path):
    async with inspected(box(), Core(), path), tool(path) as babbling, tool(path) as asking:
        babbling.say(b"x" * 100_000 + b"\n")
        assert await babbling.is_cut_off()
        assert isinstance(await asking.ask(ListDevices()), Devices)


@on_a_loop
async def test_a_new_question_gives_up_the_one_before_it(path: Path, terminal: Terminal):
    core = Core()
    async with asked_for_a_badge(path, core, terminal) as asking:
        assert isinstance(await asking.ask(ListDevices()), Devices)
        terminal.send(FRAME)
        await core.until(core.taps)


@on_a_loop
async def test_only_so_many_tools_at_once(path: Path):
    async with inspected(box(), Core(), path), contextlib.AsyncExitStack() as tools:
        for _ in range(8):
            each = await tools.enter_async_context(tool(path))
            assert isinstance(await each.ask(ListDevices()), Devices)
        one_more = await tools.enter_async_context(tool(path))
        assert isinstance(await one_more.next(), CannotBeDone)


@on_a_loop
async def test_the_socket_is_for_the_group_and_leaves_with_the_service(path: Path):
    async with inspected(box(), Core(), path), tool(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


@on_a_loop
async def test_without_a_socket_taps_go_on(tmp_path: Path, terminal: Terminal, caplog: pytest.LogCaptureFixture):
    core = Core()
    too_long = tmp_path / ("x" * 100) / "devices.sock"
    async with inspected(box([gate(terminal)]), core, too_long):
        await core.until(lambda: core.states("gate"))
        terminal.send(FRAME)
        await core.until(core.taps)
    assert "nobody can look at the devices" in caplog.text


# --- the log ----------------------------------------------------------------------------------------


@on_a_loop
async def test_a_counter_that_goes_leaves_its_last_frames_in_the_log(path: Path, caplog: pytest.LogCaptureFixture):
    core = Core()
    with caplog.at_level(logging.INFO, "edge.field.runner"):
        async with Plc() as plc, inspected(box(counters=[plc.counter()]), core, path):
            await core.until(core.samples)
            await plc.stop()
            await core.until(lambda: core.states("strokes") == [True, False])
    [gone] = [each.getMessage() for each in caplog.records if "is gone" in each.getMessage()]
    frames = gone.partition("last frames: ")[2].split(", ")
    assert 2 <= len(frames) <= 20
    assert any(" > " in each and each.endswith("0103000a0002") for each in frames)
    assert any(" < " in each and each.endswith("01030400000000") for each in frames)


@on_a_loop
async def test_no_badge_is_in_the_log_when_its_reader_goes(
    path: Path, terminal: Terminal, caplog: pytest.LogCaptureFixture
):
    core = Core()
    with caplog.at_level(logging.DEBUG):
        async with inspected(box([gate(terminal)]), core, path), tool(path) as watching:
            watching.put(Watch())
            await has_been_taken(path)
            await core.until(lambda: core.states("gate"))
            terminal.send(FRAME)
            await next_of(watching, FrameSeen)
            terminal.send(FRAME[:7])
            await next_of(watching, FrameSeen)
            terminal.pull_out()
            await core.until(lambda: core.states("gate") == [True, False])
    [gone] = [each.getMessage() for each in caplog.records if "is gone" in each.getMessage()]
    assert "14 bytes whole, +0.000 < 7 bytes bad" in gone
    assert not any(part in caplog.text for part in ("86F444", FRAME.hex(), "3836463434"))
    assert os.path.islink(terminal.path) is False
